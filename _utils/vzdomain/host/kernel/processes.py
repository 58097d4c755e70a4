"""
Other processes of this machine, as /proc(5) has them: whether one is alive, since when, and what it runs.
"""

import contextlib
import os
import re
import time

from ...errors import CannotAskError, shown

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


def numbers():
    """The numbers of all processes."""
    try:
        return sorted(map(int, filter(str.isdecimal, os.listdir("/proc"))))
    except OSError as err:
        raise CannotAskError(f"/proc cannot be listed: {err.strerror}") from None


def session(pid):
    """The number of the process that began the session of this one; ``None`` of one that is gone."""
    said = _stat(pid)
    return int(said[3]) if len(said) > 3 else None


def command(pid):
    """The words of its command line; none of a process that is gone, or a part of the kernel."""
    return _command(pid)


def executable(pid):
    """The path of the program that it runs; ``None`` where that is not told."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None


def environment(pid, name):
    """What a variable of its environment said when it was started; ``None`` without it, or where it is not told."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as stream:
            found = stream.read()
    except OSError:
        return None
    start = f"{name}=".encode()
    return next(
        (one[len(start) :].decode("utf-8", "replace") for one in found.split(b"\0") if one.startswith(start)), None
    )


def is_inside(pid):
    """Whether it runs inside a container: in another namespace of processes, or, in older kernels, with its number."""
    try:
        if os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid"):
            return True
    except OSError:
        pass  # a kernel without these, or a process that is gone
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as stream:
            found = re.search(r"^envID:\s*(\S+)", stream.read(), re.MULTILINE)
    except OSError:
        return False
    return bool(found) and found[1] != "0"


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
