"""
A model of two nodes and of vzmigrate between them, for the driver: no files, no Salt, and every fault there is.

It is as unkind as the real ones: a copy looks whole as soon as it has a configuration and some files, vzmigrate's code
says little, and what is killed leaves everything as it was. Each `tick` is one thing that happens while nobody looks.
"""

import contextlib
import copy
from dataclasses import dataclass, field

from vzdomain.errors import RefusedError
from vzdomain.fleet.moving.values import NoAnswerError

CTID, UUID, NAME = "101", "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001", "web01"
PHASES_UP = ("prepare", "conf", "rsync1", "stop", "rsync2", "start", "handover")
PHASES_DOWN = ("prepare", "conf", "rsync1", "handover")
LINES = {
    "prepare": "Starting migration of CT 101 to hn2",
    "conf": "Preparing remote node",
    "rsync1": "Syncing private",
    "stop": "Stopping container",
    "rsync2": "Syncing private",
    "start": "Starting container",
    "handover": "Cleaning up",
}
RC = {"prepare": 9, "conf": 15, "rsync1": 6, "stop": 8, "rsync2": 6, "start": 7}


class RunnerDied(BaseException):
    """The process that drives the move is gone."""


@dataclass
class Node:
    """What one node has of the container."""

    name: str
    conf: str | None = None  # "conf", "migrated"
    area: set | None = None  # the numbers of what was written into it
    is_partly: bool = False
    is_up: bool = False
    onboot: bool = False
    mark: str | None = None
    intent: dict | None = None
    silent: int = 0  # ticks
    refuses: set = field(default_factory=set)  # steps that fail here
    start_fails: bool = False

    @property
    def is_whole(self):
        return self.conf == "conf" and self.area is not None

    def boot(self):
        """The node was without power: nothing runs, and what starts at boot is started."""
        self.is_up = self.is_whole and self.onboot


class World:
    """hn1 has the container; `vzmigrate` is what runs there now: its phase, or ``None``."""

    def __init__(self, is_up=True):
        self.a, self.b = Node("hn1"), Node("hn2")
        self.nodes = {"hn1": self.a, "hn2": self.b}
        self.a.conf, self.a.area, self.a.is_up, self.a.onboot, self.a.mark = "conf", {0}, is_up, True, "hn1"
        self.was_up_at_send, self.writes = is_up, 1
        self.left, self.log, self.rc, self.is_orphan_start = [], [], None, False
        self.faults, self.late, self.told = {}, [], False
        self.events, self.ticks = [], 0
        self.calls = []
        self.after = lambda step: None  # what happens when a step was held up

    # time

    def tick(self, seconds=0):
        """One thing happens: what `events` says for now, or vzmigrate goes a step further."""
        event = self.events.pop(0) if self.events else "on"
        self.ticks += 1
        for node in self.nodes.values():
            node.silent = max(0, node.silent - 1)
            if node.is_up:
                self.writes += 1
                node.area.add(self.writes)
        self._happens(event)
        self.check()

    def _happens(self, event):
        word, *more = event.split()
        getattr(self, f"_{word}")(*more)

    def check(self):
        """What holds at every moment."""
        if not self.told:
            kept = set().union(*(node.area or () for node in self.nodes.values()))
            lost = {0, *range(2, self.writes + 1)} - kept
            assert not lost, f"lost what was written: {sorted(lost)[:3]}"
        assert any(node.area is not None and 0 in node.area and not node.is_partly for node in self.nodes.values())

    def _on(self):
        if self.is_orphan_start:
            self.is_orphan_start = False
            self._start_b()
        elif self.left:
            self._advance()

    def _rest(self):
        pass

    def _silent(self, node, ticks):
        self.nodes[node].silent = int(ticks)

    def _boots(self, node):
        if node == "hn1" and self.left:
            self._dies()
        self.is_orphan_start = False
        if node == "hn2" and self.left:
            self.faults[self.left[0]] = "lost"
        self.nodes[node].boot()

    def _dies(self):
        """vzmigrate is killed; the ssh that starts the container on the other node goes on."""
        if self.left:
            self.is_orphan_start = "Starting container" in self.log and self.left[0] == "start" and not self.b.is_up
            self.left = []

    def _runner(self):
        raise RunnerDied

    def _later(self, node, step=None):
        """The next step for that node arrives when nobody expects it any more."""
        self.late.append([node, None, step])

    def _arrives(self):
        for held in self.late:
            if held[1]:
                node, step, arguments = held[1]
                self.late.remove(held)
                with contextlib.suppress(RefusedError):
                    self._step(node, step, **arguments)
                return

    def arrive_all(self):
        """All that was held up comes at last."""
        while any(held[1] for held in self.late):
            self._arrives()

    def recovers(self):
        """Nothing fails any more."""
        self.events, self.faults = [], {}
        self.late = [held for held in self.late if held[1]]
        for node in self.nodes.values():
            node.silent, node.start_fails = 0, False

    # vzmigrate

    def _advance(self):
        phase = self.left[0]
        self.log.append(LINES[phase])
        fault, _, event = self.faults.pop(phase, "").partition(" and ")
        if event:
            self._happens(event)
        if fault == "kill":
            return self._dies()
        if fault in ("fail", "lost", "half"):
            return self._failed(phase, fault)
        getattr(self, f"_phase_{phase}")()
        self.left = self.left[1:]
        if not self.left:
            self.rc = 0
        return None

    def _phase_prepare(self):
        pass

    def _phase_conf(self):
        self.b.conf, self.b.onboot, self.b.mark = "conf", self.a.onboot, self.a.mark

    def _phase_rsync1(self):
        self.b.area, self.b.is_partly = set(self.a.area), self.was_up_at_send

    def _phase_stop(self):
        self.a.is_up = False

    def _phase_rsync2(self):
        self.b.area, self.b.is_partly = set(self.a.area), False

    def _phase_start(self):
        self._start_b()
        if not self.b.is_up:
            self._failed("start", "fail")

    def _start_b(self):
        assert not self.b.is_partly, "half a container is started"
        self.b.is_up = self.b.is_whole and not self.b.start_fails

    def _phase_handover(self):
        self.a.conf, self.b.is_partly = "migrated", False

    def _failed(self, phase, fault):
        """`lost`: the line is gone, and nothing is cleaned on the other node; `half`: it runs all the same."""
        if phase in ("prepare", "handover"):  # the one has done nothing there, and the other says 0
            self.rc, self.left = RC.get(phase, 0), []
            return
        if phase == "rsync1" and self.b.conf:
            self.b.area, self.b.is_partly = set(), True
        if phase == "start" and fault in ("lost", "half") and self.b.is_whole:
            self.b.is_up = not self.b.start_fails
        if fault == "fail" or (fault == "half" and not self.b.is_up):
            self._clean_b()
        self.rc, self.left = RC.get(phase, 0), []
        if self.was_up_at_send and not self.a.is_up and phase in ("rsync2", "start"):
            self.a.is_up = not self.a.start_fails

    def _clean_b(self):
        self.b.conf, self.b.area, self.b.is_partly, self.b.is_up = None, None, False, False

    # the function of the nodes

    def ask(self, node, step, **arguments):
        self.tick()
        self.calls.append((node, step))
        held = next((one for one in self.late if one[:2] == [node, None] and one[2] in (None, step)), None)
        if held and not step.startswith(("look", "check")):
            held[1] = (node, step, arguments)
            event = self.after(step)
            if event:
                self._happens(event)
            raise NoAnswerError(f"{node} did not answer")
        if self.nodes[node].silent:
            raise NoAnswerError(f"{node} did not answer")
        answer = self._step(node, step, **arguments)
        try:
            self.tick()
        except RunnerDied:
            raise
        if self.nodes[node].silent:
            raise NoAnswerError(f"{node} did not answer")
        return copy.deepcopy(answer)

    def _step(self, name, step, move, **arguments):
        node = self.nodes[name]
        self._refuse(step in node.refuses, f"{step} failed")
        if step not in ("look", "intend", "check_source", "check_destination", "check_program", "clean"):
            self._fenced(node, move, arguments.pop("turn"))
        return getattr(self, f"_do_{step}")(node, move, **arguments)

    @staticmethod
    def _fenced(node, move, turn):
        intent = node.intent
        World._refuse(not intent or intent["id"] != move["id"], "no such move is under way here")
        World._refuse(intent["turn"] != turn or intent["driver"] != move["driver"], "this step is out of date")

    @staticmethod
    def _refuse(is_wrong, why):
        if is_wrong:
            raise RefusedError(why)

    def _do_look(self, node, move):
        if node.intent and move.get("id") == node.intent.get("id") and move["driver"] == node.intent["driver"]:
            node.intent["turn"] += 1
        return self._seen(node)

    def _seen(self, node):
        is_source = node is self.a
        return {
            "node": node.name,
            "family": 4,
            "ctid": CTID,
            "name": NAME,
            "uuid": UUID if node.conf else None,
            "intent": copy.deepcopy(node.intent),
            "turn": (node.intent or {}).get("turn"),
            "registered": node.conf == "conf",
            "area": node.area is not None,
            "whole": node.is_whole,
            "handed_over": node.conf == "migrated",
            "status": "running" if node.is_up else "stopped" if node.conf == "conf" else "none",
            "onboot": node.onboot,
            "marked_by": node.mark,
            # On the destination nobody is seen between two commands of vzmigrate.
            "at_work": ["vzmigrate"] if self.is_orphan_start or (is_source and self.left) else [],
            "start_sent": is_source and "Starting container" in self.log,
            "touched": is_source and "Preparing remote node" in self.log,
            "rc": self.rc if is_source else None,
            "log": list(self.log) if is_source else [],
        }

    def _do_check_source(self, node, move):
        problems = [] if node.is_whole else [["gone", f"{NAME} is not whole here", "look"]]
        facts = {"ctid": 101, "uuid": UUID, "name": NAME, "status": "running" if node.is_up else "stopped"}
        return {"facts": facts, "problems": problems, "warnings": []}

    def _do_check_destination(self, node, move, facts):
        problems = [["orphan", "an area is there", "remove it"]] if node.area is not None or node.conf else []
        return {"facts": {"ssh_host": node.name}, "problems": problems, "warnings": []}

    def _do_check_program(self, node, move, to):
        assert move["id"] and to == "hn2"
        return {"facts": {}, "problems": [], "warnings": []}

    def _do_intend(self, node, move, noted=None, take_over=False):
        intent = node.intent
        is_others = intent and (intent["id"] != move["id"] or (intent["driver"] != move["driver"] and not take_over))
        self._refuse(is_others, "another move is under way")
        if not intent:
            if node is self.a:
                self._refuse(not node.is_whole, "there is no such container")
                noted = {"status": "running" if node.is_up else "stopped", "onboot": node.onboot}
            assert noted
            self._refuse(node is self.b and (node.area is not None or node.conf), "something is there already")
            more = {"since": 0, "sent": None, "gave_way": None, "owned": None, "turn": 0, "keep_for": None}
            node.intent = {**move, **more, **noted, "role": "source" if node is self.a else "destination"}
            if node is self.a:
                self.log, self.rc = [], None
        node.intent = {**node.intent, "driver": move["driver"], "turn": node.intent["turn"] + 1}
        if node is self.a:
            node.onboot = False
        return self._seen(node)

    def _do_send(self, node, move, to):
        assert to == "hn2", "nobody has said how the destination is reached"
        if not node.intent["sent"]:
            node.intent["sent"] = 1
            self.was_up_at_send = node.is_up
            self.left = list(PHASES_UP if node.is_up else PHASES_DOWN)
        return self._seen(node)

    def _do_own(self, node, move, power):
        other = self.b if node is self.a else self.a
        if power == "running" and not node.is_up:
            assert not other.is_up, f"{node.name} is started while {other.name} runs"
            assert not self.is_orphan_start and not self.left, f"{node.name} is started while vzmigrate is at work"
            if node.start_fails:
                raise RefusedError("it does not start")
        assert node.area is not None and not node.is_partly, "half a container is given an owner"
        node.conf, node.is_up = "conf", power == "running"
        node.onboot, node.mark = True, node.name
        node.intent["owned"] = 1
        return self._seen(node)

    def _do_give_way(self, node, move, proof, told):
        assert proof["whole"] and (proof["status"] == "running" or not node.is_up)
        node.intent["gave_way"] = {"run": move["driver"]["run"], "time": 0, "told": told}
        self.told |= told
        node.is_up = False
        return self._seen(node)

    def _do_clear(self, node, move, proof):
        assert proof["whole"] and not node.is_up, "removed without proof"
        if node.intent["gave_way"]:
            assert self.told, "removed what may have run before a person was told"
        self._clean_b()
        return self._seen(node)

    def _do_clean(self, node, move, proof):
        assert proof["whole"] and not node.is_up
        if node.conf != "conf":
            node.conf, node.area = None, None
        return self._seen(node)

    def _do_close(self, node, move, owner, keep_for, proof):
        assert proof["whole"]
        if node is self.a and owner == "destination" and node.conf:
            assert not node.is_up
            node.conf = "migrated"
        node.intent = None
        return self._seen(node)
