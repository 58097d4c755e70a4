"""
The lock of vzmigrate: ``LOCKDIR/CTID.lck`` with its process id. Nobody's lock is taken over, not even a dead one's.
"""

import os
import shutil
import subprocess

from vzsim.codes import write
from vzsim.files import read_text
from vzsim.fleet.legacy import script

TAKES, REMOVES = 202, 230  # lines of the script, as its shell names them
NO_PROCESS = "UID          PID    PPID  C STIME TTY          TIME CMD\n"


def take(move):
    """Lock the container, or leave with 20."""
    path = move.lock_path
    failed = move.calls.here("lock")
    try:
        if failed:
            raise OSError(28, os.strerror(28), path)
        with open(path, "x", encoding="ascii") as stream:
            stream.write(f"{os.getpid()}\n")
    except OSError as problem:
        if isinstance(problem, FileExistsError):
            bash = f"{path}: cannot overwrite existing file"
        else:
            bash = f"{path}: {problem.strerror}"
        move.shell_complains(TAKES, f"cannot create {path}: {_dash(problem)}", bash)
        _refuse(move, path)
    move.say(f"Locked CT {move.ctid}")


def _dash(problem):
    return "Directory nonexistent" if isinstance(problem, FileNotFoundError) else problem.strerror


def _refuse(move, path):
    if not os.path.isfile(path):
        move.error(f"Can't lock CT {move.ctid}")
        raise script.Exit(1)
    holder = read_text(path).rstrip("\n")
    move.error(f"CT {move.ctid} already locked by PID {holder}")
    if holder:
        _show_process(holder.split())
    raise script.Exit(script.LOCKED)


def _show_process(words):
    if not shutil.which("ps"):
        write(1, NO_PROCESS)
        return
    subprocess.run(["ps", "-f", "-p", *words], check=False)


def drop(move):
    """Remove the lock if it is ours; what the clean-up calls a second time complains as the shell does."""
    move.calls.here("unlock")
    path = move.lock_path
    try:
        holder = read_text(path).strip()
    except FileNotFoundError:
        write(2, f"cat: {path}: No such file or directory\n")
        move.shell_complains(REMOVES, "[: -ne: unexpected operator", "[: -ne: unary operator expected")
        return
    if holder != str(os.getpid()):
        move.error(f"unexpected PID {holder} in {path} (expecting {os.getpid()})")
        return
    os.unlink(path)
