"""
The nouns: a domain (the document) and its parts.

Words are libvirt's (https://libvirt.org/formatdomain.html), sizes are KiB. A field left at ``None`` is not said by the
document: it is neither compared nor changed. A tuple is an *owned list*: what it does not hold is removed.
Everything is frozen, so that a plan cannot alter what it compares.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """A pair of limits, soft and hard (vzctl: barrier and limit)."""

    soft: int
    hard: int


@dataclass(frozen=True)
class Interface:
    """
    A veth pair: one end in the container, the other on the node.

    `network` is resolved to a bridge on each node when it is applied; a `bridge` beside it is a hint of the
    document's author that the network overrules. Neither: a pair that no bridge holds.
    """

    bridge: str | None = None  # <source bridge=>
    network: str | None = None  # <source network=>
    mac: str | None = None  # <mac address=>, the container's end, lower case
    target: str | None = None  # <target dev=>, the node's end, vzctl's host_ifname
    guest: str | None = None  # <guest dev=>, the container's end, vzctl's ifname


@dataclass(frozen=True)
class Domain:
    """The part of a libvirt domain that OpenVZ can honour."""

    name: str  # <name>; decimal digits are the CTID, without leading zeros
    uuid: str | None = None  # <uuid>, lower case with hyphens
    ctid: int | None = None  # <metadata><openvz:ctid>, for domains whose name is no number
    title: str | None = None  # <title>
    description: str | None = None  # <description>
    memory: int | None = None  # <memory>, KiB
    swap: int | None = None  # <memtune><swap_hard_limit> less <memory>, KiB
    vcpu: int | None = None  # <vcpu>
    init: str | None = None  # <os><init>
    template: str | None = None  # <filesystem type='template'><source name=>
    diskspace: Limit | None = None  # <space_soft_limit>, <space_hard_limit>, <quota type='size'>, KiB
    diskinodes: Limit | None = None  # <quota type='inodes'>, <openvz:diskinodes>
    interfaces: tuple[Interface, ...] | None = None  # <interface type='bridge'|'network'|'ethernet'>
    hostdevs: tuple[str, ...] | None = None  # network devices of the node handed in, sorted
    addresses: tuple[str, ...] | None = None  # <ip address= prefix=>, canonical: no prefix for a single host

    @property
    def number(self):
        """The CTID that the document itself names, or ``None``."""
        return int(self.name) if self.name.isdecimal() else self.ctid


@dataclass(frozen=True)
class Document:
    """A domain as it was written: what it says, and what its reader should know about it."""

    domain: Domain
    warnings: tuple[str, ...] = ()
