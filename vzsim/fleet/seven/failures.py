"""Exit codes of ``vzmigrate(8)`` of vzctl 7 to 9, by the names of its sources, and how a move fails."""

from vzsim.codes import Failed

USAGE = 1
SYSTEM = 2
LOCK = 3
CANNOT_CONNECT = 4
SPECIAL = 5
EXISTS = 9
NO_SUCH = 10
MOUNT_SCRIPT = 13
BROKEN = 21  # the connection
TERMINATED = 25
PROTOCOL = 26
SUSPENDED = 29
DISK_SPACE = 31
TECHNOLOGIES = 32
RATE = 33
EQUAL = 34
BIND_MOUNT = 36
LIBRARY = 43  # libvzctl
NAME_TAKEN = 45
NOT_SHARED = 46
UNKNOWN_COMMAND = 47
SIGNALED = 53  # a program that it runs (assumed, like the next one)
EXITED = 54
PHAUL = 73


class MoveFailed(Exception):
    """A move ends with this exit code; the text says why."""

    def __init__(self, rc, text=""):
        super().__init__(text)
        self.rc = rc
        self.text = text


class Terminated(Exception):
    """A signal has come."""


def require(rc, program):
    """Fail if a program has failed; ``rc`` is as a shell has it."""
    if rc > 128:
        raise MoveFailed(SIGNALED, f"{program} got signal {rc - 128}")
    if rc:
        raise MoveFailed(EXITED, f"{program} exited with code {rc}")


def as_move(failure):
    """What any failure of a step means for the move."""
    if isinstance(failure, MoveFailed):
        return failure
    if isinstance(failure, Terminated):
        return MoveFailed(TERMINATED, "terminated")
    if isinstance(failure, Failed):
        return MoveFailed(LIBRARY, failure.message or "")
    return MoveFailed(SYSTEM, f"{failure.filename}: {failure.strerror}")
