"""
``<interface>`` <-> veth pairs, routed addresses, and network devices of the node.

The type alone does not say which: ``network`` is NAT with a ``<source network=>`` and a device of the node with a
``<host class='network'>``; ``ethernet`` is a routed address with an ``<ip>`` and no ``<guest>``, else a pair that no
bridge holds.
"""

from ...model import names
from ...model.domain import Interface
from ...model.kinds import veths
from ...model.nearest import meant
from ..metadata import NAMESPACE
from ..reader import Shape
from ..writer import add
from . import inside, virtuozzo

_NO_MAC = "00:00:00:00:00:00"  # what libvirt's own driver prints for a routed interface
_TYPES = {"veth": "bridge", "nat": "network", "venet": "ethernet", "routed": "ethernet", "phys": "network"}
_PAIR = Shape(attributes="type", once="source target guest mac virtualport", many=inside.ELEMENTS)
_GUEST = f"{{{NAMESPACE}}}guest"  # libvirt's Virtuozzo driver has no room for the name
_PAIR_OF_VZ = Shape(
    attributes="type trustGuestRxFilters",
    once=f"source target guest mac virtualport link alias address {_GUEST}",
    many=inside.ELEMENTS,
)
_ROUTED_OF_VZ = Shape(attributes="type", once="mac source target link alias address", many="ip")
_ROUTED = Shape(attributes="type", once="mac source target guest", many="ip")
_PASSED_THROUGH, _HOST = Shape(attributes="type", once="host"), Shape(attributes="class dev")
_BRIDGE, _DEVICE, _MAC = Shape(attributes="bridge"), Shape(attributes="dev"), Shape(attributes="address")
_NETWORK = Shape(attributes="network bridge")
_TARGET, _TARGET_NETWORK = Shape(attributes="type dev", once="source"), Shape(attributes="network")
_OWN = {"guest": "the guest device", "target": "the node's device", "mac": "the MAC address"}  # what no two may have
_UNSAID = dict.fromkeys(vars(Interface()))


def parse_interfaces(reader, elements):
    """Read the veth pairs and the routed addresses; returns the devices of the node as [(device, element), ...]."""
    pairs, routed, hostdevs = [], [], []
    for element in elements:
        kind = element.get("type")
        if kind == "bridge":  # the most usual, and needs no look at what is inside
            pairs.append((_parse_pair(reader, element, kind), element))
            reader.means(element, "interfaces")
        elif is_routed(element, kind):
            routed.append(element)
            reader.means(element, "addresses")
        elif kind == "network" and _has(element, "host"):
            hostdevs.append((_parse_host(reader, element), element))
            reader.means(element, "hostdevs")
        else:
            pairs.append((_parse_pair(reader, element, kind), element))
            reader.means(element, "interfaces")
    if len(pairs) > 1:
        _refuse_twin_pairs(reader, pairs)
    if pairs:
        reader.fields["interfaces"] = tuple([pair for pair, _ in pairs])
    found = _parse_routed(reader, routed) if routed else None
    if found or (routed and not virtuozzo.is_vz(reader)):
        reader.fields["addresses"] = found
    return hostdevs


def is_routed(element, kind):
    """Whether an ``<interface>`` of this type is for addresses that are routed to the container."""
    if kind == "network":
        return virtuozzo.is_routed(element)
    return kind == "route" or (kind == "ethernet" and _has(element, "ip") and not _has(element, "guest"))


def _has(element, tag):
    return any([child.tag == tag for child in element[:]])  # noqa: C419 - a generator costs more than it saves


def _take_interfaces(left, is_vz=False):
    """The veth pairs; what ``<interface>`` has no room for is left to ``<metadata>``."""
    pairs = left.pop("interfaces", None) or ()
    left["ifname"] = [
        {
            "name": pair.guest,
            "host_mac": pair.host_mac,
            "mac_filter": None if pair.mac_filter is None or is_vz else "on" if pair.mac_filter else "off",
            "configure": None if pair.configure is None else "yes" if pair.configure else "no",
        }
        for pair in pairs
    ]
    left["ifname"] = [one for one in left["ifname"] if set(one.values()) - {one["name"], None}]
    return pairs


def render_libvirt(devices, left, dialect):
    """Addresses first, in one element, as virsh dumpxml has them; then the veth pairs."""
    addresses, is_vz = left.pop("addresses", None), dialect == "vz"
    if addresses:
        _render_routed(devices, addresses, "network" if is_vz else "ethernet")
    for pair in _take_interfaces(left, is_vz):
        _render_pair(devices, pair, is_vz)


def render_2008(devices, left):
    """Veth pairs, devices of the node, and addresses: the order and the words of the proposal."""
    for pair in _take_interfaces(left):
        _render_pair_2008(devices, pair)
    for device in left.pop("hostdevs", None) or ():
        add(add(devices, "interface", type="network"), "host", **{"class": "network", "dev": device})
    addresses = left.pop("addresses", None)
    if addresses is not None:
        _render_routed(devices, addresses, "route")


def refuse_twins(reader, pairs, what):
    """``[("eth1", element), ("eth1", other)]`` is an error of the second one."""
    twin = _twin(reader, pairs, what)
    if twin:
        raise twin


def _twin(reader, pairs, what):
    """The error of the first thing that is named twice, or ``None``."""
    first = {}
    for value, element in pairs:
        if value in first:
            line = reader.line(first[value])
            return reader.error(element, f"{what} {value} is already in line {line}; keep one")
        first[value] = element
    return None


def _refuse_twin_pairs(reader, pairs):
    """A container may have two devices of one MAC or of one name on the node, and cannot be given them."""
    said = [one for pair, _ in pairs for one in zip(_OWN, (pair.guest, pair.target, pair.mac), strict=True) if one[1]]
    if len(set(said)) == len(said):
        return
    for field, what in _OWN.items():
        named = [(value, element) for pair, element in pairs if (value := getattr(pair, field)) is not None]
        twin = _twin(reader, named, what)
        if twin and field == "guest" and "interfaces" not in reader.unwritable:
            raise twin
        if twin:
            reader.unwritable.setdefault("interfaces", twin)


def _parse_pair(reader, element, kind):
    """``<interface type='bridge'><source bridge='br0'/></interface>`` -> Interface(bridge="br0")."""
    parse = _BY_TYPE.get(kind)
    if parse is None:
        raise reader.error(element, _not_a_type(kind))
    is_vz = virtuozzo.is_vz(reader)
    parts, values = reader.parts(element, _PAIR_OF_VZ if is_vz else _PAIR), dict(_UNSAID)
    parse(reader, element, parts, values)
    if is_vz:
        virtuozzo.parse_pair(reader, element, parts, values)
        if _GUEST in parts:
            parts.setdefault("guest", parts[_GUEST])
    if len(parts) > ("source" in parts):  # most say a source alone
        inside.parse_inside(reader, parts, values)
    if "mac" in parts:
        values["mac"] = reader.value(parts["mac"], _MAC, "interfaces", veths.MAC)
    if "guest" in parts:
        values["guest"] = reader.value(parts["guest"], _DEVICE, "interfaces", veths.DEVICE)
    return Interface.of(values)


def _not_a_type(kind):
    if kind is None:
        return "needs an attribute 'type': bridge, network, ethernet or route"
    likely = meant(kind, ("bridge", "network", "ethernet", "route"), _TYPES)
    return f"{kind!r} is not an interface type; use bridge, network, ethernet or route{likely}"


def _parse_bridge(reader, element, parts, values):
    """``<source bridge='eth11'/>``, ``<target type='network'>`` with the network, or both of them."""
    if "target" in parts:
        _parse_target(reader, parts["target"], values)
    if "source" in parts:
        values["bridge"] = reader.value(parts["source"], _BRIDGE, "interfaces", veths.DEVICE)
    elif values["network"] is None:
        dev = values["target"]
        instead = (
            f" (<target dev='{dev}'> is the node's end of the pair: for the bridge, <source bridge='{dev}'/>)"
            if dev
            else ""
        )
        raise reader.error(
            element, f"needs a <source bridge=>{instead}; a veth pair without a bridge is type='ethernet'"
        )


def _parse_network(reader, element, parts, values):
    """``<source network='default' bridge='virbr0'/>`` -> both; libvirt prints the bridge for a running domain."""
    source = parts.get("source")
    if source is None:
        raise reader.error(
            element, "needs a <source network=>, or a <host class='network' dev=> for a device of the node"
        )
    reader.parts(source, _NETWORK)
    values["network"] = reader.checked(source, names.network, reader.attribute(source, "network"), "network")
    bridge = source.get("bridge")
    if bridge is not None:
        values["bridge"] = reader.taken(source, "interfaces", veths.DEVICE, bridge, "bridge")
    if "target" in parts:
        values["target"] = reader.value(parts["target"], _DEVICE, "interfaces", veths.DEVICE)


def _parse_unbridged(reader, _element, parts, values):
    """``<interface type='ethernet'/>`` has no source."""
    if "source" in parts:
        raise reader.error(parts["source"], "type 'ethernet' has no source; for a bridge use type='bridge'")
    if "target" in parts:
        values["target"] = reader.value(parts["target"], _DEVICE, "interfaces", veths.DEVICE)


_BY_TYPE = {"bridge": _parse_bridge, "network": _parse_network, "ethernet": _parse_unbridged}


def _parse_target(reader, element, values):
    """``<target dev='veth209.0'/>`` is a device; in ``<target type='network'>`` there is a network."""
    kind = element.get("type")
    if kind is None:
        values["target"] = reader.value(element, _DEVICE, "interfaces", veths.DEVICE)
        return
    source = reader.parts(element, _TARGET).get("source")
    if kind != "network":
        raise reader.error(element, f"{kind!r} is not a target type; use 'network'", "type")
    if "dev" in element.attrib:
        raise reader.error(
            element,
            "names a network and a device; say <interface type='network'> with <source network=>, and a <target dev=> "
            "only for the name of the node's end, which is never a bridge",
            "dev",
        )
    if source is None:
        raise reader.error(element, "needs a <source network=>")
    values["network"] = reader.checked(source, names.network, reader.only(source, _TARGET_NETWORK), "network")


def _render_pair(devices, pair, is_vz=False):
    """Interface(network="default") -> ``<interface type="network"><source network="default"/></interface>``."""
    kind = "network" if pair.network else "bridge" if pair.bridge else "ethernet"
    interface = add(devices, "interface", type=kind)
    if is_vz and pair.mac_filter is not None:
        interface.attributes["trustGuestRxFilters"] = "yes" if pair.mac_filter else "no"
    _render_mac(interface, pair)
    if kind != "ethernet":
        add(interface, "source", network=pair.network, bridge=pair.bridge)
    _render_ends(interface, pair, "openvz:guest" if is_vz and kind != "ethernet" else "guest")


def _render_pair_2008(devices, pair):
    """As in libvirt, but a network stands in ``<target>``; that has no room for a device of the node beside it."""
    if pair.network is None or pair.target is not None:
        _render_pair(devices, pair)
        return
    interface = add(devices, "interface", type="bridge")
    _render_mac(interface, pair)
    if pair.bridge is not None:
        add(interface, "source", bridge=pair.bridge)
    add(add(interface, "target", type="network"), "source", network=pair.network)
    _render_ends(interface, pair)


def _render_mac(interface, pair):
    if pair.mac is not None:
        add(interface, "mac", address=pair.mac)


def _render_ends(interface, pair, guest="guest"):
    for tag, device in (("target", pair.target), (guest, pair.guest)):
        if device is not None:
            add(interface, tag, dev=device)
    inside.render_inside(interface, pair)


def _parse_host(reader, element):
    """``<interface type='network'><host class='network' dev='eth1'/></interface>`` -> "eth1"."""
    host = reader.parts(element, _PASSED_THROUGH)["host"]
    reader.parts(host, _HOST)
    if reader.attribute(host, "class") != "network":
        raise reader.error(host, f"{host.get('class')!r} devices are not supported yet; use 'network'", "class")
    return reader.taken(host, "hostdevs", veths.PASSED_THROUGH, reader.attribute(host, "dev"), "dev")


def _parse_routed(reader, elements):
    """All ``<ip>`` of all routed elements -> ("192.168.122.1", "fd00::1/64", ...), in order, each once."""
    found = {}  # address -> its prefix, and the element that said it first
    for element in elements:
        for ip in _routed_parts(reader, element).get("ip", ()):
            address, prefix = inside.parse_ip(reader, ip, "addresses")
            known, first = found.setdefault(address, (prefix, ip))
            if known != prefix:
                raise reader.error(
                    ip,
                    f"{address} has the prefix {prefix} here and {known} in line {reader.line(first)}; keep one",
                )
    return tuple([inside.spelled(address, prefix) for address, (prefix, _) in found.items()])


def _routed_parts(reader, element):
    is_vz = element.get("type") == "network"
    parts = reader.parts(element, _ROUTED_OF_VZ if is_vz else _ROUTED)
    for tag in () if is_vz else ("source", "target", "guest"):
        if tag in parts:
            raise reader.error(
                parts[tag], "is not allowed here: addresses are routed to the container without a veth pair"
            )
    if "mac" in parts and reader.only(parts["mac"], _MAC) != _NO_MAC:
        reader.value(parts["mac"], _MAC, "interfaces", veths.MAC)
        reader.warn(parts["mac"], "a routed interface has no MAC address on OpenVZ; this one is not used")
    return parts


def _render_routed(devices, addresses, kind):
    """("10.0.0.1", "fd00::1/64") -> ``<interface type="route"><ip address="10.0.0.1" family="ipv4"/>...``."""
    element = add(devices, "interface", type=kind)
    if kind == "network":
        add(element, "source", network=virtuozzo.ROUTED[0])
    inside.render_addresses(element, addresses)
