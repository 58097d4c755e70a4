"""
Which interface of the document is which of the container, and the veth arguments of vzctl that make them agree.

A document's interfaces are matched by guest device, else MAC, else host device, else source and order. Putting one in
between or taking one out never renames another.
"""

import hashlib
import itertools
import re
from dataclasses import dataclass, replace

from .domain import Interface

# vzctl(8): keeps a bridge from taking over a veth's address. Left out, vzctl copies the container's to this end.
HOST_MAC = "FE:FF:FF:FF:FF:FF"
_DEVICE_MAX = 15  # characters of a device's name in Linux
_ATTRIBUTES = ("mac", "target", "bridge", "host_mac")


@dataclass(frozen=True)
class Pair:
    """An interface of the document with the one of the container it stands for, or ``None``."""

    desired: Interface  # network resolved to its bridge, guest device decided
    live: Interface | None

    @property
    def differing(self):
        """The attributes that the document says and the container lacks."""
        return tuple(
            name
            for name in _ATTRIBUTES
            if getattr(self.desired, name) and getattr(self.desired, name) != getattr(self.live, name)
        )

    @property
    def must_be_replaced(self):
        """vzctl cannot take an interface out of its bridge in place."""
        return bool(self.live and self.live.bridge and not self.desired.bridge)


def as_read(ctid, live):
    """
    A live interface as vzctl reads its line of the configuration file.

    Without ``host_ifname`` it has vzctl's own name on the node, without ``host_mac`` the container's MAC at both ends
    (recorded: vzctl writes it so into the file). A MAC that the line lacks is made up, and stays unknown here.
    """
    return replace(live, target=target(ctid, live), host_mac=live.host_mac or live.mac)


def match(desired, live, reserved=()):
    """
    Pair the interfaces of the document with those of the container.

    Returns the pairs in document order, and the interfaces of the container that the document does not have.
    `reserved` are names inside the container that new interfaces must not take: devices passed through.
    """
    partners, free = {}, list(live)
    for same in (_same_guest, _same_mac, _same_target, _equal, _same_bridge, _any):
        for index, interface in enumerate(desired):
            partner = next((one for one in free if same(interface, one)), None) if index not in partners else None
            if partner:
                partners[index] = partner
                free.remove(partner)
    pairs = _named([Pair(interface, partners.get(index)) for index, interface in enumerate(desired)], live, reserved)
    return pairs, tuple(free)


def derived_mac(identity, guest):
    """A stable, locally administered MAC: ``02:`` and 40 bits of the sha256 of UUID (or node and CTID) and device."""
    digest = hashlib.sha256(f"{identity} {guest}".encode()).hexdigest()
    return ":".join(["02", *(digest[at : at + 2] for at in range(0, 10, 2))])


def vzctls_target(ctid, guest):
    """``veth209.0`` for eth0: vzctl's own name for the node's end. ``None`` for a device without number."""
    number = re.fullmatch(r"\D+(0|[1-9]\d*)", guest)
    return f"veth{ctid}.{number.group(1)}" if number else None


def target(ctid, interface):
    """The node's end of a pair: what its file says, or the name that vzctl gives it; without number it counts as 0."""
    number = re.search("[0-9]+", interface.guest)
    return interface.target or f"veth{ctid}.{int(number.group()) if number else 0}"[:_DEVICE_MAX]


def free_target(ctid, guest, taken):
    """The same name if nobody has it and Linux can take it, else (wan0 beside eth0) one that vzctl would never give."""
    names = itertools.chain([vzctls_target(ctid, guest)], (f"v{ctid}.{number}" for number in itertools.count()))
    return next(name for name in names if name and len(name) <= _DEVICE_MAX and name not in taken)


def netif_add(interface):
    """
    ``eth0,02:..:01,veth209.0,FE:FF:FF:FF:FF:FF,br0``: the argument of ``--netif_add``.

    Of a device that exists vzctl makes every MAC anew that is not given (recorded): `interface` has all of it.
    """
    return _join(interface.guest, interface.mac, interface.target, interface.host_mac or HOST_MAC, interface.bridge)


def ifname_change(pair):
    """
    The arguments of ``--ifname`` for what differs of a device: it touches nothing else, and takes one device in a call.

    For a stopped container alone: a running one is not recorded to take it.
    """
    options = {"mac": "--mac", "target": "--host_ifname", "host_mac": "--host_mac", "bridge": "--bridge"}
    said = {name: getattr(pair.desired, name) for name in pair.differing}
    words = {name: value.upper() if name in ("mac", "host_mac") else value for name, value in said.items()}
    return ["--ifname", pair.live.guest, *(part for name in words for part in (options[name], words[name]))]


def show(interface):
    """What `changes` show of an interface."""
    if interface is None:
        return None
    shown = {name: getattr(interface, name) for name in ("bridge", "network", "mac", "target", "host_mac")}
    return {name: value for name, value in shown.items() if value}


def as_said(interface, network):
    """A live interface as a document says it: in a network, if it is, and without what any new one gets."""
    conventional = (interface.host_mac or "").upper() == HOST_MAC
    return replace(interface, network=network, host_mac=None if conventional else interface.host_mac)


def resolved(interface, bridges):
    """The interface with its network's bridge on this node in place of the author's hint."""
    return replace(interface, bridge=bridges[interface.network]) if interface.network else interface


def _join(guest, mac, target, host_mac, bridge):
    fields = (guest, (mac or "").upper(), target or "", (host_mac or "").upper(), bridge or "")
    return ",".join(fields).rstrip(",")


def _named(pairs, live, reserved):
    """Give every pair its device in the container: the live one's, the document's, else the lowest free ethN."""
    taken = {one.guest for one in live} | {pair.desired.guest for pair in pairs} | set(reserved)
    named = []
    for pair in pairs:
        guest = pair.live.guest if pair.live else pair.desired.guest or _free_guest(taken)
        taken.add(guest)
        named.append(replace(pair, desired=replace(pair.desired, guest=guest)))
    return named


def _free_guest(taken):
    number = 0
    while f"eth{number}" in taken:
        number += 1
    return f"eth{number}"


def _same_guest(desired, live):
    return desired.guest and desired.guest == live.guest


def _same_mac(desired, live):
    return not desired.guest and desired.mac and desired.mac == live.mac


def _same_target(desired, live):
    return not desired.guest and desired.target and desired.target == live.target


def _equal(desired, live):
    """Before a mere bridge in common: else one put in front would take the place of the one that was there."""
    return _same_bridge(desired, live) and not Pair(desired, live).differing


def _same_bridge(desired, live):
    return not desired.guest and desired.bridge == live.bridge


def _any(desired, live):
    return not desired.guest
