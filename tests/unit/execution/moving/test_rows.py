"""What each node tells of a container after whatever can happen to a move: it is the truth of that node."""

import pytest
from simfleet import SimFleet


@pytest.fixture
def fleet(tmp_path, server):
    with server.patched():
        yield SimFleet(tmp_path / "fleet")


def said(seen):
    """What the judge goes by."""
    return tuple(seen[key] for key in ("whole", "status", "handed_over", "stale_lock"))


WHOLE_UP, WHOLE_DOWN = (True, "running", False, False), (True, "stopped", False, False)
NOTHING, COPY = (False, "none", False, False), (False, "none", True, False)
LOCKED_UP, LOCKED_DOWN = (True, "running", False, True), (True, "stopped", False, True)
GHOST = (False, "running", False, False)

# fault, code, whether the start was asked for, what the source and the destination have then
ROWS = {
    "it succeeds": ((), 0, True, COPY, WHOLE_UP),
    "the first copy fails": (("rsync1", "--rc", "12"), 6, False, WHOLE_UP, NOTHING),
    "the source does not stop": (("stop", "--rc", "66"), 8, False, WHOLE_UP, NOTHING),
    "the second copy fails": (("rsync2", "--rc", "12"), 6, False, WHOLE_UP, NOTHING),
    "the destination does not start it": (("start", "--rc", "7"), 7, True, WHOLE_UP, NOTHING),
    "the destination starts it and says no": (("start", "--rc", "7", "--when", "after"), 7, True, WHOLE_UP, GHOST),
    "the line is lost at the first copy": (("rsync1", "--lost"), 6, False, WHOLE_UP, (False, "stopped", False, False)),
    "the line is lost at the second copy": (("rsync2", "--lost"), 6, False, WHOLE_UP, WHOLE_DOWN),
    "the line is lost after the start": (("start", "--lost", "--when", "after"), 7, True, WHOLE_UP, WHOLE_UP),
    "it is killed at the first copy": (("rsync1", "--kill", "KILL"), 137, False, LOCKED_UP, None),
    "it is killed at the second copy": (("rsync2", "--kill", "KILL"), 137, False, LOCKED_DOWN, None),
    "it is killed at the start": (("start", "--kill", "KILL"), 137, True, LOCKED_DOWN, WHOLE_UP),
    "it is killed before it hands over": (("rename", "--kill", "KILL"), 137, True, LOCKED_DOWN, WHOLE_UP),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_both_nodes_tell_the_truth_when(fleet, row):
    fault, code, was_asked, source, destination = row
    if fault:
        fleet.fault(*fault)

    a, b = fleet.send()

    assert (a["rc"], a["start_sent"]) == (code, was_asked)
    assert said(a) == source
    assert destination is None or said(b) == destination
    for side, seen in ((fleet.a, a), (fleet.b, b)):
        assert ("running" in side.status) == (seen["status"] == "running")
        assert not seen["whole"] or side.marker == "data of A" or row[0][0] == "rsync1"
        assert seen["onboot"] in (False, None)
