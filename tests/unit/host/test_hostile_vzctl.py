"""
A vzctl that fails, lies, hangs or speaks nonsense at any one of its calls, and a good one after it.

Whatever it does: one sentence, changes that have happened and no others, and the next run finishes what was begun. What
real processes do (children that keep pipes open, ends by a signal) is tried in test_vzctl.py and through Salt in
tests/functional/faults/test_misbehaving_vzctl.py.
"""

import random
import re

import pytest
from library import CONF, MARKED
from vzdomain import errors
from vzdomain.document import entries
from vzdomain.execution import executor
from vzdomain.execution.reconcile import Reconciler
from vzdomain.flavours import LEGACY
from vzdomain.host.process import Result
from vzdomain.host.vzctl import Vzctl
from vzdomain.model.domain import Domain
from vzdomain.planning import planner, power
from vzdomain.planning.changes import show

CODES = (1, 3, 5, 6, 7, 14, 20, 21, 22, 31, 32, 41, 43, 44, 46, 91, 104, 105, 130, 131, 139, 155, 255, -9, -11)
SPOKEN = ("", "Unable to do it", "\x1b[31m\u202e half\nof a\r\nsentence \x00", "'Traceback (most recent call last):'")
NFS = "<openvz:features name='nfs' state='on'/>"


class Hostile(Vzctl):
    """Obeys over a `NodeDirectory`, but for call number `at`, of which `act` makes what it likes."""

    def __init__(self, directory, at=0, act=None):
        super().__init__(lock_timeout=0)
        self._release, self._obedient = (LEGACY, "4.11.1"), directory.vzctl
        self.at, self.act, self.calls = at, act, 0

    def _execute(self, command, limit, stdin=None):
        self.calls += 1
        obey = lambda: self._obey(command)  # noqa: E731
        return self.act(obey, command) if self.calls == self.at else obey()

    def _obey(self, command):
        if command[0] == self.vzlist:
            return Result(0, self._obedient.list(*command[1:]), "")
        try:
            return self._obedient.run(*command[1:])
        except errors.VzctlError as err:
            return Result(err.rc or 7, "", str(err))


def node(directory, vzctl):
    made = directory.node()
    made.vzctl = vzctl
    return made


def fails(obey, command):
    chance = random.Random(repr(command))
    return Result(chance.choice(CODES), chance.choice(SPOKEN), chance.choice(SPOKEN))


def fails_when_it_has_done_it(obey, command):
    obey()
    return fails(obey, command)


def lies(obey, command):
    return Result(0, "", "")


def hangs(obey, command):
    raise errors.CommandTimeoutError(f"{' '.join(command[:3])} did not finish within 1 seconds and was killed")


def hangs_when_it_has_done_it(obey, command):
    obey()
    hangs(obey, command)


def babbles(obey, command):
    said = obey()
    return Result(
        said.rc, "\x1b]0;x\x07 [ { \ud800 CTID" + said.stdout[: len(said.stdout) // 2], "Unable to say more\n"
    )


def is_locked(obey, command):
    return Result(9, "", "Locked by: pid 9546, cmdline vzctl stop 101\nContainer already locked\n")


ACTS = (fails, fails_when_it_has_done_it, lies, hangs, hangs_when_it_has_done_it, babbles, is_locked)


class Networks:
    def by_bridge(self):
        return {}


def entry(label, inner="", state=None, **said):
    metadata = f"<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>{inner}</metadata>"
    text = f"<domain type='openvz'><name>{label}</name>{metadata}<vcpu>2</vcpu></domain>"
    return entries.with_document(entries.Entry(label, xml=text, state=state, **said), text)


def managed(*wanted):
    def run(reconciler):
        done = executor.Executor(reconciler).do(planner.begin(reconciler, wanted, {}))
        return [(one.ctid, one.changes, one.error) for one in done]

    return run


def single(do):
    """What a function of the library did: the same as `managed` says of each container."""

    def run(reconciler):
        try:
            return [("101", do(reconciler).changes, None)]
        except errors.AbsentError:
            return [("101", {}, None)]
        except errors.OpenVZError as err:
            assert not isinstance(err, errors.DefectError), err
            changes = {name: one for each in (err.done or {}).values() for name, one in show(each).items()}
            return [("101", changes, str(err))]

    return run


# What is there before, and what is done.
SCENES = {
    "create and start": (None, managed(entry("101", state="running"))),
    "change": ("running", managed(entry("101"))),
    "change and restart": ("running", managed(entry("101", NFS, restart=True))),
    "start": ("stopped", managed(entry("101", state="running"))),
    "stop": ("running", managed(entry("101", state="stopped"))),
    "suspend": ("stopped", managed(entry("101", state="suspended"))),
    "take away": ("running", managed(entry("101", state="absent", force=True))),
    "take away a mounted one": ("mounted", managed(entry("101", state="absent"))),
    "define": ("running", single(lambda reconciler: reconciler.define(Domain("101", vcpu=2))[1])),
    "resume": ("suspended", single(lambda reconciler: reconciler.run(power.resume(reconciler.resolve("101"), LEGACY)))),
    "destroy": (
        "stopped",
        single(lambda reconciler: reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("101")))),
    ),
}


def untrue(directory, changes):
    """Which of the changes that a run tells of cannot be seen: these did not happen."""
    text = directory.conf("101").read_text() if directory.conf("101").exists() else None
    status = directory.vzctl.statuses.get("101")
    container, power_ = (changes.get(name, {}).get("new") for name in ("container", "status"))
    checks = {
        "created": text is not None,
        "destroyed": text is None,
        "stopped": status in ("stopped", None) or power_ == "running",
        "running": status in ("running", "suspended"),  # it may have been suspended since, by a vzctl that then failed
        "suspended": status == "suspended",
        "restarted": status == "running" and directory.vzctl.uptimes.get("101") == 0,
        None: True,
    }
    wrong = [deed for deed in (container, power_) if not checks[deed]]
    return wrong + ["vcpu"] * ("vcpu" in changes and 'CPUS="2"' not in (text or ""))


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
@pytest.mark.parametrize("scene", SCENES)
def test_whatever_vzctl_does_at_any_call_is_reported_in_a_sentence_and_made_good_by_the_next_run(
    directory, journal, scene, act, caplog
):
    caplog.set_level("CRITICAL")
    before, run = SCENES[scene]
    for number in range(1, 40):
        if directory.conf("101").exists():
            directory.remove("101")
        directory.vzctl.statuses.clear()
        if before:
            directory.add("101", MARKED + CONF, before)
            directory.vzctl.uptimes["101"] = 3600
        hostile = Hostile(directory, number, act)

        told = run(Reconciler(node(directory, hostile), Networks(), journal, lock_timeout=0))

        where = f"at call {number}: {told}"
        for _, changes, error in told:
            assert untrue(directory, changes) == [], where
            assert error is None or ("defect" not in error and not re.search(r"[\n\x1b\u202e]", error)), where
        good = run(Reconciler(node(directory, Hostile(directory)), Networks(), journal, lock_timeout=0))
        assert [error for _, _, error in good] == [None], f"{where}, then {good}"
        assert journal.steps() == {}, where
        last = Hostile(directory)
        assert [changes for _, changes, _ in run(Reconciler(node(directory, last), Networks(), journal))] == [{}], where
        if hostile.calls < number:
            return
    pytest.fail("it calls without end")
