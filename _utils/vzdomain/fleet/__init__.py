"""What the master does with several nodes: it asks them, judges what they say, and tells each what to do next."""

from . import convert, elsewhere, moving, plan, progress, report

__all__ = ["convert", "elsewhere", "moving", "plan", "progress", "report"]
