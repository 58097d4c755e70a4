"""``vzmigrate`` of vzctl 4.11: a shell script that runs on the source and sends commands by ssh."""
