"""
The connection of vzmigrate with vzmdest: requests and replies, one line of JSON each, through ssh.

What happens on the other node is a step like others: a fault goes there with the request and strikes there.
"""

import contextlib
import json
import os

from vzsim.codes import write
from vzsim.fleet import processes
from vzsim.fleet.calls import SIGNALS
from vzsim.fleet.seven import failures
from vzsim.fleet.seven.failures import MoveFailed
from vzsim.node import faults

VERSION = 709  # of the protocol
SSH = (
    "ssh", "-T", "-q", "-o", "StrictHostKeyChecking=no", "-o", "CheckHostIP=no", "-o", "UserKnownHostsFile=/dev/null",
)  # fmt: skip
NOT_FOUND = 127


class Channel:
    """``channel.ask("checks-name", "name", name="web1")`` -> the reply, a dictionary; fails with its code."""

    def __init__(self, calls, to, entry):
        """Start vzmdest on ``to``, ``(user, host)``; ``entry`` says which container goes where."""
        self.calls = calls
        self.host = to[1]
        self.buffer = b""
        down, self.out = os.pipe()
        self.source, up = os.pipe()
        words = [*SSH, f"{to[0]}@{to[1]}", f"vzmdest {VERSION} {entry}"]
        self.pid = calls.start("connect", words, (down, up, 2))
        os.close(down)
        os.close(up)
        self._greet()

    def _greet(self):
        hello = self._read()
        if hello is None:
            rc = self.close()
            missing = "seems you need install migrate package on destination node"
            text = missing if rc == NOT_FOUND else "can't connect to destination node"
            write(2, f"Can not create connection to {self.host}\n")
            raise MoveFailed(failures.CANNOT_CONNECT, text)
        if hello.get("rc"):
            raise MoveFailed(hello["rc"], hello.get("text", ""))

    def ask(self, step, command, **arguments):
        fault = self._fault(step)
        request = {"command": command, "step": step, **arguments, "fault": {**fault, "pid": self.calls.pid}}
        is_lost, comes_after = fault.get("lost"), fault.get("when") == "after"
        if is_lost and not comes_after:
            self.cut()
            raise self._broken()
        self._send(request)
        reply = self._read()
        if is_lost:
            self.cut()
        if reply is None or is_lost:
            raise self._broken()
        for line in reply.get("said", ()):
            write(2, line + "\n")
        if reply.get("rc"):
            raise MoveFailed(reply["rc"], reply.get("text", ""))
        return reply

    def _fault(self, step):
        found = faults.matching(self.calls.node, self.calls.program, self.calls.words, step)
        left_out = ("step", "program", "command", "times")
        kept = {key: value for key, value in (found or {}).items() if key not in left_out}
        if kept.get("kill"):
            kept["kill"] = SIGNALS[kept["kill"]]
        return kept

    def cut(self):
        """The line breaks here and now."""
        self.calls.is_lost = True
        self._close_ends()

    def _broken(self):
        return MoveFailed(failures.BROKEN, "can not read reply from destination node")

    def _send(self, request):
        try:
            os.write(self.out, json.dumps(request).encode() + b"\n")
        except OSError:
            raise self._broken() from None

    def _read(self):
        """The next reply; ``None`` if the other end is gone."""
        line = read_line(self)
        return None if line is None else json.loads(line)

    def finish(self):
        """Let vzmdest end, and wait until it has taken back what it had to."""
        self._close_ends(but_source=True)
        with contextlib.suppress(OSError):
            while os.read(self.source, 4096):
                pass

    def close(self):
        """The exit status of ssh."""
        self._close_ends()
        return processes.wait(self.pid)

    def _close_ends(self, but_source=False):
        for name in ("out",) if but_source else ("out", "source"):
            with contextlib.suppress(OSError):
                os.close(getattr(self, name))
            setattr(self, name, -1)


def read_line(end):
    """The next line from ``end.source``; ``None`` at its end."""
    while b"\n" not in end.buffer:
        try:
            part = os.read(end.source, 65536)
        except OSError:
            part = b""
        if not part:
            return None
        end.buffer += part
    line, _, end.buffer = end.buffer.partition(b"\n")
    return line
