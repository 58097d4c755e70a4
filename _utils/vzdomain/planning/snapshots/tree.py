"""
What is known of a container's snapshots, and which of them a word means.
"""

import uuid
from dataclasses import dataclass

from ...errors import RefusedError, shown
from ...model.domain import Domain
from ...model.snapshot import meant

_NAMESPACE = uuid.UUID("9c6f5e0e-5f0b-4a57-9f0e-0c1f7a2a4d11")  # of the ids that are derived here


@dataclass(frozen=True)
class Tree:
    """The snapshots of one container, as the node has them."""

    snapshots: tuple = ()
    problem: str | None = None  # why it can have none, as the end of a sentence
    lost: tuple[str, ...] = ()  # ids of which there are files, and that the list does not have
    own: tuple[str, ...] = ()  # ids of those that runs have taken, the oldest first, as the journal knows

    def has(self, id):
        return any(one.id == id for one in self.snapshots)

    def one(self, ctid, word):
        """The snapshot that a word means, id or name; RefusedError for none and for several."""
        found = meant(self.snapshots, word)
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(one.id for one in found)
            raise RefusedError(f"container {ctid} has {len(found)} snapshots called {shown(word)}: give an id ({ids})")
        if not self.snapshots:
            raise RefusedError(f"container {ctid} has no snapshots; openvz.snapshot {ctid} takes one")
        known = ", ".join(str(one) for one in self.snapshots[-5:])
        raise RefusedError(f"container {ctid} has no snapshot {shown(word)}; it has {known}")

    def new_id(self, ctid, *words):
        """
        The id of the next snapshot, of what there is and what is to be done: the dry run has the one of the real run.

        It is another one as soon as there is one more snapshot, or one less.
        """
        known = sorted(one.id for one in self.snapshots)
        made = str(uuid.uuid5(_NAMESPACE, repr((str(ctid), known, words))))
        return self.new_id(ctid, made, *words) if self.has(made) or made in self.lost else made


@dataclass(frozen=True)
class Then:
    """What a snapshot would bring back."""

    domain: Domain | None = None  # None: it has no configuration of its time
    has_memory: bool = False
    name: str | None = None  # NAME of its file
    mark: str = ""  # comments of its file; empty for none
    uuid: str = ""
    elsewhere: str | None = None  # its file says another private area, or root: which one
    invalid: tuple[str, str] | None = None  # a key for which vzctl would refuse the file


def refuse(container, its, tree):
    """RefusedError where a container cannot have snapshots."""
    if tree.problem:
        raise RefusedError(f"container {container.ctid} {tree.problem}")
