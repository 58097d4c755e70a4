"""vzctl 7, 8 and 9: the family that keeps a container's configuration in its private area."""
