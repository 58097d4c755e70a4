"""Comments in configuration files: written under vzctl's lock, and nothing else of the file is touched."""

import multiprocessing
import os
import subprocess
import sys
import threading

import pytest
from library import CONF, OTHER_UUID, UUID, NodeDirectory, ObedientVzctl
from vzdomain import errors
from vzdomain.host import locks, marks


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def scratch_files(directory):
    """What may have been left beside the file and the lock."""
    kept = {"209.conf", "ve-vswap-256m.conf-sample"}
    return [name for name in os.listdir(directory.etc / "conf") if name not in kept] + os.listdir(
        directory.root / "lock"
    )


def test_comments_are_added_and_all_else_is_kept(directory):
    directory.add("209", "# a note\r\n" + CONF + 'ODD="gr\u00fc\u00dfe" # x\n  broken line')
    before = directory.conf("209").read_bytes()

    marks.write(directory.node(), "209", **{"SALT-OPENVZ": "managed 209 node", "UUID": UUID})

    assert directory.conf("209").read_bytes() == before + f"\n#SALT-OPENVZ: managed 209 node\n#UUID: {UUID}\n".encode()
    assert scratch_files(directory) == []


def test_bytes_that_are_not_utf8_are_kept(directory):
    directory.add("209")
    directory.conf("209").write_bytes(b'DESCRIPTION="gr\xfc\xdfe"\r\n')

    marks.write(directory.node(), "209", UUID=UUID)

    assert directory.conf("209").read_bytes() == b'DESCRIPTION="gr\xfc\xdfe"\r\n' + f"#UUID: {UUID}\n".encode()


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o444])
def test_mode_and_owner_are_kept(directory, mode):
    directory.add("209")
    directory.conf("209").chmod(mode)
    if os.geteuid() == 0:
        os.chown(directory.conf("209"), 12, 34)
    before = directory.conf("209").stat()

    marks.write(directory.node(), "209", UUID=UUID)

    after = directory.conf("209").stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


def test_a_link_stays_a_link(directory, tmp_path):
    directory.add("209")
    directory.conf("209").rename(tmp_path / "real.conf")
    directory.conf("209").symlink_to(tmp_path / "real.conf")

    marks.write(directory.node(), "209", UUID=UUID)

    assert directory.conf("209").is_symlink()
    assert (tmp_path / "real.conf").read_text() == f"{CONF}#UUID: {UUID}\n"


def test_the_node_forgets_what_it_had_read(directory):
    directory.add("209")
    node = directory.node()
    assert node.container("209").domain.uuid is None

    marks.write(node, "209", UUID=UUID)

    assert node.container("209").domain.uuid == UUID


# the lock


def test_a_lock_of_a_living_process_is_respected(directory):
    directory.add("209")
    directory.lock("209").write_text(f"{os.getpid()}\nsetting\n")

    with pytest.raises(errors.LockedError, match=f"locked: {directory.lock(209)} is held by process {os.getpid()}"):
        marks.write(directory.node(), "209", patience=0, UUID=UUID)

    assert directory.conf("209").read_text() == CONF
    assert directory.lock("209").read_text() == f"{os.getpid()}\nsetting\n"
    assert scratch_files(directory) == ["209.lck"]


@pytest.mark.parametrize("text", ["garbage\n", "", "0\n", "-1\n", "99999999999999999999\n", "\xff\n", "4194305\n"])
def test_a_lock_that_names_no_process_is_removed(directory, text):
    directory.add("209")
    directory.lock("209").write_bytes(text.encode("latin-1"))

    marks.write(directory.node(), "209", patience=0, UUID=UUID)

    assert directory.comments("209") == {"UUID": UUID}
    assert scratch_files(directory) == []


def test_a_lock_of_a_dead_process_is_removed(directory, dead):
    directory.add("209")
    directory.lock("209").write_text(f"{dead}\nsetting\n")

    marks.write(directory.node(), "209", patience=0, UUID=UUID)

    assert directory.comments("209") == {"UUID": UUID}


def test_a_lock_of_a_process_that_nobody_waited_for_is_removed(directory):
    directory.add("209")
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    directory.lock("209").write_text(f"{process.pid}\n")

    marks.write(directory.node(), "209", patience=0, UUID=UUID)

    process.wait()
    assert directory.comments("209") == {"UUID": UUID}


def test_a_lock_of_ours_whose_number_another_process_has_got_since_is_removed(directory):
    directory.add("209")
    with locks.lock(str(directory.lock("209")), 0):
        ours = directory.lock("209").read_text()
    number, _, birth = ours.split()
    directory.lock("209").write_text(f"{number}\nsalt {int(birth) - 1}\n")

    marks.write(directory.node(), "209", patience=0, UUID=UUID)

    assert directory.comments("209") == {"UUID": UUID}


def test_a_lock_of_ours_that_is_held_is_respected(directory):
    with locks.lock(str(directory.lock("209")), 0), pytest.raises(errors.LockedError):
        locks.wait(str(directory.lock("209")), 0)


def test_who_waits_takes_nothing(directory, dead):
    assert locks.wait(str(directory.lock("209")), 0) is False
    directory.lock("209").write_text(f"{dead}\n")

    assert locks.wait(str(directory.lock("209")), 0) is True

    assert scratch_files(directory) == []


def test_what_killed_processes_left_goes_with_the_next_lock(directory, dead):
    directory.add("209")
    left = f"209.lck.salt.{dead}.1"
    for name in (left, f"209.lck.salt.{os.getpid()}.1", f"2209.lck.salt.{dead}.1", f"209.lck.{dead}"):
        (directory.root / "lock" / name).touch()
    (directory.etc / "conf/209.conf.salt").write_text("half")

    marks.write(directory.node(), "209", UUID=UUID)

    assert left not in os.listdir(directory.root / "lock")
    assert len(os.listdir(directory.root / "lock")) == 3
    assert not (directory.etc / "conf/209.conf.salt").exists()
    assert directory.conf("209").read_text() == f"{CONF}#UUID: {UUID}\n"


def test_what_a_killed_process_left_can_be_cleared_without_writing(directory, dead):
    directory.add("209")
    (directory.root / "lock" / f"209.lck.salt.{dead}.1").touch()
    (directory.etc / "conf/209.conf.salt").touch()

    marks.clear(directory.node(), "209", 0)

    assert scratch_files(directory) == []


def test_a_lock_is_taken_when_its_holder_lets_go(directory):
    directory.add("209")
    directory.lock("209").write_text(f"{os.getpid()}\n")
    release = threading.Timer(0.1, directory.lock("209").unlink)
    release.start()

    marks.write(directory.node(), "209", patience=30, UUID=UUID)

    release.join()
    assert directory.comments("209") == {"UUID": UUID}


def test_a_held_lock_names_us_as_vzctl_would(directory):
    path = str(directory.lock("209"))

    with locks.lock(path, 0):
        first, *_ = directory.lock("209").read_text().splitlines()
        with pytest.raises(errors.LockedError), locks.lock(path, 0):
            pass

    assert first == str(os.getpid())
    assert scratch_files(directory) == []


def test_a_lock_that_somebody_removed_is_not_an_error(directory):
    with locks.lock(str(directory.lock("209")), 0):
        directory.lock("209").unlink()


def test_a_lock_is_released_after_a_failure(directory):
    with pytest.raises(errors.NotSavedError, match=r"209.conf cannot be written: No such file"):
        marks.write(directory.node(), "209", UUID=UUID)

    assert scratch_files(directory) == []


@pytest.mark.parametrize("kind", ["missing", "directory"])
def test_a_lock_that_cannot_be_taken_leaves_the_file(directory, kind):
    directory.add("209")
    if kind == "missing":
        (directory.root / "lock").rmdir()
    else:
        directory.lock("209").mkdir()

    with pytest.raises(errors.CannotAskError, match="lock .*209.lck cannot be taken"):
        marks.write(directory.node(), "209", patience=0, UUID=UUID)

    assert directory.conf("209").read_text() == CONF


def test_a_file_that_cannot_be_replaced_is_kept_whole(directory, monkeypatch):
    directory.add("209")
    monkeypatch.setattr(os, "replace", _no_space)

    with pytest.raises(errors.NotSavedError, match=r"209.conf cannot be written: No space left"):
        marks.write(directory.node(), "209", UUID=UUID)

    assert directory.conf("209").read_text() == CONF
    assert scratch_files(directory) == []


def _no_space(*_):
    raise OSError(28, "No space left on device")


# several at once


def _note(root, name):
    directory = NodeDirectory.__new__(NodeDirectory)
    directory.root, directory.etc, directory.net = root, root / "etc", root / "net"
    directory.vzctl = ObedientVzctl(directory)
    for number in range(5):
        marks.write(directory.node(), "209", 60, **{name: f"{name} {number}"})


def test_writers_in_several_processes_lose_nothing(directory):
    directory.add("209")
    names = ("UUID", "TITLE", "SALT-OPENVZ")
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_note, args=(directory.root, name)) for name in names]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert directory.comments("209") == {name: f"{name} 4" for name in names}
    assert directory.conf("209").read_text().startswith(CONF)


def test_writers_in_several_threads_lose_nothing(directory):
    directory.add("209")
    names = ("UUID", "TITLE", "SALT-OPENVZ")
    writers = [threading.Thread(target=_note, args=(directory.root, name)) for name in names]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert directory.comments("209") == {name: f"{name} 4" for name in names}


def test_one_uuid_takes_the_place_of_another(directory):
    directory.add("209", f"#UUID: {OTHER_UUID}\n{CONF}")

    marks.write(directory.node(), "209", UUID=UUID)

    assert directory.comments("209") == {"UUID": UUID}
