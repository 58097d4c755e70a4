"""Making, removing and registering private areas of vzctl 7 to 9."""
