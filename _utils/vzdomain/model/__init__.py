"""The nouns: a domain and its parts, the kinds of their values, and their names."""

from . import domain, kinds, names, nearest, options, units

__all__ = ["domain", "kinds", "names", "nearest", "options", "units"]
