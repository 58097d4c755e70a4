"""
Addresses in vzctl 7 to 9: ``10.0.0.1/255.255.255.0``, ``2001:db8::1/64``.
"""

from vzsim.seven.grammar.values import Bad, words

NONE = "0.0.0.0"
ALL_BITS = 0xFFFFFFFF
ENTRY = 17  # bytes that the buffer has for an entry besides the address

# What the C library last complained about stands behind the message, wherever that came from.
AFTER_OPTION = ": File exists"
AFTER_MERGE = ": No such file or directory"


def read_one(text, errno=""):
    """``"10.0.0.1/24"`` -> ``("10.0.0.1", "255.255.255.0")``, IPv6 in its short form; the mask may be empty."""
    import socket  # takes long to import, and most runs meet no address

    address, slash, mask = text.partition("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        address = socket.inet_ntop(family, socket.inet_pton(family, address))
    except (OSError, ValueError):
        raise Bad(f"An incorrect ip address {address}{errno}") from None
    if not slash:
        return address, ""
    return address, mask_of(mask, family)


def mask_of(text, family):
    """A prefix or, for IPv4, a dotted mask; any is accepted: /33 means 128.0.0.0, /0 means 255.255.255.255."""
    import socket

    if family == socket.AF_INET and "." in text:
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, text))
        except OSError:
            raise Bad from None
    if not (text.isascii() and text.isdigit()):
        raise Bad
    if family == socket.AF_INET6:
        if int(text) > 128:  # assumed
            raise Bad
        return text if int(text) else ""
    bits = (ALL_BITS << ((32 - int(text)) & 31)) & ALL_BITS
    return socket.inet_ntop(family, bits.to_bytes(4, "big"))


def read_list(text, errno=""):
    """``"10.0.0.1,10.0.0.2/24"`` -> ``{"10.0.0.1": "", "10.0.0.2": "255.255.255.0"}``; the first of equals counts."""
    found = {}
    for piece in words(text):
        address, mask = read_one(piece, errno)
        found.setdefault(address, mask)
    return found


def shown(address, mask):
    return f"{address}/{mask}" if mask else address


def merged(old, added, removed, remove_all=False):
    """The addresses after a change: added ones come last, and removing wins over adding."""
    kept = {} if remove_all else {a: m for a, m in old.items() if a not in added and a not in removed}
    kept.update((address, mask) for address, mask in added.items() if address not in removed)
    kept.pop(NONE, None)
    return kept


def written(addresses):
    """IP_ADDRESS: each with a blank behind it, cut off where the program's buffer ends."""
    size = sum(len(address) + ENTRY for address in addresses)
    text = ""
    for address, mask in addresses.items():
        entry = f"{shown(address, mask)} "
        if len(text) + len(entry) >= size:
            return text + entry[: size - len(text) - 1]
        text += entry
    return text


def check_key(text):
    """IP_ADDRESS in a configuration."""
    read_list(text)
    return text
