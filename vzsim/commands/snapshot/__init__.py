"""``vzctl snapshot`` and its relatives; beyond the refusals, nothing of them was recorded (read, not run)."""
