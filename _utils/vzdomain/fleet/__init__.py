"""What the master does with several nodes: it asks them, judges what they say, and tells each what to do next."""

from . import moving, plan, progress, report

__all__ = ["moving", "plan", "progress", "report"]
