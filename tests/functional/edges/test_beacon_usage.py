"""The beacon on thresholds, run by Salt's own beacon machinery; what containers use is passed in."""

import pytest
from salt.exceptions import CommandExecutionError
from test_beacon import Minion

pytestmark = pytest.mark.salt_api

ALONE = ({"drift": False}, {"stopped": False}, {"failcnt": False})
LIMITS = {"thresholds": {"memory": 90, "load": 8}}


@pytest.fixture
def minion(minion_opts, node, tmp_path):
    one = Minion(minion_opts, node, tmp_path)
    one.used = {}
    one.functions["openvz.stats"] = lambda: one.answer(one.used)
    one.refresh()
    return one


def using(percent, load=0.5):
    row = {"ctid": 101, "name": "web", "status": "running", "memory_used_bytes": percent, "memory_limit_bytes": 100}
    return {"web": {**row, "load_5": load}}


def test_each_change_is_one_event_across_refreshes(minion):
    events = []
    for percent in (50, 95, 89, 91, 70, 70):
        minion.used = using(percent)
        events.append([(tag, event["what"], event["over"]) for tag, event in minion.look(*ALONE, LIMITS)])
        minion.refresh()

    assert events == [[], [("usage", "memory", True)], [], [], [("usage", "memory", False)], []]


def test_an_event_has_the_value_and_the_threshold(minion):
    minion.used = using(50, load=9.25)

    assert minion.look(*ALONE, LIMITS) == [
        ("usage", {"label": "web", "ctid": 101, "what": "load", "value": 9.25, "threshold": 8, "over": True})
    ]


def test_an_error_is_told_once_and_nothing_is_forgotten_meanwhile(minion):
    minion.used = using(95)
    minion.look(*ALONE, LIMITS)
    minion.used = CommandExecutionError("vzlist ended with code 1")
    first, second = minion.look(*ALONE, LIMITS), minion.look(*ALONE, LIMITS)
    minion.used = using(95)

    assert [(tag, event["asked"]) for tag, event in first] == [("error", "openvz.stats")]
    assert (second, minion.look(*ALONE, LIMITS)) == ([], [])


def test_without_thresholds_nobody_is_asked(minion):
    minion.used = AssertionError("asked")

    assert minion.look(*ALONE) == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([90], "thresholds must be a mapping"),
        ({"swap": 5}, "there is no threshold swap; use memory, disk, inodes, load"),
        ({"memory": 101}, "the threshold memory is in percent of the limit, 100 at most"),
        ({"disk": "90"}, "the threshold disk must be a number above 0"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(minion, said, why):
    validate = minion.beacons.beacons["openvz.validate"]

    assert validate([{"thresholds": said}]) == (False, f"Configuration for openvz beacon: {why}.")
    assert validate([LIMITS])[0] is True
