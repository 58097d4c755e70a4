"""Moving containers between nodes: what comes next, by what both nodes say, and the loop that asks for it."""

from . import drive, judge, values, words

__all__ = ["drive", "judge", "values", "words"]
