"""
Locks of a container in vzctl 7 to 9.

Commands of vzctl wait for each other on ``AREA/.lck``, up to a minute (read, not run), and then take LOCKDIR/CTID.lck,
which holds the process id; if another living process has that one, they fail with 9 at once.
"""

import contextlib
import errno
import fcntl
import os
import time

from vzsim.codes import LOCKED, Failed
from vzsim.files import read_text, write_text

WAIT = 60  # seconds for another vzctl
PAUSE = 0.02  # seconds between two attempts


@contextlib.contextmanager
def held(run):
    """Hold the locks of the run's container, unless ``--skiplock`` says not to."""
    if run.skip_lock:
        yield
        return
    area = run.area
    with waiting(area) if area and os.path.isdir(area) else contextlib.nullcontext():
        path = run.node.lock_path(run.ctid)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _take(run, path)
        try:
            yield
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


@contextlib.contextmanager
def waiting(area):
    """Wait for the turn of this run among those of other programs on ``AREA/.lck``; fail with 9 after a minute."""
    with open(f"{area}/.lck", "w", encoding="ascii") as stream:
        deadline = time.monotonic() + WAIT
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as problem:
                if problem.errno != errno.EWOULDBLOCK or time.monotonic() > deadline:
                    raise Failed(LOCKED, "Cannot lock the Container") from None
                time.sleep(PAUSE)
        yield


def _take(run, path):
    """Create the file, after removing one whose holder is gone."""
    own = f"{path}.{os.getpid()}"
    write_text(own, f"{os.getpid()}\n")
    try:
        while True:
            try:
                os.link(own, path)
                return
            except FileExistsError:
                _clear_stale(run, path)
    finally:
        os.unlink(own)


def _clear_stale(run, path):
    """Remove the lock of a process that is gone; fail if its holder lives. Junk is removed without a word."""
    try:
        word = read_text(path).split("\n")[0].strip()
    except FileNotFoundError:
        return
    pid = int(word) if word.isascii() and word.isdigit() else 0
    if pid and _is_alive(pid):
        run.complain(f"Locked info: pid={pid} cmdline={_program(pid)}")
        raise Failed(LOCKED, "Cannot lock the Container")
    if pid:
        run.say(f"Removing the stale lock file {path}")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _program(pid):
    """The first word of the holder's command line; of our own programs, the one after the interpreter."""
    try:
        words = read_text(f"/proc/{pid}/cmdline").split("\0")
    except OSError:
        return ""
    for word in words[:3]:
        if os.path.basename(word) in ("vzctl", "vzlist"):
            return os.path.basename(word)
    return words[0].split(" ")[0]
