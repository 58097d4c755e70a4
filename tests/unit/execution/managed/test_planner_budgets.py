"""What a plan of all containers may cost, and the name it is agreed to by."""

from dataclasses import replace

import pytest
from library import CONF, MARKED
from managing import NO_LIMITS, Networks, done, entry, planned, routed, template
from vzdomain import errors
from vzdomain.execution.reconcile import Reconciler
from vzdomain.planning import planner

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

    assert planner.counts(jobs) == {"creates": 1, "restarts": 2, "destroys": 1, "network_changes": 2}


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
