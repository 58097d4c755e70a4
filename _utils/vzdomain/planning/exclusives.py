"""
What containers of a node cannot share, addresses and devices, and what plans take and give up of it.
"""

from ..model.actions import Mark, Rename, claims
from ..model.ctid import is_uuid

TAKEN = {
    "addresses": "the address {} belongs to container {} on this node; remove it there first",
    "inside": "the address {} belongs to container {} on this node; remove it there first",
    "disks": "the disk {} belongs to container {} on this node; remove it there first",
    "hostdevs": "the network device {} is passed through to container {} on this node; remove it there first",
    "targets": "the device {} on the node is container {}'s; choose another <target dev=>",
    "macs": "the MAC {} is already used by container {} on this node; it must be unique in a network",
}

CLAIMED = {
    **TAKEN,
    "uuid": "the UUID {} is already used by container {} on this node; each container needs its own",
    "name": "the name {} is already used by container {} on this node; choose another",
}


def kinds_against(kind, noted=False):
    """The kinds that something must not be of another container: the node has one device of a name."""
    devices = ("targets", "hostdevs")
    return devices if kind == "targets" or (noted and kind in devices) else (kind,)


def of_new(made, domain):
    """``("name", "web"), ("uuid", ...)``: by what the container is known that a plan creates or names."""
    marks = [action for action in made.actions if isinstance(action, Mark)]
    if domain.uuid and (made.creates or any(mark.uuid for mark in marks)):
        yield "uuid", domain.uuid
    elif made.creates and is_uuid(made.ctid):  # which vzctl makes its UUID
        yield "uuid", str(made.ctid)
    if not domain.name.isdecimal() and (made.creates or made.has(Rename)):
        yield "name", domain.name


def claimed(made):
    """``("addresses", "10.0.0.1")``, ``("macs", ...)``, ...: what a plan takes that containers cannot share."""
    return claims(made.actions)[0]


def given_up(made):
    """The same of what a plan takes from its container, or deletes with it."""
    return claims(made.actions)[1]
