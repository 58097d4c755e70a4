"""All containers of a pillar on one node: the plan of the whole, budgets, and the workers that carry it out."""

import threading
from dataclasses import replace

import pytest
from library import CONF, MARKED, UUID
from vzdomain import errors
from vzdomain.document import entries
from vzdomain.execution import executor
from vzdomain.execution.reconcile import Reconciler
from vzdomain.planning import planner

NO_LIMITS = {}


class Networks:
    """A node without libvirt; no document here names a network."""

    def by_bridge(self):
        return {}


@pytest.fixture
def reconciler(directory, journal):
    return Reconciler(directory.node(), Networks(), journal, lock_timeout=0, protected=("safe",))


def entry(label, inner="", state=None, **said):
    """An entry with a document of that name (a label of digits is a CTID)."""
    text = f"<domain type='openvz'><name>{label}</name>{inner}</domain>"
    return entries.with_document(entries.Entry(label, xml=text, state=state, **said), text)


def bare(label, **said):
    return entries.Entry(label, **said)


def routed(*addresses):
    pairs = "".join(f"<interface type='ethernet'><ip address='{one}' family='ipv4'/></interface>" for one in addresses)
    return f"<devices>{pairs}</devices>"


def template(inner=""):
    return f"<devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem>{inner}</devices>"


def planned(reconciler, *wanted):
    return {job.label: job for job in planner.Planner(reconciler.overlay()).jobs(wanted)}


def done(reconciler, *wanted, **how):
    """What becomes of entries when they are carried out."""
    jobs = planner.begin(reconciler, wanted, NO_LIMITS)
    return {one.label: one for one in executor.Executor(reconciler, **how).do(jobs)}


def argvs(job):
    return [step.argv[:2] for step in job.plan.calls if step.argv]


# planning


def test_a_plan_has_the_document_first_and_then_the_power(directory, reconciler):
    directory.add("101", MARKED + CONF)

    job = planned(reconciler, entry("101", "<vcpu>2</vcpu>", "running"))["101"]

    assert argvs(job) == [("set", "101"), ("start", "101")]
    assert set(job.plan.changes) == {"vcpu", "status"}


@pytest.mark.parametrize(
    ("state", "status", "verbs"),
    [
        (None, "running", []),
        ("running", "stopped", ["start"]),
        ("running", "suspended", ["start"]),
        ("stopped", "running", ["stop"]),
        ("stopped", "mounted", []),
        ("stopped", "suspended", []),
        ("suspended", "running", ["suspend"]),
        ("suspended", "suspended", []),
        ("suspended", "stopped", ["start", "suspend"]),
        ("absent", "stopped", ["destroy"]),
        ("absent", "mounted", ["umount", "destroy"]),
    ],
)
def test_power_is_changed_only_where_an_entry_says_it(directory, reconciler, state, status, verbs):
    directory.add("101", MARKED + CONF, status)

    job = planned(reconciler, entry("101", state=state))["101"]

    assert [verb for verb, _ in argvs(job)] == verbs
    if verbs:
        assert next(iter(job.plan.changes.values()))["old"] == status


DISABLED, ENABLED = (
    "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>"
    f"<openvz:disabled>{word}</openvz:disabled></metadata>"
    for word in ("yes", "no")
)


@pytest.mark.parametrize("state", ["running", "suspended"])
@pytest.mark.parametrize("there", [None, "", 'DISABLED="yes"\n'])
def test_a_start_that_the_document_forbids_is_refused_before_anything_is_done(directory, reconciler, there, state):
    if there is not None:
        directory.add("101", MARKED + CONF + there)
    wanted = entry("101", f"<vcpu>2</vcpu>{DISABLED}", state)

    dry, real = planned(reconciler, wanted)["101"], done(reconciler, wanted)["101"]

    assert dry.error == real.error
    assert f"101 should be {state}, but its document disables it" in real.error
    assert [argv for argv in directory.vzctl.runs if argv[0] != "status"] == []
    assert real.changes == {}


@pytest.mark.parametrize("state", ["running", "suspended"])
def test_a_disabled_container_starts_where_the_document_enables_it(directory, reconciler, state):
    directory.add("101", MARKED + CONF + 'DISABLED="yes"\n')
    wanted = entry("101", ENABLED, state)

    dry, real = planned(reconciler, wanted)["101"], done(reconciler, wanted)["101"]

    assert (dry.error, real.error) == (None, None)
    assert dry.plan.changes == real.changes
    assert directory.vzctl.statuses["101"] == state


def test_a_disabled_container_of_which_the_document_says_nothing_is_not_changed_and_then_left(directory, reconciler):
    directory.add("101", MARKED + CONF + 'DISABLED="yes"\n')

    one = done(reconciler, entry("101", "<vcpu>2</vcpu>", "running"))["101"]

    assert "container 101 is disabled" in one.error
    assert one.changes == {}


@pytest.mark.parametrize(
    ("state", "status"),
    [("running", "running"), ("stopped", "running"), ("suspended", "running"), ("suspended",) * 2, (None, None)],
)
def test_what_needs_no_start_may_be_disabled(directory, reconciler, state, status):
    if status:
        directory.add("101", MARKED + CONF, status)

    one = done(reconciler, entry("101", DISABLED, state))["101"]

    assert (one.error, "disabled" in one.changes or "container" in one.changes) == (None, True)


def test_an_entry_without_document_is_about_power_alone(directory, reconciler):
    directory.add("101", CONF, "running", name="old")

    assert argvs(planned(reconciler, bare("old", state="stopped"))["old"]) == [("stop", "101")]
    assert planned(reconciler, bare("gone", state="absent"))["gone"].plan.calls == ()
    assert "there is no container gone" in planned(reconciler, bare("gone", state="running"))["gone"].error


def test_new_containers_get_numbers_that_no_other_entry_says(reconciler):
    said = entry(
        "db",
        "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:ctid>103</openvz:ctid></metadata>",
    )
    broken = entries.failed("104", "line 3")

    jobs = planned(
        reconciler, entry("one"), entry("two"), entry("101"), said, bare("105", state="absent"), broken, entry("three")
    )

    assert {label: job.plan.ctid for label, job in jobs.items() if job.plan} == {
        "one": "102", "two": "104", "101": "101", "db": "103", "105": None, "three": "106",
    }  # fmt: skip


@pytest.mark.parametrize("first", ["giver", "taker"])
def test_an_address_moves_whatever_the_order_of_the_entries(directory, reconciler, first):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n')
    directory.add("102", MARKED + CONF)
    both = {"giver": entry("101", routed("10.0.0.9")), "taker": entry("102", routed("10.0.0.1"))}

    jobs = planned(reconciler, both.pop(first), *both.values())

    assert jobs["102"].error is None
    assert (jobs["101"].after, jobs["102"].after) == ((), ("101",))


def test_an_address_comes_free_with_a_container_that_goes(directory, reconciler):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n')
    directory.add("102", MARKED + CONF)

    jobs = planned(reconciler, entry("102", routed("10.0.0.1")), entry("101", state="absent"))

    assert (jobs["102"].error, jobs["102"].after) == (None, ("101",))


@pytest.mark.parametrize("step", [1, -1])
def test_a_row_of_containers_that_each_take_the_next_ones_address_is_planned_in_a_few_turns(
    directory, reconciler, monkeypatch, step
):
    for number in range(1, 21):
        directory.add(str(100 + number), MARKED + CONF + f'IP_ADDRESS="10.0.0.{number}"\n')
    asked, overlay = [], reconciler.overlay()
    whole = overlay.plan
    monkeypatch.setattr(overlay, "plan", lambda *said, **how: asked.append(said) or whole(*said, **how))

    jobs = planner.Planner(overlay).jobs([entry(str(100 + n), routed(f"10.0.0.{n + step}")) for n in range(1, 21)])

    assert [job.error for job in jobs] == [None] * 20
    assert len(asked) <= 3 * 20


def test_an_address_that_nobody_gives_up_is_refused_and_stops_no_other(directory, reconciler):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n')
    directory.add("102", MARKED + CONF)

    jobs = planned(reconciler, entry("102", routed("10.0.0.1")), entry("101", "<vcpu>2</vcpu>"))

    assert "the address 10.0.0.1 belongs to container 101" in jobs["102"].error
    assert argvs(jobs["101"]) == [("set", "101")]


def test_nobody_counts_on_what_an_entry_gives_up_whose_power_is_refused(directory, reconciler):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n', "running")
    directory.add("102", MARKED + CONF)
    giver = entry("101", routed("10.0.0.9"), "stopped", protected=True)

    jobs = planned(reconciler, giver, entry("102", routed("10.0.0.1")))

    assert "container 101 is protected and running" in jobs["101"].error
    assert "the address 10.0.0.1 belongs to container 101" in jobs["102"].error


def test_two_entries_for_one_container_are_both_refused(directory, reconciler):
    directory.add("101", MARKED + CONF, name="web")

    jobs = planned(reconciler, entry("web", "<vcpu>2</vcpu>"), entry("101", "<vcpu>4</vcpu>"))

    assert {job.error for job in jobs.values()} == {"web and 101 refer to the same container 101"}


@pytest.mark.parametrize("first", ["goes", "comes"])
def test_two_entries_for_a_container_to_come_are_both_refused_in_whatever_order(reconciler, first):
    both = {"goes": bare("old", name="web", state="absent"), "comes": entry("web", template())}

    jobs = planned(reconciler, both.pop(first), *both.values())

    assert all("refer to the same container" in job.error for job in jobs.values())


@pytest.mark.parametrize("state", ["stopped", "suspended", "absent"])
@pytest.mark.parametrize("how", ["entry", "configuration"])
def test_a_protected_container_is_never_taken_down(directory, reconciler, state, how):
    name = "safe" if how == "configuration" else "web"
    directory.add("101", MARKED + CONF, "running", name=name)

    job = planned(reconciler, entry(name, state=state, protected=how == "entry", force=True))[name]

    assert "is protected" in job.error


def test_protection_by_a_name_holds_while_that_name_is_taken_away(directory, reconciler):
    directory.add("101", MARKED + CONF + f"#UUID: {UUID}\n", "running", name="safe")

    job = planned(reconciler, entry("other", f"<uuid>{UUID}</uuid>", "stopped"))["other"]

    assert (
        job.error == "container 101 is protected (openvz:protected names it) and running: it is not changed to stopped"
    )


def test_a_protected_container_is_not_restarted_for_what_waits(directory, reconciler):
    directory.add("101", MARKED + CONF, "running")
    nfs = "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:features name='nfs' state='on'/>"

    free = planned(reconciler, entry("101", nfs + "</metadata>", restart=True))["101"]
    safe = planned(reconciler, entry("101", nfs + "</metadata>", restart=True, protected=True))["101"]

    assert argvs(free) == [("set", "101"), ("restart", "101")]
    assert argvs(safe) == [("set", "101")]
    assert safe.plan.pending == ("features",)


def test_a_container_that_is_to_be_stopped_is_not_restarted_first(directory, reconciler):
    directory.add("101", MARKED + CONF, "running")
    nfs = "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:features name='nfs' state='on'/>"

    job = planned(reconciler, entry("101", nfs + "</metadata>", "stopped", restart=True))["101"]

    assert argvs(job) == [("set", "101"), ("stop", "101")]
    assert job.plan.pending == ()


@pytest.mark.parametrize(
    ("mark", "said", "message"),
    [
        ("", {}, "container 101 is not managed by Salt; adopt: true"),
        (MARKED, {"status": "running"}, "container 101 is running; it is destroyed only with force"),
    ],
)
def test_absence_has_the_same_guards_as_the_state_of_that_name(directory, reconciler, mark, said, message):
    directory.add("101", mark + CONF, **said)

    assert message in planned(reconciler, entry("101", state="absent"))["101"].error


def test_a_warning_about_other_containers_is_in_the_plan_and_in_what_was_done(directory, reconciler):
    directory.add_bridge("br0")
    netif = "ifname=eth0,bridge=br0,mac=02:00:00:00:00:01,host_ifname=veth101.0"
    directory.add("101", MARKED + CONF + f'NETIF="{netif}"\n')
    pair = "<interface type='bridge'><mac address='02:00:00:00:00:01'/><source bridge='br0'/></interface>"
    wanted = entry("102", template(pair))

    dry, real = planned(reconciler, wanted)["102"].plan, done(reconciler, wanted)["102"]

    assert any("the MAC 02:00:00:00:00:01 is already used by container 101" in one for one in dry.warnings)
    assert real.warnings == list(dry.warnings)


def test_starts_go_by_boot_order(directory, reconciler):
    for ctid, order in (("101", ""), ("102", 'BOOTORDER="5"\n'), ("103", 'BOOTORDER="90"\n'), ("104", "")):
        directory.add(ctid, MARKED + CONF + order)

    done(reconciler, *(entry(str(ctid), state="running") for ctid in ("101", "102", "103", "104")))

    started = [argv[1] for argv in directory.vzctl.runs if argv[0] == "start"]
    assert started == ["103", "102", "101", "104"]


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


# doing


def test_what_is_as_it_should_be_is_not_touched(directory, reconciler):
    directory.add("101", MARKED + CONF + 'CPUS="2"\n', "running")

    one = done(reconciler, entry("101", "<vcpu>2</vcpu>", "running"))["101"]

    assert (one.changes, one.error, directory.vzctl.runs) == ({}, None, [])
    assert len(directory.vzctl.lists) == 1


def test_one_that_fails_stops_no_other(directory, reconciler):
    for ctid in ("101", "102"):
        directory.add(ctid, MARKED + CONF)

    report = done(reconciler, entry("101", "<vcpu>2</vcpu>"), entry("102", state="running"), entry("broken", error="x"))
    directory.vzctl.failures["set"] = errors.VzctlError("set ended with code 5", 5)
    failing = done(reconciler, entry("101", "<vcpu>3</vcpu>"), entry("102", state="stopped"), max_workers=2)

    assert [one.error for one in report.values()] == [None, None, "x"]
    assert (failing["101"].error, failing["101"].changes) == ("set ended with code 5", {})
    assert failing["102"].changes["status"] == {"old": "running", "new": "stopped"}


def test_a_defect_in_one_worker_does_not_hide_what_happened_to_the_others(directory, reconciler, monkeypatch):
    monkeypatch.setattr(
        executor.log, "propagate", False
    )  # Salt would keep it, and say it when standard error is closed
    for ctid in ("101", "102"):
        directory.add(ctid, MARKED + CONF)
    plain = directory.vzctl.run
    monkeypatch.setattr(directory.vzctl, "run", lambda *argv, **how: 1 / ("101" not in argv) and plain(*argv, **how))

    report = done(reconciler, entry("101", "<vcpu>2</vcpu>"), entry("102", "<vcpu>2</vcpu>"))

    assert report["101"].error == (
        "this is a bug in the openvz extension; see the traceback in the minion's log; "
        "what was done to container 101 is unknown"
    )
    assert set(report["102"].changes) == {"vcpu"}


def test_with_failhard_no_other_is_begun(directory, reconciler):
    for ctid in ("101", "102"):
        directory.add(ctid, MARKED + CONF)
    directory.vzctl.failures["set"] = errors.VzctlError("set ended with code 5", 5)

    report = done(reconciler, entry("101", "<vcpu>3</vcpu>"), entry("102", state="running"), failhard=True)

    assert report["102"].error == "left alone, since 101 failed"
    assert [argv[0] for argv in directory.vzctl.runs if argv[0] != "status"] == ["set"]


def test_who_takes_waits_for_who_gives_and_does_not_act_when_that_fails(directory, reconciler):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n')
    directory.add("102", MARKED + CONF)
    directory.vzctl.failures["set"] = errors.VzctlError("set ended with code 5", 5)
    wanted = entry("102", routed("10.0.0.1")), entry("101", routed("10.0.0.9"))

    report = done(reconciler, *wanted, max_workers=2)

    assert report["102"].error == "left alone: it needs what 101 was to give up, and that failed"
    assert [argv[1] for argv in directory.vzctl.runs if argv[0] == "set"] == ["101"]


def test_what_was_done_before_a_failure_is_reported_with_it(directory, reconciler):
    directory.add("101", MARKED + CONF)
    directory.vzctl.failures["start"] = errors.VzctlError("start ended with code 5", 5)

    one = done(reconciler, entry("101", "<vcpu>2</vcpu>", "running"))["101"]

    assert one.error == "start ended with code 5"
    assert set(one.changes) == {"vcpu"}


def test_workers_work_at_the_same_time_and_each_container_in_order(directory, reconciler, monkeypatch):
    for ctid in ("101", "102", "103"):
        directory.add(ctid, MARKED + CONF)
    together = threading.Barrier(3, timeout=30)
    plain = directory.vzctl.run
    monkeypatch.setattr(
        directory.vzctl, "run", lambda *argv, **how: (argv[0] == "set" and together.wait(), plain(*argv, **how))[1]
    )

    wanted = [entry(str(ctid), "<vcpu>2</vcpu>", "running") for ctid in ("101", "102", "103")]
    report = done(reconciler, *wanted, max_workers=3)  # with fewer workers the barrier would break

    assert [one.error for one in report.values()] == [None, None, None]
    for ctid in ("101", "102", "103"):
        verbs = [argv[0] for argv in directory.vzctl.runs if argv[1] == ctid and argv[0] != "status"]
        assert verbs == ["set", "start"]
    assert len(directory.vzctl.lists) == 1


@pytest.mark.parametrize(("possible", "failhard"), [(0, False), (0, True), (1, False)])
def test_a_minion_that_can_start_no_thread_does_with_those_it_has(
    directory, reconciler, monkeypatch, possible, failhard
):
    monkeypatch.setattr(executor.log, "propagate", False)
    for ctid in ("101", "102", "103"):
        directory.add(ctid, MARKED + CONF)
    directory.vzctl.failures["start"] = errors.VzctlError("start ended with code 5", 5)
    left, plain = [None] * possible, threading.Thread.start

    def start(thread):
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        plain(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    wanted = [entry("101", "<vcpu>2</vcpu>", "running"), *(entry(one, "<vcpu>2</vcpu>") for one in ("102", "103"))]
    report = done(reconciler, *wanted, max_workers=3, failhard=failhard)

    assert report["101"].error == "start ended with code 5"
    changed = {label for label, one in report.items() if "vcpu" in one.changes}
    assert changed == ({"101"} if failhard else {"101", "102", "103"})


def test_a_pool_of_workers_is_no_larger_than_asked(directory, reconciler, monkeypatch):
    for ctid in map(str, range(101, 109)):
        directory.add(ctid, MARKED + CONF)
    busy, most, lock, plain = [], [], threading.Lock(), directory.vzctl.run

    def counted(*argv, **how):
        with lock:
            busy.append(argv)
            most.append(len(busy))
        try:
            return plain(*argv, **how)
        finally:
            with lock:
                busy.remove(argv)

    monkeypatch.setattr(directory.vzctl, "run", counted)
    done(reconciler, *(entry(str(ctid), "<vcpu>2</vcpu>") for ctid in range(101, 109)), max_workers=2)

    assert max(most) <= 2


def test_news_come_in_the_callers_thread_with_number_total_and_step(directory, reconciler):
    directory.add("101", MARKED + CONF)
    directory.add("102", MARKED + CONF + 'CPUS="2"\n')
    heard = []

    def hear(number, total, job, what):
        heard.append((number, total, job.name, what if isinstance(what, str) else what.argv[:2], threading.get_ident()))

    done(reconciler, entry("101", "<vcpu>2</vcpu>", "running"), entry("102", "<vcpu>2</vcpu>"), tell=hear)

    assert [one[:4] for one in heard] == [
        (1, 1, "101", ("set", "101")),
        (1, 1, "101", ("start", "101")),
        (1, 1, "101", "done"),
    ]
    assert {one[4] for one in heard} == {threading.get_ident()}


def test_what_somebody_else_has_done_meanwhile_is_not_done_twice(directory, reconciler):
    directory.add("101", MARKED + CONF)
    jobs = planner.begin(reconciler, [entry("101", "<vcpu>2</vcpu>", "running")], NO_LIMITS)
    directory.add("101", MARKED + CONF + 'CPUS="2"\n', "running")

    (one,) = executor.Executor(reconciler).do(jobs)

    assert (one.changes, one.error) == ({}, None)
    assert [argv for argv in directory.vzctl.runs if argv[0] != "status"] == []


def test_what_somebody_else_has_changed_is_not_worth_more_than_was_agreed_to(directory, reconciler):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n', "running")
    jobs = planner.begin(reconciler, [entry("101", "<vcpu>2</vcpu>" + routed("10.0.0.1"))], NO_LIMITS)
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.7"\n', "running")

    (one,) = executor.Executor(reconciler).do(jobs)

    assert "would now have to break connections of it; the next run plans again" in one.error
    assert [argv for argv in directory.vzctl.runs if argv[0] != "status"] == []


def test_a_number_that_was_taken_meanwhile_is_chosen_again(directory, reconciler, monkeypatch):
    plain = directory.vzctl.run

    def taken(*argv, **how):
        if argv[:2] == ("create", "101"):
            directory.add("101", name="colleague")
        return plain(*argv, **how)

    monkeypatch.setattr(directory.vzctl, "run", taken)

    report = done(reconciler, entry("web", template()), entry("102", template()))

    assert {label: (one.error, one.ctid) for label, one in report.items()} == {
        "web": (None, "103"),
        "102": (None, "102"),
    }


def test_somebody_elses_leftover_is_an_error_and_the_next_run_chooses_another_number(directory, reconciler):
    jobs = planner.begin(reconciler, [entry("web", template())], NO_LIMITS)
    directory.private("101").mkdir()
    (directory.private("101") / "somebody").touch()

    (one,) = executor.Executor(reconciler).do(jobs)
    (next_run,) = done(reconciler, entry("web", template())).values()

    assert "container 101 exists only in part" in one.error
    assert (next_run.error, next_run.ctid) == (None, "102")


def test_a_number_that_nothing_came_of_is_given_back(directory, reconciler, journal):
    directory.vzctl.failures["create"] = errors.TemplateMissingError("create ended with code 91", 91)

    report = done(reconciler, entry("one", template()), entry("two", template()), failhard=True)

    assert [bool(one.error) for one in report.values()] == [True, True]
    assert journal.ctids() == []


# what is no longer in the pillar


def test_orphans_have_our_mark_and_no_entry(directory, reconciler):
    directory.add("101", MARKED + CONF, name="kept")
    directory.add("102", CONF, name="theirs")
    directory.add("103", MARKED + CONF, name="dropped")
    directory.add("104", MARKED + CONF + f"#UUID: {UUID}\n", name="renamed")

    wanted = [entry("kept"), entry("new", f"<uuid>{UUID}</uuid>"), entry("other", template())]

    assert [one.ctid for one in planner.orphans(reconciler, wanted)] == ["103"]


def test_two_strangers_of_one_name_are_told_apart(directory, reconciler):
    directory.add("101", MARKED + CONF, name="web")
    directory.add("102", MARKED + CONF + 'NAME="web"\n')

    report = done(reconciler, *planner.destroy_entries(planner.orphans(reconciler, [entry("kept")]), force=False))

    assert {label: (one.ctid, one.error) for label, one in report.items()} == {
        "web": ("101", None),
        "web (102)": ("102", None),
    }


def test_nothing_is_an_orphan_while_an_entry_cannot_be_read(directory, reconciler):
    directory.add("103", MARKED + CONF)

    with pytest.raises(errors.RefusedError, match="the pillar cannot be evaluated: line 3"):
        planner.orphans(reconciler, [entry("101"), entries.failed("x", "line 3")])
