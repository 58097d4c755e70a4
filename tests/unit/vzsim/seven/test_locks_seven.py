"""Locks of vzctl 7 to 9: its own commands wait for each other, any other holder is fatal at once."""

import fcntl
import os

import pytest

from vzsim.seven import locks

NO_PROCESS = 2**22 + 1  # above any process id


@pytest.fixture
def other(seven):
    """Another vzctl at work on container 101: holds the lock of the area until it is closed."""
    seven.container(101)
    with open(seven.area(101) / ".lck", "w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream


def test_a_command_waits_for_another_and_then_goes_on(seven, other, monkeypatch):
    monkeypatch.setattr(locks.time, "sleep", lambda seconds: other.close())

    assert seven.vzctl("set", 101, "--cpus", "2", "--save").rc == 0

    assert other.closed and seven.values(101)["CPUS"] == "2"


def test_a_command_gives_up_after_a_while(seven, other, monkeypatch):
    monkeypatch.setattr(locks, "WAIT", -1)

    answer = seven.vzctl("set", 101, "--cpus", "2", "--save")

    assert (answer.rc, answer.err) == (9, "Cannot lock the Container\n")
    assert "CPUS" not in seven.values(101)


@pytest.mark.parametrize("command", ["runscript", "execaction"])
def test_scripts_wait_for_the_lock_and_programs_do_not(seven, other, monkeypatch, command):
    monkeypatch.setattr(locks, "WAIT", -1)

    assert seven.vzctl(command, 101, "x").rc == 9
    assert seven.vzctl("exec", 101, "x").rc == 8


def test_who_takes_no_lock_waits_for_nobody(seven, other):
    assert seven.vzctl("status", 101).rc == 0
    assert seven.vzctl("--skiplock", "set", 101, "--cpus", "2", "--save").rc == 0


def test_a_lock_file_of_a_living_process_is_not_waited_for(seven):
    seven.container(101)
    lock = seven.path("vz/lock/101.lck")
    lock.write_text(f"{os.getpid()}\nsetting\n")

    answer = seven.vzctl("set", 101, "--cpus", "2", "--save")

    assert answer.rc == 9
    assert answer.err.startswith(f"Locked info: pid={os.getpid()} cmdline=")
    assert lock.exists() and "CPUS" not in seven.values(101)


@pytest.mark.parametrize(
    ("text", "said"),
    [(f"{NO_PROCESS}\n", "Removing the stale lock file /vz/lock/101.lck\n"), ("0\n", ""), ("junk", ""), ("", "")],
)
def test_a_lock_of_nobody_is_removed(seven, text, said):
    seven.container(101)
    lock = seven.path("vz/lock/101.lck")
    lock.write_text(text)

    answer = seven.vzctl("set", 101, "--cpus", "2", "--save")

    assert (answer.rc, answer.out) == (0, f"{said}Saved parameters for Container 101\n")
    assert not lock.exists()


def test_the_owner_is_looked_at_before_the_lock(seven):
    seven.container(101)
    seven.kernel(shared_fs=True)
    (seven.area(101) / ".owner").write_text("node2.example.test")
    seven.path("vz/lock/101.lck").write_text(f"{os.getpid()}\n")

    assert seven.vzctl("set", 101, "--cpus", "2", "--save").rc == 141
    assert seven.vzctl("--skipowner", "set", 101, "--cpus", "2", "--save").rc == 9
