"""
Addresses and network devices as values of ``ctid.conf(5)``: IP_ADDRESS, MAC addresses, NETIF.
"""

from vzsim.grammar.values import BLANKS, Bad, parse_int_range, scan_int, words

NAME_LIMIT = 15  # characters of a network device's name, IFNAMSIZ less the closing NUL
MAC_LENGTH = len("00:18:51:aa:bb:0a")
MAC_BUFFER = 255  # characters (read, not run)
HEX_DIGITS = "0123456789abcdefABCDEF"
NETIF_KEYS = ("ifname", "bridge", "mac", "host_ifname", "host_mac", "mac_filter")


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
    """
    ``"10.0.0.1 fd00::1"`` -> the list; parsing stops at the first bad one.

    0.0.0.0 is skipped (recorded), and so are :: and ::0, but no other spelling of them (read, not run).
    """
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
    """Append; the same host with any mask moves to the end."""
    remove_address(addresses, address)
    addresses.append(address)


def add_missing(addresses, address):
    """Append, unless the host is already there with any mask."""
    if host_part(address) not in [host_part(known) for known in addresses]:
        addresses.append(address)


def parse_netdev(text):
    """``"eth1 eth2"`` -> the list; some kinds of device cannot be passed through (read, not run)."""
    names = words(text)
    for at, name in enumerate(names):
        if name.startswith(("venet", "tun", "tap", "lo")):
            raise Bad(keep=names[:at])
    return names


def remove_address(addresses, address):
    host = host_part(address)
    addresses[:] = [known for known in addresses if host_part(known) != host]


def parse_mac(text):
    """
    ``"00:18:51:aa:bb:0a"`` -> ``"00:18:51:AA:BB:0A"``; separators and trailing text are not checked.

    Each pair is parsed by strtol(3), which accepts a leading blank or sign (read, not run). A text that is too short is
    bad (assumed: vzctl reads past its end).
    """
    pairs = [text[at : at + 2] for at in range(0, MAC_LENGTH, 3)]
    if not MAC_LENGTH <= len(text) <= MAC_BUFFER or not all(map(_is_byte, pairs)):
        raise Bad()
    return ":".join(f"{int(pair, 16) % 256:02X}" for pair in pairs)


def _is_byte(pair):
    return pair[0] in HEX_DIGITS + BLANKS + "+-" and pair[1] in HEX_DIGITS


def parse_mac_field(text, too_long, malformed):
    """The same in ``--netif_add``, with an error message."""
    if len(text) != MAC_LENGTH:
        raise Bad(("err", too_long))
    try:
        return parse_mac(text)
    except Bad:
        raise Bad(("err", malformed)) from None


def parse_netif(text):
    """``"ifname=eth0,bridge=br0;ifname=eth1"`` -> ``[{"ifname": "eth0", "bridge": "br0"}, {"ifname": "eth1"}]``"""
    devices = []
    for part in filter(None, text.split(";")):
        try:
            device = _parse_device(part)
        except Bad:
            raise Bad(keep=devices) from None
        if device["ifname"] not in [known["ifname"] for known in devices]:
            devices.append(device)
    return devices


def _parse_device(text):
    """The first of several names wins, and the last of several MAC addresses; unknown attributes are ignored."""
    device = {"ifname": ""}
    for field in text.split(","):
        key, equals, value = field.partition("=")
        if not equals or key not in NETIF_KEYS:
            continue
        if key in ("mac", "host_mac"):
            device[key] = parse_mac(value)
        elif key == "mac_filter":
            device.update({key: parse_mac_filter(value)} if value else {})
        else:
            name = parse_device_name(value)  # a second one that is too long is bad as well
            device[key] = device.get(key) or name
    if not device["ifname"]:
        raise Bad()
    return {key: value for key, value in device.items() if value}


def parse_mac_filter(text):
    if text not in ("on", "off"):
        raise Bad()
    return text


def parse_device_name(text, limit=NAME_LIMIT):
    if len(text.encode("utf-8", "surrogateescape")) > limit:
        raise Bad()
    return text


def write_netif(devices):
    return ";".join(",".join(f"{key}={device[key]}" for key in NETIF_KEYS if device.get(key)) for device in devices)


# what vzctl makes up


def generate_mac(ctid, name):
    """A MAC address of the SWsoft range for the end of a pair with this name, the same every time."""
    import zlib  # most runs need not wait for it

    number = zlib.crc32(f"{ctid}/{name}".encode("utf-8", "surrogateescape"))
    return "00:18:51:" + number.to_bytes(4, "big")[1:].hex(":").upper()


def default_host_ifname(ctid, ifname):
    """``default_host_ifname(101, "eth0")`` -> ``"veth101.0"``"""
    at = 0
    while at < len(ifname) and ifname[at] not in "0123456789":
        at += 1
    number = scan_int(ifname[at:])[0] if at else 0
    return f"veth{ctid}.{number}"[:NAME_LIMIT]
