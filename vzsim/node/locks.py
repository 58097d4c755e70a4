"""
The lock of a container: a file with the holder's process id, made with link(2).

No waiting: if the holder is alive, the run fails with exit code 9.
"""

import contextlib
import os
import time

from vzsim.codes import LOCKED, SYSTEM_ERROR, Failed
from vzsim.files import read_text, write_text
from vzsim.grammar.values import scan_int

ATTEMPTS = 3
PAUSE = 0.5  # seconds to wait for a lock that cannot be read: it may just have been removed


@contextlib.contextmanager
def held(run):
    """Hold the lock of the run's container, unless ``--skiplock`` says not to."""
    if run.skip_lock:
        yield
        return
    if not run.node.setting("LOCKDIR"):
        raise _unable("lockdir is not set")
    path = run.node.lock_path(run.ctid)
    _acquire(run, path)
    try:
        yield
    finally:
        os.unlink(path)


def _acquire(run, path):
    own = f"{path}.{os.getpid()}"
    if not run.node.is_root:
        raise _unable(f"Unable to create temporary lock file: {path}XXXXXX: Permission denied")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except OSError as error:
        raise _unable(f"Can't create directory {os.path.dirname(path)}: {os.strerror(error.errno)}") from None
    try:
        write_text(own, f"{os.getpid()}\n\n")
    except OSError as error:
        raise _unable(f"Unable to create temporary lock file: {path}XXXXXX: {os.strerror(error.errno)}") from None
    try:
        for _ in range(ATTEMPTS):
            if _link(own, path):
                return
            _clear_stale(run, path)
    finally:
        os.unlink(own)
    raise _unable()


def _unable(*reasons):
    """Locking failed (read, not run)."""
    return Failed(SYSTEM_ERROR, "\n".join((*reasons, "Unable to lock container")))


def _link(own, path):
    try:
        os.link(own, path)
    except FileExistsError:
        return False
    return True


def _clear_stale(run, path):
    """Remove the lock of a process that is gone; fail if its holder lives."""
    try:
        text = read_text(path)
    except OSError:
        text = "-1"
    pid = scan_int(text)[0]
    if pid < 0:
        time.sleep(PAUSE)
        return
    if pid and _is_alive(pid):
        run.complain(f"Locked by: pid {pid}, cmdline {_command_line(pid)}")
        raise Failed(LOCKED, "Container already locked")
    if pid:
        run.say(f"Removing stale lock file {path}")
    else:
        run.say(f"Incorrect pid: {text} in {path}", level=1)
    with contextlib.suppress(OSError):
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
    """The holder's command line; for our own programs without the Python interpreter."""
    try:
        words = read_text(f"/proc/{pid}/cmdline").rstrip("\0").split("\0")
    except OSError:
        return ""
    for at, word in enumerate(words[:3]):
        if os.path.basename(word) in ("vzctl", "vzlist"):
            words = [os.path.basename(word), *words[at + 1 :]]
    return " ".join(words)
