"""
Which interface of the document is which of the container.

A document's interfaces are matched by guest device, else MAC, else host device, else source and order. Putting one in
between or taking one out never renames another.
"""

import functools
import hashlib
import itertools
from dataclasses import dataclass, replace
from functools import cached_property

from ..flavours.flavour import Pairs
from ..model import names
from ..model.domain import Interface


@dataclass(frozen=True)
class Pair:
    """An interface of the document with the one of the container it stands for, or ``None``."""

    desired: Interface  # network resolved to its bridge, where the family has bridges alone; guest device decided
    live: Interface | None
    its: Pairs  # what the flavour says of veth pairs

    @cached_property
    def differing(self):
        """The attributes that the document says and the container lacks."""
        stated, live = vars(self.desired), vars(self.live)
        found = [name for name in self.its.COMPARED if _differs(name, stated.get(name), live.get(name))]
        leaves = self.its.MOVES and self._leaves
        return tuple(found if not leaves or leaves in found else [*found, leaves])

    @property
    def must_be_replaced(self):
        """Whether vzctl cannot take the pair out of its bridge in place, as it should be."""
        return bool(self.live and not self.its.MOVES and self._leaves)

    @property
    def _leaves(self):
        """What the pair is plugged into on the node and shall be no more: ``bridge``, ``network`` or ``None``."""
        if not self.live or self.desired.bridge or self.desired.network:
            return None
        return "bridge" if self.live.bridge else "network" if self.live.network and self.its.HAS_NETWORKS else None


def _differs(name, new, old):
    """No DHCP is as good as none said, and the order of addresses tells nothing."""
    if isinstance(new, tuple):
        return set(new) != set(old or ())
    if name == "configure":
        return new is not None and new != old
    return new != old if new else new is False and bool(old)


def match(desired, live, its, reserved=()):
    """
    Pair the interfaces of the document with those of the container.

    Returns the pairs in document order, and the interfaces of the container that the document does not have.
    `its` is what the flavour says of veth pairs. `reserved` are names inside the container that new interfaces must not
    take: devices passed through.
    """
    partners, free = {}, list(live)
    plugged = (functools.partial(_equal, its), functools.partial(_same_bridge, its))
    for same in (_same_guest, _same_mac, _same_target, *plugged, _any):
        for index, interface in enumerate(desired):
            partner = next((one for one in free if same(interface, one)), None) if index not in partners else None
            if partner:
                partners[index] = partner
                free.remove(partner)
    pairs = _named(
        [Pair(interface, partners.get(index), its) for index, interface in enumerate(desired)], live, reserved
    )
    return pairs, tuple(free)


def derived_mac(identity, guest):
    """A stable, locally administered MAC: ``02:`` and 40 bits of the sha256 of UUID (or node and CTID) and device."""
    digest = hashlib.sha256(f"{identity} {guest}".encode()).hexdigest()
    return ":".join(["02", *(digest[at : at + 2] for at in range(0, 10, 2))])


def free_target(pairs, ctid, guest, mac, taken):
    """
    The name that vzctl gives if nobody has it and Linux can take it, else (wan0 beside eth0) one that it never gives.

    `pairs` is what the flavour says of veth pairs.
    """
    tried = itertools.chain([pairs.vzctls_target(ctid, guest, mac)], pairs.other_targets(ctid, guest))
    return next(name for name in tried if name and len(name) <= names.DEVICE_MAX and name not in taken)


def as_written(pairs, interface, network):
    """A live interface as a document says it: in a network, if it is, and without what any new one gets."""
    conventional = pairs.is_conventional(interface)
    return replace(
        interface, network=network or interface.network, host_mac=None if conventional else interface.host_mac
    )


def resolved(interface, bridges, its):
    """The interface with its network's bridge on this node in place of the author's hint; with none for a network."""
    if not interface.network:
        return interface
    return replace(interface, bridge=None if its.HAS_NETWORKS else bridges[interface.network])


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


def _equal(its, desired, live):
    """Before a mere bridge in common: else one put in front would take the place of the one that was there."""
    return _same_bridge(its, desired, live) and not Pair(desired, live, its).differing


def _same_bridge(its, desired, live):
    is_same = desired.bridge == live.bridge and (not its.HAS_NETWORKS or desired.network == live.network)
    return not desired.guest and is_same


def _any(desired, live):
    return not desired.guest


def overlaid(pair):
    """The live interface with what the document says about it; it is in a bridge or in a network, not in both."""
    new = {name: getattr(pair.desired, name) for name in pair.differing}
    if not pair.its.HAS_NETWORKS:
        new["network"] = pair.desired.network
    elif pair.desired.bridge or pair.desired.network:
        new |= {"bridge": pair.desired.bridge, "network": pair.desired.network}
    return pair.its.settled(replace(pair.live, mac_filter=filtered(pair), **new))


def filtered(pair):
    """The MAC filter that the pair is to have: ``False`` is off, anything else on."""
    return pair.live.mac_filter if pair.desired.mac_filter is None else pair.desired.mac_filter
