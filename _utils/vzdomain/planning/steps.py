"""
What a plan is made of: steps, each one call of vzctl, and what must be known to make them.
"""

import functools
from dataclasses import dataclass, field

from ..model.domain import Domain

DISRUPTIONS = ("none", "live", "network", "restart")


@dataclass(frozen=True)
class Step:
    """One call of vzctl or ip, or (`comments`) the note in the configuration file of whose the container is."""

    argv: tuple[str, ...] = ()  # what comes after ``vzctl``; of ip all of it: see `command`
    comments: dict = field(default_factory=dict)
    changes: dict = field(default_factory=dict)
    disruption: str = "none"
    attach: tuple = ()  # (guest device, bridge) pairs to be seen in their bridges afterwards
    pending: tuple = ()  # fields that are saved and wait for the container to be restarted


def command(argv):
    """``("set", "209", ...)`` -> ``("vzctl", "set", "209", ...)``, ``("ip", "link", ...)`` as it is."""
    return argv if argv[:1] == ("ip",) else ("vzctl", *argv)


def moving(guest, device, old, bridge):
    """The step that puts the node's end of a running container's pair into `bridge`, out of `old` (or ``None``)."""
    argv = ("ip", "link", "set", "dev", device, "master", bridge)
    return Step(argv, changes={f"bridge {guest}": {"old": old, "new": bridge}}, disruption="network")


@dataclass(frozen=True)
class Plan:
    """The steps towards a domain, in order; `pending` are the fields that wait for a restart when they are done."""

    name: str
    ctid: int
    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    interfaces: tuple | None = None  # all of the container when this is done, if it touches one

    @property
    def changes(self):
        """``{"memory": {"old": "256 MiB", "new": "512 MiB"}, ...}``"""
        return functools.reduce(merged, (step.changes for step in self.steps), {})

    @property
    def disruption(self):
        """The worst of all steps."""
        return max((step.disruption for step in self.steps), key=DISRUPTIONS.index, default="none")


def merged(before, after):
    """Changes one after the other; a field that both change keeps its first ``old``."""
    both = {name: {"old": before[name]["old"], "new": after[name]["new"]} for name in before if name in after}
    return {**before, **after, **both}


def deeds(changes):
    """``["updated (memory)", "started"]``: what was done to a container, or would be, in words."""
    container, status = (changes.get(name, {}).get("new") for name in ("container", "status"))
    fields = [name for name in changes if name not in ("container", "status", "xml")]
    updated = [f"updated ({', '.join(fields)})"] if fields else []
    return ([container] if container else updated) + ([{"running": "started"}.get(status, status)] if status else [])


@dataclass(frozen=True)
class Circumstances:
    """What a plan needs to know beside document and container."""

    bridges: dict = field(default_factory=dict)  # libvirt network -> bridge on this node
    node_id: str = ""  # for MACs of domains without UUID
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
