"""Recorded runs against the simulated node."""
