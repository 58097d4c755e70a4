"""What the containers of a node use, and what the node has left."""

from . import capacity, metrics, stats, thresholds

__all__ = ["capacity", "metrics", "stats", "thresholds"]
