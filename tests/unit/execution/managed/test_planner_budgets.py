"""What a plan of all containers may cost, and the name it is agreed to by."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from library import CONF, MARKED
from managing import NO_LIMITS, Networks, done, entry, planned, routed, template
from vzdomain import errors
from vzdomain.document.entries import Entry
from vzdomain.execution.reconcile import Reconciler
from vzdomain.flavours.calls import Call
from vzdomain.model.actions import RemoveDisk
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Disk
from vzdomain.planning import planner
from vzdomain.planning.context import Plan

# budgets


def test_each_container_counts_once_for_what_happens_to_it(directory, reconciler):
    for ctid in ("101", "102", "103", "104"):
        directory.add(ctid, MARKED + CONF + f'IP_ADDRESS="10.0.0.{ctid}"\n', "running")
    wanted = (
        entry("101", state="stopped"),
        entry("102", state="absent", force=True),
        entry("103", routed("10.0.0.99")),
        entry("104", routed("10.0.0.98"), "stopped"),
        entry("new", template()),
    )

    jobs = planned(reconciler, *wanted).values()

    assert planner.counts(jobs) == {"creates": 1, "restarts": 2, "destroys": 1, "network_changes": 2, "disk_deletes": 0}


def test_starting_breaks_nothing_and_counts_for_nothing(directory, reconciler):
    directory.add("101", MARKED + CONF)

    assert not any(planner.counts(planned(reconciler, entry("101", state="running")).values()).values())


@pytest.mark.parametrize("status", [None, "stopped"])
def test_what_is_started_only_to_be_suspended_loses_nothing(directory, reconciler, status):
    if status:
        directory.add("101", MARKED + CONF)

    report = done(reconciler, entry("101", template(), "suspended"))["101"]

    assert (report.error, report.changes["status"]) == (None, {"old": "stopped", "new": "suspended"})
    assert [argv[0] for argv in directory.vzctl.runs if argv[0] in ("start", "suspend")] == ["start", "suspend"]


def test_over_budget_nothing_is_noted_and_nothing_is_run(directory, reconciler, journal):
    with pytest.raises(errors.RefusedError, match=r"would create 2 containers \(one, two\), and max_creates is 1"):
        planner.begin(reconciler, [entry("one", template()), entry("two", template())], {"creates": 1})

    assert (directory.vzctl.runs, journal.ctids()) == ([], [])


def test_a_budget_of_none_is_not_a_limit_and_of_zero_allows_nothing(directory, reconciler):
    jobs = planned(reconciler, entry("one", template())).values()

    planner.check(jobs, {"creates": None})
    planner.check(jobs, {"creates": 1})
    with pytest.raises(errors.RefusedError, match="max_creates is 0"):
        planner.check(jobs, {"creates": 0})


# disks, which only some families have


DISK = Disk(image="data.hdd", size=1048576, mount="/data", uuid="0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303")
WITHOUT_DISK = Plan("101", Ctid("101"), (Call(("set", "101"), (RemoveDisk(DISK),)),))


@pytest.mark.parametrize(
    ("force", "limit", "is_allowed"), [(False, 0, False), (False, 1, True), (False, None, True), (True, 0, True)]
)
def test_disks_are_deleted_with_force_or_within_their_budget(force, limit, is_allowed):
    jobs = [planner.Job(Entry("web", force=force), WITHOUT_DISK)]

    over = list(planner.over_budget(jobs, {"disk_deletes": limit}))

    assert (
        over == []
        if is_allowed
        else over
        == ["this run would delete disks of 1 container (101), and max_disk_deletes is 0 (force: True allows it too)"]
    )


def test_a_worker_agrees_to_the_disks_that_its_entry_gives_up_by_force():
    assert planner.agreed_costs(WITHOUT_DISK, Entry("web", force=True)) == set()
    assert planner.agreed_costs(WITHOUT_DISK, Entry("web")) == {"disk_deletes"}


@pytest.mark.parametrize(("protected", "by_entry"), [("protected by x", False), (None, True)])
def test_disks_of_a_protected_container_are_not_deleted(protected, by_entry):
    asked = SimpleNamespace(resolve=lambda name: name, protection=SimpleNamespace(of=lambda _: protected))

    with pytest.raises(errors.RefusedError, match=r"container 101 is protected.*: its disks \(/data\) are not deleted"):
        planner.Planner(asked)._with_disks(Entry("web", protected=by_entry, force=True), WITHOUT_DISK)


def test_a_plan_says_which_disks_go_with_their_data():
    asked = SimpleNamespace(resolve=lambda name: name, protection=SimpleNamespace(of=lambda _: None))

    (said,) = planner.Planner(asked)._with_disks(Entry("web"), WITHOUT_DISK).warnings

    assert said == "disks of container 101 that the document does not name are deleted with their data: /data"


# the name of a plan


def test_the_name_of_a_plan_stays_while_nothing_moves_and_the_wording_alone_changes(directory, reconciler):
    directory.add("101", MARKED + CONF)
    worded = entry("101", "<vcpu>2</vcpu>")

    first = planner.plan_id(planned(reconciler, worded).values())
    again = planner.plan_id(planned(reconciler, entry("101", "\n<!-- two --><vcpu> 2 </vcpu>")).values())

    assert first == again
    assert first.startswith("plan-")


@pytest.mark.parametrize("moved", ["document", "file", "power", "wish", "label"])
def test_the_name_of_a_plan_moves_with_documents_and_containers(directory, reconciler, journal, moved):
    directory.add("101", MARKED + CONF)
    before = planner.plan_id(planned(reconciler, entry("101", "<vcpu>2</vcpu>")).values())

    if moved == "file":
        directory.add("101", MARKED + CONF + 'ONBOOT="yes"\n')
    if moved == "power":
        directory.vzctl.statuses["101"] = "running"
    later = Reconciler(directory.node(), Networks(), journal, lock_timeout=0)
    wish = entry("101", f"<vcpu>{3 if moved == 'document' else 2}</vcpu>", "stopped" if moved == "wish" else None)
    wish = replace(wish, label="other") if moved == "label" else wish

    assert planner.plan_id(planned(later, wish).values()) != before


def test_of_many_conflicts_the_same_one_is_named_in_every_process(directory, reconciler):
    taken = [f"10.0.0.{number}" for number in range(1, 30)]
    directory.add("101", MARKED + CONF + f'IP_ADDRESS="{" ".join(taken)}"\n')

    job = planned(reconciler, entry("102", routed(*taken)))["102"]

    assert "the address 10.0.0.1 belongs to container 101" in job.error


def test_a_plan_of_another_name_is_not_done(directory, reconciler):
    directory.add("101", MARKED + CONF)
    wanted = [entry("101", "<vcpu>2</vcpu>")]
    name = planner.plan_id(planner.Planner(reconciler.overlay()).jobs(wanted))

    with pytest.raises(errors.PlanMovedError, match=f"the plan is now {name}, not plan-0"):
        planner.begin(reconciler, wanted, NO_LIMITS, "plan-0")

    assert planner.begin(reconciler, wanted, NO_LIMITS, name)[0].plan.calls
