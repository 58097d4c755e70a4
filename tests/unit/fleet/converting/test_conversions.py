"""A conversion step by step: never two that run, nothing lost, and it stops where a person must decide."""

import pytest
from conversionworld import World, convert
from vzdomain.fleet.moving.values import NoAnswerError


def steps(outcome):
    return [(one["node"], one["step"]) for one in outcome.steps]


def test_the_files_are_copied_while_it_runs_and_once_more_and_compared_before_the_new_one_starts():
    world = World()

    outcome = convert(world)

    assert outcome.result == "moved"
    assert steps(outcome) == [
        ("hn1", "check_source"), ("vz1", "check_destination"), ("hn1", "check_program"), ("hn1", "intend"),
        ("vz1", "intend"), ("vz1", "make"), ("vz1", "mount"), ("hn1", "copy_first"), ("hn1", "halt"),
        ("hn1", "copy_final"), ("hn1", "copy_check"), ("vz1", "umount"), ("vz1", "own"), ("vz1", "verify"),
        ("hn1", "close"), ("vz1", "close"),
    ]  # fmt: skip
    assert (world.a.handed_over, world.b.up, world.b.onboot) == (True, True, True)
    assert outcome.command == "salt-run openvz.remove_copies name=shop"
    assert convert(world).result == "already there"


def test_one_that_was_stopped_stays_so():
    world = World(is_up=False)

    assert convert(world).result == "moved"
    assert (world.a.handed_over, world.b.up) == (True, False)


def test_a_document_that_is_missing_is_found_before_anything_is_touched():
    world = World()
    world.has_problem = ["document", "the pillar of vz1 has no document for shop", "add one"]

    outcome = convert(world)

    assert (outcome.result, outcome.reason, outcome.command) == ("refused", world.has_problem[1], "add one")
    assert (world.a.up, world.a.onboot, world.a.intent, world.b.there) == (True, True, None, False)


def test_a_new_one_that_does_nothing_is_for_a_person_to_decide_and_can_be_taken():
    world = World()
    world.wrong = "container 101 runs, and a shell in it does not"

    asked = convert(world)
    again = convert(world)
    taken = convert(world, decided="accept")

    assert [one.result for one in (asked, again, taken)] == ["stopped", "stopped", "moved"]
    assert asked.rule == "inside"
    assert asked.reason.startswith(world.wrong)
    assert asked.command == "salt-run openvz.convert shop vz1 decide=accept"


def test_going_back_stops_the_new_one_first_and_brings_the_old_one_back_as_it_was():
    world = World()
    world.wrong = "a shell in it does not start"
    convert(world)
    world.is_back = True

    back = convert(world, decided="back")

    assert back.result == "failed"
    assert [step for step in steps(back) if step[1] != "intend"] == [
        ("hn1", "withdraw"), ("vz1", "yield_up"), ("hn1", "own"), ("vz1", "clear"), ("vz1", "close"), ("hn1", "close"),
    ]  # fmt: skip
    assert (world.a.up, world.a.onboot, world.a.disabled, world.b.there) == (True, True, False, False)
    assert (world.a.intent, world.b.intent) == (None, None)


def test_files_that_differ_after_the_last_copy_start_nothing():
    world = World()
    copy = world._copy

    def losing():
        which = world.rsync
        copy()
        if which == "final":
            world.b.files.discard(0)

    world._copy = losing
    first = convert(world)
    world._copy = copy
    second = convert(world)

    assert (first.result, first.rule) == ("stopped", "differs")
    assert first.warnings == [
        "shop is down meanwhile; to have it on hn1 again: salt-run openvz.convert shop vz1 decide=back"
    ]
    assert first.reason == "files of shop differ after the last copy: 0"
    assert second.result == "moved"


def test_a_copy_that_fails_is_told_with_its_code_and_the_next_call_goes_on():
    world = World()
    world.b.mounted = True
    copy = world._copy

    def failing():
        world.rsync, world.rc = None, 12

    world._copy = failing
    first = convert(world)
    up = world.a.up
    world._copy = copy
    second = convert(world)

    assert (first.result, first.rule, up) == ("stopped", "copy", True)
    assert "ended with code 12" in first.reason
    assert second.result == "moved"
    assert ("vz1", "make") not in steps(second)


@pytest.mark.parametrize("who", ["hn1", "vz1"])
def test_a_node_that_is_silent_stops_it_and_nothing_is_started(who):
    world = World()
    world.faults = 0
    ask = world.ask

    def silent(node, step, **arguments):
        if node == who and world.copied == "final":
            raise NoAnswerError(node)
        return ask(node, step, **arguments)

    world.ask = silent
    outcome = convert(world)

    assert (outcome.result, outcome.rule, world.b.up) == ("stopped", "silent", False)
    assert outcome.command == "salt-run openvz.convert shop vz1"
