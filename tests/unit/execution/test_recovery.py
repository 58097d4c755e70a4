"""Who is at work on a container, who was when his run was killed, and who is waited for, how long."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading

import pytest
from library import CONF, MARKED, call, listed
from vzdomain import errors
from vzdomain.document import entries
from vzdomain.execution import executor
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import Reconciler
from vzdomain.flavours import LEGACY
from vzdomain.host import files
from vzdomain.model.domain import Domain
from vzdomain.planning import planner, power, protection, typed
from vzdomain.reports import drift

NFS = """\
<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:features name='nfs' state='on'/></metadata>
"""


class Networks:
    def by_bridge(self):
        return {}


@pytest.fixture
def impatient(directory, tmp_path):
    """A reconciler that waits for nobody; its journal has the patience of a fifth of a second."""
    journal = Journal(str(tmp_path / "journal"), 0.2, lambda: {"jid": "7", "fun": "openvz.apply"})
    return Reconciler(directory.node(), Networks(), journal, lock_timeout=0)


@pytest.fixture
def patient(directory, impatient):
    return Reconciler(directory.node(), Networks(), impatient.journal, lock_timeout=60)


@pytest.fixture
def somebody():
    """Start a process that is called as it is told, and ends when its standard input does."""
    with contextlib.ExitStack() as stack:

        def start(directory, *argv):
            program = directory.root / "vzctl"
            program.write_text(f"#!{sys.executable}\nimport sys\nprint('here', flush=True)\nsys.stdin.read()\n")
            program.chmod(0o755)
            process = subprocess.Popen([str(program), *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            stack.callback(lambda: (process.stdin.close(), process.stdout.close(), process.wait()))
            process.stdout.readline()  # a moment earlier /proc does not have its words yet
            return process

        yield start


def entry(label, inner="", state=None, **said):
    text = f"<domain type='openvz'><name>{label}</name>{inner}</domain>"
    return entries.with_document(entries.Entry(label, xml=text, state=state, **said), text)


def killed(journal, ctid, *argv, **how):
    """What a run leaves in the journal that was killed while it did this."""
    private = how.pop("private", None)
    journal.begin_step(ctid, str(ctid), call(*argv, **how), private)


def done(reconciler, *wanted, **limits):
    jobs = planner.begin(reconciler, wanted, limits)
    return {one.label: one for one in executor.Executor(reconciler).do(jobs)}


# who is at work


def test_whoever_is_at_work_is_named_and_no_half_of_his_work_is_planned_for(directory, impatient, somebody):
    """As vzctl destroy has a container half of the time: a file, and no private area any more."""
    directory.add("101", MARKED + CONF)
    (directory.private("101") / "etc").rmdir()
    directory.private("101").rmdir()
    process = somebody(directory, "destroy", "101")
    directory.lock("101").write_text(f"{process.pid}\n")
    directory.vzctl.listed = json.dumps([listed("101", "stopped")], indent=2)
    who = f"container 101 is being worked on by process {process.pid} ("

    jobs = planner.Planner(impatient.overlay()).jobs([entry("101", "<vcpu>2</vcpu>")])
    report = drift.examine(impatient.overlay(), [entry("101")])

    assert who in jobs[0].error
    assert who in report["101"]["error"]
    for refused in (
        lambda: impatient.plan(Domain("101")),
        lambda: impatient.define(Domain("101")),
        lambda: impatient.wait_for("101"),
        lambda: impatient.resolve("101"),
    ):
        with pytest.raises(errors.LockedError) as caught:
            refused()
        assert who in str(caught.value)
    assert directory.vzctl.runs == []


def test_who_is_at_work_is_waited_for_and_what_he_has_left_is_read(directory, patient, somebody, monkeypatch):
    directory.add("101", MARKED + CONF)
    patient.resolve("101")
    process = somebody(directory, "destroy", "101")
    directory.lock("101").write_text(f"{process.pid}\n")

    def finish(_):
        directory.lock("101").unlink()
        directory.remove("101")
        directory.vzctl.statuses.clear()

    monkeypatch.setattr("vzdomain.host.kernel.processes.time", Clock(finish))
    (job,) = planner.Planner(patient.overlay()).jobs([entry("101")])

    assert job.plan.changes["container"] == {"old": None, "new": "created"}


class Clock:
    """Stands in for the module `time`, where waiting is what somebody else needs to finish."""

    def __init__(self, sleep):
        self.sleep, self.now = sleep, 0

    def monotonic(self):
        return self.now

    def time(self):
        return self.now


def test_many_that_are_at_work_cost_the_time_of_one(directory, patient, somebody, monkeypatch):
    process = somebody(directory, "stop")
    for ctid in ("101", "102", "103"):
        directory.add(ctid, MARKED + CONF)
        directory.lock(ctid).write_text(f"{process.pid}\n")
    clock = Clock(lambda seconds: setattr(clock, "now", clock.now + 1))
    for module in ("execution.recovery", "host.kernel.processes"):
        monkeypatch.setattr(f"vzdomain.{module}.time", clock)

    jobs = planner.Planner(patient.overlay()).jobs([entry(str(ctid)) for ctid in ("101", "102", "103")])

    assert all("is being worked on by process" in job.error for job in jobs)
    assert 60 <= clock.now <= 62


def test_an_orphan_that_is_not_at_its_lock_yet_is_at_work(directory, impatient, somebody):
    directory.add("101", MARKED + CONF, "running")
    process = somebody(directory, "stop", "101")
    killed(impatient.journal, "101", "stop", "101")

    with pytest.raises(errors.LockedError, match=f"being worked on by process {process.pid}"):
        impatient.plan(Domain("101"))


def test_a_lock_of_a_dead_process_keeps_nobody(directory, impatient):
    directory.add("101", MARKED + CONF)
    directory.lock("101").write_text("4194304\n")

    assert impatient.plan(Domain("101")).calls == ()


def test_another_run_of_this_minion_is_named_with_its_job_when_it_takes_too_long(directory, impatient):
    directory.add("101", MARKED + CONF)
    for what, words in (
        ("101", "container 101 is being worked on by"),
        ("allocation", "CTIDs are being chosen by"),
        ("journal", r"the notes in .* are being written by"),
    ):
        with (
            impatient.journal.hold(what),
            pytest.raises(errors.LockedError, match=f"{words} process {os.getpid()} .*, Salt job 7, openvz.apply"),
        ):
            if what == "allocation":
                planner.begin(impatient, [], {})
            else:
                impatient.define(Domain("101", vcpu=2))


# what was pending when a run was killed


@pytest.mark.parametrize("saved", [False, True])
def test_a_restart_that_a_killed_run_was_about_to_do_is_planned_and_done(directory, impatient, saved):
    directory.add("101", MARKED + CONF + ('FEATURES="nfs:on"\n' if saved else ""), "running")
    directory.vzctl.uptimes["101"] = 3600
    killed(impatient.journal, "101", "set", "101", "--features", "nfs:on", "--save", pending=["features"])
    wanted = entry("101", NFS, restart=True)

    (job,) = planner.Planner(impatient.overlay()).jobs([wanted])
    one = done(impatient, wanted)["101"]

    assert "restarts" in job.costs
    assert (one.error, one.changes["status"]["new"]) == (None, "restarted")
    with pytest.raises(errors.RefusedError, match="max_restarts is 0"):
        killed(impatient.journal, "101", "set", "101", "--features", "nfs:on", "--save", pending=["features"])
        directory.vzctl.uptimes["101"] = 3600
        done(impatient.overlay(), wanted, restarts=0)


def test_drift_counts_what_a_killed_run_has_saved(directory, impatient):
    directory.add("101", MARKED + CONF + 'FEATURES="nfs:on"\n', "running")
    directory.vzctl.uptimes["101"] = 3600
    killed(impatient.journal, "101", "set", "101", "--features", "nfs:on", "--save", pending=["features"])

    assert impatient.pending(impatient.resolve("101")) == ("features",)


# containers that are gone


def test_a_note_of_a_container_that_is_gone_is_reported_once_by_whichever_run_comes_next(directory, impatient):
    directory.add("102", MARKED + CONF)
    killed(impatient.journal, "101", "destroy", "101")
    directory.lock("101").write_text("4194304\n")

    dry, real, again = impatient.dry.reports_of_gone(), impatient.reports_of_gone(), impatient.reports_of_gone()

    assert (len(dry), len(real)) == (1, 1)
    assert "while it ran: vzctl destroy 101; that container is gone" in dry[0]
    lock = "; the lock that its process 4194304 had left was removed"
    assert real[0] == dry[0].replace("; that", f"{lock}; that")
    assert not directory.lock("101").exists()
    assert (again, impatient.journal.steps()) == ([], {})


def test_a_note_does_not_strike_the_container_that_got_its_number_later(directory, impatient):
    directory.add("101", MARKED + CONF)
    killed(impatient.journal, "101", "destroy", "101", private=str(directory.private("101")))
    directory.remove("101")
    directory.add("101", MARKED + CONF)
    os.utime(directory.conf("101"), (2**33, 2**33))

    assert impatient.reports("101") == []
    assert [said.rpartition(";")[2] for said in impatient.reports_of_gone()] == [" that container is gone"]
    assert impatient.plan(Domain("101")).warnings == ()


def test_a_note_of_a_container_that_is_there_stays_with_it(directory, impatient):
    directory.add("101", MARKED + CONF)
    os.utime(directory.conf("101"), (1, 1))
    killed(impatient.journal, "101", "destroy", "101", private=str(directory.private("101")))

    assert impatient.reports_of_gone() == []
    assert len(impatient.reports("101")) == 1


def half_destroyed(directory, journal):
    """As a destroy that was killed with its vzctl leaves container 101: a file without area."""
    directory.add("101", MARKED + CONF)
    os.utime(directory.conf("101"), (1, 1))
    killed(journal, "101", "destroy", "101", private=str(directory.private("101")))
    shutil.rmtree(directory.private("101"))


def test_what_a_killed_destroy_has_left_is_not_a_container_and_is_removed_by_the_next_run(directory, impatient):
    half_destroyed(directory, impatient.journal)

    jobs = planner.Planner(impatient.overlay()).jobs([entry("101", state="absent")])
    dry, runs, real = impatient.dry.reports_of_gone(), list(directory.vzctl.runs), impatient.reports_of_gone()

    assert (impatient.look_up("101"), jobs[0].error, jobs[0].plan.calls) == (None, None, ())
    assert runs == []
    assert "while it ran: vzctl destroy 101; that container is gone" in dry[0]
    assert real == [dry[0].replace("; that", "; what it had left behind was removed; that")]
    assert directory.vzctl.runs == [("destroy", "101")]
    assert impatient.journal.steps() == {}


def _area_is_back(directory, _):
    directory.private("101").mkdir()


def _areas_are_away(directory, _):
    directory.private("101").parent.rmdir()


def _file_is_younger(directory, _):
    os.utime(directory.conf("101"), (2**33, 2**33))


def _step_was_another(_, journal):
    killed(journal, "101", "set", "101", "--cpus", "2", "--save")


@pytest.mark.parametrize("change", [_area_is_back, _areas_are_away, _file_is_younger, _step_was_another])
def test_what_may_be_more_than_the_rest_of_a_deletion_is_not_removed(directory, impatient, change):
    half_destroyed(directory, impatient.journal)

    change(directory, impatient.journal)
    impatient.reports_of_gone()

    assert directory.conf("101").exists()
    assert ("destroy", "101") not in directory.vzctl.runs


def test_a_creation_that_was_interrupted_before_anything_was_made_is_not_reported_as_gone(directory, impatient):
    impatient.journal.begin("101", "web")
    killed(impatient.journal, "101", "create", "101", "--name", "web")

    assert impatient.reports_of_gone() == []
    assert impatient.find(Domain("web")) == "101"


def test_what_is_held_by_a_living_run_is_not_reported_as_gone(directory, impatient):
    with impatient.journal.hold("101"):
        killed(impatient.journal, "101", "destroy", "101")
        assert Reconciler(directory.node(), Networks(), impatient.journal).reports_of_gone() == []


# a container may go at any line


def change(reconciler, container):
    return reconciler.change(typed.settings(container, ["--cpus", "2"], LEGACY), container)


PATHS = {
    "define": lambda reconciler: reconciler.define(Domain("101", vcpu=2)),
    "dry": lambda reconciler: reconciler.dry.plan(Domain("101", vcpu=2)),
    "start": lambda reconciler: reconciler.run(power.start(reconciler.resolve("101"), LEGACY)),
    "destroy": lambda reconciler: reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("101"), force=True)),
    "change": lambda reconciler: change(reconciler, reconciler.resolve("101")),
    "managed": lambda reconciler: done(reconciler, entry("101", "<vcpu>2</vcpu>", "running"), entry("102")),
    "absent": lambda reconciler: done(reconciler, entry("101", state="absent", force=True), entry("102")),
    "strangers": lambda reconciler: protection.orphans(reconciler, [entry("102")]),
    "list": lambda reconciler: reconciler.node.containers(),
}


@pytest.mark.parametrize("status", ["running", "stopped"])
@pytest.mark.parametrize("path", PATHS)
def test_a_container_that_goes_at_any_line_is_one_sentence_at_most(directory, journal, monkeypatch, path, status):
    plain, left = files.text, [0]

    def text(name, *arguments, **how):
        left[0] -= 1
        if not left[0] and directory.conf("101").exists():
            directory.remove("101")
            directory.vzctl.statuses.pop("101", None)
        return plain(name, *arguments, **how)

    monkeypatch.setattr(files, "text", text)
    for number in range(1, 200):
        if not directory.conf("101").exists():
            directory.add("101", MARKED + CONF, status)
        left[0] = number
        try:
            told = PATHS[path](Reconciler(directory.node(), Networks(), journal, lock_timeout=0))
        except errors.OpenVZError as err:
            assert not isinstance(err, errors.DefectError), number
            told = None
        assert "defect" not in repr(told), number
        assert journal.steps() == {}
        if left[0] > 0:
            return
        if directory.conf("101").exists():
            directory.remove("101")
    pytest.fail("it reads without end")


def test_no_worker_is_left_when_a_run_has_ended(directory, impatient):
    directory.add("101", MARKED + CONF)
    before = set(threading.enumerate())

    done(impatient, entry("101", "<vcpu>2</vcpu>"))

    assert set(threading.enumerate()) <= before
