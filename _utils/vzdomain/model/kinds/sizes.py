"""
Kinds of values that are amounts: sizes with a unit, and pairs of limits.
"""

import re

from ..domain import Limit
from ..units import (
    PAGE_KIB,
    UNLIMITED,
    bounded,
    libvirt_bytes,
    libvirt_kib,
    pages_kib,
    show_bytes,
    show_kib,
    vzctl_bytes,
    whole_pages,
)
from .scalars import UINT_MAX, Count, Kind, digits

PAGE = PAGE_KIB * 1024


class Speed(Count):
    """
    Bytes per second; the option has a suffix, since vzctl 4.x takes a bare number for megabytes.

    `most` is what any family takes; each has an end of its own.
    """

    form = "size"
    per = " per second"

    def __init__(self, most=UINT_MAX):
        super().__init__(0, most, "bytes", empty=True)

    def read(self, text):
        if "." in text:
            raise ValueError(text)
        number = vzctl_bytes(text)
        return 0 if number >= UNLIMITED else min(number, UINT_MAX)

    def parse_size(self, number, unit):
        size = libvirt_bytes(number, unit)
        if size > self.most:
            raise ValueError(
                f"{show_bytes(size)} per second is too much; vzctl takes less than {show_bytes(self.most + 1)}"
            )
        return size

    def parse_size_lenient(self, number, unit):
        """A size that a configuration file can have, set by someone else, as `read` takes it."""
        return min(libvirt_bytes(number, unit), UINT_MAX)

    def write(self, value):
        return [f"{value}B"]

    def show(self, value):
        return "unlimited" if value == 0 else value and f"{show_bytes(value)}/s"


class Memory(Kind):
    """KiB in whole pages; the option takes bytes with a suffix, the file has ``0:pages``."""

    form = "size"
    unit = "KiB"
    datatype = "number"

    def read(self, text):
        return pages_kib(Pages().read(text).hard)

    def parse_size(self, number, unit):
        return libvirt_kib(number, unit)

    parse_size_lenient = parse_size

    def write(self, value):
        return ["unlimited" if value >= UNLIMITED else f"{value}K"]

    def show(self, value):
        return show_kib(value)

    def same(self, new, old):
        return old is not None and whole_pages(new) == whole_pages(old)


class Pair(Kind):
    """Two limits, soft and hard; one number stands for both."""

    form = "limit"
    datatype = "amount"
    attributes = ("barrier", "limit")

    def read(self, text):
        parts = text.split(":")
        if len(parts) > 2:
            raise ValueError(text)
        numbers = [self._read_one(part) for part in parts]
        return Limit(numbers[0], numbers[-1])

    def _read_one(self, text):
        return min(vzctl_bytes(text, self.bare), UNLIMITED) // self.bare

    def write(self, value):
        return [f"{self.render_one(value.soft)}:{self.render_one(value.hard)}"]

    def parse_one(self, text):
        return UNLIMITED if text == "unlimited" else min(digits(text), UNLIMITED)

    def render_one(self, number):
        return "unlimited" if number >= UNLIMITED else str(number)

    def show(self, value):
        if value is None:
            return None
        shown = [self._show_one(number) for number in (value.soft, value.hard)]
        return shown[0] if shown[0] == shown[1] else ":".join(shown)

    def _show_one(self, number):
        return self.render_one(number)


class Pages(Pair):
    """Pages of 4 KiB; with a suffix bytes, of which whole pages count."""

    unit = "pages"
    bare = PAGE

    def _read_one(self, text):
        number = vzctl_bytes(text, PAGE) if text != "unlimited" else UNLIMITED * PAGE
        return min(number // PAGE, UNLIMITED)


class Bytes(Pair):
    """Bytes."""

    unit = "bytes"
    bare = 1


class Items(Pair):
    """A number of things: no suffix."""

    unit = "items"
    bare = 1

    def _read_one(self, text):
        if text != "unlimited" and not re.fullmatch(r"[0-9]+(\.[0-9]*)?", text):
            raise ValueError(text)
        return super()._read_one(text)


class Disk(Pair):
    """Space in KiB or a number of inodes; vzctl has no ``unlimited`` for the disk."""

    attributes = ("soft", "hard")
    datatype = "number"

    def __init__(self, unit, bare):
        self.unit, self.bare = unit, bare

    def _read_one(self, text):
        if text == "unlimited":
            raise ValueError(text)
        return UNLIMITED if vzctl_bytes(text, self.bare) >= UNLIMITED else super()._read_one(text)

    def parse_one(self, text):
        number = min(digits(text), UNLIMITED)
        return bounded(number) if self.unit == "KiB" else number

    def render_one(self, number):
        return str(number)

    def _show_one(self, number):
        return show_kib(number) if self.unit == "KiB" else str(number)
