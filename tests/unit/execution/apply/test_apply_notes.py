"""What the journal holds while a step is done, and after a creation that failed."""

import os

import pytest
from applying import MARK, TEXT, VCPU, whole
from library import CONF, call
from vzdomain import errors
from vzdomain.execution import apply

CREATE = call("create", "209")


def test_each_step_is_in_flight_while_it_is_done(directory, node, journal):
    seen = []
    run = directory.vzctl._set
    directory.vzctl._set = lambda *argv: seen.append(journal.step("209").command[1:]) or run(*argv)

    apply.apply(whole(MARK, VCPU, TEXT), node, journal)

    assert seen == [VCPU.argv, TEXT.argv]
    assert journal.steps() == {}


def test_a_failure_that_was_reported_is_not_an_interrupted_step_any_more(directory, node, journal):
    directory.vzctl.failures["set"] = errors.DiskFullError("no space", 46)

    with pytest.raises(errors.DiskFullError):
        apply.apply(whole(VCPU), node, journal)

    assert journal.steps() == {}


def test_what_ends_the_process_leaves_the_step_in_flight(directory, node, journal):
    directory.vzctl.failures["set"] = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        apply.apply(whole(VCPU, TEXT), node, journal)

    assert journal.step("209").command == VCPU.command


def test_a_plan_without_steps_writes_nothing(directory, node, journal):
    apply.apply(whole(), node, journal)

    assert not os.path.exists(journal.directory)


def test_a_creation_is_noted_until_the_mark_is_written(directory, journal):
    noted = []
    create = directory.vzctl._create
    directory.vzctl._create = lambda *argv: noted.append(journal.has("209", "web")) or create(*argv)

    apply.apply(whole(CREATE, MARK, name="web"), directory.node(), journal)

    assert noted == [True]
    assert journal.ctids() == []


def test_a_creation_without_a_mark_to_come_is_the_callers_and_leaves_no_note(directory, journal):
    apply.apply(whole(CREATE, name="web"), directory.node(), journal)

    assert journal.ctids() == []


@pytest.mark.parametrize(
    "failure",
    [
        errors.TemplateMissingError("vzctl create 209 ended with code 91", 91),
        errors.MissingProgramError("vzctl cannot be run"),
        errors.CommandTimeoutError("vzctl create 209 did not end"),
    ],
)
def test_a_creation_that_left_nothing_leaves_no_note(directory, journal, failure):
    directory.vzctl.failures["create"] = failure

    with pytest.raises(type(failure)):
        apply.apply(whole(CREATE, MARK), directory.node(), journal)

    assert journal.ctids() == []


@pytest.mark.parametrize("area", [False, True])
@pytest.mark.parametrize(
    "failure",
    [
        errors.CommandTimeoutError("vzctl create 209 did not end"),
        errors.VzctlError("vzctl create 209 ended with code -9: no message", -9),
    ],
)
def test_a_creation_that_left_something_stays_noted(directory, journal, failure, area):
    directory.vzctl.failures["create"] = failure
    directory.conf("209").write_text(CONF)
    if area:
        directory.private("209").mkdir()

    with pytest.raises(type(failure)):
        apply.apply(whole(CREATE, MARK), directory.node(), journal)

    assert journal.has("209", "209")


def test_what_somebody_else_created_is_not_noted_as_ours(directory, journal):
    directory.add("209")

    with pytest.raises(errors.PrivateAreaExistsError):
        apply.apply(whole(CREATE, MARK), directory.node(), journal)

    assert journal.ctids() == []


@pytest.mark.parametrize(
    ("argv", "text", "seconds"),
    [
        (("stop", "209"), "", 120),
        (("stop", "209"), 'STOP_TIMEOUT="7"\n', 7),
        (("restart", "209"), 'STOP_TIMEOUT="7"\n', 7),
        (("start", "209"), 'STOP_TIMEOUT="7"\n', 0),
    ],
)
def test_stopping_is_given_the_containers_own_time(directory, node, journal, argv, text, seconds):
    directory.add("209", CONF + text)

    apply.apply(whole(call(*argv)), node, journal)

    assert directory.vzctl.limits[0] == seconds
