"""
``vzctl exec``, ``exec2``, ``exec3``, ``runscript``, ``enter`` and ``console``.

Programs run in :mod:`vzsim.guest`, never on the node.
"""

import os

from vzsim import codes
from vzsim.codes import Failed, write
from vzsim.commands import mounting, ready
from vzsim.files import read_text
from vzsim.grammar.values import INT_MAX, scan_int

NOT_STARTED = 4  # vzctl returns the length of the error code it reads, not the code (read, not run)


def read_command(run, argv):
    if not argv:
        raise Failed(codes.PARAM_SYNTAX, "No command line given for exec", loud=True)
    return argv


def execute(run, argv):
    """``exec`` turns every failure into 8; ``exec2`` and ``exec3`` return the command's own status."""
    line = "".join((word or "''") + " " for word in argv)  # only empty words are quoted
    run.say("Executing command: " + line, level=1)
    if not run.is_running():
        rc = codes.COMMAND_EXECUTION_ERROR if run.command == "exec" else codes.VE_NOT_RUNNING
        raise Failed(rc, "Container is not running")
    from vzsim import guest

    inside = guest.Guest(run, run.node.running(run.ctid).get("hostname", ""))
    if run.command == "exec3":
        rc = ended(run, inside.execute, argv)
    elif argv[0] == "-":  # a script over standard input, whatever follows (read, not run)
        rc = ended(run, inside.shell)
    else:
        rc = ended(run, inside.shell, line)
    return codes.COMMAND_EXECUTION_ERROR if rc and run.command == "exec" else rc


def ended(run, start, *what, **streams):
    """Run something inside. A signal is status 3; a program that cannot start says nothing."""
    from vzsim import guest

    try:
        rc, killed = start(*what, **streams)
    except guest.NotStartedError:
        return NOT_STARTED
    except guest.UnavailableError as problem:
        write(2, f"{problem}\n")
        return codes.SYSTEM_ERROR
    if killed:
        run.complain(f"Got signal {killed}")
        return codes.SYSTEM_ERROR
    return rc


def read_script(run, argv):
    if not argv:
        raise Failed(codes.PARAM_SYNTAX, "Script not specified", loud=True)
    return argv[0]


def run_script(run, path):
    """Run a script of the node inside; a stopped container is set up for it without a word (read, not run)."""
    place = path if os.path.isfile(path) and not path.startswith("/") else run.node.path(path)
    if not os.path.isfile(place):
        raise Failed(codes.NOSCRIPT, f"Script not found: {path}")
    run.require_places()
    mounting.require_private(run)
    if run.is_running():
        return run_text(run, path, place, run.node.running(run.ctid).get("hostname", ""))
    ready.check_memory(run)
    mounted = run.is_mounted()
    if not os.path.exists(run.root):
        reason = f"Can't chdir {run.root}: No such file or directory"
        raise Failed(codes.RESOURCE_ERROR, f"{reason}\nNot enough resources to start environment")
    if not mounted:
        mounting.attach(run)
    try:
        return run_text(run, path, place, "localhost")
    finally:
        if not mounted:
            run.node.set_mounted(run.ctid)


def run_text(run, path, place, hostname):
    from vzsim import guest

    run.say(f"Running container script: {path}", level=1)
    return ended(run, guest.Guest(run, hostname).shell, stdin=read_text(place))


def read_enter(run, argv):
    if argv and argv[0] != "--exec":
        raise Failed(codes.PARAM_SYNTAX, f"Invalid option '{argv[0]}'", loud=True)
    if argv and not (argv[1:] and argv[1]):
        raise Failed(codes.PARAM_SYNTAX, "No command line given for --exec", loud=True)


def enter(run, options=None):
    """There is never a terminal here."""
    if not run.is_running():
        raise Failed(codes.VE_NOT_RUNNING, "Container is not running")
    run.say("Entering CT", level=1)
    run.say("Unable to open pty: No such file or directory")
    run.say(f"enter into CT {run.ctid} failed")


def console(run, argv):
    """``vzctl console 101 [ttyno]``; the message for an invalid number is read, not run."""
    if len(argv) > 1:
        raise Failed(codes.PARAM_SYNTAX, "Invalid syntax: too many parameters!")
    number, tail = scan_int(argv[0]) if argv else (0, "")
    if tail or not 0 <= number <= INT_MAX:
        raise Failed(codes.PARAM_VALUE, f"Invalid tty number: {argv[0]}")
    raise Failed(codes.SYSTEM_ERROR, "Error in VE_CONFIGURE_OPEN_TTY: Bad file descriptor")
