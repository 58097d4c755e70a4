"""``vzctl set`` of vzctl 7 to 9."""
