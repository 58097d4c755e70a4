"""What is done inside containers."""

from . import applying, door, loader, waiting

__all__ = ["applying", "door", "loader", "waiting"]
