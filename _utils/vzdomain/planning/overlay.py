"""
What a dry run would leave of the containers of a node; whatever follows in the same run counts on that.
"""

from dataclasses import replace

from ..host.node import identity
from .exclusives import given_up

_DEVICES = ("targets", "hostdevs")


class Overlay:
    """The containers of a node, as the dry run so far would leave them."""

    def __init__(self, node):
        self._node = node
        self._containers = {}  # CTID -> the container, None for one that would be gone
        self._held, self._own = {}, {}  # what those containers have -> their CTIDs, and the reverse
        self._waiting = {}  # CTID -> the fields that would wait for a restart
        self._freed = set()

    @property
    def ctids(self):
        """Those of the containers that the dry run has made, changed or deleted."""
        return self._containers.keys()

    @property
    def freed(self):
        """The devices of the node that it has taken from containers."""
        return frozenset(self._freed)

    def container(self, ctid):
        return self._containers[ctid] if ctid in self._containers else self._node.container(ctid)

    def named(self, *names):
        """The container that the dry run has made or changed, by its CTID, its name or its UUID."""
        claims = [(kind, name) for name in names if name for kind in ("ctid", "name", "uuid")]
        found = next((ctid for claim in claims for ctid in sorted(self._held.get(claim, ()))), None)
        return self._containers.get(found)

    def holders(self, claims):
        """The CTIDs of the containers that would have one of the claims, as in ``("addresses", "10.0.0.1")``."""
        untouched = self._node.holders(claims) - self._containers.keys()
        return untouched.union(*(self._held.get(claim, ()) for claim in claims))

    def waiting(self, ctid):
        """The fields that would wait for the restart of a container; ``None`` for one that was not touched."""
        return self._waiting.get(ctid)

    def follow(self, made, container):
        """Remember a plan for a document, and the container that it would leave."""
        self._freed.update(value for kind, value in given_up(made) if kind in _DEVICES)
        self._remember(made.ctid, container)
        self._waiting[made.ctid] = made.pending

    def power(self, made):
        """Remember a plan of `power`."""
        container = self.container(made.ctid)
        if container is None:  # it has gone since it was planned for
            return
        if made.destroys:
            self._freed.update(value for kind, value in given_up(made) if kind in _DEVICES)
            self._remember(made.ctid, None)
            return
        reached = [action.reaches for action in made.actions if action.reaches]
        if reached:
            self._waiting[made.ctid] = ()
            self._remember(made.ctid, replace(container, status=reached[-1]))

    def _remember(self, ctid, container):
        for claim in self._own.pop(ctid, ()):
            self._held[claim].discard(ctid)
        self._containers[ctid] = container
        if container:
            its = identity(container.domain, ctid, container.domain.name)
            self._own[ctid] = {("ctid", str(ctid)), *its.claims()}
            for claim in self._own[ctid]:
                self._held.setdefault(claim, set()).add(ctid)
