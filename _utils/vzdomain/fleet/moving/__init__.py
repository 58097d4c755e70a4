"""Moving containers between nodes: what comes next, by what both nodes say, and the loop that asks for it."""

from . import copies, drive, evacuate, finding, judge, values, words

__all__ = ["copies", "drive", "evacuate", "finding", "judge", "values", "words"]
