"""
Sizes, counts and limits in XML <-> KiB and numbers.

Units and their defaults are those of https://libvirt.org/formatdomain.html; ``<quota>`` counts blocks of 1 KiB, as
vzctl does.
"""

import re
from functools import lru_cache

from ..model import units
from ..model.domain import Limit
from .reader import Shape
from .writer import add

_NUMBER = re.compile(r"[0-9]{1,1000}")
_USUAL_NUMBER = re.compile(r"[0-9]{1,18}")
_WITH_A_UNIT = Shape(attributes="unit")
_WITH_UNIT = re.compile(r"([0-9]{1,20}) ?([A-Za-z]{1,5})")
_LIMITS = {names: Shape(attributes=" ".join(names)) for names in (("barrier", "limit"), ("soft", "hard"))}
_FRACTION = re.compile(r"[0-9]{1,40}[.,][0-9]{1,40}")


def parse_number(reader, element, text, attribute=None, least=0):
    """``<vcpu>2</vcpu>`` -> 2."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise reader.error(element, f"{text!r} is not a number; use digits only", attribute)
    number = int(text)
    if number < least:
        raise reader.error(element, f"{number} is too small; the minimum is {least}", attribute)
    return number if number < units.UNLIMITED else units.UNLIMITED


def parse_size(reader, element, unit):
    """``<memory unit='MiB'>512</memory>`` -> 524288; `unit` holds where the element names none."""
    text, unit = reader.words(element, _WITH_A_UNIT), element.get("unit", unit)
    try:
        return _usual_size(text, unit)
    except ValueError:
        number = _amount(reader, element, text)
        return reader.checked(element, lambda text: units.libvirt_kib(number, text), unit, "unit")


@lru_cache(maxsize=512)
def _usual_size(text, unit):
    """``("512", "MiB")`` -> 524288; ValueError for an invalid or odd size."""
    if not _USUAL_NUMBER.fullmatch(text):
        raise ValueError(text)
    return units.libvirt_kib(int(text), unit)


def parse_kind(reader, element, row):
    """``<openvz:iolimit unit='MiB'>10</openvz:iolimit>`` -> 10485760, for a row whose kind has the form ``size``."""
    number = _amount(reader, element, reader.words(element, _WITH_A_UNIT))
    attribute = "unit" if "unit" in element.attrib else None
    unit = element.get("unit", row.kind.unit)
    value = reader.checked(element, lambda text: row.kind.parse_size_lenient(number, text), unit, attribute)
    try:
        return row.kind.parse_size(number, unit)
    except ValueError as err:
        reader.unwritable.setdefault(row.name, reader.error(element, str(err), attribute))
    return value


def _amount(reader, element, text):
    if _FRACTION.fullmatch(text):
        raise reader.error(element, f"{text!r} is not a whole number; use digits only, and a smaller unit")
    joined = _WITH_UNIT.fullmatch(text)
    if joined and _is_unit(joined[2]):
        raise reader.error(element, f"{text!r} is not a number; the unit goes into unit='{joined[2]}'")
    return parse_number(reader, element, text)


def _is_unit(text):
    try:
        return bool(units.libvirt_bytes(1, text))
    except ValueError:
        return False


def render_size(parent, tag, kib, unit):
    """``render_size(domain, "memory", 524288, "KiB")`` -> ``<memory unit="KiB">524288</memory>``."""
    factor = {"KiB": 1, "bytes": 1024}[unit]
    return add(parent, tag, min(kib * factor, units.UNLIMITED // (1024 // factor)), unit=unit)


def parse_limit(reader, element, kind):
    """``<openvz:diskinodes soft='180000' hard='200000'/>`` -> Limit(180000, 200000); one of them stands for both."""
    names = kind.attributes
    reader.parts(element, _LIMITS[names])
    attributes = dict(element.items())
    if not attributes:
        raise reader.error(element, f"needs an attribute {names[1]!r}")
    one = attributes.get(names[0], attributes.get(names[1]))
    soft, hard = [reader.checked(element, kind.parse_one, attributes.get(name, one).strip(), name) for name in names]
    return ordered(reader, element, Limit(soft, hard), kind)


def ordered(reader, element, limit, kind):
    """The limit itself, with a word if its halves are the wrong way round: vzctl keeps it so."""
    if kind.unit == "KiB" and units.UNLIMITED in (limit.soft, limit.hard):
        sentence = "vzctl has no unlimited disk space; give a size, or leave it out to keep the container's"
        reader.unwritable.setdefault("diskspace", reader.error(element, sentence))
    if limit.soft > limit.hard:
        soft, hard = kind.attributes
        reader.warn(element, f"{soft} {limit.soft} is above {hard} {limit.hard} (in {kind.unit})")
    return limit
