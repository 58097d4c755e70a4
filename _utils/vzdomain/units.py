"""
Sizes: KiB inside this library, other units at its edges.

libvirt's unit names are those of formatdomain (``k``/``KiB`` = 1024, ``KB`` = 1000, ...).
vzctl's are those of vzctl(8): ``B K M G T P``, where ``P`` is a page of 4096 bytes.
"""

import re

UNLIMITED = 9223372036854775807  # LONG_MAX: what vzctl reads for "unlimited"
UNLIMITED_KIB = UNLIMITED // 1024  # from here on libvirt and vzctl mean "no limit"
PAGE_KIB = 4

_LIBVIRT = {"b": 1, "byte": 1, "bytes": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_LIBVIRT.update(
    {unit: 1024**power for power, pair in enumerate(("k KiB", "M MiB", "G GiB", "T TiB"), 1) for unit in pair.split()}
)
_VZCTL = {"B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 4096}
LIBVIRT_UNITS = tuple(sorted(_LIBVIRT, key=_LIBVIRT.get))
_SIZE = re.compile(r"([0-9]{1,40})(\.[0-9]*)?([BKMGTP]?)", re.IGNORECASE)


def libvirt_bytes(number, unit):
    """``libvirt_bytes(512, "MiB")`` -> 536870912. ValueError for a unit that libvirt does not have."""
    if unit not in _LIBVIRT:
        raise ValueError(f"unknown unit {unit!r}; use one of {', '.join(LIBVIRT_UNITS)}")
    return number * _LIBVIRT[unit]


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
        raise ValueError(f"{text!r} is no size")
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
