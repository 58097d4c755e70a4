"""
A model of a conversion's two nodes, for its driver: no files, no Salt, and every fault there is.

What is written into the container is a growing set of numbers: none may be lost, and no two of it may ever run.
"""

import itertools
import random
from dataclasses import dataclass, field

from vzdomain.errors import RefusedError
from vzdomain.fleet.convert import drive
from vzdomain.fleet.moving.drive import Means
from vzdomain.fleet.moving.values import NoAnswerError

CTID, UUID, NAME = "101", "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001", "shop"
UP = "running"
_RUNS = itertools.count()


class RunnerDied(BaseException):
    """The process that drives it is gone."""


@dataclass
class Node:
    name: str
    there: bool = False
    whole: bool = False
    up: bool = False
    onboot: bool = False
    disabled: bool = False
    mounted: bool = False
    handed_over: bool = False
    intent: dict | None = None
    files: set = field(default_factory=set)


class World:
    """hn1 has the container, which writes while it runs; vz1 makes it anew."""

    def __init__(self, seed=0, is_up=True, faults=0.0):
        self.a = Node("hn1", True, True, is_up, True, files={0})
        self.b = Node("vz1")
        self.nodes = {"hn1": self.a, "vz1": self.b}
        self.random, self.faults, self.was_up = random.Random(seed), faults, is_up
        self.rsync = None  # what runs: its pass
        self.copied, self.rc, self.wrong, self.has_problem = None, None, None, None
        self.ticks, self.writes, self.is_back, self.calls = 0, 0, False, []

    # time

    def tick(self, seconds=0):
        self.ticks += 1
        for node in self.nodes.values():
            if node.up:
                self.writes += 1
                node.files.add(self.writes)
        if self.rsync:
            self._copy()
        if self._chance():
            self._boot(self.random.choice(list(self.nodes.values())))
        self.check()

    def _chance(self):
        return self.random.random() < self.faults

    def _copy(self):
        which, self.rsync = self.rsync, None
        if self._chance():
            self.rc = self.random.choice((12, 30, None))
            return
        if not self.b.mounted:
            self.rc = 11
            return
        if which != "check":
            self.b.files = set(self.a.files)
        self.rc = 0

    def _boot(self, node):
        node.up = node.there and node.whole and node.onboot and not node.disabled
        node.mounted = False
        if node is self.a:
            self.rsync = None

    def check(self):
        assert not (self.a.up and self.b.up), "both run"
        if not self.is_back:
            known = set(range(self.writes + 1))
            assert any(node.files >= known for node in self.nodes.values()), "something that was written is lost"
            assert not self.b.up or self.b.files >= known, "the new one runs without all that was written"
        assert any(node.whole or node.handed_over for node in self.nodes.values())

    # what a node does

    def ask(self, node, step, move, **arguments):
        self.tick()
        self.calls.append((node, step))
        if self._chance():
            raise NoAnswerError(node)
        arguments.pop("turn", None)
        arguments.pop("take_over", None)
        its = self.nodes[node]
        if its.intent is None and step not in (
            "look",
            "check_source",
            "check_destination",
            "check_program",
            "intend",
            "close",
        ):
            raise RefusedError("intend comes first")
        found = getattr(self, f"_{step}")(its, move, **arguments) or self._seen(its)
        self.check()
        if self._chance():
            raise NoAnswerError(node) if self.random.random() < 0.5 else RunnerDied
        return found

    def _look(self, node, move):
        return self._seen(node)

    def _seen(self, node):
        is_source = node is self.a
        known = bool(node.intent)
        return {
            "node": node.name, "ctid": CTID, "name": NAME, "uuid": UUID, "intent": node.intent and dict(node.intent),
            "registered": node.there, "area": node.there, "whole": node.whole, "handed_over": node.handed_over,
            "status": UP if node.up else "stopped" if node.there else "none", "mounted": node.mounted,
            "at_work": ["rsync"] if is_source and self.rsync else [], "kept": ["x"] if node.handed_over else [],
            "rc": self.rc if is_source and self.copied and not self.rsync else None, "log": [],
            "disabled": node.disabled if known and node.whole else None, "root": "/vz/root/101",
            "copied": self.copied if is_source else None, "ssh_host": node.name, "turn": 1,
            "differences": self._differences() if is_source and self.copied == "check" else [],
        }  # fmt: skip

    def _differences(self):
        return [f"<f+++++++++ {one}" for one in sorted(self.a.files ^ self.b.files)]

    def _check_source(self, node, move):
        return {"facts": {"ctid": CTID, "uuid": UUID, "name": NAME}, "problems": [], "warnings": []}

    def _check_destination(self, node, move, facts, pillar_key=None):
        return {"facts": {}, "problems": [self.has_problem] if self.has_problem else [], "warnings": []}

    def _check_program(self, node, move, to):
        return {"facts": {}, "problems": [], "warnings": []}

    def _intend(self, node, move, noted=None):
        if node.intent and node.intent["id"] != move["id"]:
            raise RefusedError("another one is open")
        if not node.intent and node is self.a:
            node.intent = {**move, "status": UP if node.up else "stopped", "onboot": node.onboot}
            node.onboot = False
        elif not node.intent:
            assert not node.there
            node.intent = {**move, **(noted or {})}

    def _make(self, node, move, pillar_key=None):
        node.there = node.whole = True
        node.onboot = False
        node.files = {"template"} if not node.intent.get("made") else node.files
        node.intent["made"] = True

    def _mount(self, node, move):
        assert not node.up
        node.mounted = True

    def _umount(self, node, move):
        assert not node.up
        node.mounted = False

    def _copy_first(self, node, move, root, to):
        self._launch("first")

    def _copy_final(self, node, move, root, to):
        assert node.disabled and not node.up
        self._launch("final")

    def _copy_check(self, node, move, root, to):
        assert node.disabled and not node.up
        self._launch("check")

    def _launch(self, which):
        if not self.rsync:
            self.rsync = self.copied = which
            self.rc = None

    def _halt(self, node, move):
        node.intent.setdefault("was_disabled", node.disabled)
        node.up, node.disabled = False, True

    def _own(self, node, move, power, proof):
        other = self.b if node is self.a else self.a
        if node is self.b and (proof["status"] == UP or not proof["disabled"] or other.up):
            raise RefusedError("the source can still run")
        if node is self.a:
            if proof["status"] == UP or other.up:
                raise RefusedError("it runs there")
            node.disabled = node.intent.get("was_disabled", node.disabled)
        node.mounted = False
        node.up = power == UP
        node.onboot = bool(node.intent.get("onboot"))
        node.intent["owned"] = True

    def _verify(self, node, move):
        node.intent["inside"] = self.wrong or (None if node.up else "it is down")
        node.intent["verified"] = node.intent["inside"] is None

    def _accept(self, node, move):
        node.intent["verified"] = True

    def _withdraw(self, node, move):
        node.intent["withdrawn"] = True

    def _yield_up(self, node, move):
        node.up = node.onboot = False
        node.intent["owned"] = None

    def _clear(self, node, move, proof):
        assert not node.up and not node.mounted and proof["whole"]
        node.there = node.whole = False
        node.files = set()

    def _close(self, node, move, owner, keep_for=None, proof=None):
        if node.intent is None:
            return
        if owner == "destination" and node is self.a:
            assert not node.up and proof["whole"]
            node.there = node.whole = False
            node.handed_over, node.disabled = True, True
        node.intent = None

    def means(self):
        return Means(self.ask, pause=self.tick, clock=lambda: self.ticks, timeout=400)


def convert(world, decided=None, **options):
    """The `Outcome` of one command; ``None`` where its process was killed."""
    request = drive.Conversion("", NAME, None, NAME, "hn1", "vz1", master="m", run=f"run-{next(_RUNS)}", **options)
    try:
        return drive.convert(world.means(), request, take_over=True, decided=decided)
    except RunnerDied:
        return None
