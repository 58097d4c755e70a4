"""What a family of vzctl is like: its words, its files, its exit codes."""

from . import flavour, legacy
from .legacy import LEGACY

__all__ = ["FLAVOURS", "LEGACY", "flavour", "legacy", "of"]

FLAVOURS = (LEGACY,)


def of(said):
    """The flavour of a vzctl by what its ``--version`` prints; ``None`` for a family that is not built yet."""
    return next((one for one in FLAVOURS if one.version(said)), None)
