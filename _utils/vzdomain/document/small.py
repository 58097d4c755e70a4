"""
Sizes that no container lives with: mostly a unit that was forgotten. ``<memory>512</memory>`` is 512 KiB.
"""

from ..model.units import PAGE_KIB, UNLIMITED, libvirt_bytes, pages_kib, show_bytes, show_kib

LEAST = 16 * 1024  # KiB
_LEAST_RATE = 64 * 1024  # bytes per second
_SIZES = ("memory", "swap", "diskspace")
_COUNTERS = ("physpages", "swappages", "privvmpages")  # in pages
_JUDGED = (*_SIZES, *_COUNTERS)
# The proposal of 2008 has a quota of 10000 KiB; that of swap counts the memory too.
_AS_SAID = {"quota": 4 * 1024, "swap_hard_limit": 0}
_SUGGESTED = ("MiB", "GiB", "TiB")


def warn_of_small(reader):
    """A warning for each size of a document that is below `LEAST`; 0 is not a slip but no limit, or no swap."""
    fields = reader.fields
    for field in _JUDGED:
        if field in fields:
            kib = _kib(field, fields[field])
            if kib and kib < LEAST:
                _warn(reader, field, kib)
    if "iolimit" in fields:
        _warn_of_slow(reader)


def _warn(reader, field, kib):
    element = reader.first(field)
    if element is not None and kib < _AS_SAID.get(element.tag, LEAST):
        reader.warn(element, f"{field} is {show_kib(kib)}, which is too little for a container{_hint(element)}")


def _warn_of_slow(reader):
    """``<openvz:iolimit>10</openvz:iolimit>`` is 10 bytes per second, and vzctl means megabytes by it."""
    rate, element = reader.fields["iolimit"], reader.first("iolimit")
    if rate and rate < _LEAST_RATE and element is not None and "unit" not in element.attrib:
        reader.warn(
            element, f"iolimit is {show_bytes(rate)}/s, which is too little for a container; did you mean unit='MiB'?"
        )


def _kib(field, value):
    if value is None or field in ("memory", "swap"):
        return value
    return value.hard if field == "diskspace" else pages_kib(value.hard)


def _hint(element):
    """``; did you mean unit='MiB'?``"""
    text, unit = (element.text or "").strip(), element.get("unit")
    if element.tag == "quota":
        return f"; max counts KiB, and 1 GiB is max='{1024**2}'"
    if "limit" in element.attrib or "barrier" in element.attrib:
        return f"; a limit counts pages of {PAGE_KIB} KiB, and 512 MiB is limit='{512 * 1024 // PAGE_KIB}'"
    if not text.isdecimal():
        return ""
    unit_bytes = libvirt_bytes(1, unit) if unit else 1
    likely = (one for one in _SUGGESTED if unit_bytes < libvirt_bytes(1, one) and _is_enough(int(text), one))
    found = next(likely, None)
    return f"; did you mean unit='{found}'?" if found else ""


def _is_enough(number, unit):
    return LEAST * 1024 <= libvirt_bytes(number, unit) < UNLIMITED
