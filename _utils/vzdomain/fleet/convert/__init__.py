"""From a node of one family of vzctl to one of another: what comes next, and the loop that asks for it."""

from . import drive, judge

__all__ = ["drive", "judge"]
