"""Plans for snapshots: those that people type, and those that a run takes before it breaks something."""

from . import before, tree, verbs

__all__ = ["before", "tree", "verbs"]
