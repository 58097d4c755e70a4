"""What is done inside containers."""

from . import applying, commands, door, files, loader, targets, waiting

__all__ = ["applying", "commands", "door", "files", "loader", "targets", "waiting"]
