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
    addresses: tuple[str, ...] | None = None  # <ip address= prefix=> inside the container, with their prefixes
    gateway: str | None = None  # <route gateway=>, IPv4
    gateway6: str | None = None  # <route family='ipv6' gateway=>
    dhcp: bool | None = None  # <openvz:dhcp>
    dhcp6: bool | None = None  # <openvz:dhcp family='ipv6'>
    configure: bool | None = None  # <openvz:ifname configure=>: whether vzctl configures the container's end
    vport: str | None = None  # <virtualport type='openvswitch'>: "ovs"


@dataclass(frozen=True)
class Disk(Record):
    """A disk image of a container beside its root disk."""

    image: str | None = None  # <source file=>, below the private area or absolute
    size: int | None = None  # KiB
    mount: str | None = None  # where it is mounted in the container; None: nowhere
    uuid: str | None = None  # <serial>, lower case with hyphens
    enabled: bool | None = None
    device: str | None = None  # <source dev=>: a block device of the node instead of an image


@dataclass(frozen=True)
class BindMount(Record):
    """A directory of the node that is mounted in a container."""

    source: str | None  # None: an empty directory, made for the container
    target: str
    options: tuple[str, ...] = ()  # "nosuid", "noexec", "nodev", "ro"; sorted


@dataclass(frozen=True)
class Domain(Record):
    """The part of a libvirt domain that OpenVZ can honour; `fields.FIELDS` says what each of them is."""

    name: str  # <name>; decimal digits are the CTID, without leading zeros
    uuid: str | None = None  # lower case with hyphens
    ctid: Ctid | None = None  # for domains whose name is not a number
    title: str | None = None
    description: str | None = None
    hostname: str | None = None

    onboot: bool | str | None = None  # or "auto": as it was when the node went down
    bootorder: int | None = None  # highest first
    disabled: bool | None = None
    stop_timeout: int | None = None  # seconds
    autostop: str | None = None  # "stop" or "suspend"
    ha_enable: bool | None = None
    ha_prio: int | None = None  # highest first
    init: str | None = None

    memory: int | None = None  # KiB
    swap: int | None = None  # KiB, without the memory
    memguarantee: str | None = None  # "auto", or percent of the memory
    vm_overcommit: str | None = None  # a decimal factor
    meminfo: str | None = None
    vcpu: int | None = None
    cpumask: str | None = None  # "0-1,4" or "all"
    cpuunits: int | None = None
    cpuweight: int | None = None
    cpulimit: int | None = None  # percent of one processor; 0 is no limit
    cpulimit_mhz: int | None = None
    nodemask: str | None = None  # as cpumask
    pagecache_isolation: bool | None = None
    num_memory_subgroups: int | None = None
    slmmode: str | None = None
    slmmemorylimit: Limit | None = None  # pages
    burst_cpulimit: int | None = None  # percent
    burst_cpu_avg_usage: int | None = None  # percent

    template: str | None = None
    config: str | None = None  # name of the sample configuration
    distribution: str | None = None
    layout: str | None = None  # "simfs", "ploop" or "ploop:MODE"
    private: str | None = None  # path, may have $VEID
    root: str | None = None  # path, may have $VEID
    local_uid: int | None = None
    local_gid: int | None = None
    mount_opts: str | None = None
    diskspace: Limit | None = None  # KiB
    diskinodes: Limit | None = None
    diskquota: bool | None = None
    jquota: bool | None = None
    quotatime: int | None = None  # seconds
    quotaugidlimit: int | None = None
    ioprio: int | None = None  # 0 to 7
    iolimit: int | None = None  # bytes per second; 0 is no limit
    iopslimit: int | None = None  # operations per second; 0 is no limit
    disks: tuple[Disk, ...] | None = None  # beside the root disk
    bindmounts: tuple[BindMount, ...] | None = None

    interfaces: tuple[Interface, ...] | None = None
    hostdevs: tuple[str, ...] | None = None  # network devices of the node, sorted
    addresses: tuple[str, ...] | None = None  # canonical: no prefix for a single host
    nameserver: tuple[str, ...] | None = None
    searchdomain: tuple[str, ...] | None = None
    rate: tuple[str, ...] | None = None  # device:class:kbit
    ratebound: bool | None = None
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
    numnetif: Limit | None = None

    @property
    def stated_ctid(self):
        """The CTID that the document itself says, or ``None``."""
        return ctid_of(self.name) if self.name.isdecimal() else self.ctid


@dataclass(frozen=True)
class Document(Record):
    """
    A domain as it was written: what it says, and what its reader should know about it.

    `unwritable` are the fields whose values vzctl could not keep, with the error for it: a container may have such a
    value already, set by someone else, and then the document agrees with it. Those in `refused` are none that the vzctl
    it was read for can have at all.
    """

    domain: Domain
    warnings: tuple[str, ...] = ()
    unwritable: dict = field(default_factory=dict)
    refused: frozenset = frozenset()
