"""``vzctl snapshot`` and its relatives."""
