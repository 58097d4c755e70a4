"""What must hold for every state from every status: the dry run tells the truth, and a second run changes nothing."""

import pytest
from families import FOUR, OLDEST, SEVEN

STATUSES = ("absent", "stopped", "mounted", "running", "suspended")
CASES = [*((FOUR, status) for status in STATUSES), *((SEVEN, status) for status in (*STATUSES, "paused"))]
CASES += [(OLDEST, "stopped"), (OLDEST, "running")]
IN_EACH_STATUS = pytest.mark.parametrize(("family", "status"), CASES, indirect=["status"], ids="-".join)

DOCUMENT = """\
<domain type='openvz'>
  <name>310</name>
  <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001</uuid>
  <memory unit='MiB'>512</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='bridge'><source bridge='br0'/></interface>
    <interface type='route'><ip address='198.51.100.1'/></interface>
  </devices>
</domain>
"""
CHANGED = DOCUMENT.replace("512", "768").replace("<ip ", "<ip address='198.51.100.2'/><ip ")

STATES = {
    "defined": {"xml": CHANGED},
    "running": {"xml": CHANGED},
    "stopped": {},
    "absent": {"force": True},
}
AFTERWARDS = {"defined": None, "running": "running", "stopped": None, "absent": "absent"}


@pytest.fixture
def status(request, openvz, node, once):
    """A container of ours in each status it can have."""
    bring = {
        "absent": [],
        "stopped": [],
        "mounted": [("mount",)],
        "running": [("start",)],
        "suspended": [("start",), ("suspend",)],
        "paused": [("start",), ("pause",)],
    }

    def make():
        openvz.define(xml=DOCUMENT)
        for verb in bring[request.param]:
            node.vzctl(*verb, "310")

    if request.param != "absent":
        once(request.param, make)
        assert openvz.status(310) == request.param
    return request.param


def apply(states, function, test):
    return getattr(states, function)("310", test=test, **STATES[function])


@IN_EACH_STATUS
@pytest.mark.parametrize("function", [name for name in STATES if name != "stopped"])
def test_a_dry_run_announces_what_the_real_run_does_and_a_second_run_does_nothing(states, openvz, status, function):
    dry = apply(states, function, test=True)
    assert openvz.status(310) == status, "a dry run must change nothing"
    real = apply(states, function, test=False)
    again = apply(states, function, test=False)

    assert real.result is True, real.comment
    assert dry.changes == real.changes
    assert dry.result is (None if real.changes else True)
    assert (again.result, again.changes) == (True, {})
    assert openvz.status(310) == (AFTERWARDS[function] or (status if status != "absent" else "stopped"))


@IN_EACH_STATUS
def test_stopped_holds_for_everything_that_does_not_run_and_says_how_it_is(states, openvz, status):
    dry = apply(states, "stopped", test=True)
    real = apply(states, "stopped", test=False)
    again = apply(states, "stopped", test=False)

    if status == "absent":
        assert [ret.result for ret in (dry, real, again)] == [False, False, False]
        assert "there is no container 310" in real.comment
        return
    assert dry.changes == real.changes
    assert bool(real.changes) == (status in ("running", "paused"))
    assert (again.result, again.changes) == (True, {})
    assert openvz.status(310) in again.comment


@IN_EACH_STATUS
def test_a_dry_run_leaves_every_file_of_the_node_as_it_was(states, node, status):
    before = tree(node)

    for function in STATES:
        apply(states, function, test=True)

    assert tree(node) == before


def tree(node):
    """Every file of the node with its inode and text, but for the log of calls and the kernel's clocks."""
    told = ("calls.jsonl", "vestat")
    files = (path for path in node.directory.rglob("*") if path.is_file() and path.name not in told)
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files if path.suffix != ".log"}
