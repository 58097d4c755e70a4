"""OpenVZ 7 and Virtuozzo Hybrid Server 7 to 9: vzctl 7.0.180 to 9."""
