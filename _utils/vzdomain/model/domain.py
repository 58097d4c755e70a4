"""
The nouns: a domain (the document) and its parts.

Words are libvirt's (https://libvirt.org/formatdomain.html), sizes are KiB. A field left at ``None`` is not said by the
document: it is neither compared nor changed. A tuple is an *owned list*: what it does not hold is removed. A `Map` is
not: what it does not name stays as it is.
Everything is frozen, so that a plan cannot alter what it compares.
"""

from dataclasses import dataclass, field

from .ctid import Ctid, ctid_of

Map = tuple[tuple[str, str], ...]  # sorted pairs


@dataclass(frozen=True)
class Limit:
    """A pair of limits, soft and hard (vzctl: barrier and limit)."""

    soft: int
    hard: int


class Record:
    """A frozen dataclass that can be made without a call for each of its fields, of which there are many."""

    @classmethod
    def of(cls, values):
        """The record that says what the dictionary does, which belongs to it from now on; ``vars`` has no more."""
        made = object.__new__(cls)
        object.__setattr__(made, "__dict__", values)
        return made


@dataclass(frozen=True)
class Interface(Record):
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
    host_mac: str | None = None  # <openvz:ifname host_mac=>, the node's end
    mac_filter: bool | None = None  # <openvz:ifname mac_filter=>; vzctl's default is on


@dataclass(frozen=True)
class Domain(Record):
    """The part of a libvirt domain that OpenVZ can honour; `fields.FIELDS` says what each of them is."""

    name: str  # <name>; decimal digits are the CTID, without leading zeros
    uuid: str | None = None  # lower case with hyphens
    ctid: Ctid | None = None  # for domains whose name is not a number
    title: str | None = None
    description: str | None = None
    hostname: str | None = None

    onboot: bool | None = None
    bootorder: int | None = None  # highest first
    disabled: bool | None = None
    stop_timeout: int | None = None  # seconds
    init: str | None = None

    memory: int | None = None  # KiB
    swap: int | None = None  # KiB, without the memory
    vm_overcommit: str | None = None  # a decimal factor
    meminfo: str | None = None
    vcpu: int | None = None
    cpumask: str | None = None  # "0-1,4" or "all"
    cpuunits: int | None = None
    cpuweight: int | None = None
    cpulimit: int | None = None  # percent of one processor; 0 is no limit
    nodemask: str | None = None  # as cpumask

    template: str | None = None
    config: str | None = None  # name of the sample configuration
    layout: str | None = None  # "simfs", "ploop" or "ploop:MODE"
    private: str | None = None  # path, may have $VEID
    root: str | None = None  # path, may have $VEID
    local_uid: int | None = None
    local_gid: int | None = None
    mount_opts: str | None = None
    diskspace: Limit | None = None  # KiB
    diskinodes: Limit | None = None
    diskquota: bool | None = None
    quotatime: int | None = None  # seconds
    quotaugidlimit: int | None = None
    ioprio: int | None = None  # 0 to 7
    iolimit: int | None = None  # bytes per second; 0 is no limit
    iopslimit: int | None = None  # operations per second; 0 is no limit

    interfaces: tuple[Interface, ...] | None = None
    hostdevs: tuple[str, ...] | None = None  # network devices of the node, sorted
    addresses: tuple[str, ...] | None = None  # canonical: no prefix for a single host
    nameserver: tuple[str, ...] | None = None
    searchdomain: tuple[str, ...] | None = None
    netfilter: str | None = None
    iptables: tuple[str, ...] | None = None  # with all that they need, sorted

    features: Map | None = None  # name -> on or off
    capabilities: Map | None = None  # name in lower case -> on or off
    devnodes: Map | None = None  # device below /dev -> access
    devices: Map | None = None  # b:major:minor or c:major:minor -> access
    pci: tuple[str, ...] | None = None  # domain:bus:slot.function, sorted

    # beancounters, as vzctl counts them: pages, bytes, items
    kmemsize: Limit | None = None
    lockedpages: Limit | None = None
    privvmpages: Limit | None = None
    shmpages: Limit | None = None
    numproc: Limit | None = None
    physpages: Limit | None = None  # only what `memory` cannot say
    swappages: Limit | None = None  # only what `swap` cannot say
    vmguarpages: Limit | None = None
    oomguarpages: Limit | None = None
    numtcpsock: Limit | None = None
    numflock: Limit | None = None
    numpty: Limit | None = None
    numsiginfo: Limit | None = None
    tcpsndbuf: Limit | None = None
    tcprcvbuf: Limit | None = None
    othersockbuf: Limit | None = None
    dgramrcvbuf: Limit | None = None
    numothersock: Limit | None = None
    dcachesize: Limit | None = None
    numfile: Limit | None = None
    numiptent: Limit | None = None
    avnumproc: Limit | None = None

    @property
    def stated_ctid(self):
        """The CTID that the document itself says, or ``None``."""
        return ctid_of(self.name) if self.name.isdecimal() else self.ctid


@dataclass(frozen=True)
class Document(Record):
    """
    A domain as it was written: what it says, and what its reader should know about it.

    `unwritable` are the fields whose values vzctl could not keep, with the error for it: a container may have such a
    value already, set by someone else, and then the document agrees with it.
    """

    domain: Domain
    warnings: tuple[str, ...] = ()
    unwritable: dict = field(default_factory=dict)
