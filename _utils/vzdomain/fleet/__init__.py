"""What the master does with several nodes: it asks them, judges what they say, and tells each what to do next."""

from . import convert, elsewhere, moving, placing, plan, progress, report, searching

__all__ = ["convert", "elsewhere", "moving", "placing", "plan", "progress", "report", "searching"]
