"""
Kills and races for as long as one likes: nothing is lost, nothing is there twice, and the next run puts all right.

A few of each here. ``make soak`` sets OPENVZ_SOAK to a number of kills and OPENVZ_SOAK_SECONDS to the length of the
race, with a seed that it prints; every failure names it, and the part to run again with OPENVZ_SEED.
"""

import contextlib
import json
import os
import shutil
import time
import traceback
from pathlib import Path

import interrupting
import pytest
from families import BOTH
from salt.exceptions import CommandExecutionError, SaltInvocationError
from soaking import SEED, UUIDS, Chance, World, applied, changed, failures
from vzdomain.execution.journal import Journal

from vzsim import programs

pytestmark = BOTH
IS_LONG = "OPENVZ_SOAK" in os.environ
KILLS = int(os.environ.get("OPENVZ_SOAK", 4))
AT_ONCE = 10  # kills on one node, one after the other
SECONDS = float(os.environ.get("OPENVZ_SOAK_SECONDS", 3))
WRITERS = 8
ALIEN = "555"  # the CTID of a container of somebody else
HANG = 120  # seconds after the race in which every writer must have finished its last function
WORDS = ("create", "set", "start", "stop", "restart", "destroy", "--ipadd", "--ipdel", "--name", "--ram", "--netif_add")


class Soak:
    """A node that is followed through random pillars."""

    def __init__(self, openvz, node, domains, cachedir, what):
        self.openvz, self.node, self.domains = openvz, node, domains
        self.notes, self.what, self.chance = cachedir / "openvz", what, Chance(what)
        shutil.rmtree(self.notes, ignore_errors=True)
        self.alien = self._alien()

    def _alien(self):
        """A container that Salt has never made, and never may touch."""
        self.node.vzctl("create", ALIEN, "--ostemplate", "debian-12-x86_64", "--name", "alien")
        World(self.node).fill()
        return self.node.conf_path(ALIEN).read_text()

    def follow(self, absent=0.15):
        """Put a pillar into place that can be followed: who is refused keeps its addresses and devices as they are."""
        self.domains.clear()
        self.domains.update(self.chance.pillar(absent))
        for _ in range(len(UUIDS) + 1):
            refused = failures(applied(self.openvz, test=True))
            if not refused:
                return
            for label in refused:
                self.domains[label] = self.chance.entry(int(label[-1]), absent=0)
        raise AssertionError(f"no pillar can be followed; {refused}; {self.where}")

    def killed(self):
        """A run that is killed at a random moment, alone or with its vzctl."""
        interrupting.install_vzctl(self.node)
        dice = self.chance.random
        workers = dice.choice((1, 2, 4) if IS_LONG else (1,))  # several reach an operation in any order: by luck
        budgets = dice.choice(({}, {}, {"max_restarts": 6, "max_creates": 6, "max_network_changes": 20}))
        if dice.random() < 0.5:
            number = dice.randrange(1, 60)
            how = f"minion at operation {number}"
            interrupting.kill_at(number, (self.node.directory, self.notes), self.run, workers, budgets)
        else:
            word, number, whom = (
                dice.choice(WORDS),
                dice.randrange(1, 25),
                dice.choice(("both", "minion") if IS_LONG else ("both",)),
            )
            how = f"{whom} at operation {number} of vzctl {word}"
            interrupting.kill_while_vzctl(self.node, word, number, whom, self.run, workers, budgets)
        programs.install(str(self.node.directory))
        return how

    def run(self, workers, budgets):
        failed = failures(applied(self.openvz, max_workers=workers, **budgets))
        if failed:  # in a child, whose standard error pytest shows
            os.write(2, f"{failed}; {self.where}\n".encode())
            raise AssertionError(failed)

    def settle(self):
        """The next run puts all right, the one after it has nothing to do, and all sources agree."""
        first = applied(self.openvz)
        assert not failures(first), (failures(first), self.where)
        second = applied(self.openvz)
        assert (failures(second), changed(second)) == ({}, {}), self.where
        said = {label: one["status"] for label, one in self.openvz.drift(all=True).items()}
        assert {said.pop("alien", None), *said.values()} <= {"in sync", "unmanaged", None}, (said, self.where)
        journal = Journal(str(self.notes))
        existing = [ctid for ctid in journal.ctids() if str(ctid) in World(self.node).containers]
        assert (journal.steps(), existing) == ({}, []), (journal.history(limit=50), self.where)

    def check(self, before):
        """`before` are the contents of the containers before; what no entry wanted gone has its own still."""
        world = World(self.node)
        gone = {
            uuid for uuid, entry in zip(UUIDS, self.domains.values(), strict=True) if entry.get("state") == "absent"
        }
        kept = {uuid: content for uuid, content in before.items() if uuid not in gone}
        assert {uuid: world.contents.get(uuid) for uuid in kept} == kept, self.where
        uuids = {one["uuid"] for ctid, one in world.containers.items() if ctid != ALIEN}
        assert uuids - {None} == {*UUIDS} - gone, self.where
        assert (world.twins(), world.remains()) == ([], []), self.where
        assert self.node.conf_path(ALIEN).read_text() == self.alien, self.where
        world.fill()

    @property
    def where(self):
        return f"again with OPENVZ_SEED={SEED} and {self.what}"


@pytest.fixture
def soak(openvz, node, domains, minion_opts):
    return lambda what: Soak(openvz, node, domains, Path(minion_opts["cachedir"]), what)


@pytest.mark.parametrize("part", range(-(-KILLS // AT_ONCE)))
def test_a_run_killed_at_any_moment_loses_nothing_and_the_next_one_repairs_it(soak, part, caplog):
    soak = soak(f"kills {part}")

    for number in range(min(AT_ONCE, KILLS - part * AT_ONCE)):
        before = World(soak.node).contents
        soak.follow()
        how = soak.killed()
        soak.what = f"kills {part}, the {number}th: {how}"
        soak.settle()
        soak.check(before)

    assert "Traceback" not in caplog.text


def test_many_writers_at_once_lose_nothing_and_leave_nothing_to_do_by_hand(soak, states, domains, tmp_path):
    soak = soak("writers")
    soak.follow(absent=0)
    soak.settle()
    World(soak.node).fill()
    before = World(soak.node).contents
    end = time.monotonic() + SECONDS

    writers = [_fork(_write, number, soak, states, end, tmp_path / f"{number}.json") for number in range(WRITERS)]
    _wait_for(writers, end + HANG)

    told = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("*.json"))]
    odd = [sentence for one in told for sentence in one["odd"]]
    assert not odd, f"{len(odd)} of these; {soak.where}\n{odd[0]}"
    assert len(told) == WRITERS and all(one["done"] for one in told)
    soak.what = f"writers, {sum(one['done'] for one in told)} functions"
    assert World(soak.node).twins() == [], soak.where
    _start_afresh(soak)
    soak.follow(absent=0)
    soak.settle()
    soak.check({uuid: content for uuid, content in before.items() if uuid in UUIDS[:4]})


def _start_afresh(soak):
    """What was set while a container was suspended is in effect after a restart alone: it goes on from its dump."""
    for name, one in soak.openvz.list().items():
        if name.startswith("soak") and one["status"] in ("running", "suspended"):
            with contextlib.suppress(CommandExecutionError):  # its dump has other devices than its file
                soak.openvz.start(name)
            soak.openvz.restart(name)


def _fork(do, *arguments):
    child = os.fork()
    if not child:
        try:
            do(*arguments)
        finally:
            os._exit(0)
    return child


def _wait_for(writers, end):
    """All end by themselves; one that does not is killed, which is a failure."""
    left = set(writers)
    while left and time.monotonic() < end:
        left -= {child for child in left if os.waitpid(child, os.WNOHANG)[0]}
        time.sleep(0.05)
    for child in left:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert not left, f"{len(left)} of {len(writers)} writers hang; again with OPENVZ_SEED={SEED}"


def _write(number, soak, states, end, told):
    """One of many who change the node at once: functions and states, each by the name or the pillar that it likes."""
    chance, done, odd = Chance("writer", number), 0, []
    while time.monotonic() < end:
        what = chance.random.choice(ACTS)
        try:
            what(chance, soak, states)
        except (CommandExecutionError, SaltInvocationError) as err:
            odd += ["".join(traceback.format_exception(err))] if is_odd(str(err)) else []
        except BaseException:
            odd.append(traceback.format_exc())
        done += 1
    told.write_text(json.dumps({"done": done, "odd": odd}))


def is_odd(sentence):
    """Whether an error tells of a defect instead of what another writer does."""
    return any(word in sentence for word in ("defect", "Traceback", "Error(", "NoneType", "object at 0x"))


def _name(chance):
    return f"soak{chance.random.randrange(4)}{chance.random.choice(('', 'b'))}"


def _define(chance, soak, _states):
    soak.openvz.define(xml=chance.document(chance.random.randrange(6)), restart=chance.random.random() < 0.5)


def _apply(chance, soak, _states):
    soak.domains.clear()
    soak.domains.update(chance.pillar(absent=0))
    odd = {label: error for label, error in failures(applied(soak.openvz, max_workers=2)).items() if is_odd(error)}
    assert not odd, odd


def _set(chance, soak, _states):
    soak.openvz.set(_name(chance), cpus=chance.random.randrange(1, 5), description=f"by {chance.random.random()}")


def _power(chance, soak, _states):
    getattr(soak.openvz, chance.random.choice(("start", "stop", "restart", "suspend", "resume")))(_name(chance))


def _destroy(chance, soak, _states):
    soak.openvz.destroy(f"soak{chance.random.choice((4, 5))}", force=True)


def _look(chance, soak, _states):
    what = chance.random.choice(("list", "drift", "doctor", "plan", "dump", "node_info"))
    getattr(soak.openvz, what)()


def _state(chance, soak, states):
    ret = states.running("soak", xml=chance.document(chance.random.randrange(4)), restart=True)
    assert ret.result is not None and not is_odd(ret.comment), ret.comment


ACTS = (_define, _define, _apply, _set, _power, _power, _destroy, _look, _state)
