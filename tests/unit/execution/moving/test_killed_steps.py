"""A node is killed in the middle of a step: what it tells is true, and the step, done again, ends where it would."""

import os
import shutil

import pytest
from pairs import Pair
from vzdomain.execution.journal import Journal
from vzdomain.execution.moving import source
from vzdomain.execution.moving.intents import Intents
from vzdomain.host import marks
from vzdomain.host.kernel import processes

CHANGES = (  # whatever changes a node
    *((os, name) for name in ("unlink", "rename", "rmdir", "replace")),
    *((shutil, "rmtree"), (Intents, "write"), (Journal, "_write_all"), (marks, "write")),
)


class KilledError(BaseException):
    """The process is gone."""


class Killer:
    """Counts what is done to a node, and ends it before the one of a number."""

    def __init__(self, monkeypatch, at):
        self.at, self.count, self.is_on = at, 0, False
        for place, name in CHANGES:
            monkeypatch.setattr(place, name, self._watched(getattr(place, name)))

    def _watched(self, does):
        def watched(*given, **named):
            if not self.is_on:
                return does(*given, **named)
            self.count += 1
            if self.count == self.at:
                raise KilledError
            return does(*given, **named)

        return watched

    def during(self, pair, do):
        """Whether it was killed."""
        self.is_on = True
        for side in (pair.a, pair.b):
            side.vzctl.run = self._watched(side.vzctl.run)
        try:
            do()
        except KilledError:
            for lock in (lock for side in (pair.a, pair.b) for lock in (side.files.root / "lock").iterdir()):
                lock.write_text("4194303\n")  # this process lives on
            return True
        finally:
            self.is_on = False
        return False


def own_destination(pair):
    pair.begin()
    pair.hand_over()
    pair.b.vzctl.statuses["101"] = "stopped"
    return lambda: pair.b.step("own", power="running")


def own_source(pair):
    pair.begin()
    pair.a.vzctl.statuses["101"] = "stopped"
    return lambda: pair.a.step("own", power="running")


def take_back(pair):
    pair.begin()
    pair.hand_over()
    return lambda: pair.a.step("own", power="running")


def clear(pair):
    pair.begin()
    pair.copy()
    proof = pair.a.step("look")
    return lambda: pair.b.step("clear", proof=proof)


def give_way(pair):
    pair.begin()
    pair.copy()
    pair.a.vzctl.statuses["101"] = pair.b.vzctl.statuses["101"] = "running"
    proof = pair.a.step("look")
    return lambda: pair.b.step("give_way", proof=proof)


def hand_over(pair):
    pair.begin()
    pair.copy()
    proof = pair.b.step("own", power="running")
    return lambda: pair.a.step("close", owner="destination", proof=proof)


def close_destination(pair):
    pair.begin()
    pair.hand_over()
    pair.b.step("own", power="running")
    return lambda: pair.b.step("close", owner="destination")


def clean(pair):
    close_destination(pair)()
    pair.a.step("close", owner="destination")
    proof = pair.b.step("look")
    return lambda: pair.a.step("clean", proof=proof)


def intend(pair):
    pair.b.step("check_destination", facts=pair.a.step("check_source")["facts"])
    return lambda: pair.a.step("intend")


STEPS = (intend, own_destination, own_source, take_back, clear, give_way, hand_over, close_destination, clean)
KEYS = "registered area whole handed_over status onboot marked_by uuid kept".split()


def told(pair):
    """What both nodes tell, without paths and times."""
    seen = [side.step("look") for side in (pair.a, pair.b)]
    moves = [side.mover_moves() for side in (pair.a, pair.b)]
    counts = [[len(said[key]) for key in ("moves", "copies", "arrivals")] for said in moves]
    return [[len(one[key]) if key == "kept" else one[key] for key in KEYS] for one in seen], counts


def files(pair):
    """What is on both nodes, in their configuration and their private areas."""
    places = [side.files.root / name for side in (pair.a, pair.b) for name in ("etc/conf", "etc/names", "private")]
    return sorted(str(path.relative_to(pair.a.place.parent)) for place in places for path in place.rglob("*"))


@pytest.mark.parametrize("make", STEPS, ids=lambda make: make.__name__)
def test_a_step_that_was_killed_is_done_again_and_ends_where_it_would(tmp_path, monkeypatch, make):
    monkeypatch.setattr(processes, "numbers", list)  # nobody is at work
    monkeypatch.setattr(source, "used_kib", lambda area: 1)
    whole = Pair(tmp_path / "whole")
    make(whole)()
    wanted = told(whole), [path.replace("whole", "") for path in files(whole)]
    at, was_killed = 0, True
    while was_killed:
        at += 1
        pair = Pair(tmp_path / f"killed{at}")
        do = make(pair)
        with monkeypatch.context() as patch:
            was_killed = Killer(patch, at).during(pair, do)
        for side in (pair.a, pair.b):
            seen = side.step("look")
            assert not seen["whole"] or (side.files.private("101") / "etc/marker").read_text() == "data of A"
            assert seen["registered"] == side.files.conf("101").exists()
        assert any(side.step("look")["whole"] for side in (pair.a, pair.b)) or make is take_back
        do()
        found = told(pair), [path.replace(f"killed{at}", "") for path in files(pair)]
        assert found == wanted, f"killed before change {at}"
    assert at > 2
