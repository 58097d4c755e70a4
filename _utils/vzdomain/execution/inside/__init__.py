"""What is done inside containers."""

from . import applying, door, loader

__all__ = ["applying", "door", "loader"]
