"""
vzctl's lock of a container (``LOCKDIR/CTID.lck``, made with link()): who holds it, waiting for it, taking it.
"""

import contextlib
import fcntl
import os
import re
import threading

from .. import errors
from . import files
from .kernel.processes import birth, described, is_alive, wait_while

_PID_MAX = 2**22  # of Linux
_OURS = "salt"  # what the second line of a lock of ours begins with


@contextlib.contextmanager
def lock(path, patience, turn=None):
    """
    Hold vzctl's lock file, or raise LockedError when someone else holds it for `patience` seconds.

    `turn` is the file by whose flock vzctls wait for each other, if they do: one that comes meanwhile waits then, where
    the lock file alone would make it fail.
    """
    with _turn(turn, patience) if turn else contextlib.nullcontext():
        with usable(path):
            clear_scratch(path)
            _until(lambda: _take(path), path, patience)
        try:
            yield
        finally:
            with contextlib.suppress(FileNotFoundError):  # somebody has removed it by hand
                os.unlink(path)


@contextlib.contextmanager
def _turn(path, patience):
    """Hold the flock of a file, which is made if need be; without its directory there is nothing to wait for."""
    with contextlib.ExitStack() as stack:
        with usable(path), contextlib.suppress(FileNotFoundError):
            stream = stack.enter_context(open(path, "a", encoding="ascii"))
            if wait_while(lambda: not _flocks(stream), patience):
                raise errors.LockedError(f"the container is locked: another vzctl holds {path}", rc=9)
        yield


def _flocks(stream):
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def wait(path, patience):
    """
    Let whoever holds vzctl's lock file finish; LockedError after `patience` seconds.

    Tells whether there was a lock. That of a dead process is removed.
    """
    with usable(path):
        if _is_free(path):
            return False
        _until(lambda: _is_free(path), path, patience)
    return True


def is_flocked(path):
    """Whether a process has the flock of a file; one that is not there has none."""
    try:
        with open(path, encoding="ascii") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    except OSError as err:
        raise errors.CannotAskError(f"the lock {path} cannot be read: {err.strerror}") from None
    return False


def holder(path):
    """
    The number of the process that holds vzctl's lock file, ``None`` if nobody does.

    A lock that a dead process has left is nobody's; see `left_by`.
    """
    pid, is_held = _found(path)
    return pid if is_held else None


def left_by(path):
    """What a lock file says that no living process holds: the number of a dead one, or 0; ``None`` without one."""
    pid, is_held = _found(path)
    return None if is_held or pid is None else pid


def _found(path):
    """The number in a lock file (0 for none that makes sense, ``None`` without a file), and whether it holds."""
    with usable(path):
        try:
            pid, born = _holder(path)
        except FileNotFoundError:
            return None, False
    return pid or 0, bool(is_alive(pid) and born in (None, birth(pid)))


def clear_scratch(path):
    """Remove what processes that were killed while they took this lock have left beside it."""
    pattern = re.compile(re.escape(f"{os.path.basename(path)}.salt.") + r"(\d+)\.\d+")
    for name in os.listdir(os.path.dirname(path)):
        found = pattern.fullmatch(name)
        if found and not is_alive(int(found.group(1))):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(os.path.dirname(path), name))


@contextlib.contextmanager
def usable(path):
    try:
        yield
    except OSError as err:
        raise errors.CannotAskError(f"the lock {path} cannot be taken: {err.strerror}") from None
    except errors.CannotAskError as err:
        raise errors.CannotAskError(f"the lock {path} cannot be taken: {err}") from None


def _until(done, path, patience):
    if wait_while(lambda: not (done() or (_released(path) and done())), patience):
        pid = _found(path)[0]
        who = described(pid) if pid else "a process that has just ended"
        raise errors.LockedError(f"the container is locked: {path} is held by {who}", rc=9)


def _is_free(path):
    return not os.path.lexists(path)


def _take(path):
    """One try."""
    own = f"{path}.salt.{os.getpid()}.{threading.get_ident()}"
    try:
        with contextlib.suppress(FileNotFoundError):  # of a process that had our number
            os.unlink(own)
        with open(own, "x", encoding="ascii") as stream:
            stream.write(f"{os.getpid()}\n{_OURS} {birth(os.getpid())}\n")
        os.link(own, path)
    except FileExistsError:
        return False
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(own)
    return True


def _released(path):
    """Whether the lock is gone; that of a dead process, or one that names none, is removed, as vzctl does."""
    with contextlib.suppress(FileNotFoundError):  # released this moment: the next one is not ours to remove
        pid, born = _holder(path)
        if is_alive(pid) and born in (None, birth(pid)):
            return False
        os.unlink(path)
    return True


def _holder(path):
    """
    The process id in a lock file, ``None`` if it holds none, and when that process was born, if the lock is ours.

    A number that another process has got since must not lock the container for ever.
    """
    text = files.text(path)
    if text is None:
        raise FileNotFoundError(path)
    first, second = (line.strip() for line in (*text.split("\n"), "")[:2])
    second = second.split()
    pid = int(first) if first.isascii() and first.isdecimal() and 0 < int(first[:20]) <= _PID_MAX else None
    return pid, second[1] if len(second) == 2 and second[0] == _OURS else None
