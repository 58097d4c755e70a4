"""
Other processes of this machine, as /proc(5) has them: whether one is alive, since when, and what it runs.
"""

import contextlib
import os
import time

from ...errors import shown

_FIRST_NAP, _LONGEST_NAP = 0.005, 0.1  # seconds between two looks
_WORDS = 4  # of a command line that are shown: what comes later may be a secret
_LONGEST = 100  # characters


def wait_while(look, patience):
    """Look until `look` finds nothing; returns what it still finds after `patience` seconds, else ``None``."""
    end, nap = time.monotonic() + patience, _FIRST_NAP
    while found := look():
        if time.monotonic() >= end:
            return found
        time.sleep(nap)
        nap = min(nap * 2, _LONGEST_NAP)
    return None


def is_alive(pid):
    """Whether there is such a process; ``None`` is none, and one that has ended and was not waited for is none."""
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return _stat(pid)[:1] != ["Z"]


def birth(pid):
    """When a process was started, in clock ticks since the start of the node, as text; ``-`` if it cannot be known."""
    return (_stat(pid) or ["-"] * 20)[19]


def described(pid):
    """``process 4711 (vzctl stop 101)``"""
    words = [os.path.basename(word) if "/" in word else word for word in _command(pid)[:_WORDS]]
    return f"process {pid} ({shown(' '.join(words))[:_LONGEST]})" if words else f"process {pid}"


def running(program, argv):
    """The number of a process that runs a program with just these arguments, or ``None``."""
    wanted = [os.path.basename(program), *argv]
    with contextlib.suppress(OSError):
        for pid in filter(str.isdecimal, os.listdir("/proc")):
            words = _command(pid)[-len(wanted) :]
            if [*map(os.path.basename, words[:1]), *words[1:]] == wanted and is_alive(int(pid)):
                return int(pid)
    return None


def _command(pid):
    """The command line; nothing of a process that is gone, or a part of the kernel."""
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as stream:
            return stream.read().rstrip("\0").split("\0")
    except OSError:
        return []


def _stat(pid):
    """What the kernel says of a process, from its state on; nothing of one that cannot be asked for."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return stream.read().rpartition(")")[2].split()
    except OSError:
        return []
