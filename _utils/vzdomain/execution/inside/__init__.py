"""What is done inside containers."""

from . import applying

__all__ = ["applying"]
