"""The tables of the page of results say what the numbers say."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import counting, page
from benchmarks.compiling import Lint
from benchmarks.highstate import MANAGED, RUNNING, Cost
from benchmarks.inside import Inside
from benchmarks.minion import Taken
from benchmarks.planning import Planned

PAGE = Path(__file__).parents[2] / "docs/performance.md"
FLOOR = 80 * 1024  # KiB


def cost(count, seconds, state=MANAGED, memory=0, bare=None, family="4", **started):
    """Runs of a state that take so long above a floor of one second, and so many KiB for each container."""
    floors = (Taken(1.0, FLOOR),) * 3
    runs = (Taken(1.0 + seconds, FLOOR + memory * count),) * 3
    started = Counter({"vzctl": 1, "vzlist": 1, counting.OPENED: count, **started})
    return Cost(state, family, count, floors, runs, started, 0.25, bare or count * 20e-6)


class Speed:
    """A document that takes so many times as long as lxml takes."""

    def __init__(self, ratio):
        self.name, self.size, self.ratio = "three lines", 86, ratio
        self.parse, self.render, self.fromstring, self.tostring = ratio / 2, ratio / 2, 0.5, 0.5


def lint(each):
    """A fleet whose containers take so many microseconds each, where lxml takes 6."""
    return Lint(200, 10.0, 10.0 + each * 20000e-6, 20000 * 6e-6)


def plans(each, more=1.0):
    """Plans of 100 and 200 nodes: so many microseconds for each container, and so many times as many with 200."""
    return Planned(100, each * 10000e-6, 20000.0), Planned(200, each * more * 20000e-6, 40000.0)


def inside(ratio):
    """Runs inside that take so many times as long as one on the node, and need the thin once."""
    return Inside(9.0, (ratio, 5 * ratio, ratio), (1.0, 1.0, 1.0), (2.0,), (6500000, 0, 0))


COSTS = (cost(1000, 0.45), cost(1000, 0.44, RUNNING), cost(10000, 2.6), cost(1000, 0.45, family="7"))
SAME = {1: Counter(vzctl=3, vzlist=1), 12: Counter(vzctl=3, vzlist=1)}


@pytest.fixture
def results():
    """Numbers that meet all targets."""
    beside = (lint(47), plans(79), SAME, 50, {1: 80.0, 4: 20.0}, inside(1.4))
    return page.Results({"Cores": "2"}, "make bench", 3, COSTS, (Speed(7.9),), *beside)


def test_the_page_has_a_place_for_every_table_and_keeps_its_text(results):
    text = PAGE.read_text()
    filled = page.filled(text, results)

    names = [found[2] for found in page._BLOCK.finditer(text)]
    assert sorted(names) == sorted(page.blocks(results))
    assert page._BLOCK.sub("", filled) == page._BLOCK.sub("", text)
    assert page.filled(filled, results) == filled


def test_a_run_is_reported_with_all_its_numbers(results):
    row = "10,000 | 1.00 / 1.00 | 3.60 / 3.60 | 2.60 / 2.60 | 0.25 | 0.26 | 11.8 | 1 | 1 + 1 + 0 | 80 / 80"

    assert f"| `openvz.managed`, vzctl 4 | {row} |" in page.blocks(results)["costs"].splitlines()
    assert "| 4 | 20.0 | 4.0 |" in page.blocks(results)["creations"]
    assert "| 200 | 20,000 | 10.0 | 10.9 | 47 | 6.0 | 7.8 |" in page.blocks(results)["lint"]
    assert "| `openvz.sls`, the first time in a container | 9.00 | 6,500,000 |" in page.blocks(results)["inside"]
    assert "| `openvz.sls` again | 1.40 | 0 |" in page.blocks(results)["inside"]
    assert "| 200 | 20,000 | 1.58 | 79 | 2.0 |" in page.blocks(results)["plans"]


def test_good_numbers_meet_all_targets(results):
    assert [verdict for *_, verdict in page.targets(results)] == ["**met**"] * 13


@pytest.mark.parametrize(
    ("place", "field", "value"),
    [
        (0, "costs", (*COSTS[:2], cost(10000, 2.6, vzlist=2))),
        (1, "costs", (*COSTS[:2], cost(10000, 2.6, **{counting.OPENED: 20000}))),
        (2, "costs", (*COSTS[:2], cost(10000, 2.6, bare=0.19))),
        (3, "costs", (*COSTS[:3], cost(1000, 0.65, family="7"))),
        (4, "costs", (COSTS[0], cost(1000, 0.46, RUNNING), COSTS[2])),
        (5, "costs", (cost(1000, 0.45, bare=1), *COSTS[1:2], cost(10000, 5.0, bare=1))),
        (6, "costs", (*COSTS[:2], cost(10000, 2.6, memory=16))),
        (7, "documents", (Speed(4.0), Speed(8.1))),
        (8, "lint", lint(49)),
        (9, "plans", plans(81)),
        (10, "plans", plans(60, 1.3)),
        (11, "fields", {**SAME, 12: Counter(vzctl=4, vzlist=1)}),
        (12, "inside", inside(1.6)),
    ],
)
def test_each_target_is_missed_by_its_own_numbers(results, place, field, value):
    told = list(page.targets(replace(results, **{field: value})))

    assert [number for number, row in enumerate(told) if row[-1] == "**missed**"] == [place]


def test_small_sizes_judge_neither_growth_nor_what_a_container_costs(results):
    told = list(page.targets(replace(results, costs=(cost(10, 3.0), cost(100, 3.0)))))

    assert [number for number, row in enumerate(told) if row[-1] == "not judged"] == [2, 3, 4, 5, 6]


def test_an_opening_of_a_configuration_file_is_not_a_program(results):
    assert page._programs(Counter({"vzlist": 1, counting.OPENED: 7})) == (0, 1, 0)
