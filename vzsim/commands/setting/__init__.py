"""``vzctl set``."""
