"""
Kinds of values, and how each is written in documents, in configuration files and as arguments.

``read`` takes the value of a key, ``write`` returns the arguments of the option, ``parse`` and ``render`` handle the
text of an element, ``show`` is for people, ``same`` ignores differences without a meaning. ``read`` raises
``ValueError`` for what vzctl skips with a warning, ``parse`` with a sentence for the document's author. All families of
vzctl share this spelling; where one differs, its `Parameter` has a kind of its own.
"""

import os
import re
from functools import lru_cache

from .. import names
from ..nearest import meant
from ..units import UNLIMITED

_AGREED = {**dict.fromkeys(("true", "on", "1", "y"), "yes"), **dict.fromkeys(("false", "off", "0", "n"), "no")}
INT_MAX = 2**31 - 1
NO_LIMIT = (UNLIMITED, INT_MAX)  # of PHYSPAGES; the second comes from nodes of 32 bits
UINT_MAX = 2**32 - 1
ULONG_MAX = 2**64 - 1
_NOT_XML = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"[0-9]{1,40}")
_DECIMAL = re.compile(r"([0-9]{1,20})(?:\.([0-9]*))?")
_RUN = re.compile("1+")
_RANGE = re.compile(r"(\^?)([0-9]{1,5})(?:-([0-9]{1,5}))?")
_USUAL = 100  # characters of a mask that is remembered
MASK_BITS = 4096  # processors and memory nodes that fit into a mask of vzctl


class Kind:
    """
    One kind of value.

    form
        How XML says it: ``text``; ``list``, an element for each member; ``map``, an element with ``name`` and
        ``attribute`` for each member; ``limit``, an element with two attributes; ``size``, text and ``unit``.
    """

    form = "text"
    unit = per = ""
    constant = True  # whether `read` returns the same for a text on every machine, at any time
    datatype = "text"  # of RELAX NG

    def read(self, text):
        return self.parse(text)

    def write(self, value):
        return [self.render(value)]

    def parse_lenient(self, text):
        """A value that `parse` refuses but a container can have, set by someone else; else ValueError."""
        raise ValueError(text)

    def render(self, value):
        return str(value)

    def show(self, value):
        return value

    def same(self, new, old):
        return new == old

    def kept(self, value):
        """What vzctl saves of a value."""
        return value

    def merged(self, values):
        """The value of several lines of one key together; a line may have none (``None``). In linear time."""
        stated = [value for value in values if value is not None]
        return self._merged(stated) if len(stated) > 1 else next(iter(stated), None)

    def differing(self, new, old):
        """The parts of two values that differ."""
        return new, old

    def merged_over(self, value, _over):
        """The value that a container has when `value` is set over the one it has."""
        return value


class Text(Kind):
    """A line of text; `rule` says what may be written."""

    def __init__(self, rule=names.prose):
        self.parse = rule

    def read(self, text):
        """vzctl stores ``""`` for a value that was removed; a byte that no document can hold becomes U+FFFD."""
        return plain(text) or None

    def parse_lenient(self, text):
        return text.strip()

    def same(self, new, old):
        return (new or None) == (old or None)


class Name(Text):
    """The name of a container; vzctl skips a line with an invalid one."""

    def read(self, text):
        text = text.strip()
        return self.parse(text) if text and not text.isdecimal() else text or None


def plain(text):
    """Text of a configuration file as a document can hold it: stripped, and without characters that XML lacks."""
    return sayable(text).strip()


def sayable(text):
    """The same, not stripped."""
    if text.isascii() and text.isprintable():
        return text
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _NOT_XML.sub("\ufffd", text)


class Choice(Kind):
    """One of a few words; what follows a colon may be left out (``ploop`` matches ``ploop:expanded``)."""

    def __init__(self, *words):
        self.words = words

    def parse(self, text):
        if text not in self.words:
            raise ValueError(f"{text!r} is not one of {', '.join(self.words)}{meant(text, self.words)}")
        return text

    def same(self, new, old):
        return new == old or (old or "").partition(":")[0] == new or new.partition(":")[0] == old


class YesNo(Kind):
    """``yes`` or ``no``; not set means no, or the node's default if `unset` is ``None``."""

    datatype = "yesno"
    _WORDS = {"yes": True, "no": False}

    def __init__(self, unset=False):
        self.unset = unset

    def parse(self, text):
        if text not in self._WORDS:
            raise ValueError(f"{text!r} is neither yes nor no{meant(text, self._WORDS, _AGREED)}")
        return self._WORDS[text]

    def render(self, value):
        return "yes" if value else "no"

    def show(self, value):
        return None if value is None else self.render(value)

    def same(self, new, old):
        return new == (self.unset if old is None else old)


class OnBoot(YesNo):
    """``yes``, ``no``, or ``auto``: as it was when the node went down."""

    datatype = "onboot"
    _WORDS = {"yes": True, "no": False, "auto": "auto"}

    def parse(self, text):
        if text not in self._WORDS:
            raise ValueError(f"{text!r} is not one of yes, no, auto{meant(text, self._WORDS, _AGREED)}")
        return self._WORDS[text]

    def render(self, value):
        return value if value == "auto" else super().render(value)


class Guarantee(Kind):
    """``auto``, or percent of the memory."""

    datatype = "guarantee"

    def parse(self, text):
        text = text.strip().removesuffix("%")
        if text != "auto" and not (_NUMBER.fullmatch(text) and int(text) <= 100):
            raise ValueError(f"{text!r} is not a guarantee; use auto, or 0 to 100 percent of the memory")
        return text if text == "auto" else str(int(text))

    def read(self, text):
        """vzctl does not check it (recorded)."""
        if text != "auto" and not _NUMBER.fullmatch(text):
            raise ValueError(text)
        return text if text == "auto" else str(int(text))

    def parse_lenient(self, text):
        return self.read(text.strip())

    def show(self, value):
        return f"{value} %" if value and value != "auto" else value


class Count(Kind):
    """
    A whole number from `least` to `most`.

    empty
        Whether 0 means not set.
    """

    datatype = "number"

    def __init__(self, least=0, most=INT_MAX, unit="", empty=False):
        self.least, self.most, self.unit, self.empty = least, most, unit, empty

    def read(self, text):
        if not text:
            return 0  # as vzctl reads an empty text
        if not _NUMBER.fullmatch(text) or int(text) > ULONG_MAX:
            raise ValueError(text)
        return int(text)

    def parse(self, text):
        found = digits(text)
        if not self.least <= found <= self.most:
            raise ValueError(f"{text} is out of range; vzctl takes {self.least} to {self.most}")
        return found

    def parse_lenient(self, text):
        return min(digits(text), ULONG_MAX)

    def same(self, new, old):
        return new == old or (self.empty and not new and not old)


class Ranged(Count):
    """A number that vzctl skips where the file has one out of range."""

    datatype = "range"

    def read(self, text):
        return self.parse(text)

    def parse_lenient(self, text):
        raise ValueError(text)


class Processors(Count):
    """A number of processors; 0 means not set."""

    def read(self, text):
        return super().read(text) or None


class CpuLimit(Count):
    """Percent of one processor; ``50%`` in a file is half of the whole machine that reads it."""

    constant = False

    def read(self, text):
        number = super().read(text.removesuffix("%"))
        if not text.endswith("%"):
            return number
        if number > 100:
            raise ValueError(text)
        return number * os.sysconf("SC_NPROCESSORS_ONLN")

    def show(self, value):
        return "unlimited" if value == 0 else value and f"{value} %"


class Mask(Kind):
    """``"0-1,4"``, ranges merged as vzctl writes them; ``all`` is as good as not set."""

    datatype = "mask"

    def parse(self, text):
        return _usual_mask(text) if len(text) <= _USUAL else _mask(text)

    def same(self, new, old):
        return new == (old or "all")


def _mask(text):
    """``"1,0,^3,4"`` -> ``"0-1,4"``; ValueError with a sentence for anything but a mask."""
    if text == "all":
        return text
    members = 0  # a bit for each: a file may name all of them a thousand times
    for part in text.removesuffix(",").split(","):
        match = _RANGE.fullmatch(part.strip())
        if not match:
            raise ValueError(f"{text!r} is not a set of numbers; write it like 0-1,4")
        first, last = int(match.group(2)), int(match.group(3) or match.group(2))
        if first > last or last >= MASK_BITS or (match.group(1) and match.group(3)):
            raise ValueError(f"{text!r} is not a set of numbers from 0 to {MASK_BITS - 1}; write it like 0-1,4")
        named = (1 << (last + 1)) - (1 << first)
        members = members & ~named if match.group(1) else members | named
    if not members:
        raise ValueError(f"{text!r} selects nothing")
    if members == (1 << MASK_BITS) - 1:
        return "all"
    return _ranges(members)


_usual_mask = lru_cache(maxsize=256)(_mask)  # nodes of a fleet are alike


def _ranges(members):
    """0b10011 -> ``"0-1,4"``"""
    runs = (run.span() for run in _RUN.finditer(f"{members:b}"[::-1]))
    return ",".join(str(first) if first == end - 1 else f"{first}-{end - 1}" for first, end in runs)


class Decimal(Kind):
    """A factor such as ``1.5``; ``2`` and ``2.0`` are one value."""

    datatype = "decimal"

    def read(self, text):
        match = _DECIMAL.match(text)
        if not match:
            raise ValueError(text)
        return _canonical(match)

    def parse(self, text):
        match = _DECIMAL.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not a number; write it like 1.5")
        if float(f"{float(text):g}") != float(text):
            raise ValueError(f"{text!r} has too many digits; vzctl keeps six")
        return _canonical(match)

    def parse_lenient(self, text):
        match = _DECIMAL.fullmatch(text)
        if not match:
            raise ValueError(text)
        return _canonical(match)


def _canonical(match):
    fraction = (match.group(2) or "").rstrip("0")
    return f"{int(match.group(1))}.{fraction}" if fraction else str(int(match.group(1)))


class Meminfo(Kind):
    """``none``, ``pages:256`` or ``privvmpages:2``."""

    datatype = "meminfo"

    def read(self, text):
        return self.parse(text) if text else None

    def parse(self, text):
        match = re.fullmatch(r"none|(pages|privvmpages):0*([1-9][0-9]{0,9})", text)
        if not match:
            raise ValueError(f"{text!r} is not a mode; use none, pages:NUMBER or privvmpages:NUMBER")
        return f"{match.group(1)}:{match.group(2)}" if match.group(1) else text


def digits(text):
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number; use digits only")
    return int(text)
