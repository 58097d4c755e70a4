"""
Ends a process with SIGKILL at its n-th observable operation: the minion (a forked child), or vzctl, or both.

Observable is what changes files below given directories, and the start of a program that changes something. An audit
hook sees each just before it happens; "just after it" is just before the next one.
"""

import json
import os
import re
import signal
import sys

CHANGING = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.chmod", "os.chown")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
NO_CHANGE = ("--version", "status")  # commands of vzctl
# One file of a template stands for all. To open a file that is only locked changes nothing.
# A kernel has an address and shows it in the same moment; vzsim writes a record and then these files.
PASSED_OVER = re.compile(
    r"\.tmp/(?!etc/passwd)|\.lock$|\.lck\.\d+$|/(calls\.jsonl|kill\.json)|/proc/(vz(/veinfo|$)|net(/|$))"
)

VZCTL = """\
#!{python} -IS
import os
import sys

sys.path[:0] = [{tests!r}, {package!r}]
import interrupting

interrupting.arm_vzctl({directory!r}, sys.argv[1:])
from vzsim import programs

os._exit(programs.main("vzctl", {directory!r}, sys.argv[1:]))
"""


class Hook:
    """Calls `act` at the operation number `at` below `places`."""

    def __init__(self, at, act, *places):
        self.left, self.act, self.places = at, act, tuple(map(str, places))

    def __call__(self, event, arguments):
        if self.left and self._counts(event, arguments):
            self.left -= 1
            if not self.left:
                self.act()

    def _counts(self, event, arguments):
        if event == "subprocess.Popen":
            return str(arguments[1][0]).endswith(("/vzctl", "/ip")) and arguments[1][1] not in NO_CHANGE
        if event != "open" and event not in CHANGING:
            return False
        if event == "open" and not (arguments[2] or 0) & WRITING:
            return False
        path = str(arguments[0])
        return path.startswith(self.places) and not PASSED_OVER.search(path)


def kill_at(number, places, do, *arguments):
    """Do it in a child that is killed at operation `number` below `places`; tells whether it came to its end."""
    child = os.fork()
    if not child:
        code = 1
        try:
            sys.addaudithook(Hook(number, _die, *places))
            do(*arguments)
            code = 0
        finally:
            os._exit(code)
    return not _outcome(child)


def kill_while_vzctl(node, word, number, whom, do, *arguments):
    """
    Do it in a child that is killed when a vzctl that was given `word` is at its operation `number`.

    Tells whether it came to that. `whom` is ``"minion"``: vzctl goes on alone, after a while; or ``"both"``.
    """
    order = node.directory / "kill.json"
    order.write_text(json.dumps({"word": word, "at": number, "whom": whom}))
    child = os.fork()
    if not child:
        code = 1
        try:
            do(*arguments)
            code = 0
        finally:
            os._exit(code)
    _outcome(child)
    struck = not order.exists()
    order.unlink(missing_ok=True)
    return struck


def install_vzctl(node):
    """Put a vzctl into the node that obeys `kill_while_vzctl`."""
    (node.directory / "bin/vzctl").write_text(vzctl(str(node.directory)))


def vzctl(directory):
    """The text of that vzctl."""
    tests = os.path.dirname(os.path.abspath(__file__))
    return VZCTL.format(python=sys.executable, tests=tests, package=os.path.dirname(tests), directory=directory)


def arm_vzctl(directory, argv, minion=None):
    """In vzctl's own process: if it is the one that is meant, wait for the operation. `minion` is who started it."""
    order = f"{directory}/kill.json"
    try:
        with open(order, encoding="ascii") as stream:
            said = json.load(stream)
    except FileNotFoundError:
        return
    if said["word"] in argv:
        sys.addaudithook(Hook(said["at"], Strike(order, said["whom"], minion or os.getppid()), directory))


class Strike:
    """Kills the minion that waits for this vzctl."""

    def __init__(self, order, whom, minion):
        self.order, self.whom, self.minion = order, whom, minion

    def __call__(self):
        os.unlink(self.order)
        os.kill(self.minion, signal.SIGKILL)
        if self.whom == "both":
            _die()
        __import__("time").sleep(0.3)


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


def _outcome(child):
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"the run ended by itself with code {code}"
    return code
