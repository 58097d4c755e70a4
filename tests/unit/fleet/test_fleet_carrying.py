"""A plan is carried out step by step, several nodes at a time, and goes on where a killed master was."""

import json
import threading

import pytest
from fleetworld import Container, Fleet, document, uuid
from vzdomain.errors import CannotAskError, RefusedError
from vzdomain.fleet.plan import carrying, progress
from vzdomain.fleet.plan.carrying import Carrier

A, B, C = "198.51.100.1", "198.51.100.2", "198.51.100.3"


@pytest.fixture
def world():
    """Two containers that swap addresses, one that moves, one that is new, and one that takes what another gives."""
    hn1 = [Container(101, "one", uuid(1), (A,)), Container(104, "four", uuid(4))]
    hn2 = [Container(102, "two", uuid(2), (B,)), Container(103, "three", uuid(3), (C,))]
    hn1_wants = {"one": document("one", uuid(1), [B]), "three": document("three", uuid(3), [])}
    hn2_wants = {"two": document("two", uuid(2), [A]), "five": document("five", uuid(5), [])}
    return Fleet({"hn1": hn1, "hn2": hn2, "hn3": []}, {"hn1": hn1_wants | {"four": document("four", uuid(4))},
                 "hn2": hn2_wants, "hn3": {"six": document("six", uuid(6))}})  # fmt: skip


class Killed(BaseException):
    """The master is no more."""


def carry_out(world, kept, **how):
    carrier = Carrier(kept, world.carry, **how)
    carrier.carry_out()
    return carrier.states


def test_all_steps_are_done_and_noted(world, tmp_path):
    made = world.plan()
    kept = progress.Progress.of(tmp_path, made)

    states = carry_out(world, kept)

    assert {step.kind for step in made.steps} == {"apply", "move", "release"}
    assert set(states.values()) == {"done"}
    assert world.plan().steps == ()
    assert progress.Progress.found(tmp_path, made.id).is_done
    assert all(row["seconds"] >= 0 for row in carrying.report(kept, states))


class Fragile(progress.Progress):
    """A master that dies at the `last` time that it writes, before or after the file is there."""

    last, after = None, False

    def save(self):
        type(self).last -= 1
        if self.last == 0 and not self.after:
            raise Killed
        super().save()
        if self.last == 0:
            raise Killed


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nodes", [1, 3])
def test_a_master_that_is_killed_anywhere_goes_on_with_what_is_left(world, tmp_path, after, nodes):
    made = world.plan()
    for at in range(2, 2 * len(made.steps) + 2):
        one, home = world.copy(), tmp_path / str(at)
        home.mkdir()
        Fragile.last, Fragile.after = at, after
        with pytest.raises(Killed):
            carry_out(one, Fragile.of(home, made), max_nodes_at_once=nodes)

        kept = progress.Progress.found(home, made.id)
        assert set(carry_out(one, kept, max_nodes_at_once=nodes).values()) == {"done"}
        assert one.plan().steps == ()
        assert one.counted == {"creates": 2, "moves": 1}


def test_a_master_that_is_killed_between_its_note_and_the_step_does_the_step(world, tmp_path):
    made, told = world.plan(), []

    def tell(step, what):
        told.append(step.number)
        if len(told) == 3:
            raise Killed

    with pytest.raises(Killed):
        carry_out(world, progress.Progress.of(tmp_path, made), tell=tell)

    assert set(carry_out(world, progress.Progress.found(tmp_path, made.id)).values()) == {"done"}
    assert world.plan().steps == ()


def test_nothing_is_begun_after_a_failure(world, tmp_path):
    made = world.plan()
    kept = progress.Progress.of(tmp_path, made)
    carrier = Carrier(kept, lambda step, again: {"error": "no"} if step.number == 1 else {})
    carrier.carry_out()

    assert list(carrier.states.values()) == ["failed", *["left"] * (len(made.steps) - 1)]
    assert set(carry_out(world, kept).values()) == {"done"}  # the same command again does it


def test_without_failhard_only_those_are_held_that_need_what_failed(world, tmp_path):
    made = world.plan()
    (release,) = [step for step in made.steps if step.kind == "release"]
    carrier = Carrier(
        progress.Progress.of(tmp_path, made),
        lambda step, again: {"error": "no"} if step == release else {},
        failhard=False,
    )
    carrier.carry_out()

    needs = {release.number}
    for step in made.steps:
        needs |= {step.number} if needs & set(step.after) else set()
    assert {number for number, state in carrier.states.items() if state == "held"} == needs - {release.number}
    assert {number for number, state in carrier.states.items() if state == "done"} == set(carrier.states) - needs


def test_an_exception_of_a_step_is_its_failure_and_says_no_python(world, tmp_path, caplog):
    caplog.set_level("CRITICAL")  # its traceback is in the master's log

    def do(step, again):
        raise KeyError("secret")

    kept = progress.Progress.of(tmp_path, world.plan())
    carrier = Carrier(kept, do)
    carrier.carry_out()

    assert kept.result(kept.steps[0])["error"].endswith("how far it came is not known")
    assert "secret" not in kept.result(kept.steps[0])["error"]


@pytest.mark.parametrize(("most", "together"), [(1, 1), (2, 2), (9, 3)])
def test_no_more_nodes_are_at_work_than_are_allowed(tmp_path, most, together):
    world = Fleet({f"hn{n}": [] for n in range(3)}, {f"hn{n}": {"a": document(f"a{n}", uuid(n))} for n in range(3)})
    made, lock, busy, seen = world.plan(), threading.Lock(), set(), []
    meeting = threading.Barrier(together, action=lambda: seen.append(len(busy)))

    def do(step, again):
        with lock:
            busy.add(step.node)
            assert len(busy) <= most
        if len(seen) * together < len(made.steps) - len(made.steps) % together:
            meeting.wait(60)
        with lock:
            busy.discard(step.node)
        return {}

    carrier = Carrier(progress.Progress.of(tmp_path, made), do, max_nodes_at_once=most)
    carrier.carry_out()

    assert set(carrier.states.values()) == {"done"}
    assert seen[0] == together


# the file


@pytest.mark.parametrize("plan_id", [None, 5, "", "fleet-1", "../../etc/passwd", "fleet-0123456789abcdef/x"])
def test_only_the_id_of_a_plan_names_a_file(tmp_path, plan_id):
    with pytest.raises(RefusedError, match="is not the id of a plan of all nodes; salt-run openvz.plan shows it"):
        progress.Progress.found(tmp_path, plan_id)


def test_the_plan_of_one_node_is_told_from_that_of_all(tmp_path):
    with pytest.raises(RefusedError, match="that is the plan of one node, for: salt NODE openvz.apply plan_id="):
        progress.Progress.found(tmp_path, "plan-0123456789abcdef")


def test_a_plan_of_which_nothing_has_been_done_has_no_file(tmp_path):
    assert progress.Progress.found(tmp_path, "fleet-0123456789abcdef") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"plan_id": "x", "steps": [], "states": {}}', "\xff"])
def test_a_damaged_file_is_an_error_with_the_way_out(tmp_path, text):
    (tmp_path / "fleet-0123456789abcdef.json").write_text(text)

    with pytest.raises(CannotAskError, match="is damaged: remove it, and plan again"):
        progress.Progress.found(tmp_path, "fleet-0123456789abcdef")


def test_one_plan_is_carried_out_by_one_process(tmp_path):
    with progress.alone(tmp_path, "fleet-0123456789abcdef"):
        said = "is being carried out already, by process [0-9]+ of this master"
        with pytest.raises(RefusedError, match=said), progress.alone(tmp_path, "fleet-0123456789abcdef"):
            raise AssertionError
    with progress.alone(tmp_path, "fleet-0123456789abcdef"):
        pass


def test_old_files_go_and_those_of_others_stay(world, tmp_path):
    kept = progress.Progress.of(tmp_path, world.plan())
    (tmp_path / "notes").write_text("mine")

    progress.forget_old(tmp_path, kept.said["time"] + 29 * 86400)
    assert progress.Progress.found(tmp_path, kept.said["plan_id"])
    progress.forget_old(tmp_path, kept.said["time"] + 31 * 86400)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_what_is_read_is_what_was_written(world, tmp_path):
    made = world.plan()
    progress.Progress.of(tmp_path, made)

    kept = progress.Progress.found(tmp_path, made.id)

    assert tuple(kept.steps) == made.steps
    assert (tmp_path / f"{made.id}.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / f"{made.id}.json").read_text())["counts"] == made.counts
