"""What vzctl 7 to 9 does to a running container: limits, devices, networks, names."""
