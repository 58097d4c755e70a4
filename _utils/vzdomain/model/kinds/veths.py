"""
NETIF: the veth pairs of a container, as vzctl reads them from its file.

vzctl compares the names of attributes letter for letter, strips no blanks, and ignores what it does not know. It stops
at the first device that it cannot read, and keeps those before. Of two values of one attribute the first counts,
of two MAC addresses or MAC filters the last. This is from the sources of vzctl 4.11 (``parse_netif_str``); recorded
runs show unknown attributes, two lines, and MAC addresses in small letters.
"""

import re

from .. import names
from ..domain import Interface
from .scalars import Kind, Text, sayable

_NAME_BYTES = 15  # of a device or a bridge
_MOST_NAME_BYTES = 16  # that vzctl 7 and later takes
_MAC_BYTES = 255
# Two digits, or what strtol(3) makes a number of; what stands between or behind is ignored.
_PAIR = "[0-9A-Fa-f]{2}|[ \t\r\v\f+-][0-9A-Fa-f]"
_MAC = re.compile(f"({_PAIR}).({_PAIR}).({_PAIR}).({_PAIR}).({_PAIR}).({_PAIR}).*", re.DOTALL)
_USUAL_MAC = re.compile("[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_NAMES = ("ifname", "bridge", "host_ifname")
_MACS = ("mac", "host_mac")
_FILTER = {"on": True, "off": False}


class Interfaces(Kind):
    """veth pairs; the plan matches them, and the flavour writes them."""

    form = "interfaces"

    def read(self, text):
        """``"ifname=eth0,bridge=br0,mac=..;ifname=eth1,.."`` -> interfaces, in the file's order, each once."""
        found = {}
        for _, device in _readable(text):
            found.setdefault(device["ifname"], device)
        return tuple(map(_interface, found.values()))

    def unread(self, text):
        """The devices that vzctl skips with a warning: the first that it cannot read, and all behind it."""
        return _devices(text)[len(list(_readable(text))) :]

    def ignored(self, text):
        """What vzctl skips silently: a second device of one name, and attributes that it does not know."""
        known = set()
        for device, attributes in _readable(text):
            if attributes["ifname"] in known:
                yield device
            else:
                yield from (part for part in device.split(",") if part and not _is_known(part))
            known.add(attributes["ifname"])


class Device(Text):
    """The name of a network device or bridge; a file may have any that fits."""

    def parse_lenient(self, text):
        if not 0 < len(text) <= _MOST_NAME_BYTES or "," in text or ";" in text:
            raise ValueError(text)
        return text


class PassedThrough(Text):
    """The name of a device in NETDEV; a file may have any word but those at which vzctl stops reading."""

    def parse_lenient(self, text):
        if len(text.split()) != 1 or text.startswith(names.NEVER_PASSED):
            raise ValueError(text)
        return text


class Mac(Text):
    """The MAC of one device; a file may have that of many, or zero."""

    def parse_lenient(self, text):
        return names.any_mac(text)


DEVICE, PASSED_THROUGH, MAC = Device(names.device), PassedThrough(names.passed_through), Mac(names.mac)


def _readable(text):
    """Each device as it is written and as it is read, up to the first that cannot be read."""
    for device in _devices(text):
        try:
            yield device, _read(device)
        except ValueError:
            return


def _devices(text):
    return [device for device in text.split(";") if device]


def _is_known(part):
    name, equals, _ = part.partition("=")
    return equals and name in (*_NAMES, *_MACS, "mac_filter")


def _read(device):
    """``"ifname=eth0,bridge=br0"`` -> {"ifname": "eth0", "bridge": "br0"}; ValueError where vzctl cannot read it."""
    found = {}
    for part in device.split(","):
        name, equals, value = part.partition("=")
        if not equals:
            continue
        if name in _NAMES:
            if len(value) > _NAME_BYTES or len(value.encode("utf-8", "surrogateescape")) > _NAME_BYTES:
                raise ValueError(part)
            found[name] = found.get(name) or value
        elif name in _MACS:
            found[name] = _mac(value)
        elif name == "mac_filter" and value:
            if value not in _FILTER:
                raise ValueError(part)
            found[name] = _FILTER[value]
    if not found.get("ifname"):
        raise ValueError(device)
    return found


def _mac(text):
    """``"00-18-51-00-05-10"`` -> ``"00:18:51:00:05:10"``; fewer than 17 characters are no MAC (assumed)."""
    if _USUAL_MAC.fullmatch(text):
        return text
    match = _MAC.fullmatch(text) if len(text) <= _MAC_BYTES else None
    if not match:
        raise ValueError(text)
    return ":".join(f"{int(pair, 16) & 0xFF:02x}" for pair in match.groups())


def _interface(found):
    bridge, target, guest = (sayable(found.get(name) or "") or None for name in ("bridge", "host_ifname", "ifname"))
    return Interface.of(
        {
            "bridge": bridge,
            "mac": found.get("mac"),
            "target": target,
            "guest": guest,
            "host_mac": found.get("host_mac"),
            "mac_filter": found.get("mac_filter"),
        }
    )
