"""
Notes of what a container itself does not tell, and the history of what was done, in one file of the minion's cache.

`creating`: a container that is being created, until our mark is in its configuration file: the run after an
interrupted one finds by it that the unmarked container, or the part of one, is its own. Where it is known what
``create`` left, the note is bound to that very private area: what someone makes there later is not ours.

`waiting`: fields that were saved while a container ran and that wait for it to be restarted.

`snapshots`: those that runs have taken by themselves before a change, and may prune.

`claims`: what containers cannot share and a job is giving to one. They count while that job is alive.

`steps`: the call that a run is at. Whoever has the container's `hold` and finds one knows that its run is dead. Each
step is a row of the history too, which is written with it and stays.

Any number of processes and threads may use it; they take turns by locks that the kernel releases when a process dies.
It is read again only when it has changed, and what is noted already costs no write. One that cannot be read as notes is
set aside at the next write: without notes half a container is refused by name and nothing wrong is done, and a minion
that stops for good would be worse.
"""

import contextlib
import os
import time
from dataclasses import dataclass

from ...errors import OpenVZError
from ...model import times
from ...model.actions import Action
from ...model.ctid import Ctid, ctid_of
from ...model.records import as_data, from_data
from ...planning import changes as changes_
from ..moving.intents import Intents
from . import database
from .turns import Turns

LIFETIME = 86400  # seconds: an interrupted run is followed by another within a day


@dataclass(frozen=True)
class Step:
    """The call that a run was at: its `command`, empty where it wrote our mark; `time` of the epoch."""

    name: str
    command: tuple[str, ...]
    time: float
    actions: tuple = ()
    pending: tuple[str, ...] = ()  # fields that it saves and that wait for a restart
    attach: tuple = ()  # (guest device, bridge) pairs that were to be seen in their bridges afterwards
    area: tuple = ()  # what tells the private area of then from one that took its place

    def has(self, *kinds):
        """Whether it was to do an action of one of these kinds."""
        return any(isinstance(action, kinds) for action in self.actions)

    def __str__(self):
        ran = f"it ran: {' '.join(self.command)}" if self.command else "it wrote Salt's mark into the container's file"
        return f"an earlier run was interrupted on {times.minute(self.time)} while {ran}"


class Journal(Turns):
    """
    The notes of one minion, below `directory`.

    patience
        Seconds to wait for another process or thread of this minion.

    who
        Called for whose work this is: the ``jid`` and ``fun`` of a Salt job, and its ``user``, if known.

    days
        How long the history is kept; 0 keeps none.
    """

    def __init__(self, directory, patience=60, who=None, days=400):
        super().__init__(directory, patience, who)
        self.path = os.path.join(directory, "journal.sqlite")
        self._file = database.Database(self.path, patience, days)
        self.moves = Intents(directory)
        self._rows = {}  # CTID -> (number of its last row in the history, whether that goes on), of this one's calls

    # creations

    def begin(self, ctid, name):
        """Note that container `ctid` is about to be created for domain `name`."""
        self.begin_all({ctid: name})

    def begin_all(self, names):
        """The same for many containers in one write: CTID -> name of the domain."""
        now = time.time()
        self._write_all("creating", {ctid: {"name": name, "time": now} for ctid, name in names.items()})

    def bind(self, ctid, private):
        """`create` did not say how it ended: the note holds for the private area that is there now, if there is one."""
        note = self._note("creating", ctid)
        if note:
            self._write("creating", ctid, {**note, "area": _area(private)})

    def has(self, ctid, name, private=None):
        """Whether container `ctid`, with that private area, was being created for domain `name`."""
        note = self._note("creating", ctid)
        if not note or note.get("name") != name or not _is_young(note):
            return False
        now = _area(private) if private else None
        return now is None or note.get("area") in (None, now)

    def begun(self, ctid):
        """When the creation of container `ctid` was noted, in seconds of the epoch; ``None`` without a note."""
        note = self._note("creating", ctid)
        return _time(note) if note else None

    def is_begun(self, ctid):
        """Whether the creation of container `ctid` is noted, by whatever name, and not for too long."""
        return _is_young(self._note("creating", ctid))

    @staticmethod
    def area(private):
        """What tells a private area from another one in its place, as `Step` has it; empty without one."""
        return _words(_area(private))

    def ctid_of(self, name):
        """The CTID that was chosen for domain `name` when its creation was interrupted, or ``None``."""
        return next((ctid for ctid in self.ctids() if self.has(ctid, name)), None)

    def ctids(self):
        """All CTIDs whose creation is noted, lowest first."""
        return sorted(Ctid(ctid) for ctid, note in self._notes().get("creating", {}).items() if _is_young(note))

    def end(self, ctid):
        """Forget the creation of container `ctid`, if there is a note."""
        self._write("creating", ctid, None)

    # restarts

    def wait_for_restart(self, ctid, fields, since=None):
        """Note that these fields of a running container were saved just now (or `since`), and are not in effect."""
        self._write("waiting", ctid, {"fields": list(fields), "time": time.time() if since is None else since})

    def applied(self, ctid, fields):
        """Forget that these fields of container `ctid` wait: they have been set once more, and are in effect."""
        note = self._note("waiting", ctid)
        left = [name for name in _words(note.get("fields")) if name not in fields] if note else []
        if note and left != list(_words(note.get("fields"))):
            self._write("waiting", ctid, {**note, "fields": left} if left else None)

    def pending(self, ctid, uptime):
        """The fields that container `ctid`, running for `uptime()` seconds, still waits for."""
        note = self._note("waiting", ctid)
        if not note or _time(note) < time.time() - uptime():
            return ()
        return _words(note.get("fields"))

    def pending_of_step(self, ctid, uptime):
        """The fields that an interrupted run may have saved, where container `ctid` was not started since."""
        step = self.interrupted_step(ctid)
        return step.pending if step and step.pending and step.time >= time.time() - uptime() else ()

    def restarted(self, ctid):
        """Forget what container `ctid` waits for."""
        self._write("waiting", ctid, None)

    # what was followed

    def follow(self, notes):
        """
        Remember which container follows which document: CTID -> ``{"label": ..., "uuid": ...}``, in one write.

        One that has arrived from another node is at home then.
        """
        self._write_all("followed", notes)
        known = self._notes().get("arrived", {})
        at_home = {ctid: None for ctid, note in notes.items() if note and str(ctid) in known}
        if at_home:
            self._write_all("arrived", at_home)

    def followed(self, **wanted):
        """The CTIDs of the containers whose note has these values, lowest first."""
        notes = self._notes().get("followed", {})
        found = ((Ctid(ctid), note) for ctid, note in notes.items() if isinstance(note, dict))
        return sorted(ctid for ctid, note in found if all(note.get(key) == value for key, value in wanted.items()))

    # what has come from other nodes, and gone there

    def arrive(self, ctid, note):
        """Container `ctid` has been moved here: ``name``, ``uuid``, ``from``, ``time``. It is not away any more."""
        self._write("arrived", ctid, note)
        self._write("moved", note.get("uuid") or ctid, None)

    def arrived(self):
        """The notes of those that no entry of this node has followed yet."""
        return _moves(self._notes().get("arrived", {}), "from")

    def move_away(self, ctid, note):
        """Container `ctid` has been moved elsewhere: ``name``, ``uuid``, ``to``, ``time``, ``keep_for`` (days)."""
        self._write("moved", note.get("uuid") or ctid, note)
        self._write("arrived", ctid, None)

    def moved(self):
        """The notes of those that went to other nodes and did not come back."""
        return _moves(self._notes().get("moved", {}), "to")

    # snapshots

    def took_snapshot(self, ctid, id):
        """Note a snapshot that a run is about to take by itself; whether it is there the node tells."""
        self._write("snapshots", ctid, {"ids": [*self.snapshots(ctid), id]})

    def snapshots(self, ctid):
        """The ids of the snapshots of container `ctid` that runs have taken by themselves."""
        return _words(self._note("snapshots", ctid).get("ids"))

    def keep_snapshots(self, ctid, ids):
        """Forget all but those of them."""
        left = [id for id in self.snapshots(ctid) if id in ids]
        if left != list(self.snapshots(ctid)):
            self._write("snapshots", ctid, {"ids": left} if left else None)

    # what is being taken

    def claim(self, ctid, claims, dead=()):
        """
        Note what is about to be given to container `ctid`: ``("addresses", "10.0.0.1")``, ...; forget those of `dead`.

        The caller has the `hold` of the container, and `claiming`.
        """
        note = {"claims": [list(claim) for claim in claims]}
        self._write_all("claims", {**dict.fromkeys(dead), ctid: note})

    def disclaim(self, ctid):
        """Forget what was being given to container `ctid`, if there is a note: its file says what it has."""
        self._write("claims", ctid, None)

    def claims(self):
        """CTID -> the claims that are noted for it. Those of a job that is not alive any more count for nothing."""
        notes = {Ctid(ctid): self._note("claims", ctid).get("claims") for ctid in self._notes().get("claims", {})}
        return {ctid: set(map(_words, noted)) for ctid, noted in sorted(notes.items()) if isinstance(noted, list)}

    # the step that a run is at

    def begin_step(self, ctid, name, call, private=None):
        """Note the `Call` that is about to be made for container `ctid`; its words hold no secrets."""
        note = {"name": name, "command": list(call.command), "time": time.time(), "actions": as_data(call.actions)}
        area = _area(private) if private else None
        more = {"pending": list(call.pending), "attach": [list(pair) for pair in call.attach], "area": area}
        note = {**note, **{key: value for key, value in more.items() if value}}
        number = self._write_all("steps", {ctid: note}, self._ends(ctid), self._row(ctid, name, call))
        self._rows[ctid] = (number, number is not None)

    def end_step(self, ctid, error=None):
        """
        No step is going on for container `ctid`: its plan has ended, or its caller knows what happened.

        error
            The sentence where the call failed.
        """
        self._write_all("steps", {ctid: None}, self._ends(ctid, error))
        if ctid in self._rows:
            self._rows[ctid] = (self._rows[ctid][0], False)

    def step(self, ctid):
        """The `Step` of container `ctid`, or ``None``. Under `hold` it is that of a dead run."""
        note = self._note("steps", ctid)
        if not note:
            return None
        attach = note.get("attach")
        pairs = tuple(_words(pair) for pair in attach) if isinstance(attach, list) else ()
        command, pending, area = (_words(note.get(key)) for key in ("command", "pending", "area"))
        return Step(str(note.get("name")), command, _time(note), _actions(note), pending, pairs, area)

    def steps(self):
        """CTID -> `Step` of every container that a run is at, or was when it was interrupted (see `is_held`)."""
        found = {Ctid(ctid): self.step(ctid) for ctid in self._notes().get("steps", {})}
        return {ctid: step for ctid, step in sorted(found.items()) if step}

    def interrupted_step(self, ctid):
        """The `Step` that a dead run has left, or ``None``; for those who do not hold the container."""
        step = self.step(ctid)
        return None if step is None or self.is_held(ctid) else step

    # the history

    @contextlib.contextmanager
    def recorded(self, ctid, name, call):
        """A call for a container that nobody needs to hold for it, and that no later run would go on with."""
        number = self._write_all("steps", {}, (), self._row(ctid, name, call))
        try:
            yield
        except OpenVZError as err:
            with contextlib.suppress(OpenVZError):  # what stopped it is worth more
                self._write_all("steps", {}, [database.ended(number, str(err))] if number else [])
            raise
        self._write_all("steps", {}, [database.ended(number)] if number else [])

    def remember(self, ctid, name, did):
        """What was done after a run that was cut off and is no call of vzctl's, in words."""
        row = self._row(ctid, name, did=[did])
        if row:
            self._write_all("steps", {}, (), {**row, "result": "done"})

    def amend(self, ctid, actions):
        """What the last call for container `ctid` has done is known only now."""
        number, _ = self._rows.get(ctid, (None, False))
        if number and actions:
            told = database.told(number, changes_.words(actions), changes_.show(actions))
            self._write_all("steps", {}, [told])

    def history(self, names=(), since=0, limit=20):
        """
        What was done, the newest first: a dictionary for each call, of containers with one of these CTIDs or names.

        ``result`` is ``done``, ``failed``, ``cut off`` or ``in progress``; ``time`` are seconds of the epoch.
        """
        rows = self._file.history([str(name) for name in names], since, limit)
        return [{**row, "result": row["result"] or self._unfinished(row["ctid"])} for row in rows]

    def history_begins(self):
        """The time of the oldest call that is known, in seconds of the epoch; ``None`` where none is."""
        return self._file.begins()

    def _unfinished(self, ctid):
        return "in progress" if self.is_held(ctid) else "cut off"

    def _row(self, ctid, name, call=None, did=None):
        """A row of the history; none where there is nothing to tell."""
        did = did or changes_.words(call.actions)
        command = list(call.command) if call else []
        if not (did or command) or not self._file.days > 0:
            return None
        shown_ = changes_.show(call.actions) if call else {}
        said = {"time": time.time(), "ctid": str(ctid), "name": name, "did": did, "changes": shown_}
        return {**self._who(), **said, "command": command}

    def _ends(self, ctid, error=None):
        """How the row ends that container `ctid` is at: that of an own call, or those of dead runs."""
        number, goes_on = self._rows.get(ctid, (None, False))
        return [database.ended(number, error)] if goes_on else [database.cut_off(ctid)]

    # damage

    def damage(self):
        """One sentence if the file cannot be read as notes, else ``None``."""
        if not self._file.is_damaged():
            return None
        return (
            f"the notes in {self.path} cannot be read and are set aside as {self.path}.damaged: "
            f"what earlier runs began, what waits for a restart, and the history are unknown"
        )

    def repair(self):
        """Set a damaged file aside; returns what `damage` said of it."""
        damage = self.damage()
        if damage:
            with self.hold("journal"):
                self._file.write({})
        return damage

    # how

    def _note(self, kind, ctid):
        note = self._notes().get(kind, {}).get(ctid)
        return note if isinstance(note, dict) else {}

    def _notes(self):
        """``{"creating": {"101": {...}}, ...}``, to be read only; empty for a damaged file."""
        return self._file.read()

    def _write(self, kind, ctid, note):
        """Put a note in the place of another, or take it away (``None``)."""
        self._write_all(kind, {ctid: note})

    def _write_all(self, kind, changes, ends=(), row=None):
        """
        The same for many containers: CTID -> note. `row` is a new one of the history, whose number is returned.

        What is noted already is not written, and the `ends` of rows, that go with a note, not without it.
        """
        known = self._notes().get(kind, {})
        same = all(known.get(ctid) == note for ctid, note in changes.items())
        if same and not row and (changes or not ends):
            return None
        with self.hold("journal"):
            creating = self._notes().get("creating", {})
            old = {("creating", ctid): None for ctid, note in creating.items() if not _is_young(note)}
            new = {(kind, ctid): note for ctid, note in changes.items()}
            return self._file.write({**old, **new}, ends, row, time.time())


def _moves(notes, other):
    """The notes that can be read, with their `Ctid`."""
    for note in notes.values():
        ctid = ctid_of(str(note.get("ctid"))) if isinstance(note, dict) else None
        if ctid and all(isinstance(note.get(key), str) for key in ("name", other)):
            yield {**note, "ctid": ctid, "time": _time(note)}


def _is_young(note):
    return isinstance(note, dict) and abs(time.time() - _time(note)) <= LIFETIME  # a clock may be put back


def _words(value):
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _actions(note):
    """Those of a note; none where it has what cannot be read."""
    try:
        found = from_data(note.get("actions"))
    except ValueError:
        return ()
    return tuple(one for one in found if isinstance(one, Action)) if isinstance(found, tuple) else ()


def _time(note):
    seconds = note.get("time")
    return seconds if isinstance(seconds, (int, float)) and 0 <= seconds <= database.LAST else 0


def _area(private):
    """What tells one directory from another that takes its place."""
    try:
        found = os.stat(private)
    except OSError:
        return None
    return [found.st_dev, found.st_ino]
