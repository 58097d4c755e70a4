"""Kinds of values: what a configuration file, a command line and a document make of the same thing."""

from . import lists, scalars, sizes, veths

__all__ = ["lists", "scalars", "sizes", "veths"]
