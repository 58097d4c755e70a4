"""
Which interface of the document is which of the container.

A document's interfaces are matched by guest device, else MAC, else host device, else source and order. Putting one in
between or taking one out never renames another.
"""

import hashlib
import itertools
from dataclasses import dataclass, replace
from functools import cached_property

from ..model import names
from ..model.domain import Interface

_ATTRIBUTES = ("mac", "target", "bridge", "host_mac")


@dataclass(frozen=True)
class Pair:
    """An interface of the document with the one of the container it stands for, or ``None``."""

    desired: Interface  # network resolved to its bridge, guest device decided
    live: Interface | None

    @cached_property
    def differing(self):
        """The attributes that the document says and the container lacks."""
        stated, live = vars(self.desired), vars(self.live)
        return tuple(name for name in _ATTRIBUTES if stated.get(name) and stated[name] != live.get(name))

    @property
    def must_be_replaced(self):
        """vzctl cannot take an interface out of its bridge in place."""
        return bool(self.live and self.live.bridge and not self.desired.bridge)


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


def free_target(pairs, ctid, guest, taken):
    """
    The name that vzctl gives if nobody has it and Linux can take it, else (wan0 beside eth0) one that it never gives.

    `pairs` is what the flavour says of veth pairs.
    """
    tried = itertools.chain([pairs.vzctls_target(ctid, guest)], (f"v{ctid}.{number}" for number in itertools.count()))
    return next(name for name in tried if name and len(name) <= names.DEVICE_MAX and name not in taken)


def as_written(pairs, interface, network):
    """A live interface as a document says it: in a network, if it is, and without what any new one gets."""
    conventional = (interface.host_mac or "").upper() == pairs.HOST_MAC
    return replace(interface, network=network, host_mac=None if conventional else interface.host_mac)


def resolved(interface, bridges):
    """The interface with its network's bridge on this node in place of the author's hint."""
    return replace(interface, bridge=bridges[interface.network]) if interface.network else interface


def _named(pairs, live, reserved):
    """Give every pair its device in the container: the live one's, the document's, else the lowest free ethN."""
    taken = {one.guest for one in live} | {pair.desired.guest for pair in pairs} | set(reserved)
    named = []
    for pair in pairs:
        guest = pair.live.guest if pair.live else pair.desired.guest or _free_guest(taken)
        taken.add(guest)
        if guest != pair.desired.guest:
            pair = replace(pair, desired=replace(pair.desired, guest=guest))
        named.append(pair)
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


def overlaid(pair):
    """The live interface with what the document says about it."""
    new = {name: getattr(pair.desired, name) for name in pair.differing}
    return replace(pair.live, network=pair.desired.network, mac_filter=filtered(pair), **new)


def filtered(pair):
    """The MAC filter that the pair is to have: ``False`` is off, anything else on."""
    return pair.live.mac_filter if pair.desired.mac_filter is None else pair.desired.mac_filter
