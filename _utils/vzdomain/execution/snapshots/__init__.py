"""Snapshots of a node's containers: read, taken, brought back, and looked at again."""
