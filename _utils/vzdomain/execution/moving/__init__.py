"""The node's part of a move of a container to another node."""

from . import clearing, closing, destination, handing, intents, look, mover, owning, sending, source, work

__all__ = [
    "clearing",
    "closing",
    "destination",
    "handing",
    "intents",
    "look",
    "mover",
    "owning",
    "sending",
    "source",
    "work",
]
