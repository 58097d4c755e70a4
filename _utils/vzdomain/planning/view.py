"""
The containers of a node: as they are (`Live`), or as a dry run would leave them (`Overlay`). Both answer the same.
"""

from dataclasses import replace

from ..host.container import identity
from .exclusives import given_up

_DEVICES = ("targets", "hostdevs")


class Live:
    """The containers of a node as they are now."""

    is_live = True
    ctids = ()  # of the containers that are other than the node has them
    freed = frozenset()  # devices of the node that have been taken from containers, and are still there

    def __init__(self, node):
        self._node = node

    def container(self, ctid):
        """As `Node.container`."""
        return self._node.container(ctid)

    def named(self, *names):
        """A container that only a dry run has made or changed, by its CTID, its name or its UUID."""
        return

    def holders(self, claims):
        """The CTIDs of the containers that have one of the claims, as in ``("addresses", "10.0.0.1")``."""
        return self._node.holders(claims)

    def waiting(self, ctid):
        """The fields that would wait for the restart of a container; ``None`` for one that was not touched."""
        return

    def follow(self, made, imagine):
        """What is planned is not done yet."""

    def power(self, made):
        """What is planned is not done yet."""


class Overlay(Live):
    """As the dry run so far would leave them; whatever follows in the same run counts on that."""

    is_live = False

    def __init__(self, node):
        super().__init__(node)
        self._containers = {}  # CTID -> the container, None for one that would be gone
        self._held, self._own = {}, {}  # what those containers have -> their CTIDs, and the reverse
        self._waiting = {}  # CTID -> the fields that would wait for a restart
        self._freed = set()

    @property
    def ctids(self):
        return self._containers.keys()

    @property
    def freed(self):
        return frozenset(self._freed)

    def container(self, ctid):
        return self._containers[ctid] if ctid in self._containers else self._node.container(ctid)

    def named(self, *names):
        claims = [(kind, name) for name in names if name for kind in ("ctid", "name", "uuid")]
        found = next((ctid for claim in claims for ctid in sorted(self._held.get(claim, ()))), None)
        return self._containers.get(found)

    def holders(self, claims):
        untouched = self._node.holders(claims) - self._containers.keys()
        return untouched.union(*(self._held.get(claim, ()) for claim in claims))

    def waiting(self, ctid):
        return self._waiting.get(ctid)

    def follow(self, made, imagine):
        """Remember a plan for a document; `imagine` makes the container that it would leave."""
        if made.calls:
            self._freed.update(value for kind, value in given_up(made) if kind in _DEVICES)
            self._remember(made.ctid, imagine())
            self._node.look_again()
        self._waiting[made.ctid] = made.pending

    def power(self, made):
        """Remember a plan of `power`."""
        container = self.container(made.ctid) if made.calls else None
        if container is None:  # it has gone since it was planned for
            return
        if made.destroys:
            self._freed.update(value for kind, value in given_up(made) if kind in _DEVICES)
            self._remember(made.ctid, None)
            self._node.look_again()
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
            its = identity(
                container.domain, ctid, self._node.flavour.pairs, container.domain.name, area=container.private
            )
            self._own[ctid] = {("ctid", str(ctid)), *its.claims()}
            for claim in self._own[ctid]:
                self._held.setdefault(claim, set()).add(ctid)
