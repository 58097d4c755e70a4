"""
The network devices in NETIF, as far as ``vzlist`` shows them.

``mac`` and ``host_mac`` come out wrong: the program prints the first six characters of the text as if they were the six
bytes of the address, ``30:30:3A:31:38:3A`` for any address that begins with ``00:18:5``.
"""

SHOWN = ("ifname", "host_ifname", "gw", "network")


def read(text):
    """``"ifname=eth0,ip=10.0.0.1/255.0.0.0"`` -> ``[{"ifname": "eth0", "ip": ["10.0.0.1"], ...}]``"""
    return [_device(part) for part in text.split(";") if part]


def _device(part):
    fields, addresses = {}, []
    for word in part.split(","):
        name, equals, value = word.partition("=")
        if not equals:
            addresses += [word] if ":" in word else []  # the second IPv6 address and later ones
        elif name == "ip":
            addresses += value.split(":")
        elif name == "ip6":
            addresses.append(value)
        else:
            fields[name] = value
    shown = {key: fields.get(key) or None for key in SHOWN}
    shown["host_ifname"] = fields.get("host_ifname", "")
    shown.update({key: _garbled(fields[key]) if fields.get(key) else None for key in ("mac", "host_mac")})
    shown["ip"] = [without_mask(address) for address in addresses if address]
    return shown


def without_mask(address):
    return address.rpartition("/")[0] or address


def _garbled(address):
    return ":".join(f"{ord(char):02X}" for char in address[:6])
