"""The nouns: a domain and its parts, the kinds of their values, and their names."""

from . import actions, domain, fields, inside, kinds, names, nearest, times, units

__all__ = ["actions", "domain", "fields", "inside", "kinds", "names", "nearest", "times", "units"]
