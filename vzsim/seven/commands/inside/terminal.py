"""``vzctl enter``, ``console``, ``monitor`` and ``execaction``, none of which has a terminal here."""

from vzsim import codes
from vzsim.codes import Failed, write
from vzsim.seven.commands.inside.execute import LIBRARY_ERROR
from vzsim.seven.grammar import getopt

NO_TERMINAL = "Inappropriate ioctl for device"
FIRST_TTY, LAST_TTY = 1, 12
DEFAULT_TTY = 2


def read(run, argv):
    """Any words are taken."""
    return argv


def read_nothing(run, argv):
    getopt.parse_none(run, argv)


def enter(run, _):
    """That it fails without a terminal is assumed."""
    if not run.is_running():
        raise Failed(codes.VE_NOT_RUNNING, "Container is not running")
    raise Failed(codes.SYSTEM_ERROR, f"Unable to get term attr: {NO_TERMINAL}")


def read_console(run, argv):
    """The number of the tty. With more words all but the last are refused; read, not run."""
    words = getopt.split(run, argv, {"start": False}, {"s": "start"})[1]
    if words and not words[0].isdecimal():
        write(2, f"Incorrect tty number '{words[0]}' is specified")
        raise Failed(codes.PARAM_VALUE)
    getopt.refuse(words[:-1])
    return int(words[0]) if words else DEFAULT_TTY


def console(run, number):
    """It attaches even to a container that does not run, and ends at once; the number of the tty is assumed."""
    if not FIRST_TTY <= number <= LAST_TTY:
        raise Failed(codes.PARAM_VALUE, f"Invalid tty number: {number}")
    lines = (
        f"Attached to CT {run.ctid} tty{number} (type ESC . to detach)",
        f"Error opening CT tty: {NO_TERMINAL}",
        f"vzctl: Unable to get window size: {NO_TERMINAL}",
        f"Unable to get term attr: {NO_TERMINAL}",
        f"vzctl: vzctl: stdin read error: {NO_TERMINAL}",
        f"Unable to restore terminal attributes: {NO_TERMINAL}",
        "",
        f"Detached from CT {run.ctid}",
    )
    write(2, "".join(line + "\n" for line in lines))


def monitor(run, argv):
    """There is nobody who would report events."""
    return LIBRARY_ERROR


def read_action(run, argv):
    if not argv:
        write(2, "No command to execute by vzctl exec\n")
        raise Failed(codes.PARAM_SYNTAX)
    return argv


def action(run, argv):
    """No action is installed."""
    raise Failed(codes.PARAM_VALUE, f"Action {argv[0]} is not found")
