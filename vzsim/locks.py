"""
The lock of a container: a file with the holder's process id, made with link(2).

Nobody waits for it: whoever finds a living holder ends with exit code 9.
"""

import contextlib
import os

from vzsim.files import read_text, write_text
from vzsim.run import LOCKDIR_NOTSET, LOCKED, SYSTEM_ERROR, Failed
from vzsim.values import is_number

ATTEMPTS = 10


@contextlib.contextmanager
def held(run):
    """Hold the lock of the run's container, unless ``--skiplock`` says not to."""
    if run.skip_lock:
        yield
        return
    if not run.node.setting("LOCKDIR"):
        raise Failed(LOCKDIR_NOTSET, "LOCKDIR is not set")
    path = run.node.lock_path(run.ctid)
    _acquire(run, path)
    try:
        yield
    finally:
        os.unlink(path)


def _acquire(run, path):
    own = f"{path}.{os.getpid()}"
    if not run.node.is_root:
        raise Failed(SYSTEM_ERROR, f"Unable to create lock file {path}: Permission denied")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_text(own, f"{os.getpid()}\n\n")
    except OSError as error:
        raise Failed(SYSTEM_ERROR, f"Unable to create lock file {path}: {os.strerror(error.errno)}") from None
    try:
        for _ in range(ATTEMPTS):
            if _link(own, path):
                return
            _clear_stale(run, path)
    finally:
        os.unlink(own)
    raise Failed(LOCKED, "Container already locked")


def _link(own, path):
    try:
        os.link(own, path)
    except FileExistsError:
        return False
    return True


def _clear_stale(run, path):
    """Remove the lock of a process that is gone; fail if its holder lives."""
    try:
        first_line = read_text(path).partition("\n")[0].strip()
    except FileNotFoundError:
        return
    is_pid = is_number(first_line) and int(first_line) > 0
    if is_pid and _is_alive(int(first_line)):
        run.complain(f"Locked by: pid {first_line}, cmdline {_command_line(first_line)}")
        raise Failed(LOCKED, "Container already locked")
    if is_pid:
        run.say(f"Removing stale lock file {path}")
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


def _command_line(pid):
    """What the holder was called with; of the interpreter of our own programs nothing is said."""
    try:
        words = read_text(f"/proc/{pid}/cmdline").rstrip("\0").split("\0")
    except OSError:
        return ""
    for at, word in enumerate(words[:3]):
        if os.path.basename(word) in ("vzctl", "vzlist"):
            words = [os.path.basename(word), *words[at + 1 :]]
    return " ".join(words)
