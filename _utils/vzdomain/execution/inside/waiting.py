"""
Waiting until a container that was started is up: commands run in it, an address answers, a command is true.

What cannot be asked, or answers no, is asked again until the limit is over; the error has the last answer.
"""

import errno
import os
import socket
import time

from ...errors import OpenVZError, shown

_FIRST, _LONGEST = 0.2, 2.0  # seconds between two rounds: the first ones, and all later ones
_CONNECTING = 5.0  # seconds until a connection counts as none
_EXEC = 30.0  # seconds for a command that does nothing
_ECHO = 7  # a port that nobody listens at: that the connection is refused is an answer of the address
_SAID = 200  # characters of what a command said that are quoted


def wait_for(node, container, waiting, clock=time.monotonic, sleep=time.sleep):
    """
    Return when all of a `model.inside.Waiting` is true of a container.

    OpenVZError after its limit. `clock` and `sleep` are those of `time`.
    """
    ends, pause = clock() + waiting.limit, _FIRST
    while True:
        missing = _missing(node, container, waiting, max(1.0, ends - clock()))
        if missing is None:
            return
        left = ends - clock()
        if left <= 0:
            name = shown(str(container.domain.name or container.ctid))
            raise OpenVZError(f"container {name} is not up after {waiting.limit:g} seconds: {missing}")
        sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST)


def _missing(node, container, waiting, left):
    """The first thing that is not true yet, in words; ``None`` if all is."""
    missing = _failing(node, container, ("/bin/true",), min(left, _EXEC)) if waiting.exec else None
    if missing is None and waiting.address:
        missing = _unanswered(waiting.address, waiting.port, min(left, _CONNECTING))
    if missing is None and waiting.command:
        missing = _failing(node, container, waiting.command, left)
    return missing


def _failing(node, container, command, limit):
    """Why a command is not true inside, with what it said last; its arguments may be secret."""
    words = shown(command[0])[:_SAID]
    try:
        result = node.vzctl.run("exec3", str(container.ctid), *command, timeout=limit, check=False)
    except OpenVZError as err:
        return str(err)
    if result.rc == 0:
        return None
    said = (result.stderr or result.stdout or "").strip().rpartition("\n")[2][:_SAID]
    return f"{words} ends with code {result.rc}{f' ({shown(said)})' if said else ''}"


def _unanswered(address, port, limit):
    """Why an address, or a TCP port of it, does not answer."""
    try:
        socket.create_connection((address, port or _ECHO), limit).close()
    except OSError as err:
        if port is None and err.errno == errno.ECONNREFUSED:
            return None
        why = "does not answer" if isinstance(err, TimeoutError) or err.errno is None else os.strerror(err.errno)
        return f"{f'port {port} of ' if port else ''}{address}: {why}"
    return None
