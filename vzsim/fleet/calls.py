"""
The steps of a program that moves containers: the programs it runs, and the faults that strike there.
"""

import json
import os

from vzsim import programs
from vzsim.codes import write
from vzsim.fleet import peers, processes, rsync
from vzsim.node import faults

REMOTE = ("ssh", "scp", "rsync")
SIGNALS = {"TERM": 15, "KILL": 9}
NOT_FOUND = 127
LOST = 255  # of ssh


class Calls:
    """
    What one run of a program calls; ``node`` is where it runs, ``words`` are its arguments.

    ``Calls(node, "vzmigrate", ["hn2", "101"])``; `run` and `here` are described in :mod:`vzsim.fleet`.
    """

    def __init__(self, node, program, words):
        self.node = node
        self.program = program
        self.words = words
        self.is_lost = False
        self.pid = os.getpid()  # whom a fault kills

    def run(self, step, words, quiet=False, capture=False):
        """
        Run a program of this node as a process of its own and wait; an ``Ended(rc, text)``.

        ``quiet``: nothing of what it prints is shown. ``capture``: its output is in ``text``.
        """
        fault = self._fault(step, words)
        return processes.run(self._shown(words), lambda: self._become(words, fault), quiet, capture)

    def start(self, step, words, streams):
        """Begin a program and do not wait for it; its process id."""
        fault = self._fault(step, words)
        return processes.start(self._shown(words), lambda: self._become(words, fault), streams)

    def _shown(self, words):
        """A command line that tells whose program it is; those that reach other nodes are known by their targets."""
        if not words or words[0] in REMOTE:
            return words
        return [f"{self.node.directory}/bin/{words[0]}", *words[1:]]

    def work(self, step, words, act, begin):
        """
        Call ``act()`` in a process of its own, seen under a command line, and wait; its exit status.

        ``begin()`` is what it does before a fault can strike.
        """
        fault = self._fault(step, words) or {}
        if self.is_lost:
            fault = {**fault, "rc": LOST}
        return processes.run(words, lambda: self._act(act, begin, fault)).rc

    def _act(self, act, begin, fault):
        comes_after = fault.get("when") == "after"
        begin()
        with programs.shown(self.node.directory):
            rc = None if comes_after else faults.strike(fault)
            if rc is None:
                rc = act()
                struck = faults.strike(fault) if comes_after else None
                rc = rc if struck is None else struck
        return rc

    def here(self, step):
        """A step without a program: an exit code if a fault says one, else ``None``."""
        fault = self._fault(step, [])
        return faults.strike(fault) if fault else None

    def _fault(self, step, words):
        """The fault of a step as the program that is run there has to meet it."""
        fault = faults.matching(self.node, self.program, self.words, step)
        is_remote = words[:1] and words[0] in REMOTE
        if fault is None:
            return self._cut(words, {}) if self.is_lost and is_remote else None
        fault = {key: value for key, value in fault.items() if key not in ("step", "program", "command", "times")}
        if fault.get("kill"):
            fault |= {"kill": SIGNALS[fault["kill"]], "pid": self.pid}
        if fault.get("lost"):
            self.is_lost = True
        if self.is_lost and is_remote:
            return self._cut(words, fault)
        if words[:1] == ["rsync"] and fault.get("rc") and "stderr" not in fault:
            fault["stderr"] = rsync.broken_off(fault["rc"])
        return fault

    def _cut(self, words, fault):
        """What a call finds whose connection is gone, or goes after the work is done."""
        said = f"ssh: {peers.no_route(_host(words))}\n"
        said += rsync.broken_off(LOST) if words[0] == "rsync" else ""
        return {"stderr": said, **fault, "rc": 1 if words[0] == "scp" else LOST}

    def _become(self, words, fault):
        os.environ.pop("VZSIM_FAULT", None)
        if fault:
            os.environ["VZSIM_FAULT"] = json.dumps(fault)
        if words and words[0] in programs.programs_of(self.node.directory):
            return programs.main(words[0], self.node.directory, words[1:])
        return self._other(words, fault or {})

    def _other(self, words, fault):
        """Run a program that somebody has put into the node's bin directory."""
        name = words[0] if words else ""
        path = f"{self.node.directory}/bin/{os.path.basename(name)}"
        rc = faults.strike(fault) if fault and fault.get("when") != "after" else None
        if rc is not None:
            return rc
        if not os.access(path, os.X_OK) or not os.path.isfile(path):
            write(2, f"{name}: not found\n")
            return NOT_FOUND
        rc = processes.wait(os.posix_spawn(path, words, os.environ))
        struck = faults.strike(fault) if fault.get("when") == "after" else None
        return rc if struck is None else struck


def _host(words):
    """``["ssh", "-o", "BatchMode=yes", "root@hn2", "true"]`` -> ``"hn2"``"""
    found = next((word for word in words if word.startswith("root@")), "root@?")
    return found.removeprefix("root@").partition(":")[0]
