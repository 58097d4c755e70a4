"""
What containers of a node cannot share, addresses and devices, and what plans take and give up of it.
"""

from ..flavours.legacy import netif
from ..host.node import identity
from ..model import fields

TAKEN = {
    "addresses": "the address {} belongs to container {} of this node; take it from there first",
    "hostdevs": "the network device {} is handed to container {} of this node; take it from there first",
    "targets": "the device {} on the node is container {}'s; choose another <target dev=>",
    "macs": "the MAC {} is that of container {} of this node too; two of them in one network do not work",
}

CLAIMED = {
    **TAKEN,
    "uuid": "the UUID {} is that of container {} of this node; each container needs its own",
    "name": "the name {} is that of container {} of this node; choose another",
}


def kinds_against(kind, noted=False):
    """The kinds that something must not be of another container: the node has one device of a name."""
    devices = ("targets", "hostdevs")
    return devices if kind == "targets" or (noted and kind in devices) else (kind,)


def of_new(made, domain):
    """``("name", "web"), ("uuid", ...)``: by what the container is known that a plan creates or names."""
    is_new = "container" in made.changes
    if domain.uuid and (is_new or "uuid" in made.changes):
        yield "uuid", domain.uuid
    if not domain.name.isdecimal() and (is_new or "name" in made.changes):
        yield "name", domain.name


def claimed(made):
    """``("addresses", "10.0.0.1")``, ``("macs", ...)``, ...: what a plan takes that containers cannot share."""
    for name, change in made.changes.items():
        if name in ("addresses", "hostdevs"):
            yield from ((name, value) for value in _beyond(change["new"], change["old"]))
        elif name.startswith("interface "):
            old, new = change["old"] or {}, change["new"] or {}
            yield from _ends(new, old)
            if new and not old and not new.get("target"):  # vzctl gives it a name
                yield "targets", netif.vzctls_target(made.ctid, name.removeprefix("interface "))


def typed(argv):
    """The same of a ``vzctl set`` that somebody has typed."""
    for word, value in zip(argv, argv[1:], strict=False):
        if word == "--ipadd":
            read = fields.BY_NAME["addresses"].kind.read(value) or ()
            yield from (("addresses", one) for one in _beyond(read, ()))
        elif word == "--netdev_add":
            yield "hostdevs", value
        elif word in ("--netif_add", "--host_ifname"):
            target = value if word == "--host_ifname" else (value.split(",") + ["", ""])[2]
            yield from (("targets", target),) if target else ()


def given_up(made, before=None):
    """The same of what a plan takes from its container; `before` is the container, which the plan may delete."""
    if before and made.changes.get("container", {}).get("new") == "destroyed":
        its = identity(before.domain, before.ctid)
        yield from ((kind, value) for kind in TAKEN for value in getattr(its, kind))
    for name, change in made.changes.items():
        if name in ("addresses", "hostdevs"):
            yield from ((name, value) for value in _beyond(change["old"], change["new"]))
        elif name.startswith("interface "):
            yield from _ends(change["old"] or {}, change["new"] or {})


def _beyond(values, others):
    """
    What the others have not: addresses without prefix, names of devices as they are.

    In their order, not a set's: which conflict is named first must not change from one process to the next.
    """
    known, found = (dict.fromkeys(one.partition("/")[0] for one in some or ()) for some in (others, values))
    return [one for one in found if one not in known]


def _ends(pair, other):
    """The MAC and the device on the node that the one interface has and the other has not."""
    for name, kind in (("mac", "macs"), ("target", "targets")):
        if pair.get(name) and pair[name] != other.get(name):
            yield kind, pair[name]
