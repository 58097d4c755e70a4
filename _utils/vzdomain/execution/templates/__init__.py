"""The templates of a node: which are there, and how one gets there."""

from . import fetching, listing

__all__ = ["fetching", "listing"]
