"""The workers that carry out the plan of all containers."""

import threading

import pytest
from library import CONF, MARKED
from managing import NO_LIMITS, done, entry, routed, template
from vzdomain import errors
from vzdomain.execution import executor
from vzdomain.planning import planner


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
