"""States inside containers, as the plan of a node and its workers have them; the way inside is a stand-in."""

import threading

import pytest
from library import CONF, MARKED
from managing import NO_LIMITS, done, entry, planned, template
from vzdomain.document import entries
from vzdomain.errors import OpenVZError, PlanMovedError
from vzdomain.execution import executor
from vzdomain.execution.inside import applying
from vzdomain.model.inside import How, StatesDone, Waiting
from vzdomain.planning import planner
from vzdomain.reports import returns, survey, telling

MOTD, SERVICE = "file.managed /etc/motd", "service.running nginx"
SECRET = "hunter2-hunter2"


class Way:
    """Stands for the way into containers: remembers who was asked for what."""

    def __init__(self, changed=(), failed=None, wrong=None, not_up=None):
        self.changed, self.failed, self.wrong, self.not_up = changed, failed or {}, wrong, not_up
        self.runs, self.waits, self.threads = [], [], set()

    def states(self, container, how, test):
        self.runs.append((str(container.ctid), how.words, test))
        self.threads.add(threading.current_thread().name)
        if self.wrong:
            raise self.wrong
        failed = self.failed.get(str(container.ctid), {})
        return StatesDone(dict.fromkeys("abc"), {one: {"diff": SECRET} for one in self.changed}, failed)

    def wait(self, container, waiting):
        self.waits.append((str(container.ctid), waiting))
        if self.not_up:
            raise self.not_up


def inside(label, state="running", how=None, **said):
    return entry(label, state=state, inside=how or How(("nginx", "users")), **said)


@pytest.fixture
def way(reconciler):
    reconciler.inside = Way([MOTD])
    return reconciler.inside


def foreseen(reconciler, *wanted):
    return {job.label: job for job in applying.foresee(reconciler, planned(reconciler, *wanted).values())}


def test_states_are_applied_in_a_container_that_runs_already(directory, reconciler, way):
    directory.add("101", MARKED + CONF, "running")

    one = done(reconciler, inside("101"))["101"]

    assert way.runs == [("101", "nginx, users", False)]
    assert (one.error, one.changes) == (None, {"inside": {"old": None, "new": [MOTD]}})
    assert one.did == ["updated (1 of 3 states inside)"]
    assert {words[0] for words in directory.vzctl.runs} == {"status"}


def test_a_container_is_created_started_waited_for_and_then_its_states_are_applied(directory, reconciler, way):
    steps = []
    waiting = Waiting(limit=5)
    wanted = entry("150", template(), state="running", inside=How(("nginx",)), waiting=waiting)

    one = done(reconciler, wanted, tell=lambda number, total, job, what: steps.append(what))["150"]

    assert (one.error, way.waits, way.runs) == (None, [("150", waiting)], [("150", "nginx", False)])
    assert one.did == ["created", "started", "updated (1 of 3 states inside)"]
    assert steps[-3:] == ["waiting until it is up", "states inside", "done"]


def test_what_does_not_come_up_gets_no_states(directory, reconciler, way):
    directory.add("101", MARKED + CONF)
    way.not_up = OpenVZError("container 101 is not up after 5 s: port 80 of 10.0.0.5 is closed")

    one = done(reconciler, inside("101", waiting=Waiting(limit=5)))["101"]

    assert one.error == (
        "container 101 is not up after 5 s: port 80 of 10.0.0.5 is closed; its states inside (nginx, users) were "
        "not applied"
    )
    assert (way.runs, one.did) == ([], ["started"])


def test_without_states_only_a_start_is_waited_for(directory, reconciler, way):
    for ctid, status in (("101", "running"), ("102", "stopped")):
        directory.add(ctid, MARKED + CONF, status)

    done(reconciler, entry("101", state="running", waiting=Waiting()), entry("102", state="running", waiting=Waiting()))

    assert [ctid for ctid, _ in way.waits] == ["102"]


def test_the_dry_run_tries_them_where_the_container_runs_and_says_when_elsewhere(directory, reconciler, way):
    directory.add("101", MARKED + CONF, "running")
    directory.add("102", MARKED + CONF)

    jobs = foreseen(reconciler, inside("101"), inside("102"), entry("150", template(), "running", inside=How()))

    assert way.runs == [("101", "nginx, users", True)]
    assert jobs["101"].inside.changed == (MOTD,)
    assert [jobs[label].inside.later for label in ("102", "150")] == ["after it has started"] * 2
    assert [planner.status(job) for job in jobs.values()] == ["change", "change", "create"]
    assert returns.planned(jobs["101"])["inside"] == {"what": "nginx, users", "states": 3, "changed": [MOTD]}
    assert returns.planned(jobs["150"])["inside"]["later"] == "after it has started"


def test_states_that_would_change_nothing_leave_a_container_unchanged(directory, reconciler):
    directory.add("101", MARKED + CONF, "running")
    reconciler.inside = Way()

    job = foreseen(reconciler, inside("101"))["101"]

    assert (planner.status(job), job.is_idle) == ("unchanged", True)
    assert executor.untouched(job).changes == {}


def test_a_container_that_is_not_to_run_has_them_skipped_with_a_warning(directory, reconciler, way):
    directory.add("101", MARKED + CONF)

    job = foreseen(reconciler, inside("101", state=None))["101"]
    one = done(reconciler, inside("101", state=None))["101"]

    expected = (
        "states inside (nginx, users) of container 101 are skipped, since it is stopped: write state: running into its "
        "entry, or start it"
    )
    assert (one.warnings, one.error, way.runs) == ([expected], None, [])
    assert returns.planned(job)["warnings"] == executor.untouched(job).warnings == [expected]
    assert planner.status(job) == "unchanged"


def test_a_state_that_fails_is_the_failure_of_its_container_alone(directory, reconciler, way):
    for ctid in ("101", "102"):
        directory.add(ctid, MARKED + CONF, "running")
    way.failed = {"101": {SERVICE: "no such\nservice"}}

    report = done(reconciler, inside("101"), inside("102"), max_workers=2)

    assert report["101"].error == "states inside (nginx, users): 1 of 3 failed: service.running nginx: no such service"
    assert report["101"].changes == report["102"].changes
    assert report["102"].error is None
    told = returns.became(report["101"], None)
    assert told["inside"]["failed"] == {SERVICE: "no such service"}


def test_with_failhard_no_other_container_gets_its_states(directory, reconciler, way):
    for ctid in ("101", "102"):
        directory.add(ctid, MARKED + CONF, "running")
    way.failed = {"101": {SERVICE: "no"}}

    report = done(reconciler, inside("101"), inside("102"), failhard=True)

    assert report["102"].error == "left alone, since 101 failed"
    assert [ctid for ctid, *_ in way.runs] == ["101"]


def test_each_container_is_entered_by_a_worker_of_its_own(directory, reconciler, way):
    for ctid in ("101", "102"):
        directory.add(ctid, MARKED + CONF, "running")

    done(reconciler, inside("101"), inside("102"), max_workers=2)

    assert way.threads == {"openvz 101", "openvz 102"}


def test_what_cannot_be_entered_is_one_sentence(directory, reconciler, way):
    directory.add("101", MARKED + CONF, "running")
    way.wrong = OpenVZError("container 101 has no Python 3")

    job = foreseen(reconciler, inside("101"))["101"]

    assert planner.status(job) == "error"
    expected = "states inside (nginx, users): container 101 has no Python 3"
    assert done(reconciler, inside("101"))["101"].error == returns.planned(job)["error"] == expected


def test_without_a_way_inside_the_entry_fails_and_the_others_do_not(directory, reconciler):
    for ctid in ("101", "102"):
        directory.add(ctid, MARKED + CONF, "running")

    report = done(reconciler, inside("101"), entry("102", state="running"))

    assert "no way into containers" in report["101"].error
    assert report["102"].error is None


def test_a_plan_that_was_agreed_to_is_not_carried_out_where_other_states_would_change(directory, reconciler, way):
    directory.add("101", MARKED + CONF, "running")
    wanted = [inside("101")]
    agreed = planner.plan_id(foreseen(reconciler, *wanted).values())
    way.changed = [SERVICE]
    now = {label: job.inside for label, job in foreseen(reconciler, *wanted).items()}

    with pytest.raises(PlanMovedError):
        planner.begin(reconciler, wanted, NO_LIMITS, agreed, foreseen=now)


def test_no_budget_counts_states_inside_and_a_protected_container_gets_them(directory, reconciler, way):
    directory.add("101", MARKED + CONF + 'NAME="safe"\n', "running")

    limits = dict.fromkeys(planner.COUNTS, 0)
    (job,) = planner.begin(reconciler, [inside("101", protected=True)], limits)
    (one,) = executor.Executor(reconciler).do([job])

    assert (job.costs, one.error, len(way.runs)) == (frozenset(), None, 1)


def test_an_entry_without_document_or_state_means_the_container_of_its_name(directory, reconciler, way):
    directory.add("101", MARKED + CONF, "running")
    wanted = entries.read("101", {"inside": {"sls": "nginx"}})

    assert done(reconciler, wanted)["101"].did == ["updated (1 of 3 states inside)"]
    assert "there is no container 999" in done(reconciler, entries.read("999", {"inside": {"sls": "a"}}))["999"].error


def test_no_secret_of_the_pillar_is_in_anything_that_is_told(directory, reconciler, way):
    directory.add("101", MARKED + CONF, "running")
    how = How(("nginx",), pillar={"db": {"password": "abc", "motd": SECRET}})
    way.failed = {"101": {"cmd.run mysql -pabc": f"cannot write {SECRET}"}}

    jobs = foreseen(reconciler, inside("101", how=how))
    one = done(reconciler, inside("101", how=how))["101"]
    told = repr([returns.planned(jobs["101"]), returns.became(one, None), one, jobs, survey._planned(jobs["101"])])

    assert SECRET not in told
    assert "-pabc" not in told
    assert "cmd.run mysql -p(hidden)" in told


def test_the_survey_says_what_states_inside_would_change(directory, reconciler, way):
    directory.add("101", MARKED + CONF, "running")

    found = survey._planned(foreseen(reconciler, inside("101"))["101"])

    assert (found["status"], found["did"]) == ("change", ["updated (1 of 3 states inside)"])
    assert found["changes"] == {"inside": {"old": None, "new": [MOTD]}}


def test_many_containers_are_counted_by_what_was_done_to_them_inside_too():
    told = [
        {"did": ["updated (1 of 3 states inside)"]},
        {"did": []},
        {"did": ["updated (memory)", "updated (1 of 3 states inside)"]},
    ]
    told.append({"did": ["created", "started", "updated (1 of 3 states inside)"]})

    assert telling.summary(told) == "4 containers: 1 unchanged, 2 changed, 1 created and started"


def test_50_containers_leave_no_thread_and_hold_names_alone_and_one_failure_is_one_row(directory, reconciler, way):
    for ctid in range(101, 151):
        directory.add(str(ctid), MARKED + CONF, "running")
    way.changed = [f"file.managed /srv/{number}" for number in range(5000)]
    way.failed = {"120": {SERVICE: "no\n" * 100_000}}
    before = threading.active_count()

    report = done(reconciler, *(inside(str(ctid)) for ctid in range(101, 151)), max_workers=4)
    rows = {label: returns.became(one, None) for label, one in report.items()}

    assert threading.active_count() == before
    assert [label for label, one in rows.items() if "error" in one] == ["120"]
    assert sorted(ctid for ctid, *_ in way.runs) == sorted(rows)
    assert max(len(repr(one)) for one in rows.values()) < 60_000
    assert len(rows["120"]["error"]) < 500


def test_the_history_has_a_line_where_states_inside_did_something_and_none_elsewhere(directory, reconciler, way):
    directory.add("101", MARKED + CONF, "running")

    done(reconciler, inside("101"))
    way.failed = {"101": {SERVICE: "no"}}
    done(reconciler, inside("101"))
    reconciler.inside = Way()
    done(reconciler, inside("101"))

    assert [one["did"] for one in reconciler.journal.history()] == [
        ["states inside (nginx, users): 1 of 3 changed, 1 failed"],
        ["states inside (nginx, users): 1 of 3 changed"],
    ]


def test_nobody_has_to_wait_for_the_states_of_a_container_to_work_on_it(directory, reconciler, way):
    directory.add("101", MARKED + CONF)
    held = []
    way.wait = lambda container, waiting: held.append(reconciler.journal.is_held(container.ctid))
    states = way.states
    way.states = lambda *how: held.append(reconciler.journal.is_held("101")) or states(*how)

    one = done(reconciler, inside("101", waiting=Waiting()))["101"]

    assert (one.error, held) == (None, [False, False])


def test_what_is_stopped_while_it_is_waited_for_is_one_sentence_of_the_way_inside(directory, reconciler, way):
    directory.add("101", MARKED + CONF)
    way.wrong = OpenVZError("container 101 was stopped while states were applied in it")

    one = done(reconciler, inside("101"))["101"]

    assert one.error == "states inside (nginx, users): container 101 was stopped while states were applied in it"
    assert one.did == ["started"]


def test_a_short_secret_is_hidden_by_its_name_and_a_long_name_of_a_state_is_cut(directory, reconciler, way):
    directory.add("101", MARKED + CONF, "running")
    how = How(("nginx",), pillar={"db": {"pw": "s3c"}, "users": ["deploy"], "port": 80})
    way.failed = {"101": {"cmd.run " + "x" * 10_000: "s3c is wrong for port 80"}}
    way.changed = ["user.present deploy"]

    one = done(reconciler, inside("101", how=how))["101"]

    (reason,) = one.inside.failed.values()
    assert (one.inside.changed, reason) == (("user.present deploy",), "(hidden) is wrong for port 80")
    assert len(next(iter(one.inside.failed))) == 300


def test_what_is_waited_for_is_shown_without_its_arguments():
    assert SECRET not in repr(Waiting(command=("mysqladmin", f"-p{SECRET}", "ping")))
