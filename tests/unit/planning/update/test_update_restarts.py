"""What waits for a restart, and what only creation or a stopped container can have."""

from dataclasses import replace

import pytest
from library import container, domain, one_set, steps
from updating import CREATION, planned
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.model.domain import Domain

RESTART = {
    "capabilities": (("net_admin", "on"),),
    "features": (("nfs", "on"),),
    "netfilter": "full",
    "iptables": ("ip_tables",),
    "mount_opts": "noatime",
    "quotaugidlimit": 100,
    "diskquota": True,
}


# what waits for a restart


@pytest.mark.parametrize(("field", "value"), RESTART.items())
def test_a_field_that_needs_a_restart_is_saved_and_pending_while_the_container_runs(field, value):
    made = planned(domain(**{field: value}), container(status="running"))

    assert [step.argv[0] for step in made.calls] == ["set"]
    assert [step.pending for step in made.calls] == [(field,)]
    assert made.pending == (field,)
    assert made.disruption == "none"
    assert made.warnings == (
        f"container 209 has {field} saved, but not in effect until it is restarted; restart: True restarts it",
    )


def test_the_table_says_which_fields_need_a_restart():
    assert {row.field for row in TABLE if row.effect == "restart"} == set(RESTART)


@pytest.mark.parametrize("status", ["stopped", "mounted", "suspended"])
def test_of_a_container_that_does_not_run_nothing_is_pending(status):
    made = planned(domain(**RESTART), container(status=status), restart=True, pending=("features",))

    assert [(step.argv[0], step.pending) for step in made.calls] == [("set", ())]
    assert made.pending == ()
    assert bool(made.warnings) == (status == "suspended")  # it goes on from its dump


def test_a_restart_that_is_wanted_comes_last_and_leaves_nothing_pending():
    desired = Domain("web", vcpu=2, features=RESTART["features"])

    made = planned(desired, container(status="running", name="old"), restart=True)

    assert [step.argv[:3:2] for step in made.calls] == [("set", "--cpus"), ("set", "--name"), ("restart",)]
    assert made.changes["status"] == {"old": "running", "new": "restarted"}
    assert made.disruption == "restart"
    assert (made.pending, made.warnings) == ((), ())


def test_without_such_a_field_there_is_no_restart():
    made = planned(domain(vcpu=2), container(status="running"), restart=True)

    assert [step.argv[0] for step in made.calls] == ["set"]


def test_what_is_pending_from_before_is_said_again_and_restarted_for():
    live = container(status="running")

    waiting = planned(domain(), live, pending=("features",))
    restarted = planned(domain(), live, pending=("features",), restart=True)

    assert (waiting.calls, waiting.pending) == ((), ("features",))
    assert [step.argv for step in restarted.calls] == [("restart", "209")]


def test_the_note_of_a_set_names_what_was_pending_before_too():
    made = planned(domain(netfilter="full"), container(status="running"), pending=("features",))

    assert [step.pending for step in made.calls] == [("features", "netfilter")]
    assert made.pending == ("features", "netfilter")


def test_a_protected_container_is_never_restarted():
    made = planned(domain(netfilter="full"), container(status="running"), restart=True, protected=True)

    assert [step.argv[0] for step in made.calls] == ["set"]
    assert made.pending == ("netfilter",)
    assert "it is protected, so it is not restarted for that" in made.warnings[0]


@pytest.mark.parametrize(
    ("desired", "disabled", "restarts"),
    [({}, False, True), ({}, True, False), ({"disabled": True}, False, False), ({"disabled": False}, True, True)],
)
def test_a_disabled_container_would_not_start_again_and_is_not_stopped(desired, disabled, restarts):
    live = replace(container(status="running"), disabled=disabled)

    made = planned(domain(netfilter="full", **desired), live, restart=True)

    assert (made.calls[-1].argv == ("restart", "209")) == restarts
    assert all("disabled and would not start again" in warning for warning in made.warnings)
    assert bool(made.warnings) == bool(made.pending) == (not restarts)


# what only creation, or only a stopped container, can have


@pytest.mark.parametrize("field", CREATION)
def test_what_counts_at_creation_only_is_a_warning_and_never_a_step(field):
    old, new = CREATION[field]
    live = container(**{field: old})

    (warning,) = planned(domain(**{field: new}), live).warnings

    assert steps(domain(**{field: new}), live) == []
    assert f"created with {field} {old}, the document says {new}: that applies only at creation" in warning
    assert planned(domain(**{field: old}), live).warnings == ()


def test_the_table_says_which_fields_only_creation_sets():
    assert {row.field for row in TABLE if row.option and row.effect == "creation"} == set(CREATION)


def test_a_private_area_is_the_same_under_both_spellings():
    assert planned(domain(private="/vz/private/$VEID"), container()).warnings == ()


@pytest.mark.parametrize(
    ("status", "changed"), [("stopped", True), ("suspended", True), ("mounted", False), ("running", False)]
)
def test_the_root_is_changed_while_nothing_is_mounted_there(status, changed):
    made = planned(domain(root="/srv/$VEID"), container(root="/vz/root/$VEID", status=status))

    assert [step.argv for step in made.calls] == (one_set("--root", "/srv/$VEID") if changed else [])
    assert all("only while the container is stopped" in warning for warning in made.warnings)
    assert bool(made.warnings) is not changed
