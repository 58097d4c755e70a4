"""``vzlist`` of vzctl 7 to 9."""
