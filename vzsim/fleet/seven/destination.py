"""
``vzmdest VERSION SRC:DST[:AREA[:ROOT]]``: the other end of vzmigrate, which ssh starts on the node that a container
moves to. It does what it is asked, and takes everything back when the connection ends before the move has.
"""

import json
import os

from vzsim.codes import Failed, write
from vzsim.files import write_text
from vzsim.fleet import processes, trees
from vzsim.fleet.calls import Calls
from vzsim.fleet.seven import arrival, failures
from vzsim.fleet.seven.channel import read_line
from vzsim.fleet.seven.failures import MoveFailed
from vzsim.node import faults

OLDEST = 612  # the first version of the protocol that it understands


def main(node, words):
    """Run ``vzmdest``; the exit status."""
    if len(words) != 2 or not words[0].isdigit():
        write(2, "Usage: vzmdest VERSION {CT List}\n")
        return failures.USAGE
    end = Session(node, words)
    if int(words[0]) < OLDEST:
        text = "Can not perform migration from elder version, please run yum update on the source side"
        end.reply({"rc": failures.SYSTEM, "text": text})
        return failures.SYSTEM
    end.reply({"rc": 0})
    try:
        return end.serve()
    finally:
        end.state.cleaning.run()
        end.state.container.unlock()


class Session:
    """One connection: requests from standard input, replies to what was standard output."""

    def __init__(self, node, words):
        self.source = 0
        self.buffer = b""
        self.out = os.dup(1)
        nowhere = os.open(processes.NOWHERE, os.O_WRONLY)
        os.dup2(nowhere, 1)  # nothing that the node's own programs say gets between the replies
        os.close(nowhere)
        self.state = arrival.Arrival(node, Calls(node, "vzmdest", words), words[1])

    def reply(self, answer):
        """Whether it was sent."""
        data = json.dumps(answer).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self.out, data) :]
        except OSError:
            return False
        return True

    def serve(self):
        while (line := read_line(self)) is not None:
            request = json.loads(line)
            answer = self._answer(request)
            if not self.reply(answer):
                return failures.BROKEN
            if request["command"] == "final" and not answer["rc"]:
                self.state.cleaning.forget()
        return 0

    def _answer(self, request):
        """Do what is asked; a fault strikes before or after it."""
        fault = request.get("fault", {})
        comes_after = fault.get("when") == "after"
        rc = None if comes_after else faults.strike(fault)
        answer = _failed(fault, rc) if rc else self._done(request)
        rc = faults.strike(fault) if comes_after else None
        return _failed(fault, rc) if rc else answer

    def _done(self, request):
        act = COMMANDS.get(request["command"])
        if act is None:
            return {"rc": failures.UNKNOWN_COMMAND, "text": f'unknown command: "{request["command"]}", ignored'}
        try:
            return {"rc": 0, **(act(self.state, request) or {})}
        except (MoveFailed, Failed, OSError) as failure:
            problem = failures.as_move(failure)
            return {"rc": problem.rc, "text": problem.text}


def _failed(fault, rc):
    return {"rc": rc, "text": (fault.get("stderr") or "").strip()}


# p.haul-service


SERVICE = ["/usr/libexec/phaul/p.haul-service", "--fdrpc", "--fdmem", "--fdfs"]


def copy_contents(state, request):
    """Take over what p.haul sends of the disks: ``pairs`` of real places here and there."""
    for source, target in request["pairs"]:
        os.makedirs(target, exist_ok=True)
        failures.require(processes.run(SERVICE, _copy(source, target)).rc, "p.haul-service")


def _copy(source, target):
    owner = os.getpid()
    copy = trees.Copy({*"rlptgoDHXc", "delete"}, [], lambda: os.getppid() != owner)
    return lambda: copy.run(f"{source}/", target)


def start(state, request):
    """Start the container, or let the processes of its dump go on."""
    container = state.container
    if request.get("record"):
        dump = f"{container.area}/dump/Dump"
        os.makedirs(dump, exist_ok=True)
        write_text(f"{dump}/vzsim.json", json.dumps(request["record"]))
    command = "resume" if request.get("record") else "start"
    failures.require(container.vzctl(command, command), "vzctl")


COMMANDS = {
    "init": arrival.Arrival.begin,
    "shared": arrival.Arrival.look_for_shared,
    "keep": arrival.Arrival.tell_of_kept,
    "technologies": arrival.Arrival.check_technologies,
    "space": arrival.Arrival.check_space,
    "name": arrival.Arrival.check_name,
    "conf": arrival.Arrival.take_conf,
    "rate": arrival.Arrival.check_rate,
    "copy": arrival.Arrival.expect_copy,
    "contents": copy_contents,
    "start": start,
    "final": arrival.Arrival.finish,
}
