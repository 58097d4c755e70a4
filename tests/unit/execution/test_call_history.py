"""What Salt did to a container is kept with the step, whatever kills the run, for as long as is asked for."""

import contextlib
import multiprocessing
import os
import signal
import sqlite3
import time

import pytest
from library import call
from vzdomain import errors
from vzdomain.execution.journal import Journal, database
from vzdomain.model.actions import Assign, Mark, SetPassword, Start, Type, Wrote

MEMORY = call("set", "209", "--ram", "1G", actions=(Assign("memory", 524288, 1048576),))
START = call("start", "209", actions=(Start("stopped"),))


def told(journal, *names, **how):
    """What was done to which container and how it ended, the newest first."""
    return [(row["name"], *row["did"], row["result"]) for row in journal.history(names, **how)]


@pytest.fixture
def job(journal):
    """The journal as a Salt job has it."""
    who = {"jid": "20261127214000", "fun": "state.apply", "user": "sudo_alice"}
    return Journal(journal.directory, who=lambda: who)


def test_a_call_is_kept_with_what_it_did_in_which_job_and_by_whom(job):
    before = time.time()
    job.begin_step("209", "web", MEMORY)
    job.end_step("209")
    (row,) = Journal(job.directory).history()

    assert before <= row.pop("time") <= time.time()
    assert row == {
        "ctid": "209",
        "name": "web",
        "did": ["updated (memory)"],
        "changes": {"memory": {"old": "512 MiB", "new": "1 GiB"}},
        "command": ["vzctl", "set", "209", "--ram", "1G"],
        "result": "done",
        "error": None,
        "jid": "20261127214000",
        "fun": "state.apply",
        "user": "sudo_alice",
    }


def test_the_next_call_of_a_plan_ends_the_one_before_and_a_failed_one_says_why(job):
    job.begin_step("209", "web", MEMORY)
    job.begin_step("209", "web", START)
    job.end_step("209", "No disk space left")

    assert told(job) == [("web", "started", "failed"), ("web", "updated (memory)", "done")]
    assert [row["error"] for row in job.history()] == ["No disk space left", None]


def test_a_mark_is_nothing_to_tell_and_its_failure_is_not_that_of_the_call_before(job):
    job.begin_step("209", "web", MEMORY)
    job.begin_step("209", "web", call(comments={"mark": "x"}, actions=(Mark(owner="x"),)))
    job.end_step("209", "the container is locked")

    assert told(job) == [("web", "updated (memory)", "done")]


def test_a_run_that_is_killed_is_cut_off_in_the_history_at_once_and_after_the_next_run(journal):
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=_begin_and_die, args=(journal,))
    child.start()
    child.join()
    at_once = told(journal)
    journal.begin_step("209", "web", MEMORY)
    journal.end_step("209")

    assert child.exitcode == -signal.SIGKILL
    assert at_once == [("web", "started", "cut off")]
    assert told(journal) == [("web", "updated (memory)", "done"), ("web", "started", "cut off")]


def _begin_and_die(journal):
    with journal.hold("209"):
        journal.begin_step("209", "web", START)
        os.kill(os.getpid(), signal.SIGKILL)


def test_the_note_of_a_step_and_its_row_are_written_in_one_go(journal):
    fork = multiprocessing.get_context("fork")
    for _ in range(15):
        child = fork.Process(target=_work_for_ever, args=(journal.directory,))
        child.start()
        child.join(0.03)
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        if not os.path.exists(journal.path):
            continue  # killed before there was a place for it
        with contextlib.closing(sqlite3.connect(journal.path)) as base:
            if not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                continue  # killed before its first step
            noted = base.execute("SELECT count(*) FROM notes WHERE kind = 'steps'").fetchone()
            open_rows = base.execute("SELECT count(*) FROM history WHERE result IS NULL").fetchone()

        assert noted == open_rows
        journal.end_step("209")

    assert {row["result"] for row in journal.history(limit=10**6)} <= {"done", "cut off"}


def _work_for_ever(directory):
    journal = Journal(directory)
    while True:
        journal.begin_step("209", "web", START)
        journal.end_step("209")


def test_a_call_that_goes_on_is_in_progress(journal):
    with journal.hold("209"):
        journal.begin_step("209", "web", START)

        assert told(Journal(journal.directory)) == [("web", "started", "in progress")]


def test_what_is_typed_is_reported_with_what_it_changed(journal):
    journal.begin_step("209", "web", call("set", "209", "--cpus", "2", actions=(Type(("--cpus", "2")),)))
    journal.end_step("209")
    before = told(journal)
    journal.amend("209", (Wrote("CPUS", "1", "2"),))

    assert before == [("web", "done")]
    assert told(journal) == [("web", "updated (CPUS)", "done")]
    assert journal.history()[0]["changes"] == {"CPUS": {"old": "1", "new": "2"}}


def test_a_password_is_reported_without_itself_and_with_its_failure(journal):
    change = call("exec3", "209", "chpasswd", "-e", actions=(SetPassword("root"),))
    with journal.recorded("209", "web", change):
        pass
    with pytest.raises(errors.NotTakenError), journal.recorded("209", "web", change):
        raise errors.NotTakenError("root has another password")

    assert [(row["result"], row["error"]) for row in journal.history()] == [
        ("failed", "root has another password"),
        ("done", None),
    ]
    assert journal.history()[0]["changes"] == {"password of root": {"old": "(hidden)", "new": "(hidden)"}}
    assert journal.steps() == {}


def test_a_container_is_asked_for_by_ctid_or_by_a_name_that_it_had(journal):
    for ctid, name in (("209", "old"), ("209", "new"), ("210", "db"), ("211", "old")):
        journal.begin_step(ctid, name, START)
        journal.end_step(ctid)

    assert [row["ctid"] for row in journal.history(["old"])] == ["211", "209"]
    assert [row["name"] for row in journal.history(["209"])] == ["new", "old"]
    assert [row["name"] for row in journal.history(["209", "db"])] == ["db", "new", "old"]
    assert journal.history(["mail"]) == []


def test_only_the_last_ones_or_those_since_a_time_are_reported(journal, monkeypatch):
    for number in range(5):
        monkeypatch.setattr(time, "time", lambda number=number: 1000.0 + number)
        journal.begin_step("209", f"web{number}", START)
        journal.end_step("209")

    assert [row["name"] for row in journal.history(limit=2)] == ["web4", "web3"]
    assert [row["name"] for row in journal.history(since=1003)] == ["web4", "web3"]
    assert journal.history_begins() == 1000


# how much is kept


def at(journal, monkeypatch, day, name="web"):
    monkeypatch.setattr(time, "time", lambda: day * 86400.0)
    journal.begin_step("209", name, START)
    journal.end_step("209")


def test_what_is_older_than_its_days_goes_with_the_next_call(tmp_path, monkeypatch):
    journal = Journal(str(tmp_path), days=10)
    for day in (100, 105, 111):
        at(journal, monkeypatch, day, f"web{day}")

    assert [row["name"] for row in journal.history()] == ["web111", "web105"]


def test_no_more_rows_than_the_most_are_kept(journal, monkeypatch):
    monkeypatch.setattr(database, "MOST_ROWS", 3)
    for number in range(6):
        at(journal, monkeypatch, 100, f"web{number}")

    assert [row["name"] for row in journal.history()] == ["web5", "web4", "web3"]


def test_a_clock_that_is_years_ahead_for_a_moment_costs_a_few_rows(journal, monkeypatch):
    for number in range(100):
        at(journal, monkeypatch, 20_000, f"web{number}")
    at(journal, monkeypatch, 40_000)
    at(journal, monkeypatch, 20_001)

    assert len(journal.history(limit=1000)) == 102 - 20


def test_a_clock_that_is_put_back_keeps_the_order(journal, monkeypatch):
    at(journal, monkeypatch, 20_000, "first")
    at(journal, monkeypatch, 19_000, "second")

    assert [row["name"] for row in journal.history()] == ["second", "first"]


def test_no_days_keep_nothing(tmp_path):
    journal = Journal(str(tmp_path), days=0)
    journal.begin_step("209", "web", START)
    journal.end_step("209", "failed")
    journal.amend("209", (Wrote("CPUS", "1", "2"),))
    with journal.recorded("209", "web", START):
        pass

    assert journal.history() == []
    assert journal.history_begins() is None


def test_without_a_file_there_is_no_history_and_none_is_made(journal):
    assert (journal.history(), journal.history_begins()) == ([], None)
    assert not os.path.exists(journal.directory)


def spoil_history(journal):
    """Overwrite the pages of the history, and leave those of the notes."""
    with contextlib.closing(sqlite3.connect(journal.path)) as base:
        size = base.execute("PRAGMA page_size").fetchone()[0]
        pages = base.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'history'").fetchall()
    with open(journal.path, "r+b") as stream:
        for (page,) in pages:
            stream.seek((page - 1) * size)
            stream.write(b"\xff" * size)


def test_a_history_that_is_damaged_is_said_and_costs_no_note(journal, monkeypatch):
    logged = []
    monkeypatch.setattr(database.log, "warning", lambda text, *values: logged.append(text % values))
    journal.begin("300", "db")
    journal.begin_step("209", "web", START)
    spoil_history(journal)
    with pytest.raises(errors.CannotAskError, match=f"the history cannot be read: {journal.path} is damaged"):
        journal.history()

    journal.begin_step("209", "web", MEMORY)

    assert told(journal) == [("web", "updated (memory)", "cut off")]
    for one in (journal, Journal(journal.directory)):
        assert (one.ctid_of("db"), list(one.steps())) == ("300", ["209"])
    assert os.path.exists(f"{journal.path}.damaged")
    assert logged == [f"{journal.path} is damaged and set aside; the history starts over"]
