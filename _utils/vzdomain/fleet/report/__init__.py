"""One page of the whole fleet for those who would rather look: what nodes said becomes values, and these HTML."""

from . import facts, page, place, style

__all__ = ["facts", "page", "place", "style"]
