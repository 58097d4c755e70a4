"""The nouns: a domain and its parts, the kinds of their values, and their names."""

from . import domain, fields, kinds, names, nearest, units

__all__ = ["domain", "fields", "kinds", "names", "nearest", "units"]
