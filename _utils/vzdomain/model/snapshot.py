"""
A snapshot of a container, and which of several a word means.
"""

from dataclasses import dataclass

from .names import uuid

PREFIX = "salt-before-"  # of the names of those that a run takes by itself


@dataclass(frozen=True)
class Snapshot:
    """One snapshot, as the container's list of them has it."""

    id: str  # without braces, spelled as in the list
    parent: str | None = None  # the one that it stands on
    name: str = ""
    description: str = ""
    date: str = ""  # ``2026-03-01 04:05:00`` in the node's own time
    current: bool = False  # the container stands on it

    def __str__(self):
        return f"{self.name} ({self.id})" if self.name else self.id

    @property
    def has_our_name(self):
        return self.name.startswith(PREFIX)


def bare(word):
    """``"{11111111-...}"`` -> ``"11111111-..."``; lower case, for comparing."""
    return word.strip().removeprefix("{").removesuffix("}").lower()


def is_id(word):
    """Whether it is the id of a snapshot, with or without braces."""
    try:
        return uuid(bare(word)) == bare(word)
    except ValueError:
        return False


def meant(snapshots, word):
    """Those that a word means: the one of that id, or all of that name."""
    found = [one for one in snapshots if bare(one.id) == bare(word)]
    return found or [one for one in snapshots if one.name == word]


def children(snapshots, one):
    """Those that stand on it."""
    return [other for other in snapshots if other.parent == one.id]


def is_fork(snapshots, one):
    """Whether more than one thing stands on it; what is written now counts too."""
    return len(children(snapshots, one)) + one.current > 1
