"""
Addresses and network devices as values of ``ctid.conf(5)``: IP_ADDRESS, MAC addresses, NETIF.
"""

from vzsim.values import Bad, parse_int_range, words


def parse_address(text):
    """``"2001:DB8::1/64"`` -> ``"2001:db8::1/64"``"""
    import socket

    host, slash, mask = text.partition("/")
    family, bits = (socket.AF_INET6, 128) if ":" in host else (socket.AF_INET, 32)
    try:
        canonical = socket.inet_ntop(family, socket.inet_pton(family, host))
    except (OSError, ValueError):
        raise Bad() from None
    if not slash:
        return canonical
    return f"{canonical}/{parse_int_range(mask, 0, bits)}"


def parse_addresses(text):
    """``"10.0.0.1 fd00::1"`` -> the list; 0.0.0.0 is dropped, the first bad one ends the list."""
    found = []
    for word in words(text):
        if word in ("0.0.0.0", "::", "::0"):
            continue
        try:
            add_missing(found, parse_address(word))
        except Bad:
            raise Bad(keep=found) from None
    return found


def host_part(address):
    """``"10.0.0.1/24"`` -> ``"10.0.0.1"``"""
    return address.partition("/")[0]


def add_address(addresses, address):
    """Add at the end; the same host with whatever mask moves there."""
    remove_address(addresses, address)
    addresses.append(address)


def add_missing(addresses, address):
    """Add at the end, unless the host is there already, with whatever mask."""
    if host_part(address) not in [host_part(known) for known in addresses]:
        addresses.append(address)


def parse_netdev(text):
    """``"eth1 eth2"`` -> the list; some kinds of devices are never handed in (read, not run)."""
    names = words(text, " \t")
    for at, name in enumerate(names):
        if name.startswith(("venet", "tun", "tap", "lo")):
            raise Bad(keep=names[:at])
    return names


def remove_address(addresses, address):
    host = host_part(address)
    addresses[:] = [known for known in addresses if host_part(known) != host]


def parse_mac(text, whose):
    """``"00:18:51:aa:bb:0a"`` -> ``"00:18:51:AA:BB:0A"``"""
    if len(text) != 17:
        raise Bad(("err", f"Invalid {whose} MAC address length"))
    parts = text.split(":")
    if len(parts) != 6 or not all(len(part) == 2 and _is_hex(part) for part in parts):
        raise Bad(("err", f"Invalid {whose} MAC address format"))
    return text.upper()


def _is_hex(text):
    return all(char in "0123456789abcdefABCDEF" for char in text)


def parse_hwaddr(text, before=None):
    """A MAC address of the conf, where nothing is said about a bad one."""
    try:
        return parse_mac(text, "")
    except Bad:
        raise Bad(keep=before) from None


NETIF_KEYS = ("ifname", "bridge", "mac", "host_ifname", "host_mac", "mac_filter")


def parse_netif(text):
    """``"ifname=eth0,bridge=br0;ifname=eth1"`` -> ``[{"ifname": "eth0", "bridge": "br0"}, {"ifname": "eth1"}]``"""
    devices = []
    for part in text.split(";"):
        device = {}
        for field in part.split(","):
            key, equals, value = field.partition("=")
            if equals and value and key in NETIF_KEYS:
                device.setdefault(key, parse_hwaddr(value, devices) if key in ("mac", "host_mac") else value)
        if device.get("ifname") and not any(known["ifname"] == device["ifname"] for known in devices):
            devices.append(device)
    return devices


def write_netif(devices):
    return ";".join(",".join(f"{key}={device[key]}" for key in NETIF_KEYS if device.get(key)) for device in devices)
