"""The lock of a container: held by the living, taken from the dead."""

import os
import subprocess
import sys

import pytest

from vzsim.node import locks

SAVED = "CT configuration saved to /etc/vz/conf/301.conf\n"


@pytest.fixture
def locked(bench):
    bench.container(301)
    bench.lock = bench.path("vz/lock/301.lck")
    return bench


@pytest.fixture
def holder():
    """A process that lives until its standard input is closed."""
    argv = [sys.executable, "-c", "print(flush=True); input()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(argv, **pipes) as process:
        process.stdout.readline()  # it runs
        yield process
        process.stdin.close()


def test_a_living_holder_keeps_others_out(locked, holder):
    locked.lock.write_text(f"{holder.pid}\n\n")

    answer = locked.vzctl("set", 301, "--name", "x", "--save")

    assert (answer.rc, answer.out) == (9, "")
    cmdline = f"{sys.executable} -c print(flush=True); input()"
    assert answer.err == f"Locked by: pid {holder.pid}, cmdline {cmdline}\nContainer already locked\n"
    assert locked.names() == {}
    assert locked.vzctl("--quiet", "start", 301) == (9, "", "")
    assert locked.vzctl("--skiplock", "set", 301, "--cpus", 1, "--save").rc == 0
    assert locked.lock.exists()


@pytest.mark.parametrize("words", [["status", 301], ["exec", 301, "true"], ["enter", 301]])
def test_some_commands_take_no_lock(locked, words):
    locked.vzctl("start", 301)
    locked.lock.write_text(f"{os.getpid()}\n\n")

    assert locked.vzctl(*words).rc == 0


def test_the_lock_of_a_dead_process_is_removed_with_a_word(locked, holder):
    holder.stdin.close()
    holder.wait()
    locked.lock.write_text(f"{holder.pid}\nholding\n")

    answer = locked.vzctl("set", 301, "--save")

    assert answer == (0, "Removing stale lock file /vz/lock/301.lck\n" + SAVED, "")
    assert not locked.lock.exists()


@pytest.mark.parametrize("text", ["garbage\n", "", "0\n"])
def test_a_lock_without_a_process_id_is_removed_in_silence(locked, text):
    locked.lock.write_text(text)

    assert locked.vzctl("set", 301, "--save") == (0, SAVED, "")
    assert os.listdir(locked.lock.parent) == []


@pytest.mark.parametrize("text", ["-5\n", None])
def test_a_lock_that_cannot_be_read_stays(locked, monkeypatch, text):
    monkeypatch.setattr(locks, "PAUSE", 0)
    if text is None:
        locked.lock.mkdir()
    else:
        locked.lock.write_text(text)

    assert locked.vzctl("set", 301, "--save") == (3, "", "Unable to lock container\n")
    assert os.listdir(locked.lock.parent) == ["301.lck"]


def test_only_the_number_in_front_of_a_lock_counts(locked, holder):
    locked.lock.write_text(f" {holder.pid}x\n")

    assert locked.vzctl("set", 301, "--save").rc == 9


def test_garbage_in_a_lock_is_shown_to_those_who_ask(locked):
    locked.lock.write_text("garbage\n")

    answer = locked.vzctl("--verbose", "set", 301, "--save")

    assert answer.out == "Incorrect pid: garbage\n in /vz/lock/301.lck\n" + SAVED


def test_a_failure_gives_the_lock_back(locked):
    locked.vzctl("set", 301, "--applyconfig", "nosuch", "--save")

    assert os.listdir(locked.lock.parent) == []


def test_a_run_really_holds_the_lock(locked):
    script = locked.path("etc/vz/conf/301.mount")
    script.write_text(f"#!/bin/sh\ncat {locked.lock} > {locked.path('tmp/seen')}\n")
    script.chmod(0o755)

    locked.vzctl("mount", 301)

    assert locked.path("tmp/seen").read_text() == f"{os.getpid()}\n\n"


def test_without_a_lock_directory_in_vz_conf(locked):
    place = locked.path("etc/vz/vz.conf")
    place.write_text(place.read_text().replace("LOCKDIR=", "#"))

    assert locked.vzctl("set", 301, "--save") == (3, "", "lockdir is not set\nUnable to lock container\n")


def test_somebody_who_is_not_root_gets_no_lock(locked):
    assert locked.vzctl("set", 301, "--save", uid=65534).rc == 3
