"""
The routed addresses that the kernel has of running containers.

vzlist shows the configuration file's where the kernel has none, so its answer alone cannot tell the two apart
(recorded). /proc/vz/veinfo can: a line for each running container, with CTID, class, number of processes and addresses
(read, not run). Where there is none, the node's routes to single hosts tell which of the file's addresses are in use.
"""

import ipaddress
import os
import re
import sys

from ...errors import CannotAskError
from ...model.ctid import Ctid, is_ctid
from .. import files

_ROUTE = re.compile("[0-9A-Fa-f]{8}")
_ROUTE6 = re.compile("[0-9A-Fa-f]{32}")


def running(proc_dir):
    """CTID -> its addresses (`ipaddress`), from veinfo; ``None`` where that is not there or cannot be read."""
    text = _text(os.path.join(proc_dir, "vz", "veinfo"))
    if text is None:
        return None
    lines = (line.split() for line in text.splitlines())
    return {Ctid(words[0]): _addresses(words[3:]) for words in lines if len(words) > 2 and is_ctid(words[0])}


def of(proc_dir, ctid):
    """
    The addresses (`ipaddress`) that the kernel has of a running container, from veinfo alone.

    Where there is no veinfo none is known: routes do not tell whose they are, and kernels without it add an address
    once more.
    """
    return frozenset((running(proc_dir) or {}).get(ctid, ()))


def routed(proc_dir):
    """
    The hosts (`ipaddress`) that the node has a route for, each of its own; ``None`` where no routes can be read.

    Of IPv6 none is known to be missing where only the routes of IPv4 can be read: then the second value is false.
    """
    four, six = (_text(os.path.join(proc_dir, "net", name)) for name in ("route", "ipv6_route"))
    if four is None:
        return None
    rows = [line.split() for line in four.splitlines()]
    found = {ipaddress.ip_address(int(row[1], 16).to_bytes(4, sys.byteorder)) for row in rows if _is_host(row)}
    rows = [line.split() for line in (six or "").splitlines()]
    found |= {ipaddress.ip_address(bytes.fromhex(row[0])) for row in rows if _is_host6(row)}
    return frozenset(found), six is not None


def _is_host(row):
    """Iface Destination Gateway Flags RefCnt Use Metric Mask: numbers in the byte order of the machine."""
    return len(row) > 7 and row[7].upper() == "FFFFFFFF" and _ROUTE.fullmatch(row[1])


def _is_host6(row):
    """Destination and the length of its prefix, in hexadecimal digits."""
    return len(row) > 1 and row[1] == "80" and _ROUTE6.fullmatch(row[0])


def _addresses(words):
    found = []
    for word in words:
        try:
            found.append(ipaddress.ip_address(word))
        except ValueError:
            continue
    return tuple(found)


def _text(path):
    try:
        return files.text(path)
    except CannotAskError:
        return None
