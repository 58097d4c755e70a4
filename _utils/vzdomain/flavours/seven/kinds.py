"""
Values that vzctl 7 to 9 spell differently than 4.x: all recorded from runs of 9.0.1.
"""

import ipaddress
import re

from ...model import fields, names
from ...model.domain import Limit
from ...model.kinds.lists import Addresses, Features
from ...model.kinds.scalars import UINT_MAX, Count, CpuLimit, Text
from ...model.kinds.sizes import Disk, Speed
from ...model.units import show_bytes

_ESCAPED = re.compile("=([0-9A-Fa-f]{2})")
_ZERO = ("0.0.0.0", "::", "::0")  # dropped; 0.0.0.0 is recorded, the others are read, not run


class _Template(Text):
    """The file has a dot in front (``.almalinux-9``), which no option needs."""

    def read(self, text):
        return super().read(text.removeprefix("."))


class _Description(Text):
    """``=`` begins a byte in hexadecimal to vzlist, and nothing to vzctl, which stores what it is given."""

    def read(self, text):
        return super().read(_ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text))

    def write(self, value):
        return [value.replace("=", "=3D")]


class _CpuLimit(CpuLimit):
    """Percent of one processor; ``50%`` is 50 here."""

    constant = True

    def read(self, text):
        return Count.read(self, text.removesuffix("%"))


class _CpuMhz(Count):
    def write(self, value):
        return [f"{value}m"]


class _Speed(Speed):
    """Bytes per second; of 4294967295 vzctl says 0 and saves nothing (recorded)."""

    def __init__(self):
        super().__init__(UINT_MAX - 1)

    def refuse(self, value):
        return None if value <= self.most else f"takes at most {show_bytes(self.most)} per second"


class _Space(Disk):
    """One number: the limit counts."""

    def __init__(self):
        super().__init__("KiB", 1024)

    def write(self, value):
        return [f"{value.hard}K"]

    def same(self, new, old):
        return old is not None and new.hard == old.hard

    def kept(self, value):
        return Limit(value.hard, value.hard)


class _Addresses(Addresses):
    """Routed addresses; the file has dotted masks (``10.0.0.1/255.255.255.0``)."""

    def read(self, text):
        return self.gathered(found for word in re.split("[ ,]+", text) if word and (found := routed(word)))


def routed(word):
    """
    ``"10.1.0.1/255.255.255.0"`` -> ``"10.1.0.1/24"``; ``None`` for 0.0.0.0, which vzctl drops.

    A mask with holes, which no document can say, counts as the prefix 0. ValueError for what is not an address.
    """
    host, slash, mask = word.partition("/")
    if host in _ZERO:
        return None
    address = ipaddress.ip_address(host)
    if not slash:
        return names.spelled(address)
    return names.spelled(address, prefix(mask, address.max_prefixlen))


def prefix(mask, longest):
    """``"255.255.255.0"`` -> 24, ``"64"`` -> 64; ValueError for anything else."""
    if mask.isdecimal():
        if int(mask) > longest:
            raise ValueError(mask)
        return int(mask)
    bits = f"{int(ipaddress.IPv4Address(mask)):032b}"
    return bits.count("1") if "01" not in bits else 0


class _Features(Features):
    """The option replaces the whole key: one that is not named is gone."""

    def write(self, value):
        return [",".join(super().write(value))]


def only_ploop(layout):
    """Why a layout cannot be: the option takes the word ploop alone."""
    return None if layout == "ploop" else f"stores containers as ploop alone, not as {layout} (OpenVZ legacy can)"


TEMPLATE = _Template(names.template)
DESCRIPTION = _Description(names.prose)
CPU_LIMIT = _CpuLimit(unit="percent of one processor", empty=True)
CPU_MHZ = _CpuMhz(least=1, unit="MHz", empty=True)
SPEED = _Speed()
DISK_SPACE = _Space()
ADDRESSES = _Addresses()
FEATURE_NAMES = fields.BY_NAME["features"].kind.known
FEATURES = _Features(FEATURE_NAMES)
