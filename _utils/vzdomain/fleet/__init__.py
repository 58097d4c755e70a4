"""What the master does with several nodes: it asks them, judges what they say, and tells each what to do next."""

from . import elsewhere, moving, plan, progress, report

__all__ = ["elsewhere", "moving", "plan", "progress", "report"]
