"""
NETIF of vzctl 7 to 9: veth pairs with what vzctl configures inside the container, and how the family names them.

The order of attributes differs between releases; `venet0` of type routed is vzctl's own, for routed addresses.
"""

import hashlib
import ipaddress
import itertools
from dataclasses import replace
from functools import lru_cache

from ...model import names
from ...model.domain import Interface
from ...model.kinds.scalars import sayable
from ...model.kinds.veths import Interfaces
from .kinds import prefix

BRIDGED = "--network BRIDGE --nettype bridge"  # how an operator puts a pair into one, in that order
HOST_MAC = ""  # vzctl makes one up
ATTRIBUTES = frozenset(vars(Interface()))
INSTEAD = {}
COMPARED = (
    *("mac", "target", "bridge", "network", "host_mac", "addresses", "gateway", "gateway6", "dhcp", "dhcp6"),
    *("configure", "vport"),
)
# Of a running container (recorded); the node's end keeps its name and, read and not run, its MAC.
LIVE = frozenset(COMPARED) - {"target", "host_mac"} | {"mac_filter"}
HAS_NETWORKS = MOVES = True
_MADE_UP = "fe:37:72:"  # how the MACs of the node's ends begin that vzctl makes up (recorded)
_VENET = "venet0"
_YES = {"yes": True, "no": False}
_CONFIGURING = frozenset(("addresses", "gateway", "dhcp", "dhcp6"))  # --ipadd, --gw, ...: with it comes configure=all


class _Interfaces(Interfaces):
    """veth pairs as this family reads them; ValueError where vzctl refuses the whole file."""

    def read(self, text):
        pairs = (_interface(entry) for entry in text.split(";") if entry)
        return tuple(pair for pair in pairs if pair.guest != _VENET)

    def ignored(self, text):
        """Attributes that vzctl skips silently, and drops when it writes the file."""
        parts = (part for entry in text.split(";") for part in entry.split(",") if part)
        return [part for part in parts if part.partition("=")[0] not in _KNOWN]


INTERFACES = _Interfaces()
_KNOWN = """
    ifname mac host_ifname host_mac network type vport gw gw6 dhcp dhcp6 configure mac_filter ip_filter ip ip6 ifaceid
    default filter nettype vlan
""".split()
# Attributes of few words; vzctl refuses the file for any other one.
_WORDS = {
    "dhcp": ("yes", "no"),
    "dhcp6": ("yes", "no"),
    "configure": ("all", "none", "yes", "no"),
    "type": ("bridge", "routed"),
    "vport": ("ovs",),
}


def check(text):
    """ValueError for a NETIF for which vzctl refuses the whole file."""
    for entry in text.split(";"):
        for part in entry.split(","):
            name, _, value = part.partition("=")
            if value and value not in _WORDS.get(name, (value,)):
                raise ValueError(part)
        if entry:
            _interface(entry)


def as_read(ctid, live):
    """A live interface: the file has all of it."""
    return live


def settled(interface):
    """An interface as vzctl saves it: without the addresses of a family that has DHCP (of IPv6 read, not run)."""
    families = [is_six for name, is_six in (("dhcp", False), ("dhcp6", True)) if getattr(interface, name)]
    kept = tuple(one for one in interface.addresses or () if (":" in one) not in families)
    return interface if kept == (interface.addresses or ()) else replace(interface, addresses=kept or None)


def target(ctid, interface):
    """The node's end of a pair; what its file does not say is named after the MAC."""
    return interface.target or vzctls_target(ctid, interface.guest, interface.mac)


def vzctls_target(ctid, guest, mac):
    """``veth51112233`` for the MAC 00:18:51:11:22:33 (recorded); ``None`` without a MAC, which vzctl makes up."""
    return f"veth{mac.replace(':', '')[4:].lower()}" if mac else None


def other_targets(ctid, guest):
    """Names that vzctl would not give it: of a hash of CTID, device and number."""
    for number in itertools.count():
        yield "vm" + hashlib.sha256(f"{ctid} {guest} {number}".encode()).hexdigest()[:8]


def is_conventional(interface):
    """Whether vzctl has made up the MAC of the node's end."""
    return (interface.host_mac or "").startswith(_MADE_UP)


def words(pair, names_):
    """
    The options that give a pair what `names_` of its attributes say, in an order that vzctl takes.

    What is inside a pair makes vzctl configure that end (recorded); one that is not to be says so again.
    """
    is_kept_off = pair.configure is False and not _CONFIGURING.isdisjoint(names_)
    found = []
    for name in COMPARED:
        if name in names_ or (name == "configure" and is_kept_off):
            found += _SPELLED[name](pair)
    return found


def words_of_new(pair):
    """The options for all that a new pair has."""
    found = words(pair, [name for name in COMPARED if name != "addresses" and getattr(pair, name) is not None])
    return [*found, *(part for one in pair.addresses or () for part in ("--ipadd", one))]


def _of_addresses(pair):
    """All anew: taking one away does nothing (recorded)."""
    return ["--ipdel", "all", *(part for one in pair.addresses or () for part in ("--ipadd", one))]


def _of_bridge(pair):
    """The network first: a type in front of it is lost (recorded)."""
    return ["--network", pair.bridge, "--nettype", "bridge"] if pair.bridge else _unplugged(pair)


def _unplugged(pair):
    return [] if pair.bridge or pair.network else ["--network", ""]


def _of_network(pair):
    return ["--network", pair.network] if pair.network else _unplugged(pair)


def _switch(option, name):
    return lambda pair: [option, "yes" if getattr(pair, name) else "no"]


_SPELLED = {
    "mac": lambda pair: ["--mac", pair.mac.upper()],
    "target": lambda pair: ["--host_ifname", pair.target],
    "bridge": _of_bridge,
    "network": _of_network,
    "host_mac": lambda pair: ["--host_mac", pair.host_mac.upper()],
    "addresses": _of_addresses,
    "gateway": lambda pair: ["--gw", pair.gateway],
    "gateway6": lambda pair: ["--gw6", pair.gateway6],
    "dhcp": _switch("--dhcp", "dhcp"),
    "dhcp6": _switch("--dhcp6", "dhcp6"),
    "configure": lambda pair: ["--configure", "all" if pair.configure else "none"],
    "vport": lambda pair: ["--vporttype", pair.vport],
}


@lru_cache(maxsize=256)  # a pair is read for several questions in a row
def _interface(entry):
    """``"ifname=eth0,mac=C4:..,type=bridge,network=br0,ip=10.0.0.1/255.255.255.0"`` -> `Interface`."""
    said = {}
    for part in entry.split(","):
        name, equals, value = part.partition("=")
        if equals:
            said[name] = sayable(value)
    if not said.get("ifname"):
        raise ValueError(entry)
    network, is_bridge = said.get("network") or None, said.get("type") == "bridge"
    addresses = [*_addresses(said.get("ip", "")), *_addresses(said.get("ip6", ""), ipv6=True)]
    values = {
        "guest": said["ifname"],
        "target": said.get("host_ifname") or None,
        "mac": names.any_mac(said["mac"]) if said.get("mac") else None,
        "host_mac": names.any_mac(said["host_mac"]) if said.get("host_mac") else None,
        "bridge": network if is_bridge else None,
        "network": None if is_bridge else network,
        "mac_filter": {"on": True, "off": False}.get(said.get("mac_filter")),
        "addresses": tuple(addresses) or None,
        "gateway": _gateway(said.get("gw")),
        "gateway6": _gateway(said.get("gw6")),
        "dhcp": _YES.get(said.get("dhcp")),
        "dhcp6": _YES.get(said.get("dhcp6")),
        "configure": {"all": True, "none": False}.get(said.get("configure")),
        "vport": "ovs" if said.get("vport") == "ovs" else None,
    }
    return Interface.of(values)


def _addresses(text, ipv6=False):
    """``"10.2.0.1/255.255.255.0:10.2.0.2"``; those of IPv6 have blanks or nothing between them (read, not run)."""
    for word in text.split() if ipv6 else text.replace(":", " ").split():
        host, slash, mask = word.partition("/")
        address = ipaddress.ip_address(host)
        yield names.spelled(address, prefix(mask, address.max_prefixlen)) if slash else names.spelled(address)


def _gateway(text):
    """An address; ValueError for anything else, ``remove`` too: vzctl saves it, and then refuses the whole file."""
    return names.spelled(ipaddress.ip_address(text)) if text else None
