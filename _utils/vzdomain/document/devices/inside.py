"""
What an ``<interface>`` says of the container's end of a veth pair <-> addresses, gateways, DHCP, kind of port.

vzctl 7 and later configure that end; older ones leave it to the container.
"""

import ipaddress

from ...model import names
from ..metadata import NAMESPACE, yes_no
from ..reader import Shape
from ..sizes import parse_number
from ..writer import add

_DHCP = f"{{{NAMESPACE}}}dhcp"
ELEMENTS = f"ip route {_DHCP}"  # any number of them
_UNSPECIFIED = ("0.0.0.0", "::")
_IP = Shape(attributes="address family prefix")
_ROUTE, _FAMILY, _TYPE = Shape(attributes="family address prefix gateway"), Shape(attributes="family"), Shape("type")
_FAMILIES = {4: ("ipv4", "gateway", "dhcp", "0.0.0.0"), 6: ("ipv6", "gateway6", "dhcp6", "::")}
_PORTS = {"openvswitch": "ovs"}


def parse_inside(reader, parts, values):
    """Put what the parts of an interface say into the values of an `Interface`."""
    if "ip" in parts:
        values["addresses"] = _parse_addresses(reader, parts["ip"])
    for route in parts.get("route", ()):
        _parse_route(reader, route, values)
    for dhcp in parts.get(_DHCP, ()):
        _parse_dhcp(reader, dhcp, values)
    if "virtualport" in parts:
        kind = reader.only(parts["virtualport"], _TYPE)
        if kind not in _PORTS:
            raise reader.error(parts["virtualport"], f"{kind!r} is not supported by vzctl; use openvswitch", "type")
        values["vport"] = _PORTS[kind]
        reader.means(parts["virtualport"], "interfaces.vport")
    if "route" in parts:
        _check_gateways(reader, parts, values)


def _parse_addresses(reader, elements):
    """``<ip address='10.0.0.5' prefix='24'/>`` -> ("10.0.0.5/24",); each once."""
    found = {}
    for element in elements:
        address, prefix = parse_ip(reader, element, "interfaces")
        if address in found:
            raise reader.error(element, f"{address} is already in line {reader.line(found[address][1])}; keep one")
        found[address] = spelled(address, prefix), element
        reader.means(element, "interfaces.addresses")
    return tuple([text for text, _ in found.values()])


def parse_ip(reader, element, field):
    """``<ip address='10.0.0.1' prefix='24'/>`` -> ("10.0.0.1", 24); without prefix, the single host."""
    reader.parts(element, _IP)
    address = element.get("address")
    if address is None or not names.is_ipv4(address):
        address = reader.checked(element, _address, reader.attribute(element, "address"), "address")
    if address in _UNSPECIFIED:
        sentence = f"'{address}' cannot be a container's address; remove it"
        reader.unwritable.setdefault(field, reader.error(element, sentence, "address"))
    family, longest = ("ipv6", 128) if ":" in address else ("ipv4", 32)
    if element.get("family", family) != family:
        raise reader.error(element, f"{address} is an {family} address", "family")
    prefix_text = element.get("prefix")
    prefix = longest if prefix_text is None else parse_number(reader, element, prefix_text, "prefix")
    if not prefix:
        reader.unwritable.setdefault(field, reader.error(element, "0 is too small; the minimum is 1", "prefix"))
    if prefix > longest:
        raise reader.error(element, f"{prefix} is too long; the maximum is {longest}", "prefix")
    return address, prefix


def spelled(address, prefix):
    """``("10.0.0.1", 32)`` -> "10.0.0.1", ``("10.0.0.1", 24)`` -> "10.0.0.1/24"."""
    return address if prefix == (128 if ":" in address else 32) else f"{address}/{prefix}"


def _address(text):
    if "/" in text:
        raise ValueError(f"{text!r} contains a slash; use address='{text.split('/')[0]}' and prefix=")
    if "%" in text:
        raise ValueError(f"{text!r} names a device; use the address alone")
    try:
        return names.spelled(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"{text!r} is not an IP address") from None


def _parse_route(reader, element, values):
    """``<route gateway='10.0.0.1'/>``: the default route, the only one that vzctl sets."""
    reader.parts(element, _ROUTE)
    gateway = reader.checked(element, _gateway, reader.attribute(element, "gateway"), "gateway")
    family, name, _, everything = _FAMILIES[6 if ":" in gateway else 4]
    if element.get("family", family) != family:
        raise reader.error(element, f"{gateway} is an {family} address", "family")
    to = element.get("address", everything)
    prefix = element.get("prefix", "0" if to == everything else "")
    if to != everything or prefix != "0":
        sentence = "vzctl sets only the default route; leave address and prefix out, and set others in the container"
        raise reader.error(element, sentence, "address")
    if values[name] is not None:
        raise reader.error(element, f"this interface already has a gateway for {family}; keep one")
    values[name] = gateway
    reader.means(element, f"interfaces.{name}")


def _gateway(text):
    address = _address(text)
    if address in _UNSPECIFIED or ipaddress.ip_address(address).is_multicast:
        raise ValueError(f"{text!r} cannot be a gateway; give a router's address, or remove the route")
    return address


def _parse_dhcp(reader, element, values):
    """``<openvz:dhcp>yes</openvz:dhcp>``, ``<openvz:dhcp family='ipv6'>no</openvz:dhcp>``."""
    family = element.get("family", "ipv4")
    wanted = reader.checked(element, yes_no, reader.words(element, _FAMILY))
    name = {"ipv4": "dhcp", "ipv6": "dhcp6"}.get(family)
    if name is None:
        raise reader.error(element, f"{family!r} is not a family; use ipv4 or ipv6", "family")
    if values[name] is not None:
        raise reader.error(element, f"this interface already says it for {family}; keep one")
    values[name] = wanted
    reader.means(element, f"interfaces.{name}")


def _check_gateways(reader, parts, values):
    """A gateway that no address reaches is of no use."""
    addresses = [ipaddress.ip_interface(text) for text in values["addresses"] or ()]
    for version, (_, name, _, _) in _FAMILIES.items():
        networks = [one.network for one in addresses if one.version == version]
        router = values[name] and ipaddress.ip_address(values[name])
        if router and networks and not router.is_link_local and not any(router in one for one in networks):
            route = next(one for one in parts["route"] if (":" in one.get("gateway")) == (version == 6))
            sentence = f"the gateway {router} is in no network of this interface's addresses; check their prefix="
            reader.warn(route, sentence)


def render_inside(interface, pair):
    """What an `Interface` says of the container's end."""
    render_addresses(interface, pair.addresses or ())
    for family, gateway, _, everything in _FAMILIES.values():
        if getattr(pair, gateway) is not None:
            attributes = {"family": family, "address": everything, "prefix": 0, "gateway": getattr(pair, gateway)}
            add(interface, "route", **attributes)
    if pair.vport is not None:
        add(interface, "virtualport", type=next(word for word, port in _PORTS.items() if port == pair.vport))
    for family, _, dhcp, _ in _FAMILIES.values():
        if getattr(pair, dhcp) is not None:
            add(interface, "openvz:dhcp", "yes" if getattr(pair, dhcp) else "no", family=family)


def render_addresses(interface, addresses):
    """("10.0.0.1", "fd00::1/64") -> ``<ip address="10.0.0.1" family="ipv4"/>...``."""
    for text in addresses:
        address, _, prefix = text.partition("/")
        family = "ipv6" if ":" in address else "ipv4"
        add(interface, "ip", address=address, family=family, prefix=prefix or None)
