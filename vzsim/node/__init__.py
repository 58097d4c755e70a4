"""The node: its files, containers, devices, locks, and what can be made to fail."""
