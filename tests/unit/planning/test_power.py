"""Starting, stopping and removing, from every status."""

from dataclasses import replace

import pytest
from library import container
from vzdomain.errors import RefusedError
from vzdomain.flavours import LEGACY
from vzdomain.planning import power
from vzdomain.planning.changes import show

STATUSES = ("running", "mounted", "suspended", "stopped")


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
    disabled = replace(container(status=status), LEGACY, disabled=True)

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
