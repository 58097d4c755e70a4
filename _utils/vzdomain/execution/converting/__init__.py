"""A node's part of a conversion: a container of one family of vzctl made anew by another, with the same files."""

from . import converter, destination, documents, source

__all__ = ["converter", "destination", "documents", "source"]
