"""Sizes: libvirt's units, vzctl's units, and what people read."""

import re

import pytest
from vzdomain.model import units


@pytest.mark.parametrize(
    ("number", "unit", "kib"),
    [
        (10000, "KiB", 10000),
        (10000, "k", 10000),
        (512, "MiB", 524288),
        (512, "M", 524288),
        (1, "GiB", 1048576),
        (2, "T", 2147483648),
        (1024, "bytes", 1),
        (1024, "b", 1),
        (1024, "byte", 1),
        (1, "bytes", 1),
        (1025, "bytes", 2),
        (0, "bytes", 0),
        (1, "KB", 1),
        (1000, "KB", 977),
        (1, "MB", 977),
        (1, "GB", 976563),
        (9007199254740990, "KiB", 9007199254740990),
        (9007199254740991, "KiB", units.UNLIMITED),
        (2**63, "bytes", units.UNLIMITED),
    ],
)
def test_a_part_of_a_kib_of_libvirt_counts_as_a_whole_one(number, unit, kib):
    assert units.libvirt_kib(number, unit) == kib


@pytest.mark.parametrize("unit", ["", "furlong", "pages", "iB", "bit", "kibi", "Kb ", "\u212ab", "k\u0131b", "MB/s"])
def test_an_unknown_unit_is_refused_with_those_that_are_known(unit):
    for count in (units.libvirt_kib, units.libvirt_bytes):
        with pytest.raises(ValueError, match="^unknown unit .*; use bytes, KiB, MiB"):
            count(1, unit)


UNITS = (*units.LIBVIRT_UNITS, "b", "byte", *"kmgtpe")
SPELLINGS = {spell(unit) for unit in UNITS for spell in (str, str.lower, str.upper, str.title, str.swapcase)}


@pytest.mark.parametrize("unit", sorted(SPELLINGS))
def test_a_unit_of_libvirt_is_one_in_any_case(unit):
    assert units.libvirt_bytes(3, unit) == units.libvirt_bytes(3, unit.lower())
    assert re.fullmatch(units.UNIT_PATTERN, unit)


@pytest.mark.parametrize(
    ("number", "unit", "size"),
    [
        (7, "b", 7),
        (3, "KB", 3000),
        (3, "KiB", 3072),
        (10, "M", 10485760),
        (1, "TiB", 2**40),
        (1, "P", 2**50),
        (2, "EB", 2 * 10**18),
    ],
)
def test_bytes_of_libvirt_are_exact(number, unit, size):
    assert units.libvirt_bytes(number, unit) == size


@pytest.mark.parametrize(
    ("text", "bare", "number"),
    [
        ("65536", 4096, 268435456),
        ("1048576", 1024, 1073741824),
        ("100000B", 1024, 100000),
        ("500k", 1024, 512000),
        ("500K", 1024, 512000),
        ("1024M", 1, 1073741824),
        ("2G", 1, 2147483648),
        ("2g", 1, 2147483648),
        ("1T", 1, 1099511627776),
        ("256P", 1024, 1048576),
        ("2.2G", 1, 2362232012),
        ("2.5k", 1, 2560),
        ("1.5", 1024, 1024),
        ("3.7", 4096, 12288),
        ("0", 1, 0),
        ("unlimited", 1, units.UNLIMITED),
    ],
)
def test_a_size_of_vzctl_is_read_in_bytes(text, bare, number):
    assert units.vzctl_bytes(text, bare) == number


@pytest.mark.parametrize(
    "text", ["", "K", "huge", "10GB", "1e9", "-1", "+1", "1_0", " 1", "0x10", "1.2.3", "٣", "Unlimited"]
)
def test_what_vzctl_does_not_take_for_a_size_is_none(text):
    with pytest.raises(ValueError):
        units.vzctl_bytes(text)


@pytest.mark.parametrize(
    ("pages", "kib"),
    [
        (65536, 262144),
        (0, 0),
        (2147483647, 8589934588),
        (2251799813685247, 9007199254740988),
        (2251799813685248, units.UNLIMITED),  # what --ram unlimited writes
        (units.UNLIMITED, units.UNLIMITED),
    ],
)
def test_a_page_has_four_kib(pages, kib):
    assert units.pages_kib(pages) == kib


@pytest.mark.parametrize(
    ("kib", "whole"), [(0, 0), (1, 4), (4, 4), (10001, 10004), (524288, 524288), (units.UNLIMITED, units.UNLIMITED)]
)
def test_a_part_of_a_page_counts_as_a_whole_one(kib, whole):
    assert units.whole_pages(kib) == whole


@pytest.mark.parametrize(
    ("kib", "shown"),
    [
        (None, None),
        (0, "0 KiB"),
        (1, "1 KiB"),
        (10000, "10000 KiB"),
        (524288, "512 MiB"),
        (1048576, "1 GiB"),
        (1572864, "1536 MiB"),
        (units.UNLIMITED, "unlimited"),
    ],
)
def test_people_read_the_largest_whole_unit(kib, shown):
    assert units.show_kib(kib) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0 KiB"), (1, "1 bytes"), (1000, "1000 bytes"), (1024, "1 KiB"), (10485760, "10 MiB")]
)
def test_bytes_are_shown_where_no_unit_is_whole(number, shown):
    assert units.show_bytes(number) == shown
