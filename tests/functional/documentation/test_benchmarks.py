"""What the benchmarks count, on small nodes and without a clock: processes, and how the work grows."""

import re
import sys

import pytest

from benchmarks import changes, fleet

ENTRY = {"state": "running"}
OURS = re.compile(r"/vzdomain/|/_(modules|states)/|/extmods/")


@pytest.fixture
def apply(loaders, state_files, openvz):
    """Apply ``openvz.managed`` with another pillar; what it changed."""
    (state_files / "managed.sls").write_text("what the pillar has:\n  openvz.managed: []\n")

    def applied(pillar, test=False):
        pillar = {"openvz": {**pillar["openvz"], "first_ctid": fleet.FIRST}}
        (ret,) = loaders.modules.state.sls("managed", pillar=pillar, test=test)
        assert ret.result is (None if test and ret.changes else True), ret.comment
        return ret.changes

    return applied


@pytest.fixture
def filled(apply, node):
    """Give the node so many running containers of the pillar."""

    def fill(count):
        apply(fleet.pillar(fleet.ctids(1), **ENTRY))
        fleet.fill(node.directory, count)
        node.forget_calls()

    return fill


def started(node):
    """The programs of the node that were started."""
    return [line.split('"program": "')[1].split('"')[0] for line in (node.directory / "calls.jsonl").open()]


def calls_of(function, *arguments):
    """How many calls of our functions, and by them of C's, it takes; what Salt loads meanwhile is not of this."""
    found = [0]

    def count(frame, event, _argument):
        found[0] += event in ("call", "c_call") and OURS.search(frame.f_code.co_filename) is not None

    sys.setprofile(count)
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return found[0]


@pytest.mark.parametrize("count", [2, 40])
def test_one_vzlist_is_enough_for_any_number_of_containers(apply, filled, node, count):
    filled(count)

    changed = apply(fleet.pillar(fleet.ctids(count), **ENTRY))

    assert changed == {}
    assert started(node) == ["vzlist"]  # vzctl has told this process its version before


def test_twelve_fields_cost_as_many_processes_as_one(apply, filled, node):
    filled(1)

    one = changes.fields(apply(changes.changed(changes.ONE)))
    first = started(node)
    node.forget_calls()
    twelve = changes.fields(apply(changes.changed(changes.TWELVE)))

    assert (one, twelve) == (1, 12)
    assert started(node) == first


@pytest.mark.parametrize("is_there", [True, False], ids=["unchanged", "created"])
def test_the_work_grows_as_the_containers_do(apply, filled, node, is_there):
    if is_there:
        filled(160)
    apply(fleet.pillar(fleet.ctids(40), **ENTRY), True)  # Salt loads what it needs

    few, some, many = (calls_of(apply, fleet.pillar(fleet.ctids(count), **ENTRY), True) for count in (40, 80, 160))

    assert some - few > 40 * 100
    assert (many - some) / (some - few) < 2.01
