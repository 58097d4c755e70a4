"""
Hypothesis strategies: domains that a document can say, and configuration files as people leave them.

Whatever `domains` makes must survive the round trip; whatever `configuration_files` makes must be read.
"""

import ipaddress
import string
from dataclasses import replace

from hypothesis import strategies as st
from vzdomain.flavours.legacy.parameters import PARAMETERS, TABLE
from vzdomain.model import fields, names
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import BindMount, Disk, Domain, Interface, Limit
from vzdomain.model.kinds.disks import MOUNT_OPTIONS, ROOT_DISK
from vzdomain.model.units import UNLIMITED, pages_kib

LONGEST_KIB = UNLIMITED // 1024 - 1  # one more is "unlimited"
INT_MAX = 2**31 - 1
LETTERS = string.ascii_letters + string.digits


def optional(strategy):
    return st.none() | strategy


def mostly(strategy, *edges):
    """Half of the time one of the `edges`."""
    return st.sampled_from(edges) | strategy


def bounded(least, most, *edges):
    return mostly(st.integers(least, most), least, most, *edges)


def lists(members, most=4):
    return st.lists(members, min_size=1, max_size=most, unique=True).map(tuple)


def sets(members, most=4):
    return lists(members, most).map(sorted).map(tuple)


def maps(names, values, most=4):
    return st.dictionaries(names, values, min_size=1, max_size=most).map(lambda pairs: tuple(sorted(pairs.items())))


# words

ctids = bounded(101, 2147483644).map(Ctid)
words = st.text(LETTERS + "+-_. ", min_size=1, max_size=30).map(str.strip)
container_names = words.filter(lambda name: name.strip(".") and not name.isdecimal())
uuids = st.uuids().map(str)
prose = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters='"\\$`\ufffe\uffff'), max_size=40
).map(str.strip)
devices = st.text(LETTERS + "_.-", min_size=1, max_size=15).filter(lambda name: name[0] not in ".-")
bridges = devices
networks = st.sampled_from(["default", "lan", "two words", "net-7", "a.b"])
templates = st.text(LETTERS + "_.+-", min_size=1, max_size=30).filter(lambda name: name[0] not in ".+-")
hosts = st.text(LETTERS + "_.-", min_size=1, max_size=30).filter(lambda name: name[0] not in ".-")
mount_options = lists(st.sampled_from(["noatime", "nodev", "size=10", "a:b+c.d-e_f"])).map(",".join)
_steps = st.text(LETTERS + "_.+@,=~-", max_size=8).filter(lambda step: step != "..")
paths = st.builds(
    lambda steps, veid: "/" + "/".join(steps) + veid,
    st.lists(_steps, max_size=4),
    st.sampled_from(["", "/$VEID", "/${VEID}", "/ct-$VEID.d"]),
)
decimals = st.builds(  # vzctl keeps six digits
    lambda whole, fraction: f"{whole}.{fraction.rstrip('0')}".rstrip("."),
    st.integers(0, 999),
    st.text(string.digits, max_size=3),
)
meminfos = st.just("none") | st.builds(
    "{}:{}".format, st.sampled_from(["pages", "privvmpages"]), st.integers(1, 10**10 - 1)
)
device_nodes = st.sampled_from(
    "null net/tun sda1 fuse mapper/vg-root cciss/c0d0 nvme0n1p1 loop-control ploop12 _x".split()
)
device_numbers = st.builds(
    "{}:{}:{}".format,
    st.sampled_from("bc"),
    st.integers(0, 10**8 - 1).filter(lambda major: major != 7),
    st.just("all") | st.integers(0, 10**8 - 1),
)
accesses = st.sampled_from(["r", "w", "q", "rw", "rq", "wq", "rwq", "none"])
pci_devices = st.builds(
    "{:04x}:{:02x}:{:02x}.{}".format, bounded(0, 0xFFFF), bounded(0, 0xFF), bounded(0, 0xFF), st.integers(0, 7)
)


@st.composite
def masks(draw):
    """As vzctl writes them: ranges in order, none touching the next; or ``all``."""
    ends = draw(st.lists(bounded(0, 4095), unique=True, max_size=5).map(sorted))
    numbers = {number for first, last in zip(ends[::2], ends[1::2], strict=False) for number in range(first, last + 1)}
    if not numbers or len(numbers) == 4096:
        return "all"
    starts = sorted(number for number in numbers if number - 1 not in numbers)
    lasts = sorted(number for number in numbers if number + 1 not in numbers)
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, lasts, strict=True))


# sizes

sizes = mostly(st.integers(1, LONGEST_KIB), 1, 4, 524288, LONGEST_KIB, UNLIMITED)
amounts = mostly(st.integers(0, UNLIMITED), 0, 1, 65536, UNLIMITED // 4096, UNLIMITED - 1, UNLIMITED)
blocks = mostly(st.integers(0, LONGEST_KIB), 0, 1, 1048576, LONGEST_KIB)


def limits(numbers):
    """Soft and hard, often equal: the 2008 dialect has one word for that."""
    return st.builds(Limit, numbers, numbers) | numbers.map(lambda number: Limit(number, number))


# network


@st.composite
def macs(draw):
    first, *rest = draw(st.binary(min_size=6, max_size=6))
    return ":".join(f"{byte:02x}" for byte in (first & 0xFE | 2, *rest))


@st.composite
def addresses(draw):
    """An address with or without a prefix; never the unspecified one."""
    address = draw(st.ip_addresses().filter(lambda each: not each.is_unspecified))
    prefix = draw(st.integers(1, address.max_prefixlen))
    return names.spelled(address, prefix)


interfaces = st.builds(
    Interface,
    bridge=optional(bridges),
    network=optional(networks),
    mac=optional(macs()),
    target=optional(devices),
    guest=optional(devices),
)


@st.composite
def _with_extras(draw, pairs):
    """What only an interface with a guest device can say, in metadata."""
    extras = st.fixed_dictionaries({"host_mac": optional(macs()), "mac_filter": optional(st.booleans())})
    return tuple(replace(pair, **draw(extras)) if pair.guest else pair for pair in draw(pairs))


def _distinct(pairs):
    """No two veth pairs share a device or a MAC address."""
    for field in ("mac", "target", "guest"):
        named = [getattr(pair, field) for pair in pairs if getattr(pair, field)]
        if len(named) != len(set(named)):
            return False
    return True


interface_lists = _with_extras(st.lists(interfaces, min_size=1, max_size=4).filter(_distinct).map(tuple))


@st.composite
def _configured(draw, pairs):
    """What vzctl 7 and later set inside a pair; one that no bridge holds says so by its guest."""
    found = []
    for pair in draw(pairs):
        inside = draw(
            st.fixed_dictionaries(
                {
                    "addresses": optional(address_lists),
                    "gateway": optional(st.ip_addresses(v=4).filter(_is_router).map(names.spelled)),
                    "gateway6": optional(st.ip_addresses(v=6).filter(_is_router).map(names.spelled)),
                    "dhcp": optional(st.booleans()),
                    "dhcp6": optional(st.booleans()),
                    "configure": optional(st.booleans()),
                    "vport": st.sampled_from([None, "ovs"]),
                }
            )
        )
        if not pair.guest:
            inside["configure"] = None
        if not (pair.bridge or pair.network):
            inside["vport"] = None  # libvirt has no word for it there
        if not (pair.guest or pair.bridge or pair.network):
            inside["addresses"] = None
        found.append(replace(pair, **inside))
    return tuple(found)


def _is_router(address):
    return not (address.is_unspecified or address.is_multicast)


# vzctl passes none of these through, whatever their digits: NETDEV is read up to the first of them (read, not run).
hostdev_lists = sets(devices.filter(lambda name: not name.startswith(("venet", "tun", "tap", "lo"))), 3)
address_lists = st.lists(
    addresses(), min_size=1, max_size=4, unique_by=lambda text: ipaddress.ip_interface(text).ip
).map(tuple)
configured_lists = _configured(interface_lists)


# disks

_places = st.lists(st.text(LETTERS + "_.+@~-", min_size=1, max_size=8).filter(lambda part: part != ".."), max_size=3)
places = _places.map(lambda parts: "/" + "/".join(parts))
_images = places.filter(lambda path: path != "/") | st.just("data.hdd")
_files = st.builds(
    Disk,
    image=optional(_images),
    size=optional(bounded(1, LONGEST_KIB)),
    mount=optional(places.filter(lambda path: path.strip("/"))),
    uuid=optional(uuids.filter(lambda one: one != ROOT_DISK)),
    enabled=optional(st.booleans()),
)


def _unlike(*attributes):
    """No two members share one of these attributes."""

    def holds(members):
        said = [[one for member in members if (one := getattr(member, name)) is not None] for name in attributes]
        return all(len(values) == len(set(values)) for values in said)

    return holds


disk_lists = (
    st.lists((_files | st.builds(Disk, device=places)).filter(lambda one: one != Disk()), min_size=1, max_size=3)
    .filter(_unlike("image", "mount", "uuid", "device"))
    .map(tuple)
)
_mounts = st.builds(
    BindMount,
    source=places,
    target=places.filter(lambda path: path != "/"),
    options=sets(st.sampled_from(MOUNT_OPTIONS)) | st.just(()),
)
bind_mount_lists = st.lists(_mounts, min_size=1, max_size=3).filter(_unlike("target")).map(tuple)


# domains

_KIND = {row.name: row.kind for row in fields.FIELDS}
_switches = st.sampled_from(["on", "off"])
_counts = bounded(0, INT_MAX, 1, 1000)
_BEANCOUNTERS = {name: limits(amounts) for name in fields.BEANCOUNTERS - {"physpages", "swappages"}}
FIELDS = {
    "uuid": uuids,
    "title": prose.filter(bool),
    "description": prose,
    "hostname": hosts,
    "onboot": st.booleans(),
    "bootorder": _counts,
    "disabled": st.booleans(),
    "stop_timeout": _counts,
    "init": st.just("/sbin/init"),
    "memory": sizes,
    "swap": blocks,
    "vm_overcommit": decimals,
    "meminfo": meminfos,
    "vcpu": bounded(0, INT_MAX, 1, 65535, 65536),
    "cpumask": masks(),
    "cpuunits": bounded(8, 500000, 1000),
    "cpuweight": _counts,
    "cpulimit": _counts,
    "nodemask": masks(),
    "template": templates,
    "config": templates,
    "layout": st.sampled_from(_KIND["layout"].words),
    "private": paths,
    "root": paths,
    "local_uid": _counts,
    "local_gid": _counts,
    "mount_opts": mount_options,
    "diskspace": limits(blocks),
    "diskinodes": limits(amounts),
    "diskquota": st.booleans(),
    "quotatime": _counts,
    "quotaugidlimit": _counts,
    "ioprio": st.integers(0, 7),
    "iolimit": bounded(0, INT_MAX, 1048576),
    "iopslimit": _counts,
    "interfaces": interface_lists,
    "hostdevs": hostdev_lists,
    "addresses": address_lists,
    "nameserver": lists(st.just("inherit") | st.ip_addresses().map(names.spelled)),
    "searchdomain": lists(hosts),
    "netfilter": st.sampled_from(_KIND["netfilter"].words),
    "iptables": lists(st.sampled_from(sorted(_KIND["iptables"].needs))).map(_KIND["iptables"].gathered),
    "features": maps(st.sampled_from(PARAMETERS["features"].kind.known), _switches, 8),
    "capabilities": maps(st.sampled_from(_KIND["capabilities"].known), _switches, 34),
    "devnodes": maps(device_nodes, accesses),
    "devices": maps(device_numbers, accesses),
    "pci": sets(pci_devices),
    "physpages": limits(amounts),
    "swappages": limits(amounts),
    **_BEANCOUNTERS,
}
# What vzctl 4.x has not, or less of.
LATER = {
    "onboot": st.booleans() | st.just("auto"),
    "autostop": st.sampled_from(_KIND["autostop"].words),
    "ha_enable": st.booleans(),
    "ha_prio": _counts,
    "memguarantee": st.just("auto") | st.integers(0, 100).map(str),
    "cpulimit_mhz": bounded(1, INT_MAX),
    "pagecache_isolation": st.booleans(),
    "num_memory_subgroups": _counts,
    "slmmode": st.sampled_from(_KIND["slmmode"].words),
    "slmmemorylimit": limits(amounts),
    "burst_cpulimit": _counts,
    "burst_cpu_avg_usage": _counts,
    "distribution": hosts,
    "jquota": st.booleans(),
    "disks": disk_lists,
    "bindmounts": bind_mount_lists,
    "rate": sets(st.sampled_from(["eth0:1:1024", "*:2:64", "bond0.7:16:1"])),
    "ratebound": st.booleans(),
    "features": maps(st.sampled_from(_KIND["features"].known), _switches, 9),
    "interfaces": configured_lists,
    "numnetif": limits(amounts),
}


@st.composite
def domains(draw, fields=FIELDS):
    """Any domain of some of these `fields`, but the few that no document can say, such as lists that are empty."""
    said = draw(st.lists(st.sampled_from(list(fields)), unique=True, max_size=16))
    values = {field: draw(fields[field]) for field in said}
    numeric = draw(st.booleans())
    return Domain(
        name=str(draw(ctids)) if numeric else draw(container_names),
        ctid=None if numeric else draw(optional(ctids)),
        **_agreeing(values),
    )


def _agreeing(values):
    """A size and the beancounter that it is the limit of are one number; a document has no word for no memory."""
    for size, counter in (("memory", "physpages"), ("swap", "swappages")):
        if size in values and counter in values:
            values[size] = pages_kib(values[counter].hard)
    return {field: value for field, value in values.items() if (field, value) != ("memory", 0)}


def domains_of_any_family():
    """Those that vzctl 4.x refuses, too."""
    return domains(FIELDS | LATER)


# configuration files

_TEXT = st.text(st.characters(exclude_characters="\n"), max_size=12)
_NUMBER = st.builds(
    "{}{}{}".format,
    bounded(0, 2**64, 1, 8, 1000),
    st.sampled_from(["", "", ".", ".2", ".75"]),
    st.sampled_from(["", "", "%", "x", *"BbKkMmGgTtPp"]),
)
_PAIR = st.lists(mostly(_NUMBER, "unlimited", "0", ""), min_size=1, max_size=3).map(":".join)
_BLANKS = st.sampled_from([" ", "  ", "\t"])
_SEPARATORS = _BLANKS | st.sampled_from([",", " , "])
_LINES = ['{}="{}"', '  {}="{}"\r', '\t{}="{}"', '{}="{}" # a note', "{}={}"]
_ODD_LINES = [*_LINES, "{}='{}'", '{} = "{}"', 'export {}="{}"']
_ALIASES = {"DCACHESIZE": "DCACHE", "NUMIPTENT": "IPTENTRIES"}
_NAMING = ("hostdevs", "interfaces")  # other names than these are for no document to say


@st.composite
def _netifs(draw):
    """``ifname=eth0,bridge=br0;ifname=eth1,foo=bar``"""
    named = st.builds("{}={}".format, st.sampled_from(["bridge", "host_ifname"]), devices)
    macs_of_vzctl = macs().map(lambda mac: f"mac={mac.upper()}")
    other = st.sampled_from(["mac_filter=on", "foo=bar", "mac=", "bridge"])
    attributes = st.lists(named | macs_of_vzctl | other, max_size=4)
    return ";".join(",".join((f"ifname={guest}", *draw(attributes))) for guest in draw(lists(devices)))


def _written(row, separators):
    """A value as vzctl writes it, but for what stands between its members."""
    if row.field == "interfaces":
        return _netifs()
    values = FIELDS.get(row.field, container_names | st.sampled_from(["", "209"]))
    if row.field == "addresses":
        values |= lists(
            st.sampled_from(["10.0.0.1", "10.0.0.1/24", "fd00::1", "FD00:0::1/64", "0.0.0.0", "0::", "auto"])
        )
    return st.builds(str.join, separators, values.map(row.kind.write))


def _settings(row):
    """Lines of one key: as vzctl writes them, in capitals, with a size of any unit, with any text."""
    keys = st.sampled_from([row.key, _ALIASES.get(row.key, row.key)])
    if row.field in _NAMING:
        return st.builds(str.format, st.sampled_from(_LINES), keys, _written(row, _BLANKS))
    written = _written(row, _SEPARATORS)
    return st.builds(str.format, st.sampled_from(_ODD_LINES), keys, written | written.map(str.upper) | _PAIR | _TEXT)


_SETTINGS = [_settings(row) for row in TABLE if row.key]
_COMMENTS = st.builds("#UUID: {}".format, uuids) | st.builds("  # TITLE : {}".format, _TEXT)
_GARBAGE = _TEXT | st.sampled_from(["# a note", "", "\r", 'VEID="777"', 'CPUS="2', "=", "\ufeffCPUS=2"])
configuration_files = st.lists(
    st.sampled_from(_SETTINGS).flatmap(lambda setting: setting) | _COMMENTS | _GARBAGE, max_size=20
).map("\n".join)
