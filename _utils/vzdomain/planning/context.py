"""
What a plan is, and what must be known to make one beside document and container.
"""

from dataclasses import dataclass, field
from functools import cached_property

from ..flavours.flavour import Flavour
from ..model.actions import Clone, Create, Destroy, worst
from ..model.ctid import Ctid
from ..model.domain import Domain
from . import changes


@dataclass(frozen=True)
class Context:
    """What a plan needs to know beside document and container."""

    flavour: Flavour  # of the node's vzctl
    bridges: dict = field(default_factory=dict)  # libvirt network -> bridge on this node
    node_id: str = ""  # for MACs of domains without UUID
    version: str | None = None  # of that; None: any
    sample: Domain = Domain("0")  # what `create` starts from
    ours: bool = False  # an earlier run of ours was creating the container
    adopt: bool = False  # take over a container that is not ours
    exact: bool = False  # lists that the document does not name are empty
    bridge_script: bool = False  # a running container cannot get its first interface
    held: dict = field(default_factory=dict)  # the node's end of a running pair -> the bridge that holds it, or None
    routed: frozenset = frozenset()  # addresses (`ipaddress`) that the kernel has of a running container
    foreign: frozenset = frozenset()  # bridges of this node that are not the kernel's own: who is in them is not known
    unwritable: dict = field(default_factory=dict)  # field -> the error if it has to be written
    pending: tuple[str, ...] = ()  # fields that wait for a restart since an earlier run
    restart: bool = False  # do it
    protected: bool = False  # never do it


@dataclass(frozen=True)
class Plan:
    """
    The calls towards a domain, in order; `pending` are the fields that wait for a restart when they are done.
    """

    name: str
    ctid: Ctid | None
    calls: tuple = ()
    warnings: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    interfaces: tuple | None = None  # all of the container when this is done, if it touches one

    @cached_property
    def actions(self):
        return tuple(action for call in self.calls for action in call.actions)

    @property
    def creates(self):
        return self.has(Create, Clone)

    @property
    def destroys(self):
        return self.has(Destroy)

    def has(self, *kinds):
        """Whether there is an action of one of these kinds."""
        return bool(self.calls) and any(isinstance(action, kinds) for action in self.actions)

    @property
    def changes(self):
        """What Salt shows: ``{"memory": {"old": "256 MiB", "new": "512 MiB"}, ...}``."""
        return changes.show(self.actions)

    @property
    def disruption(self):
        """The worst of all actions."""
        return worst(self.actions)


def of(container, its, *actions, warnings=()):
    """The `Plan` of these actions for a container of the flavour `its`."""
    calls = its.spelling.calls(actions, container.ctid)
    return Plan(container.domain.name, container.ctid, calls, tuple(warnings))
