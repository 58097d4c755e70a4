"""
Which values make vzctl 7 to 9 refuse a container's whole file: one of a key that it knows is enough.

vzctl then ends with 21 (of IOLIMIT and IOPSLIMIT with 1 and no message), and vzlist leaves the container out. Recorded
for a bad value of most keys; what else is valid is recorded for the options, which vzctl reads by the same functions.
Keys that are not here are not checked, or no run shows that they are.
"""

import ipaddress
import re

from ...model.kinds import disks
from . import netif
from .kinds import FEATURE_NAMES

_MOST = 2**64 - 1  # of an unsigned long
_UINT = 2**32  # the first that is too much
_UNITS = (2**0, 2**10, 2**20, 2**30, 2**40)
_WHOLE = re.compile(r"[ \t]*[+-]?[0-9]{1,40}")
_SIZE = re.compile(r"unlimited|[+-]?[0-9]{1,40}(?:\.[0-9]*)?([bkmgt]?)", re.IGNORECASE)
_PLAIN = re.compile(r"unlimited|[+-]?[0-9]{1,40}")
_LIMIT = re.compile(r"[+-]?[0-9]{1,20}(?:%|m|mhz)?", re.IGNORECASE)
_SPEED = re.compile(r"([0-9]{1,40})(?:([bkmgt])b?)?", re.IGNORECASE)
_MASK = re.compile(r"[0-9]{1,9}(?:-[0-9]{1,9})?(?:,[0-9]{1,9}(?:-[0-9]{1,9})?)*")
_FLOAT = re.compile(r"[ \t]*[+-]?(?:[0-9]|\.[0-9]|inf|nan)", re.IGNORECASE)  # what comes behind is ignored
_UUID = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?|[0-9A-Fa-f]{32}")
_RATE = re.compile(r"[^:\s]+:[0-9]+:[0-9]+")
_MEMINFO = re.compile(r"none|(?:pages|privvmpages):[0-9]+")


def invalid(values):
    """
    The first key, and its value, for which the newest vzctl refuses the file; ``None`` for a good file.

    `values` are those that count, in the order of the file.
    """
    for key, value in values.items():
        is_valid = CHECKS.get(key)
        if is_valid and not is_valid(value):
            return key, value
    return None


def too_new(values, version):
    """The key, and its value, that vzctl of this version cannot read yet, and newer ones write; ``None`` for none."""
    text = values.get("NETIF", "")
    if version is None or not _is_before_8(version) or "type=routed" not in text:
        return None
    return ("NETIF", text) if any("type=routed" in entry.split(",") for entry in text.split(";")) else None


def _is_before_8(version):
    """9 writes ``type=routed``, which 7.0.254 refuses (recorded); the libraries of 8 know it (read, not run)."""
    return version.startswith("7.")


def _whole(most=_MOST, least=0):
    """Whole numbers; to vzctl -1 is the greatest."""

    def is_valid(text):
        if not _WHOLE.fullmatch(text):
            return False
        number = int(text) % (_MOST + 1)
        return abs(int(text)) <= _MOST and least <= number <= most

    return is_valid


def _one_of(*words):
    return lambda text: text in words


def _pair(pattern):
    """``1``, ``1:2``, ``1:`` or ``:2``"""

    def is_valid(text):
        first, _, second = text.partition(":")
        return all(pattern.fullmatch(part) or not part for part in (first, second))

    return is_valid


def _words(is_valid):
    """Words between blanks or commas, none at all too."""
    return lambda text: all(map(is_valid, re.split(r"[ \t,]+", text.strip(" \t,")))) if text.strip(" \t,") else True


def _is_mask(*words):
    return lambda text: not text or text in words or bool(_MASK.fullmatch(text)) and _rises(text)


def _rises(text):
    spans = (part.partition("-") for part in text.split(","))
    return all(not dash or int(first) <= int(last) for first, dash, last in spans)


def _is_feature(word):
    name, _, value = word.partition(":")
    return name in FEATURE_NAMES and value in ("on", "off")


def _is_address(word):
    """A mask may be a dotted one, or any number; one that is neither is refused (assumed)."""
    host, slash, mask = word.partition("/")
    try:
        ipaddress.ip_address("" if "%" in host else host)
        return not slash or mask.isdecimal() or bool(ipaddress.IPv4Address(mask))
    except ValueError:
        return False


def _is_speed(text):
    match = _SPEED.fullmatch(text)
    if not match:
        return False
    number, unit = match.groups()
    return int(number) * _UNITS["bkmgt".index((unit or "b").lower())] < _UINT


def _reads(read):
    """Whether a function takes a text without a ValueError."""

    def is_valid(text):
        try:
            read(text)
        except ValueError:
            return False
        return True

    return is_valid


_YES_NO = _one_of("yes", "no")
_BYTES, _ITEMS = _pair(_SIZE), _pair(_PLAIN)
CHECKS = {
    **dict.fromkeys("DISABLED HA_ENABLE JOURNALED_QUOTA RATEBOUND PAGECACHE_ISOLATION".split(), _YES_NO),
    **dict.fromkeys("LOCKEDPAGES PRIVVMPAGES SHMPAGES PHYSPAGES SWAPPAGES VMGUARPAGES DISKSPACE".split(), _BYTES),
    **dict.fromkeys(
        "NUMPROC NUMFLOCK NUMPTY NUMSIGINFO NUMFILE NUMIPTENT AVNUMPROC NUMNETIF NUMMEMORYSUBGROUPS".split(), _ITEMS
    ),
    **dict.fromkeys("BOOTORDER CPUS QUOTAUGIDLIMIT".split(), _whole()),
    "ONBOOT": _one_of("yes", "no", "auto"),
    "AUTOSTOP": _one_of("stop", "suspend"),
    "CPUUNITS": _whole(500000, 8),
    "CPULIMIT": lambda text: bool(_LIMIT.fullmatch(text)),
    "CPULIMIT_MHZ": lambda text: bool(_LIMIT.fullmatch(text)),
    "CPUMASK": _is_mask("all", "auto"),
    "NODEMASK": _is_mask("all"),
    "IOPRIO": _whole(7),
    "IOLIMIT": _is_speed,
    "IOPSLIMIT": _whole(_UINT - 1),
    "HA_PRIO": _whole(_UINT - 1),
    "MEMGUARANTEE": lambda text: text == "auto" or bool(_WHOLE.fullmatch(text)),
    "VM_OVERCOMMIT": lambda text: bool(_FLOAT.match(text)),
    "MEMINFO": lambda text: not text or bool(_MEMINFO.fullmatch(text)),
    "FEATURES": _words(_is_feature),
    "IP_ADDRESS": _words(_is_address),
    "RATE": _words(lambda word: bool(_RATE.fullmatch(word))),
    "UUID": lambda text: not text or bool(_UUID.fullmatch(text)),
    "DISK": _reads(disks.Disks().read),
    "BINDMOUNT": _reads(disks.BindMounts().read),
    "NETIF": _reads(netif.check),
}
