"""
``vzctl exec``, ``exec2``, ``exec3`` and ``runscript``.

Programs run in :mod:`vzsim.guest`, never on the node. Nothing is logged to standard output.
"""

import os
import tempfile
import time

from vzsim import codes
from vzsim.codes import Failed, write
from vzsim.files import read_text
from vzsim.seven.commands.power import mounting
from vzsim.seven.commands.power.inside import Inside

NOT_STARTED = 47
NO_SHELL = 2  # what bash ends with if -c is given no line
LIBRARY_ERROR = 255
PAUSE = 0.05  # seconds between two looks at a paused container


def read(run, argv):
    """The words of the command, whatever they look like."""
    if not argv:
        write(2, "No command to execute by vzctl exec\n")
        raise Failed(codes.PARAM_SYNTAX)
    return argv


def act(run, argv):
    """``exec`` turns every failure into 8; ``exec2`` and ``exec3`` return the command's own code."""
    try:
        rc = _ended(run, lambda guest: _start(run, guest, argv), argv[0])
    except Failed as failure:
        rc = codes.COMMAND_EXECUTION_ERROR if run.command == "exec" else failure.rc
        raise Failed(rc, failure.message) from None
    return codes.COMMAND_EXECUTION_ERROR if rc and run.command == "exec" else rc


def _start(run, inside, argv):
    """``exec3`` takes the words as they are; the others make a line of them for the shell, which ``-`` is not."""
    if run.command == "exec3":
        return inside.execute(argv)
    return inside.shell(" ".join(argv))


def _ended(run, start, name):
    """Run something inside a running container; its code, and 3 if a signal ended it."""
    if not run.is_running():
        raise Failed(codes.VE_NOT_RUNNING, "Container is not running")
    while run.node.is_paused(run.ctid):
        time.sleep(PAUSE)  # as a process in a frozen cgroup does
    if run.command in ("exec", "exec2") and name == "-":
        write(2, "bash: -c: option requires an argument\n")
        return NO_SHELL
    from vzsim import guest

    hostname = (run.node.running(run.ctid) or {}).get("hostname", "localhost")
    with tempfile.TemporaryDirectory(prefix="vzsim.") as empty:
        try:
            ended = start(guest.Guest(Inside(run, mounting.content(run) or empty), hostname))
        except guest.NotStartedError:
            raise Failed(NOT_STARTED, f"Failed to exec {name}: No such file or directory") from None
        except guest.UnavailableError as problem:
            raise Failed(codes.SYSTEM_ERROR, str(problem)) from None
    if ended.signal:
        raise Failed(codes.SYSTEM_ERROR, f"Got signal {ended.signal}")
    return ended.rc


def run_script(run, argv):
    """
    ``runscript``: a script of the node, run inside.

    For a stopped container it is mounted and unmounted without a word, and then it fails.
    """
    path = argv[0]
    place = path if os.path.isfile(path) and not path.startswith("/") else run.node.path(path)
    if not os.path.isfile(place):
        raise Failed(LIBRARY_ERROR, f"Script {path} is not found: ")
    if not run.is_running():
        mounting.require_places(run)
        os.makedirs(run.root, exist_ok=True)
        raise Failed(codes.VE_NOT_RUNNING, f"Unable to execute the script {path}, the Container is not running")
    return _ended(run, lambda guest: guest.shell(stdin=read_text(place)), path)
