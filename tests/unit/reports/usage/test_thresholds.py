"""Who is over a threshold is told once, and once more when it is well below it."""

import pytest
from vzdomain.reports.usage import thresholds

LIMITS = {"memory": 90}


def row(used, ctid=101, status="running", **more):
    return {"web": {"ctid": ctid, "status": status, "memory_used_bytes": used, "memory_limit_bytes": 100, **more}}


def told(*uses, limits=LIMITS):
    """Whether each look told of being over, of being back, or of nothing."""
    before, words = {}, []
    for used in uses:
        rows = used if isinstance(used, dict) else row(used)
        events, before = thresholds.crossed(rows, limits, before)
        words.append([event["over"] for event in events])
    return words


def test_crossing_is_told_once():
    assert told(50, 90, 95, 100) == [[], [True], [], []]


def test_a_value_that_swings_around_the_threshold_is_told_once():
    assert told(91, 89, 91, 82, 90) == [[True], [], [], [], []]


def test_it_is_back_a_tenth_below_the_threshold():
    assert told(91, 81, 80, 90) == [[True], [], [False], [True]]


def test_an_event_says_what_and_how_much():
    (event,), kept = thresholds.crossed(row(95), LIMITS, {})

    assert event == {"label": "web", "ctid": 101, "what": "memory", "value": 95.0, "threshold": 90, "over": True}
    assert kept == {"101": ["memory"]}


def test_what_is_not_known_is_neither_over_nor_back():
    unknown = {"web": {"ctid": 101, "status": "running"}}

    assert told(unknown, 95, unknown, 95, 50) == [[], [True], [], [], [False]]


def test_one_that_has_stopped_or_is_gone_is_forgotten_without_a_word():
    stopped = {"web": {"ctid": 101, "status": "stopped"}}

    assert told(95, stopped, 95) == [[True], [], [True]]
    assert told(95, {}, 95) == [[True], [], [True]]


def test_the_disk_and_the_load_count_too():
    rows = row(1, disk_used_bytes=95, disk_hard_bytes=100, inodes_used=99, inodes_hard=100, load_5=8.5)
    events, _ = thresholds.crossed(rows, {"disk": 90, "inodes": 90, "load": 8}, {})

    assert [(event["what"], event["value"]) for event in events] == [("disk", 95.0), ("inodes", 99.0), ("load", 8.5)]


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"memory": 90, "disk": 99.5, "inodes": 100, "load": 300}, None),
        ({"memory": 101}, "in percent of the limit"),
        ({"disk": 0}, "must be a number above 0"),
        ({"load": float("nan")}, "must be a number above 0"),
        ({"load": True}, "must be a number above 0"),
        ({"load": "8"}, "must be a number above 0"),
        ({"swap": 5}, "there is no threshold swap; use memory, disk, inodes, load"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(limits, said):
    found = thresholds.problem(limits)

    assert found is None if said is None else said in found
