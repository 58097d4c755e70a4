"""
NETIF of vzctl 7 to 9: ``ifname=eth0,mac=...,host_mac=...,host_ifname=veth...,network=br0;ifname=eth1,...``.

A device is a dictionary of its fields; ``ip`` and ``ip6`` are together in ``ip``: ``{"10.0.0.1": "255.255.255.0"}``.
"""

import re

from vzsim.seven.grammar import addresses, macs
from vzsim.seven.grammar.values import Bad

NAME_LIMIT = 16  # characters of a device's name
NETWORK_LIMIT = 64
MAC_LENGTH = 17
MAC = re.compile(r"[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){5}")
NETWORK = re.compile(r"[0-9A-Za-z#() \-_.\x7f-\U0010ffff\udc80-\udcff]+")

# Followed by dhcp or ip, and dhcp6 or ip6. The place of vport is read, not run.
ORDER = ("ifname", "mac", "host_mac", "host_ifname", "type", "network", "vport", "gw", "gw6", "mac_filter", "ip_filter",
         "ifaceid", "configure")  # fmt: skip
# vzctl 7.0 has the type behind the network.
OLD_ORDER = ("ifname", "mac", "host_mac", "host_ifname", "network", "type", "vport", "gw", "gw6", "mac_filter",
             "ip_filter", "ifaceid", "configure")  # fmt: skip
TYPES = ("bridge", "routed")
OLD_TYPES = ("bridge",)


def check_mac(text):
    if len(text) != MAC_LENGTH or not MAC.fullmatch(text):
        raise Bad
    return text.upper()


def check_network(text):
    """The name of a network; the empty one removes it."""
    if text and (len(text) > NETWORK_LIMIT or not NETWORK.fullmatch(text)):
        raise Bad
    return text


# reading


def read(text, is_old=False, errno="", skipped=None):
    """
    The devices of NETIF; raises :class:`Bad` with all that is wrong.

    Addresses that are none are left out; what is said about them comes into the list ``skipped``.
    """
    devices, lines = [], []
    for token in filter(None, text.split(";")):
        try:
            device = read_device(token, OLD_TYPES if is_old else TYPES, errno, [] if skipped is None else skipped)
        except Bad as bad:
            lines += [*bad.lines, f"Incorrect netif parameter {token}"]
            continue
        if all(other["ifname"] != device["ifname"] for other in devices):
            devices.append(device)
    if lines:
        raise Bad(*lines)
    return devices


def read_device(token, types, errno, skipped):
    """One device; unknown fields are dropped, empty ones mean nothing, of equal ones the first or last counts."""
    device = {"ip": {}}
    fields = token.split(",")
    for at, field in enumerate(fields):
        key, equals, value = field.partition("=")
        if not equals or not value and key not in ("ip", "ip6", "type", "vport"):
            continue
        if key == "ip6":
            _add_addresses(device, key, [value, *fields[at + 1 :]], errno, skipped)
        elif key == "ip":
            _add_addresses(device, key, value.split(":"), errno, skipped)
        else:
            _read_field(device, key, value, types, errno)
    if not device.get("ifname"):
        raise Bad
    return device


def _add_addresses(device, key, texts, errno, skipped):
    for text in filter(None, texts):
        try:
            address, mask = addresses.read_one(text, errno)
        except Bad as bad:  # read, not run
            skipped += [*bad.lines, f"Incorrect veth {key} {text}, skipped"]
        else:
            device["ip"].setdefault(address, mask)


def _read_field(device, key, value, types, errno):
    if key in ("ifname", "host_ifname"):
        if len(value) > NAME_LIMIT:
            raise Bad
        device.setdefault(key, value)
    elif key in ("mac", "host_mac"):
        try:
            device[key] = check_mac(value)
        except Bad:
            raise Bad(f"Incorrect {key}={value}") from None
    elif key in ("gw", "gw6"):
        addresses.read_one(value, errno)
        device.setdefault(key, value)
    elif key == "network":
        try:
            device.setdefault(key, check_network(value))
        except Bad:
            raise Bad(f"Incorrect veth network '{value}' parameter") from None
    elif key in WORDS:
        choices = types if key == "type" else WORDS[key][0]
        if value not in choices:
            raise Bad(*(line.format(value) for line in WORDS[key][1:]))
        device[key] = value
    elif key == "configure" and value in ("none", "all") or key == "ifaceid":
        device[key] = value


WORDS = {
    "dhcp": (("yes", "no"),),
    "dhcp6": (("yes", "no"),),
    "mac_filter": (("on", "off"),),
    "ip_filter": (("on", "off"),),
    "type": (TYPES, "Incorrect veth network type '{}'"),
    "vport": (("ovs",), "Incorrect virtual port type '{}'"),
}


# writing


def written(devices, is_old=False):
    """NETIF for a list of devices; missing addresses are made up."""
    texts = [_written(complete(device), is_old) for device in devices]
    # The last character of a device gives way to the semicolon, be it a comma or the = of an empty ip6.
    whole = "".join(text[:-1] + ";" for text in texts[:-1]) + "".join(texts[-1:])
    return whole.removesuffix(",")


def complete(device):
    """A device with both MAC addresses."""
    device.setdefault("mac", macs.new())
    device.setdefault("host_mac", macs.new(macs.NODE_PREFIX))
    return device


def _written(device, is_old):
    text = ""
    for key in OLD_ORDER if is_old else ORDER:
        value = device.get(key)
        if value and not (key.endswith("_filter") and value == "on"):
            text += f"{key}={value},"
    four = [addresses.shown(a, m) for a, m in device["ip"].items() if ":" not in a]
    six = [addresses.shown(a, m) for a, m in device["ip"].items() if ":" in a]
    if device.get("dhcp") == "yes":
        text += "dhcp=yes,"
    elif device["ip"]:
        text += f"ip={':'.join(four)},"
    if device.get("dhcp6") == "yes":
        text += "dhcp6=yes,"
    elif device["ip"]:
        text += "ip6=" + "".join(f"{address}," for address in six)
    return text


# changing


def merge(old, new, is_old=False):
    """A known device with the changes of ``--ifname`` or ``--netif_add``: only what they name changes."""
    device = {**old, "ip": dict(old["ip"])}
    for key, value in new.items():
        if key not in ("ip", "ip_del", "del_all"):
            device[key] = value
    if "network" in new and "type" not in new and not is_old:
        device.pop("type", None)
    if new.get("del_all"):
        device["ip"] = dict(new["ip"])
        return device
    kept = {address: mask for address, mask in old["ip"].items() if address not in new["ip"]}
    added = {address: mask for address, mask in new["ip"].items() if address not in new.get("ip_del", ())}
    device["ip"] = {**kept, **added}
    return device


def renewed(device):
    """A device with new addresses and a new name on the host; DHCP is switched on with that."""
    mac = macs.new()
    fresh = {"mac": mac, "host_mac": macs.new(macs.NODE_PREFIX), "host_ifname": macs.host_ifname(mac)}
    return {**device, **fresh, "dhcp": "yes", "dhcp6": "yes"}
