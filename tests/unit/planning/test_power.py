"""Starting, stopping and removing, from every status."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from library import container
from vzdomain.document.entries import Entry
from vzdomain.errors import RefusedError
from vzdomain.flavours import LEGACY
from vzdomain.flavours.calls import Call
from vzdomain.planning import planner, power
from vzdomain.planning.changes import show

STATUSES = ("running", "mounted", "suspended", "stopped")


class _Spelling:
    """Each action by its own name, however a family may call it."""

    @staticmethod
    def calls(actions, ctid):
        return tuple(Call((type(one).__name__, ctid), (one,)) for one in actions)


PAUSING = replace(LEGACY, statuses=(*LEGACY.statuses, "paused"), spelling=_Spelling, destroys_mounted=True)


def named(made):
    return [step.argv[0] for step in made.calls]


def argvs(made):
    return [step.argv for step in made.calls]


@pytest.mark.parametrize("status", STATUSES)
def test_start_makes_anything_run(status):
    made = power.start(container(status=status), LEGACY)

    assert argvs(made) == ([] if status == "running" else [("start", "209")])
    assert made.changes == ({} if status == "running" else {"status": {"old": status, "new": "running"}})


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("status", STATUSES)
def test_stop_leaves_alone_what_does_not_run(status, fast):
    made = power.stop(container(status=status), LEGACY, fast)

    expected = [("stop", "209", "--fast") if fast else ("stop", "209")]
    assert argvs(made) == (expected if status == "running" else [])
    assert made.changes == ({"status": {"old": "running", "new": "stopped"}} if status == "running" else {})


@pytest.mark.parametrize("status", STATUSES)
def test_restart_starts_what_does_not_run(status):
    made = power.restart(container(status=status), LEGACY)

    verb = "restart" if status == "running" else "start"
    assert argvs(made) == [(verb, "209")]
    assert made.changes["status"]["old"] == status
    assert made.disruption == ("restart" if status == "running" else "none")


@pytest.mark.parametrize("action", [power.start, power.restart])
@pytest.mark.parametrize("status", STATUSES)
def test_a_disabled_container_is_never_started_nor_stopped_for_it(status, action):
    disabled = replace(container(status=status), disabled=True)

    if (status, action) == ("running", power.start):
        assert argvs(action(disabled, LEGACY)) == []
        return
    with pytest.raises(RefusedError, match=r"209 is disabled \(DISABLED=yes in .*209.conf\); .* disabled=no"):
        action(disabled, LEGACY)


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        (power.suspend, "running", [("suspend", "209")]),
        (power.suspend, "suspended", []),
        (power.resume, "suspended", [("resume", "209")]),
        (power.resume, "running", []),
    ],
)
def test_suspend_and_resume_are_each_others_way_back(action, status, expected):
    assert argvs(action(container(status=status), LEGACY)) == expected


@pytest.mark.parametrize(
    ("action", "status"),
    [(power.suspend, "stopped"), (power.suspend, "mounted"), (power.resume, "stopped"), (power.resume, "mounted")],
)
def test_only_a_running_one_is_suspended_and_only_a_suspended_one_resumed(action, status):
    with pytest.raises(RefusedError, match=f"container 209 is {status}; only a"):
        action(container(status=status), LEGACY)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("stopped", [("destroy", "209")]),
        ("mounted", [("umount", "209"), ("destroy", "209")]),
        ("running", [("stop", "209"), ("destroy", "209")]),
        ("suspended", [("destroy", "209")]),
    ],
)
def test_destroy_first_makes_it_possible(status, expected):
    made = power.destroy(container(status=status), LEGACY, force=True)

    assert argvs(made) == expected
    assert made.changes == {"container": {"old": status, "new": "destroyed"}}
    for step in made.calls[:-1]:
        assert show(step.actions) == {"container": {"old": status, "new": "stopped"}}


@pytest.mark.parametrize(
    ("status", "protected", "dump", "reason"),
    [
        ("running", None, False, "running"),
        ("stopped", "protected", False, "protected"),
        ("suspended", None, True, r"suspended \(it has a dump\)"),
        ("running", "protected", False, "running and protected"),
    ],
)
def test_destroy_is_refused_without_force(status, protected, dump, reason):
    live = container(status=status)

    with pytest.raises(RefusedError, match=f"container 209 is {reason}; it is destroyed only with force: True"):
        power.destroy(live, LEGACY, protected=protected, dump=dump)

    assert argvs(power.destroy(live, LEGACY, force=True, protected=protected, dump=dump))[-1] == ("destroy", "209")


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        (power.pause, "running", ["Pause"]),
        (power.pause, "paused", []),
        (power.unpause, "paused", ["Unpause"]),
        (power.unpause, "running", []),
        (power.start, "paused", ["Unpause"]),
        (power.stop, "paused", ["Stop"]),
        (power.restart, "paused", ["Restart"]),
    ],
)
def test_a_paused_container_goes_on_where_it_was_or_is_stopped(action, status, expected):
    made = action(container(status=status), PAUSING)

    assert named(made) == expected
    assert [one.old for one in made.actions] == [status] * len(expected)


@pytest.mark.parametrize(
    ("action", "status", "sentence"),
    [
        (power.pause, "stopped", "is stopped; only a running one can be paused"),
        (power.unpause, "suspended", "is suspended, not paused; openvz.start starts it"),
        (power.suspend, "paused", "is paused; only a running one can be suspended; openvz.unpause 209 first"),
        (power.resume, "paused", "is paused; only a suspended one can be resumed"),
    ],
)
def test_what_a_pause_cannot_be_mixed_with_says_what_to_type(action, status, sentence):
    with pytest.raises(RefusedError, match=f"container 209 {sentence}$"):
        action(container(status=status), PAUSING)


def test_a_family_without_pause_says_which_one_has_it_and_what_to_use():
    with pytest.raises(RefusedError, match=r"vzctl 4.x has no pause \(Virtuozzo 7 to 9 has\); openvz.suspend 209"):
        power.pause(container(status="running"), LEGACY)


def test_a_paused_container_that_is_disabled_may_go_on_since_it_is_up():
    disabled = replace(container(status="paused"), disabled=True)

    assert named(power.start(disabled, PAUSING)) == ["Unpause"]
    power.check_start("running", disabled.domain, disabled)


def test_a_paused_container_is_destroyed_only_with_force():
    paused = container(status="paused")

    with pytest.raises(RefusedError, match="container 209 is paused; it is destroyed only with force: True"):
        power.destroy(paused, PAUSING)

    assert named(power.destroy(paused, PAUSING, force=True)) == ["Stop", "Destroy"]


def test_a_family_that_unmounts_when_it_destroys_is_not_told_to():
    assert named(power.destroy(container(status="mounted"), PAUSING)) == ["Destroy"]


@pytest.mark.parametrize(
    ("status", "state", "expected"),
    [
        ("running", "paused", ["Pause"]),
        ("paused", "paused", []),
        ("stopped", "paused", ["Start", "Pause"]),
        ("suspended", "paused", ["Start", "Pause"]),
        ("paused", "suspended", ["Unpause", "Suspend"]),
        ("paused", "stopped", ["Stop"]),
        ("paused", "running", ["Unpause"]),
    ],
)
def test_an_entry_gets_its_power_from_and_to_a_pause(status, state, expected):
    made = planner.of_power(_Asked(), entry_(state), container(status=status))

    assert named(made) == expected
    costs = {"restarts"} if expected[:1] in (["Pause"], ["Stop"]) else set()
    assert planner.costs(made) == costs


def test_a_protected_container_is_not_paused_but_one_that_is_paused_may_stay_so():
    protected = _Asked("protected")

    with pytest.raises(RefusedError, match="container 209 is protected and running: it is not changed to paused"):
        planner.of_power(protected, entry_("paused"), container(status="running"))

    assert planner.of_power(protected, entry_("paused"), container(status="paused")).calls == ()


def entry_(state):
    return Entry("web", name="209", state=state)


class _Asked:
    """What an entry's power is planned over: a node of a family that pauses, and what protects its containers."""

    def __init__(self, phrase=None):
        self.node, self.protection = SimpleNamespace(flavour=PAUSING), SimpleNamespace(of=lambda _: phrase)
