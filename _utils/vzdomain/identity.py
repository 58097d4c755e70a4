"""
Whose a container is: the comments of its configuration file that vzctl keeps and does not read.

They are written under vzctl's own container lock (``LOCKDIR/CTID.lck``, made with link()), by temporary file and
rename, mode and owner kept.
"""

import contextlib
import os
import stat
import tempfile
import time

from . import ctconf, errors

_DELAY = 0.2  # seconds between two looks at a lock
_PID_MAX = 2**22  # of Linux


def write(node, ctid, patience=60, **comments):
    """Set comments such as ``UUID=...`` in the file of container `ctid`; waits `patience` seconds for its lock."""
    path = os.path.realpath(node.conf_path(ctid))
    with lock(node.lock_path(ctid), patience):
        try:
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as stream:
                text = stream.read()
            _replace(path, ctconf.with_comments(text, **comments))
        except OSError as err:
            raise errors.NotSavedError(f"{path} cannot be written: {err.strerror}") from None
    node.forget(ctid)


@contextlib.contextmanager
def lock(path, patience):
    """Hold vzctl's lock file, or raise LockedError when somebody else holds it for `patience` seconds."""
    until = time.monotonic() + patience
    try:
        while not _take(path):
            if _released(path):
                continue
            if time.monotonic() > until:
                raise errors.LockedError(f"the container is locked: {path} is held by process {_holder(path)}", rc=9)
            time.sleep(_DELAY)
    except OSError as err:
        raise errors.CannotAskError(f"the lock {path} cannot be taken: {err.strerror}") from None
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):  # somebody has removed it by hand
            os.unlink(path)


def _take(path):
    """One try."""
    descriptor, scratch = tempfile.mkstemp(dir=os.path.dirname(path), prefix=os.path.basename(path))
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(f"{os.getpid()}\nsalt\n")
        os.link(scratch, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(scratch)
    return True


def _released(path):
    """Whether the lock is gone; that of a dead process, or one that names none, is removed, as vzctl does."""
    with contextlib.suppress(FileNotFoundError):  # released this moment: the next one is not ours to remove
        if is_alive(_holder(path)):
            return False
        os.unlink(path)
    return True


def _holder(path):
    """The process id in a lock file; ``None`` if it holds none."""
    with open(path, encoding="ascii") as stream:
        try:
            pid = int(stream.readline())
        except ValueError:
            return None
    return pid if 0 < pid <= _PID_MAX else None


def is_alive(pid):
    """Whether there is such a process; ``None`` is none."""
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _replace(path, text):
    """Write beside the file and rename over it."""
    before = os.stat(path)
    descriptor, scratch = tempfile.mkstemp(dir=os.path.dirname(path), prefix=os.path.basename(path))
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(text)
            os.fchmod(stream.fileno(), stat.S_IMODE(before.st_mode))
            os.fchown(stream.fileno(), before.st_uid, before.st_gid)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(scratch, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(scratch)
        raise
