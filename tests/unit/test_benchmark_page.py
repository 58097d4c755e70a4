"""The page of results says what the numbers say."""

from collections import Counter
from dataclasses import replace

import pytest

from benchmarks import page
from benchmarks.highstate import MANAGED, Cost
from benchmarks.minion import Taken


def cost(count, seconds, vzlist=1):
    """Runs of a state that take so long above a floor of one second."""
    floors, runs = ((Taken(taken, 81920),) * 3 for taken in (1.0, 1.0 + seconds))
    return Cost(MANAGED, count, floors, runs, Counter(vzctl=1, vzlist=vzlist), 0.25)


@pytest.fixture
def results():
    """Numbers that meet all targets but that of the codec, which is not measured here."""
    fields = {1: Counter(vzctl=4, vzlist=1), 12: Counter(vzctl=4, vzlist=1)}
    costs = (cost(1000, 0.8), cost(5000, 4.0))
    return page.Results({"Cores": "2"}, "make bench", 3, costs, (Speed(4.0),), fields, 50, {1: 80.0, 4: 20.0})


class Speed:
    """A document that takes so many times as long as lxml takes."""

    def __init__(self, ratio):
        self.name, self.size, self.ratio = "three lines", 86, ratio
        self.parse, self.render, self.fromstring, self.tostring = ratio / 2, ratio / 2, 0.5, 0.5


def test_the_page_has_every_number_and_no_gap(results):
    text = page.text(results)

    assert "@" not in text
    assert (
        "| `openvz.managed` | 5,000 | 1.00 / 1.00 | 5.00 / 5.00 | 4.00 / 4.00 | 0.25 | 0.80 | 1 + 1 + 0 | 80 / 80 |"
        in text
    )
    assert "| 4 | 20.0 | 4.0 |" in text
    assert "A container costs 1.00 times as much among 5,000 as among 1,000." in text


def test_good_numbers_meet_all_targets(results):
    told = list(page.targets(results))

    assert len(told) == 6
    assert all("**met**" in line for line in told)


@pytest.mark.parametrize(
    ("place", "field", "value"),
    [
        (0, "costs", (cost(1000, 0.8), cost(5000, 4.0, vzlist=2))),
        (1, "costs", (cost(1000, 1.1), cost(5000, 4.0))),
        (2, "costs", (cost(1000, 0.9), cost(5000, 5.1))),
        (3, "costs", (cost(1000, 0.6), cost(5000, 4.0))),
        (4, "documents", (Speed(4.0), Speed(5.1))),
        (5, "fields", {1: Counter(vzctl=4, vzlist=1), 12: Counter(vzctl=5, vzlist=1)}),
    ],
)
def test_each_target_is_missed_by_its_own_numbers(results, place, field, value):
    told = list(page.targets(replace(results, **{field: value})))

    assert [number for number, line in enumerate(told) if "**missed**" in line] == [place]


def test_small_sizes_judge_neither_growth_nor_what_a_container_costs(results):
    told = list(page.targets(replace(results, costs=(cost(10, 3.0), cost(100, 3.0)))))

    assert [line for line in told if "not judged" in line] == told[1:3]
