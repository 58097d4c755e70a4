"""``vzlist``."""
