"""What is done inside containers."""

from . import applying, waiting

__all__ = ["applying", "waiting"]
