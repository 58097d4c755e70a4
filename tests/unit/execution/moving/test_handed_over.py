"""What vzmigrate has handed over though it runs: it took it for one that is down, and what it copied is old."""

import pytest
from vzdomain.fleet.moving import judge
from vzdomain.fleet.moving.values import Move

MOVE = Move("move-0123456789abcdef", "101", None, "web01", "hn1", "hn2", run="run1")


def seen(node, status, **more):
    intent = {"id": MOVE.id, "sent": 1.0, "status": "running", "onboot": True}
    said = {"node": node, "ctid": "101", "registered": True, "area": True, "whole": True, "status": status}
    return {**said, "intent": intent, "at_work": [], "rc": 0, "log": ["Cleaning up"], "start_sent": False, **more}


@pytest.mark.parametrize("status", ["stopped", "running"])
def test_the_source_has_it_before_anything_else_is_done(status):
    a = seen("hn1", "running", registered=False, whole=False, handed_over=True)
    b = seen("hn2", status)

    step = judge.next_step(MOVE, a, b)

    assert (step.node, step.step, step.arguments["power"]) == ("hn1", "own", "running")
