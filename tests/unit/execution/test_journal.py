"""Notes of what is begun, waits and is in flight: one file, many writers, and what a damaged one costs."""

import contextlib
import multiprocessing
import os
import resource
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from library import call, note_as
from vzdomain.errors import ConfigurationError
from vzdomain.execution.journal import LIFETIME, Journal, Step, database


def write(journal, text):
    Path(journal.path).write_bytes(text.encode("latin-1"))


def test_a_note_is_there_until_it_is_ended(journal):
    assert not journal.has("101", "web")

    journal.begin("101", "web")
    assert journal.has("101", "web")

    journal.end("101")
    assert not journal.has("101", "web")
    assert journal.ctids() == []


def test_what_is_in_effect_waits_no_longer_and_the_rest_waits_since_when_it_was_saved(journal):
    journal.wait_for_restart("101", ["vcpu", "features"], since=1000)

    journal.applied("101", ["vcpu", "memory"])
    assert journal.pending("101", lambda: time.time() - 999) == ("features",)
    assert journal.pending("101", lambda: 1) == ()

    journal.applied("101", ["features"])
    assert journal.pending("101", lambda: 10**9) == ()


def test_a_note_is_one_name_and_one_number(journal):
    journal.begin("101", "web")
    journal.begin("102", "db")

    assert not journal.has("101", "db")
    assert (journal.ctid_of("web"), journal.ctid_of("db"), journal.ctid_of("mail")) == ("101", "102", None)
    assert journal.ctids() == ["101", "102"]


def test_notes_survive_the_process(journal):
    journal.begin("101", "web 1 ü")

    assert Journal(journal.directory).has("101", "web 1 ü")


def test_ending_what_never_began_is_not_an_error(journal):
    journal.end("101")


@pytest.mark.parametrize("note", ["null", "[]", '"web"', "{}", '{"name": "web"}', '{"name": "web", "time": "x"}'])
def test_a_note_that_makes_no_sense_reports_nothing(journal, note):
    journal.begin("101", "web")
    note_as(journal, "creating", "101", note)
    note_as(journal, "steps", "101", note)

    assert not journal.has("101", "web")
    assert journal.ctids() == []
    assert all(step.command == () for step in journal.steps().values())


def test_the_notes_are_for_the_minion_alone(journal, tmp_path):
    journal.begin("101", "web")

    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "use",
    [
        lambda journal: journal.begin("101", "web"),
        lambda journal: journal.allocation().__enter__(),
        lambda journal: journal.has("101", "web"),
        lambda journal: journal.ctids(),
        lambda journal: journal.end("101"),
    ],
)
def test_a_directory_that_cannot_be_used_is_one_sentence(tmp_path, use):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match=f"the notes in {tmp_path}/file cannot be used: "):
        use(Journal(str(tmp_path / "file")))


@pytest.fixture
def small_files():
    """No file gets larger than that many bytes: a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, 5000, 40_000])
def test_a_full_disk_is_one_sentence_and_loses_nothing(journal, small_files, room):
    journal.begin("101", "web")
    small_files(room)

    with pytest.raises(ConfigurationError, match=f"the notes in {journal.directory} cannot be used: "):
        for ctid in map(str, range(102, 2000)):
            journal.begin_all({ctid: "x" * 1000})

    assert Journal(journal.directory).has("101", "web")
    small_files(-1)
    journal.begin("102", "db")
    assert (journal.ctid_of("db"), journal.damage()) == ("102", None)


def test_a_file_that_cannot_be_written_is_one_sentence(journal, monkeypatch):
    journal.begin("101", "web")
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda name, *how, **more: connect(name.replace("=rw", "=ro"), *how, **more)
    )

    assert journal.has("101", "web")
    with pytest.raises(ConfigurationError, match="cannot be used: attempt to write a readonly database"):
        journal.begin("102", "db")


def test_a_python_without_sqlite_is_one_sentence(journal, monkeypatch):
    monkeypatch.setattr(database, "sqlite3", None)

    with pytest.raises(ConfigurationError, match="this Python has no sqlite3 module; install"):
        journal.begin("101", "web")


def test_one_at_a_time_chooses_a_number(journal):
    order = []
    with journal.allocation():
        second = threading.Thread(target=_choose, args=(journal, order))
        second.start()
        second.join(0.1)
        order.append("first")
    second.join()

    assert order == ["first", "second"]


def _choose(journal, order):
    with journal.allocation():
        order.append("second")


def test_processes_take_turns_too(journal):
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_take_lowest, args=(journal, f"web{number}")) for number in range(4)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0] * 4
    assert journal.ctids() == ["101", "102", "103", "104"]
    assert sorted(journal.ctid_of(f"web{number}") for number in range(4)) == ["101", "102", "103", "104"]


def _take_lowest(journal, name):
    with journal.allocation():
        taken = journal.ctids()
        journal.begin(next(ctid for ctid in map(str, range(101, 200)) if ctid not in taken), name)


# the step that a run is at


def test_a_step_is_known_until_it_has_ended(journal):
    argv = ("set", "209", "--cpus", "2", "--save")
    journal.begin_step("209", "web", call(*argv, pending=("features",), attach=(("eth0", "br0"),)))
    step = Journal(journal.directory).step("209")

    journal.end_step("209")

    assert (step.name, step.command[-2:], step.pending) == ("web", ("2", "--save"), ("features",))
    assert step.attach == (("eth0", "br0"),)
    assert journal.step("209") is None
    assert journal.steps() == {}


def test_a_report_names_the_time_and_the_command(journal):
    step = Step("web", ("vzctl", "set", "209", "--cpus", "2"), 1795383600)

    assert str(step) == "an earlier run was interrupted on 2026-11-22 21:40 UTC while it ran: vzctl set 209 --cpus 2"
    assert "while it wrote Salt's mark" in str(Step("web", (), 1795383600))


def test_notes_of_each_kind_stand_beside_each_other(journal):
    journal.begin("209", "web")
    journal.wait_for_restart("209", ("features",))
    journal.begin_step("209", "web", call())
    journal.begin_step("210", "db", call())

    journal.end_step("209")
    journal.end("209")

    assert list(journal.steps()) == ["210"]
    assert journal.pending("209", lambda: 10**9) == ("features",)


def test_only_a_run_that_holds_its_container_no_more_was_interrupted(journal):
    journal.begin_step("209", "web", call())

    with journal.hold("209"):
        assert journal.is_held("209")
        assert journal.interrupted_step("209") is None
    assert journal.interrupted_step("209").name == "web"
    assert not journal.is_held("210")


def test_a_creation_holds_its_number_for_a_day(journal, monkeypatch):
    journal.begin("101", "web")
    now = time.time()

    monkeypatch.setattr(time, "time", lambda: now + LIFETIME + 1)

    assert journal.ctids() == []
    assert not journal.has("101", "web")
    journal.begin("102", "db")
    assert noted(journal) == [("creating", "102")]


def noted(journal):
    """Kind and CTID of all that is in the file."""
    with contextlib.closing(sqlite3.connect(journal.path)) as base:
        return base.execute("SELECT kind, ctid FROM notes").fetchall()


def test_a_clock_that_was_put_back_loses_no_creation(journal, monkeypatch):
    journal.begin("101", "web")
    now = time.time()

    monkeypatch.setattr(time, "time", lambda: now - 5)
    journal.begin("102", "db")

    assert journal.ctids() == ["101", "102"]


# damage


DAMAGED = ["x", "null", "SQLite format 3\0", "\0" * 8192, "\xff" * 5000]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_named_and_set_aside_and_stops_nobody(journal, text):
    journal.begin("101", "web")
    write(journal, text)

    said = journal.damage()
    assert f"{journal.path} cannot be read and are set aside as {journal.path}.damaged" in said
    assert (journal.ctids(), journal.repair()) == ([], said)
    journal.begin("102", "db")

    assert Path(f"{journal.path}.damaged").read_bytes() == text.encode("latin-1")
    assert (journal.ctids(), journal.damage(), journal.repair()) == (["102"], None, None)


def test_a_rollback_journal_goes_with_its_damaged_database(journal):
    journal.begin("101", "web")
    write(journal, "x")
    Path(f"{journal.path}-journal").write_bytes(b"of that one")

    journal.begin("102", "db")

    assert Path(f"{journal.path}.damaged-journal").read_bytes() == b"of that one"
    assert journal.ctids() == ["102"]


def test_looking_at_a_damaged_file_leaves_it(journal):
    journal.begin("101", "web")
    write(journal, "[")

    assert journal.damage() and journal.damage()
    assert Path(journal.path).read_text() == "["


def test_no_file_is_not_damage(journal):
    assert (journal.damage(), journal.repair()) == (None, None)


# what it costs


def test_what_is_noted_already_and_what_is_not_there_costs_no_write(journal):
    journal.wait_for_restart("209", ("features",), 1000)
    before = written(journal)

    journal.wait_for_restart("209", ("features",), 1000)
    journal.end("209")
    journal.end_step("209")
    journal.restarted("210")

    assert written(journal) == before


def written(journal):
    """What changes when something is written; reading changes the time of access."""
    said = os.stat(journal.path)
    return said.st_ino, said.st_mtime_ns, said.st_size, sorted(os.listdir(journal.directory))


def test_the_file_is_read_once_however_many_ask(journal, monkeypatch):
    journal.begin("101", "web")
    reads = []
    load = database.Database._load
    monkeypatch.setattr(database.Database, "_load", lambda *given: reads.append(1) or load(*given))
    fresh = Journal(journal.directory)

    for ctid in map(str, range(101, 5101)):
        fresh.has(ctid, "web")
        fresh.step(ctid)

    assert len(reads) == 1


def test_what_another_process_notes_is_seen_at_once(journal):
    assert journal.ctids() == []

    for ctid in map(str, range(101, 121)):
        Journal(journal.directory).begin(ctid, "web")
        assert journal.ctids()[-1] == ctid


def test_what_is_noted_within_one_tick_of_the_files_time_is_seen_too(journal):
    journal.begin("101", "web")
    before = os.stat(journal.path)
    other = Journal(journal.directory)
    assert other.ctids() == ["101"]

    journal.begin("102", "db")
    os.utime(journal.path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert os.stat(journal.path).st_size == before.st_size
    assert other.ctids() == ["101", "102"]


# many writers


def _fill(journal, first):
    for ctid in map(str, range(first, first + 20)):
        journal.begin_step(ctid, "web", call("set", str(ctid)))
        journal.begin(ctid, f"web{ctid}")
        journal.end_step(ctid)


def test_writers_in_several_processes_and_threads_lose_nothing(journal):
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_fill, args=(journal, first)) for first in (1000, 2000)]
    writers += [threading.Thread(target=_fill, args=(journal, first)) for first in (3000, 4000)]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert journal.ctids() == [str(first + at) for first in (1000, 2000, 3000, 4000) for at in range(20)]
    assert journal.steps() == {}


def in_child(do=lambda: None):
    """Fork; the child does it and goes on until it is told to end. How to end it, which tells its code."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(60)  # rather than wait for ever for what it can never get
        os.close(writing)
        try:
            do()
            os.read(reading, 1)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(reading)

    def end():
        os.close(writing)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    return end


def test_a_process_that_was_forked_in_the_middle_of_a_turn_does_not_keep_it(journal):
    begun, over = threading.Event(), threading.Event()

    def work():
        with journal.hold("209"):
            begun.set()
            over.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(60)
    end = in_child()
    over.set()
    thread.join()

    with Journal(journal.directory, patience=0).hold("209") as waited:
        assert not waited
    assert end() == 0


def test_a_fork_waits_for_the_use_of_the_file_that_another_thread_is_at(journal):
    journal.begin("101", "web")
    ends, fresh = [], Journal(journal.directory)
    forker = threading.Thread(target=lambda: ends.append(in_child(lambda: fresh.begin("102", "db"))))
    with database._TURN:
        forker.start()
        forker.join(0.1)
        assert ends == []
    forker.join()

    assert ends[0]() == 0
    assert journal.ctids() == ["101", "102"]


def test_a_writer_that_is_killed_leaves_a_whole_file_and_no_lock(journal):
    journal.begin("101", "web")
    fork = multiprocessing.get_context("fork")

    for _ in range(15):
        writer = fork.Process(target=_fill_for_ever, args=(journal,))
        writer.start()
        writer.join(0.02)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        assert Journal(journal.directory).has("101", "web")
        assert journal.damage() is None
        journal.end("300")

    assert set(os.listdir(journal.directory)) <= {"journal.sqlite", "journal.sqlite-journal", "journal.lock"}


def _fill_for_ever(journal):
    while True:
        _fill(journal, 200)
