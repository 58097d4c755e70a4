"""
Sizes and counts in XML <-> KiB and numbers.

Units and their defaults are those of https://libvirt.org/formatdomain.html; ``<quota>`` counts blocks of 1 KiB, as
vzctl does.
"""

import re

from . import units
from .codec_xml import add
from .domain import Limit
from .errors import DocumentError

UNLIMITED_KIB = units.UNLIMITED // 1024  # from here on libvirt and vzctl mean "no limit"
_NUMBER = re.compile(r"[0-9]{1,1000}")


def parse_number(reader, element, text, attribute=None, least=0):
    """``<vcpu>2</vcpu>`` -> 2."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise reader.error(element, f"{text!r} is no number; use digits only", attribute)
    number = int(text)
    if number < least:
        raise reader.error(element, f"{number} is too small; {least} is the least", attribute)
    return min(number, units.UNLIMITED)


def parse_size(reader, element, unit):
    """``<memory unit='MiB'>512</memory>`` -> 524288; `unit` holds where the element names none."""
    number = parse_number(reader, element, reader.words(element, "unit"))
    try:
        kib = units.libvirt_kib(number, element.get("unit", unit))
    except DocumentError as err:
        raise reader.error(element, err.message, "unit") from None
    return bounded(kib)


def bounded(kib):
    """2**60 -> ``UNLIMITED``: a size beyond LONG_MAX bytes is no limit."""
    return units.UNLIMITED if kib >= UNLIMITED_KIB else kib


def render_size(parent, tag, kib, unit):
    """``render_size(domain, "memory", 524288, "KiB")`` -> ``<memory unit="KiB">524288</memory>``."""
    factor = {"KiB": 1, "bytes": 1024}[unit]
    return add(parent, tag, min(kib * factor, units.UNLIMITED // (1024 // factor)), unit=unit)


def parse_limit(reader, element, size=False):
    """``<openvz:diskinodes soft='180000' hard='200000'/>`` -> Limit(180000, 200000); soft is hard if not said."""
    reader.parts(element, attributes="soft hard")
    hard = parse_number(reader, element, reader.attribute(element, "hard"), "hard")
    soft = parse_number(reader, element, element.get("soft", str(hard)), "soft")
    return ordered(reader, element, Limit(bounded(soft), bounded(hard)) if size else Limit(soft, hard))


def ordered(reader, element, limit):
    """The limit itself, unless its halves are the wrong way round."""
    if limit.soft > limit.hard:
        raise reader.error(element, f"the soft limit ({limit.soft}) is above the hard limit ({limit.hard})")
    return limit
