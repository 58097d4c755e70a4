"""
Sizes: KiB inside this library, other units at its edges.

libvirt's unit names are those of formatdomain (``k``/``KiB`` = 1024, ``KB`` = 1000, ...), in whatever case, as in its
schema (``unit`` of basictypes.rng) and in virScaleInteger.
vzctl's are those of vzctl(8): ``B K M G T P``, where ``P`` is a page of 4096 bytes.
"""

import re

UNLIMITED = 9223372036854775807  # LONG_MAX: what vzctl reads for "unlimited"
UNLIMITED_KIB = UNLIMITED // 1024  # from here on libvirt and vzctl mean "no limit"
PAGE_KIB = 4

_LETTERS = "kmgtpe"  # each a thousand times the one before, or 1024 times
_LIBVIRT = {"b": 1, "byte": 1, "bytes": 1}
_LIBVIRT |= {f"{letter}b": 1000**power for power, letter in enumerate(_LETTERS, 1)}
_LIBVIRT |= {f"{letter}{end}": 1024**power for power, letter in enumerate(_LETTERS, 1) for end in ("", "ib")}
_VZCTL = {"B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 4096}
LIBVIRT_UNITS = ("bytes", *(f"{letter}{end}" for letter in _LETTERS.upper() for end in ("B", "iB")))
UNIT_PATTERN = "[bB]([yY][tT][eE][sS]?)?|[kKmMgGtTpPeE]([iI]?[bB])?"  # of libvirt's schema, for ours
_SIZE = re.compile(r"([0-9]{1,40})(\.[0-9]*)?([BKMGTP]?)", re.IGNORECASE)


def libvirt_bytes(number, unit):
    """``libvirt_bytes(512, "MiB")`` -> 536870912. ValueError for a unit that libvirt does not have."""
    factor = _LIBVIRT.get(unit.lower()) if unit.isascii() else None
    if factor is None:
        raise ValueError(
            f"unknown unit {unit!r}; use bytes, KiB, MiB, GiB or TiB (KB, MB, GB and TB are powers of 1000)"
        )
    return number * factor


def libvirt_kib(number, unit):
    """``libvirt_kib(512, "MiB")`` -> 524288; a part of a KiB counts as a whole one, as in libvirt."""
    return bounded(-(-libvirt_bytes(number, unit) // 1024))


def bounded(kib):
    """2**60 -> ``UNLIMITED``: a size beyond LONG_MAX bytes is no limit."""
    return UNLIMITED if kib >= UNLIMITED_KIB else kib


def vzctl_bytes(text, bare=1):
    """``vzctl_bytes("2.2G")`` -> 2362232012; a bare number counts units of `bare` bytes. ValueError if it is none."""
    if text == "unlimited":
        return UNLIMITED
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a size")
    whole, fraction, suffix = match.groups()
    if not suffix:  # vzctl drops the fraction of a bare number
        return int(whole) * bare
    unit = _VZCTL[suffix.upper()]
    return int(float(whole + fraction) * unit) if fraction else int(whole) * unit


def pages_kib(pages):
    """65536 pages -> 262144 KiB; unlimited stays unlimited."""
    return UNLIMITED if pages >= UNLIMITED else bounded(pages * PAGE_KIB)


def whole_pages(kib):
    """10001 -> 10004: vzctl rounds up to pages."""
    return kib if kib >= UNLIMITED else bounded(-(-kib // PAGE_KIB) * PAGE_KIB)


def show_bytes(number):
    """10485760 -> ``10 MiB``, 1000 -> ``1000 bytes``."""
    return f"{number} bytes" if number % 1024 else show_kib(number // 1024)


def show_kib(kib):
    """524288 -> ``512 MiB``, 10000 -> ``10000 KiB``, for people."""
    if kib is None or kib >= UNLIMITED:
        return "unlimited" if kib else None
    for unit, factor in (("GiB", 1024**2), ("MiB", 1024)):
        if kib and kib % factor == 0:
            return f"{kib // factor} {unit}"
    return f"{kib} KiB"
