"""
The ends of every range of the table: what a document may say, vzctl takes and saves as it was said.

vzctl is the simulated one, in this process; where a recorded run of vzctl 4.11 tells that it takes no more, both refuse
one more.
"""

import pytest
from vzdomain.document import codec
from vzdomain.errors import DocumentError
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import PARAMETERS, TABLE
from vzdomain.model.domain import Limit
from vzdomain.model.kinds.scalars import Count, Mask, digits
from vzdomain.model.kinds.sizes import Disk, Memory, Pair, Speed
from vzdomain.model.units import UNLIMITED, UNLIMITED_KIB

from vzsim import making
from vzsim.commands import vzctl
from vzsim.node.node import Node

CONF = 'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\nVE_LAYOUT="simfs"\nOSTEMPLATE="debian-12-x86_64"\n'
NUMBERS = [row for row in TABLE if isinstance(row.kind, Count) and row.option]
LIMITS = [row for row in TABLE if isinstance(row.kind, Pair) and row.option]
SIZES = [row for row in TABLE if isinstance(row.kind, Memory)]
MASKS = [row for row in TABLE if isinstance(row.kind, Mask)]
# Rows whose ends a recorded run tells: cpuunits 8 to 500000, ioprio 0 to 7, iolimit below 2048M; masks up to 4095.
RECORDED = ("cpuunits", "ioprio", "iolimit")


class Bench:
    """Container 301 on a simulated node."""

    def __init__(self, directory):
        making.init(str(directory))
        self.directory = directory
        (directory / "etc/vz/conf/301.conf").write_text(CONF)
        (directory / "vz/private/301/etc").mkdir(parents=True)

    def give(self, row, *words):
        """The code of vzctl for a value of a row, and what the configuration file has of it then."""
        options_ = [part for word in words for part in (f"--{row.option}", word)]
        if row.effect == "creation":
            argv, ctid = ["create", "302", *options_], 302
        else:
            with_it = {"nodemask": ["--cpumask", "all"], "swap": ["--ram", "256M"]}.get(row.field, [])
            argv, ctid = ["set", "301", *with_it, *options_, "--save"], 301
        rc = vzctl.main(Node(str(self.directory), None), argv)
        text = (self.directory / f"etc/vz/conf/{ctid}.conf").read_text() if rc == 0 else ""
        return rc, row.read(ctconf.parse(text).get(row.key))


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path / "n1")


def said(row, number):
    """The value of an element with this number; ValueError where a document is refused, or may not be followed."""
    if isinstance(row.kind, Speed):
        return row.kind.parse_size(digits(str(number)), "bytes")
    return row.kind.parse(str(number))


@pytest.mark.parametrize("end", ["least", "most"])
@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: row.field)
def test_both_ends_of_a_range_are_taken_and_saved(bench, row, end):
    value = said(row, getattr(row.kind, end))

    rc, saved = bench.give(row, *row.write(value))

    assert rc == 0
    assert row.kind.same(value, saved)


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: row.field)
def test_one_beyond_either_end_is_refused_by_the_document(row):
    for number in (row.kind.least - 1, row.kind.most + 1):
        with pytest.raises(ValueError, match=r"out of range|too much|digits only"):
            said(row, number)


@pytest.mark.parametrize("row", [PARAMETERS[name] for name in RECORDED], ids=lambda row: row.field)
def test_one_beyond_an_end_that_was_recorded_is_refused_by_vzctl_too(bench, row):
    for number in {max(row.kind.least - 1, 0), row.kind.most + 1} - {row.kind.least}:
        assert bench.give(row, *row.write(number))[0] == 21


@pytest.mark.parametrize("row", LIMITS, ids=lambda row: row.field)
def test_both_ends_of_a_limit_are_taken_and_saved(bench, row):
    most = UNLIMITED_KIB - 1 if isinstance(row.kind, Disk) and row.field == "diskspace" else UNLIMITED
    for value in (Limit(0, 0), Limit(0, most), Limit(most, most)):
        assert bench.give(row, *row.write(value)) == (0, value)


@pytest.mark.parametrize("row", MASKS, ids=lambda row: row.field)
def test_both_ends_of_a_mask_are_taken_and_saved(bench, row):
    for text in ("0", "4095", "0-4094"):
        assert bench.give(row, *row.write(row.kind.parse(text))) == (0, text)
    with pytest.raises(ValueError, match="from 0 to 4095"):
        row.kind.parse("4096")
    assert bench.give(row, "4096")[0] == 21


@pytest.mark.parametrize("row", SIZES, ids=lambda row: row.field)
def test_both_ends_of_memory_are_taken_and_saved(bench, row):
    for number in (0, 4, UNLIMITED_KIB - 4, UNLIMITED_KIB):
        value = row.kind.parse_size(number, "KiB")
        rc, saved = bench.give(row, *row.write(value))
        assert rc == 0
        assert row.kind.same(value, saved)


@pytest.mark.parametrize(("weight", "priority"), [(0, None), (100, 0), (800, 7), (801, None), (900, None)])
def test_a_weight_stands_for_a_priority_that_vzctl_has(weight, priority):
    document = f"<domain type='openvz'><name>209</name><blkiotune><weight>{weight}</weight></blkiotune></domain>"

    if priority is None:
        with pytest.raises(DocumentError, match="is not a vzctl priority"):
            codec.parse(document)
    else:
        assert codec.parse(document).domain.ioprio == priority
