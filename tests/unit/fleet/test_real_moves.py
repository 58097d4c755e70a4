"""The driver, with the real steps of two simulated nodes and a vzmigrate that fails as the recorded one does."""

import itertools
import time

import pytest
from simfleet import SimFleet
from vzdomain.fleet.moving import drive
from vzdomain.fleet.moving.values import Move, NoAnswerError

_RUNS = itertools.count()


class Runner:
    """Who types `openvz.move web01 hn2`."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.silent = set()
        self.dies_at = None  # how many steps until its process is killed

    def ask(self, node, step, move, **arguments):
        if self.dies_at is not None:
            self.dies_at -= 1
            if self.dies_at < 0:
                raise KeyboardInterrupt
        if node in self.silent:
            raise NoAnswerError(f"{node} did not answer")
        side = {"hn1": self.fleet.a, "hn2": self.fleet.b}[node]
        return side.take(step, move, **arguments)

    def move(self, is_test=False, **options):
        means = drive.Means(self.ask, pause=lambda seconds: time.sleep(0.05), timeout=120)
        request = Move("", "web01", None, "web01", "hn1", "hn2", master="m", run=f"run-{next(_RUNS)}", **options)
        return drive.move(means, request, is_test)


@pytest.fixture
def fleet(tmp_path, server):
    with server.patched():
        yield SimFleet(tmp_path / "fleet")


@pytest.fixture
def runner(fleet):
    return Runner(fleet)


def places(fleet):
    return {side.name: (side.status, side.marker) for side in (fleet.a, fleet.b)}


MOVED = {"hn1": ("deleted unmounted down", "data of A"), "hn2": ("exist mounted running", "data of A")}


def test_a_move_ends_on_the_other_node_with_its_data_mark_and_start_at_boot(runner, fleet):
    assert runner.move(is_test=True).result == "would move"
    outcome = runner.move()

    assert outcome.result == "moved", outcome
    assert places(fleet) == MOVED
    conf = fleet.b.path("etc/vz/conf/101.conf").read_text()
    assert 'ONBOOT="yes"' in conf and "managed 101 hn2" in conf
    assert runner.move().result == "already there"


BACK, KEPT = ("failed", "hn1"), ("stopped", "hn1")
ROWS = {
    "the first copy fails": (("rsync1", "--rc", "12"), BACK),
    "the line is lost at the second copy": (("rsync2", "--lost"), BACK),
    "the line is lost after the start": (("start", "--lost", "--when", "after"), KEPT),
    "it is killed at the second copy": (("rsync2", "--kill", "KILL"), BACK),
    "it is killed at the start": (("start", "--kill", "KILL"), ("moved", "hn2")),
    "it is killed before it hands over": (("rename", "--kill", "KILL"), ("moved", "hn2")),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_after_each_failure_one_runs_and_the_next_command_moves_it(runner, fleet, row):
    fault, (result, owner) = row
    fleet.fault(*fault)

    outcome = runner.move()

    assert outcome.result == result, outcome
    runs = [side.name for side in (fleet.a, fleet.b) if "running" in side.status]
    assert runs == [owner], outcome
    if result != "moved":
        assert outcome.command == "salt-run openvz.move web01 hn2"
        assert "data of A" in (fleet.a.marker, fleet.b.marker)
        fleet.mend()
        assert runner.move().result == "moved", runner
    assert places(fleet) == MOVED


def test_a_ghost_on_the_destination_is_named_and_the_source_has_the_container(runner, fleet):
    """Its start said no, so vzmigrate removed its files; it runs all the same (recorded)."""
    fleet.fault("start", "--rc", "7", "--when", "after")

    outcome = runner.move()

    assert (outcome.result, outcome.rule) == ("stopped", "ghost"), outcome
    assert "running" in fleet.a.status and fleet.a.marker == "data of A"


def test_a_driver_that_is_killed_at_any_step_is_followed_by_one_that_ends_the_move(runner, fleet):
    """Each command is killed, one step later than the last; the first vzmigrate loses the line."""
    fleet.fault("start", "--lost", "--when", "after")
    for step in itertools.count(5):
        runner.dies_at = step
        try:
            outcome = runner.move()
        except KeyboardInterrupt:
            continue
        if outcome.is_good:
            break
        fleet.mend()

    assert outcome.is_good
    assert places(fleet) == MOVED


def test_a_destination_that_is_silent_after_the_start_keeps_the_source_down(runner, fleet):
    fleet.fault("rename", "--kill", "KILL")
    ask, runner.silent = runner.ask, set()

    def without(node, step, move, **arguments):
        if step == "send":
            runner.silent.add("hn2")
        return ask(node, step, move, **arguments)

    runner.ask = without
    outcome = runner.move()

    assert (outcome.result, outcome.rule) == ("stopped", "silent")
    assert "down" in fleet.a.status
    runner.silent.clear()
    runner.ask = ask
    assert runner.move().result == "moved"
