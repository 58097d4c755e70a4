"""What each node of vzctl 9 tells of a container after whatever can happen to a move: it is the truth of that node."""

import pytest
from prefork import Server
from test_seven import UUID, SevenFleet


@pytest.fixture(scope="module")
def server():
    one = Server()
    yield one
    one.close()


@pytest.fixture
def fleet(tmp_path, server):
    with server.patched():
        yield SevenFleet(tmp_path / "fleet", family="7", ctid=UUID, uuid=UUID)


def said(seen):
    """What the judge goes by."""
    return tuple(seen[key] for key in ("whole", "status", "handed_over", "stale_lock"))


WHOLE_UP, WHOLE_DOWN = (True, "running", False, False), (True, "stopped", False, False)
NOTHING, COPY = (False, "none", False, False), (False, "none", True, False)
LOCKED_UP = (True, "running", False, True)

# fault, code, whether the start may have been asked for, what the source and the destination have then
ROWS = {
    "it succeeds": ((), 0, True, COPY, WHOLE_UP),
    "the checks refuse": (("checks-name", "--rc", "45"), 45, False, WHOLE_UP, NOTHING),
    "the destination does not start it": (("start", "--rc", "7"), 73, True, WHOLE_UP, NOTHING),
    "the line is lost at the copy": (("copy", "--lost"), 21, True, WHOLE_UP, NOTHING),
    "it is killed before it hands over": (("rename", "--kill", "KILL"), 137, True, None, WHOLE_UP),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_both_nodes_tell_the_truth_when(fleet, row):
    fault, code, was_asked, source, destination = row
    if fault:
        fleet.fault(*fault)

    a, b = fleet.send()

    assert (a["rc"], a["start_sent"]) == (code, was_asked), a["log"]
    assert source is None or said(a) == source, a
    assert said(b) == destination, b
    for side, seen in ((fleet.a, a), (fleet.b, b)):
        assert ("running" in side.vzctl("status", UUID)[1]) == (seen["status"] == "running")
        assert seen["onboot"] in (False, None)
