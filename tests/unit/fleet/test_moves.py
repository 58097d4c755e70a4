"""Every row of what can go wrong with vzmigrate, and what a move makes of it: one place, one sentence per node."""

import pytest
from driving import Fleet
from twonodes import PHASES_DOWN


def test_a_running_container_moves_and_runs_there():
    fleet = Fleet()

    outcome = fleet.move()

    assert (outcome.result, fleet.running) == ("moved", ["hn2"])
    assert outcome.nodes == {
        "hn1": "keeps the old copy of web01 (CTID 101), which nothing starts",
        "hn2": "web01 (CTID 101) runs here",
    }
    assert outcome.command == "salt-run openvz.remove_copies name=web01"
    assert (fleet.world.b.onboot, fleet.world.b.mark, fleet.world.a.onboot) == (True, "hn2", False)
    assert (fleet.world.a.intent, fleet.world.b.intent) == (None, None)


@pytest.mark.parametrize("is_up", [True, False])
@pytest.mark.parametrize("rests", range(30))
def test_what_one_node_said_while_the_other_was_at_work_is_not_what_is_judged(is_up, rests):
    """vzmigrate may end between the answers of both: the destination has told then how things were before."""
    fleet = Fleet(is_up, ["rest"] * rests, is_backwards=True)

    assert fleet.move().result == "moved"
    assert fleet.running == (["hn2"] if is_up else [])


def test_a_stopped_container_stays_stopped():
    fleet = Fleet(is_up=False)

    assert (fleet.move().result, fleet.running) == ("moved", [])
    assert fleet.world.b.is_whole and fleet.world.a.conf == "migrated"


def test_a_second_command_finds_it_there_already():
    fleet = Fleet()
    fleet.move()

    assert fleet.move().result == "already there"


def test_a_command_without_a_source_finds_it_there_already_too():
    """The source is found by asking: after the move that is the destination."""
    fleet = Fleet()
    fleet.move()

    assert fleet.move(source="hn2").result == "already there"


def test_the_old_copy_goes_at_once_where_it_is_kept_for_0_days():
    fleet = Fleet()

    assert fleet.move(keep_for=0).command == ""
    assert fleet.world.a.area is None


def test_a_test_begins_nothing():
    fleet = Fleet()

    assert fleet.move(is_test=True).result == "would move"
    assert {step for _, step in fleet.world.calls} == {"look", "check_source", "check_destination", "check_program"}


def test_what_a_check_finds_is_refused_before_anything_is_noted():
    fleet = Fleet()
    fleet.world.b.area = {0}

    outcome = fleet.move()

    assert (outcome.result, outcome.rule, outcome.command) == ("refused", "orphan", "remove it")
    assert ("hn1", "check_program") not in fleet.world.calls  # it would copy, and remove, what is there
    assert (fleet.world.a.intent, fleet.world.b.intent, fleet.world.b.area) == (None, None, {0})


BACK = ("failed", ["hn1"], False)
ROWS = {
    "rsync 1 fails": ({"rsync1": "fail"}, BACK),
    "the stop fails": ({"stop": "fail"}, BACK),
    "rsync 2 fails": ({"rsync2": "fail"}, BACK),
    "the start fails": ({"start": "fail"}, BACK),
    "the configuration is not taken": ({"conf": "fail"}, BACK),
    "vzmigrate does not begin": ({"prepare": "fail"}, BACK),
    "line lost at rsync 1": ({"rsync1": "lost"}, BACK),
    "line lost at rsync 2": ({"rsync2": "lost"}, BACK),
    "line lost at the start": ({"start": "lost"}, ("stopped", ["hn1"], True)),
    "the start fails and it runs": ({"start": "half"}, ("stopped", ["hn1"], True)),
    "killed at rsync 1": ({"rsync1": "kill"}, BACK),
    "killed at the stop": ({"stop": "kill"}, BACK),
    "killed at rsync 2": ({"rsync2": "kill"}, BACK),
    "killed at the start": ({"start": "kill"}, ("moved", ["hn2"], True)),
    "killed before the last": ({"handover": "kill"}, ("moved", ["hn2"], True)),
}


@pytest.mark.parametrize(("faults", "ends"), ROWS.values(), ids=list(ROWS))
def test_each_failure_ends_with_one_that_runs_and_the_next_command_moves_it(faults, ends):
    fleet = Fleet()
    fleet.world.faults = dict(faults)

    outcome = fleet.move()

    has_copy = fleet.world.b.area is not None
    assert (outcome.result, fleet.running, has_copy) == ends, outcome
    assert set(outcome.nodes) == {"hn1", "hn2"} and all(outcome.nodes.values())
    assert fleet.world.a.onboot is (outcome.result != "moved")
    if outcome.result != "moved":
        assert outcome.command == "salt-run openvz.move web01 hn2"
        assert fleet.move().result == "moved"
    assert fleet.running == ["hn2"]


@pytest.mark.parametrize("phase", PHASES_DOWN)
@pytest.mark.parametrize("fault", ["fail", "lost", "kill"])
def test_a_stopped_container_is_on_one_node_after_each_failure(phase, fault):
    fleet = Fleet(is_up=False)
    fleet.world.faults = {phase: fault}

    assert fleet.move().result in ("failed", "moved")
    assert fleet.move().result in ("moved", "already there")
    assert fleet.running == []


def test_a_container_that_starts_on_neither_node_is_left_where_it_was_whole():
    fleet = Fleet()
    fleet.world.a.start_fails = fleet.world.b.start_fails = True

    outcome = fleet.move()

    assert (outcome.result, outcome.reason) == ("stopped", "hn1: it does not start")
    assert fleet.world.a.is_whole and fleet.running == []

    fleet.world.a.start_fails = fleet.world.b.start_fails = False
    assert fleet.move().result == "moved"


def test_a_copy_that_may_have_run_is_kept_until_the_next_command():
    fleet = Fleet()
    fleet.world.faults = {"start": "lost"}

    outcome = fleet.move()

    assert outcome.nodes["hn2"] == "has a copy of web01 (CTID 101) that is down and kept; it starts nowhere by itself"
    assert outcome.reason == (
        "web01 stays on hn1; the copy on hn2 is down and kept, in case something was written there: "
        "the next command removes it"
    )


# nodes that do not answer


@pytest.mark.parametrize(("phase", "running"), [("rsync1", ["hn1"]), ("rsync2", ["hn1"]), ("start", [])])
def test_a_silent_destination_lets_the_source_start_only_if_it_cannot_run_there(phase, running):
    fleet = Fleet()
    fleet.world.faults = {phase: "kill and silent hn2 300"}
    fleet.world.b.start_fails = True

    outcome = fleet.move()

    assert (outcome.result, outcome.rule) == ("stopped", "silent")
    assert fleet.running == running
    assert outcome.nodes["hn2"] == "does not answer"

    fleet.world.b.silent, fleet.world.b.start_fails = 0, False
    ends_on_the_destination(fleet)


def ends_on_the_destination(fleet):
    """Where nothing fails any more, the same command again and again comes to it; three are enough."""
    for _ in range(3):
        outcome = fleet.move()
        if outcome.is_good:
            break
    assert (outcome.is_good, fleet.world.b.is_whole, fleet.world.a.conf) == (True, True, "migrated"), outcome
    assert (fleet.world.a.intent, fleet.world.b.intent) == (None, None)


def test_a_silent_source_starts_nothing():
    fleet = Fleet()
    fleet.world.faults = {"rsync2": "kill and silent hn1 300"}

    outcome = fleet.move()

    assert (outcome.result, outcome.rule) == ("stopped", "silent")
    assert outcome.reason == "hn1 does not answer: nothing is started on hn2"

    fleet.world.a.silent = 0
    assert fleet.move().result == "moved"


def test_a_destination_that_is_off_for_good_gives_the_container_back():
    fleet = Fleet()
    fleet.world.faults = {"handover": "kill and silent hn2 10000"}
    assert fleet.move().rule == "silent"
    fleet.world.b.is_up = False

    outcome = fleet.move(lost=("hn2",))

    assert (outcome.result, fleet.running) == ("failed", ["hn1"])
    assert fleet.world.a.onboot and fleet.world.a.intent is None

    fleet.world.b.silent = 0  # and it comes back with its copy
    assert fleet.move().rule == "gave way"
    assert fleet.running == ["hn1"]
    ends_on_the_destination(fleet)


def test_a_node_that_cannot_tell_counts_as_silent():
    fleet = Fleet()
    fleet.world.b.refuses.add("look")

    outcome = fleet.move()

    assert (outcome.result, outcome.nodes["hn2"]) == ("refused", "look failed")


# who drives it


def test_another_move_that_is_under_way_is_named_with_the_command_for_it():
    fleet = Fleet()
    fleet.world.faults = {"rsync1": "none and runner"}
    assert fleet.move() is None

    fleet.world.a.intent["destination"] = "hn3"

    assert fleet.move().reason == "web01 is being moved from hn1 to hn3: finish that first"
    assert fleet.outcome.command == "salt-run openvz.move web01 hn3"


def test_a_conversion_that_is_under_way_is_not_gone_on_with_as_a_move():
    fleet = Fleet()
    fleet.world.faults = {"rsync1": "none and runner"}
    fleet.move()
    for node in (fleet.world.a, fleet.world.b):
        node.intent["kind"] = "convert"

    outcome = fleet.move()

    assert (outcome.rule, outcome.command) == ("under way", "salt-run openvz.convert web01 hn2")


def test_a_driver_on_another_master_is_not_taken_for_dead_at_once():
    fleet = Fleet()
    fleet.world.faults = {"rsync1": "none and runner"}
    assert fleet.move() is None
    for node in fleet.world.nodes.values():
        node.intent["driver"]["master"] = "another"

    assert (fleet.move(take_over=False).result, fleet.outcome.rule) == ("refused", "driven")
    assert fleet.outcome.command == "salt-run openvz.move web01 hn2 take_over=True"
    assert fleet.move(take_over=True).result == "moved"


def test_a_note_that_cannot_be_read_is_named_with_its_file():
    fleet = Fleet()
    fleet.world.b.intent = {"ctid": "101", "path": "/var/cache/101.json", "turn": 0, "driver": None}

    outcome = fleet.move()

    assert (outcome.result, outcome.rule) == ("refused", "note")
    assert outcome.reason.endswith("look at both nodes, then remove /var/cache/101.json there")


def test_a_command_that_is_ended_leaves_what_is_at_work_to_go_on():
    fleet = Fleet(events=["rest"] * 200)

    outcome = fleet.move(ended=lambda: True)

    assert (outcome.result, outcome.rule) == ("stopped", "late")
    assert outcome.nodes["hn1"] == "is at work on web01 (CTID 101): vzmigrate"
    fleet.world.events = []
    assert fleet.move().result == "moved"


def test_a_step_that_comes_late_does_nothing():
    """
    hn2 is told to have the container and to start it, and does not hear it; it goes down and comes up without it, so
    that hn1 starts its own. Only now the first message arrives.
    """
    fleet = Fleet()
    fleet.world.faults = {"handover": "kill and later hn2 own"}
    rests = iter(["boots hn2", *["rest"] * 200])
    fleet.world.after = lambda step: next(rests) if step == "own" else None
    fleet.move()

    assert fleet.running == ["hn1"]
    fleet.world.arrive_all()
    assert fleet.running == ["hn1"]
    ends_on_the_destination(fleet)


FAULTS = ({}, {"start": "lost"}, {"rsync2": "kill"}, {"start": "kill"}, {"handover": "kill"}, {"rsync1": "fail"})


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("party", ["runner", "boots hn1", "boots hn2", "dies"])
def test_a_kill_at_every_moment_of_each_party_ends_with_one_container(party, fault):
    """The process on the master, either node, and vzmigrate: at every tick of a move, in each of its failures."""
    moment, was_reached = 0, True
    while was_reached:
        fleet = Fleet(events=["on"] * moment + [party])
        fleet.world.faults = dict(fault)
        outcome = fleet.move()
        was_reached = not fleet.world.events
        assert outcome is None or outcome.rule in ("silent", "late") or len(fleet.running) < 2, (moment, outcome)
        fleet.world.events = []

        ends_on_the_destination(fleet)
        moment += 1

    assert moment > 20
