"""The steps of a plan, done in order: what is reported after a failure, and what a running kernel took."""

import json

import pytest
from applying import MARK, TEXT, VCPU, whole
from library import CONF, MARKED, UUID, done, listed
from vzdomain import errors
from vzdomain.execution import apply, verifying
from vzdomain.flavours import LEGACY
from vzdomain.flavours.calls import Call
from vzdomain.model.actions import Assign
from vzdomain.model.domain import Domain, Interface
from vzdomain.planning import plan
from vzdomain.planning.changes import show


def test_all_steps_are_done_in_order(directory, node, journal):
    outcome = apply.apply(whole(MARK, VCPU, TEXT), node, journal)

    assert directory.vzctl.runs == [VCPU.argv, TEXT.argv]
    assert directory.comments("209") == {"SALT-OPENVZ": "managed", "UUID": UUID}
    assert outcome.changes == {**show(MARK.actions), **show(VCPU.actions), **show(TEXT.actions)}


def test_what_was_read_before_is_forgotten(node, journal):
    assert node.container("209").domain.vcpu is None

    apply.apply(whole(VCPU), node, journal)

    assert node.container("209").domain.vcpu == 2


def test_complaints_of_vzctl_are_collected(directory, node, journal, monkeypatch):
    monkeypatch.setattr(directory.vzctl, "_set", lambda *_: "CT configuration saved\nWARNING: not all\n")

    assert apply.apply(whole(VCPU), node, journal).warnings == ["WARNING: not all"]


# failures


def test_a_failure_half_way_says_only_what_was_done(directory, node, journal):
    directory.vzctl.failures["set"] = errors.DiskFullError("vzctl set 209 ended with code 46: no space", 46)

    with pytest.raises(errors.DiskFullError) as caught:
        apply.apply(whole(MARK, VCPU, TEXT), node, journal)

    assert done(caught.value) == {"209": show(MARK.actions)}
    assert directory.vzctl.runs == [VCPU.argv]


def test_a_failure_at_once_has_done_nothing(directory, node, journal):
    directory.vzctl.failures["set"] = errors.VzctlError("code 3", 3)

    with pytest.raises(errors.VzctlError) as caught:
        apply.apply(whole(VCPU), node, journal)

    assert caught.value.done is None


def test_a_lock_on_the_file_stops_what_follows(directory, node, journal):
    directory.lock("209").write_text("1\n")

    with pytest.raises(errors.LockedError) as caught:
        apply.apply(whole(MARK, VCPU), node, journal, lock_timeout=0)

    assert caught.value.done is None
    assert directory.vzctl.runs == []


def test_a_failure_is_not_hidden_by_a_vzlist_that_fails_as_well(directory, node, journal):
    directory.vzctl.failures["set"] = errors.DiskFullError("no space", 46)
    directory.vzctl.failures["list"] = errors.CannotAskError("vzlist ended with code 1")

    with pytest.raises(errors.DiskFullError, match="^no space$"):
        apply.apply(whole(VCPU), node, journal)


# a running container


def shown(memory, swap, processors):
    """What vzlist shows of the kernel, in pages."""
    return json.dumps([listed("209", physpages=(0, memory), swappages=(0, swap), cpus=processors)], indent=2)


def fail_while_running(directory, said):
    """A set fails, and vzlist says this of the running container."""
    directory.vzctl.statuses["209"] = "running"
    directory.vzctl.failures["set"] = errors.VzctlError("vzctl set 209 ended with code 34: no address", 34)
    others = directory.vzctl.list

    directory.vzctl.list = lambda *argv: said if argv[-1] == "209" else others(*argv)


MEMORY = Call(
    ("set", "209", "--ram", "524288K", "--swap", "0K", "--cpus", "2", "--save"),
    (
        Assign("memory", 262144, 524288),
        Assign("swap", 524288, 0),
        Assign("vcpu", None, 2),
        Assign("description", None, "d"),
    ),
)


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (shown(131072, 0, 2), "memory, swap, vcpu"),
        (shown(131072, 131072, 1), "memory"),
        (shown(65536, 131072, 2), "vcpu"),
    ],
)
def test_what_the_kernel_took_although_nothing_was_saved_is_reported(directory, node, journal, said, taken):
    fail_while_running(directory, said)

    with pytest.raises(errors.VzctlError, match=f"not saved: {taken}$") as caught:
        apply.apply(whole(MEMORY), node, journal)

    assert str(caught.value).startswith("vzctl set 209 ended with code 34: no address; applied to the running")
    assert (caught.value.rc, caught.value.done) == (34, None)


@pytest.mark.parametrize("said", [shown(65536, 131072, 1), shown(65536, 131072, 0), "[]\n", "", "x\n"])
def test_what_the_kernel_did_not_take_is_not_told(directory, node, journal, said):
    fail_while_running(directory, said)

    with pytest.raises(errors.VzctlError, match="no address$"):
        apply.apply(whole(MEMORY), node, journal)


def test_of_a_stopped_container_the_kernel_is_not_asked(directory, node, journal):
    fail_while_running(directory, shown(131072, 0, 2))
    directory.vzctl.statuses["209"] = "stopped"

    with pytest.raises(errors.VzctlError, match="no address$"):
        apply.apply(whole(MEMORY), node, journal)


def test_a_vzctl_that_hangs_is_not_asked_again(directory, node, journal):
    directory.vzctl.statuses["209"] = "running"
    directory.vzctl.failures["set"] = errors.CommandTimeoutError("vzctl set 209 did not end")

    with pytest.raises(errors.CommandTimeoutError, match="did not end$"):
        apply.apply(whole(MEMORY), node, journal)

    assert directory.vzctl.lists == []


# looking again


def applied(desired, node, journal):
    made = plan.make(desired, node.container("209"), "209", plan.Context(LEGACY))
    outcome = apply.apply(made, node, journal)
    verifying.verify(desired, outcome, node, made, plan.Context(LEGACY))
    return outcome


def test_a_change_that_was_taken_is_believed(directory, node, journal):
    directory.add("209", MARKED + CONF)

    assert set(applied(Domain("209", vcpu=2), node, journal).changes) == {"vcpu"}


@pytest.mark.parametrize("line", ['  CPUS="1"\n', "\tCPUS=1\n"])
def test_an_indented_key_is_a_field_that_was_not_taken(directory, node, journal, line):
    """vzctl appends the new line, and reads the old one first."""
    directory.add("209", MARKED + line + CONF)
    directory.vzctl.deaf.add("--cpus")

    with pytest.raises(errors.NotTakenError) as caught:
        applied(Domain("209", vcpu=2, description="d"), node, journal)

    assert (
        f"container 209 still differs in: vcpu; look for an indented or duplicate key in {directory.conf(209)}"
        in str(caught.value)
    )
    assert done(caught.value) == {"209": {"description": {"old": None, "new": "d"}}}


def test_an_interface_that_was_not_taken_is_named(directory, node, journal):
    directory.add("209", MARKED + CONF, status="running")
    directory.vzctl.deaf.add("--netif_add")

    with pytest.raises(
        errors.NotTakenError, match="other interfaces than planned: there is no interface eth0;"
    ) as caught:
        applied(Domain("209", interfaces=(Interface(bridge="br0"),)), node, journal)

    assert caught.value.done is None


def test_a_second_look_that_fails_keeps_what_was_done(directory, node, journal):
    directory.add("209", MARKED + CONF)
    made = plan.make(Domain("209", vcpu=2), node.container("209"), "209", plan.Context(LEGACY))
    outcome = apply.apply(made, node, journal)
    directory.conf("209").unlink()
    directory.conf("209").mkdir()

    with pytest.raises(errors.CannotAskError) as caught:
        verifying.verify(Domain("209", vcpu=2), outcome, node, made, plan.Context(LEGACY))

    assert done(caught.value) == {"209": {"vcpu": {"old": None, "new": 2}}}
