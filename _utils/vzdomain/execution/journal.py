"""
Notes of what a container itself does not tell, in one file of the minion's cache: ``journal.json``.

`creating`: a container that is being created, until our mark is in its configuration file: a run that was cut off in
between finds by it that the unmarked container, or the half of one, is its own. Where it is known what ``create`` left,
the note is bound to that very private area: what somebody makes later in its place is his.

`waiting`: fields that were saved while a container ran and that wait for it to be restarted.

`claims`: what containers cannot share and a job is giving to one. They count while that job is alive.

`steps`: the call that a run is at. Whoever has the container's `hold` and finds one knows that its run is dead.

The file is written whole, by temporary file and rename, under a lock that the kernel releases when a process dies. Any
number of processes and threads may use it. It is read again only when it has changed, and what is noted already costs
no write. One that cannot be read as notes is set aside at the next write: without notes half a container is refused by
name and nothing wrong is done, and a minion that stops for good would be worse.
"""

import contextlib
import fcntl
import json
import os
import time
from dataclasses import dataclass
from time import monotonic, sleep

from ..errors import CannotAskError, ConfigurationError, LockedError, shown
from ..host import files
from ..host.kernel import processes
from ..model.actions import Action, as_data, from_data
from ..model.ctid import Ctid, is_ctid

_FIRST_NAP, _LONGEST_NAP = 0.005, 0.1  # seconds between two tries at a lock
_BUSY = {
    "allocation": "CTIDs are being chosen",
    "claiming": "addresses and devices are being noted",
    "journal": "the notes in {} are being written",
}
LIFETIME = 86400  # seconds: a run that was cut off is followed by another within a day
_KINDS = ("creating", "waiting", "steps", "followed", "claims")
_LAST = 2**40  # seconds of the epoch: the year of any note can be shown


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
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(self.time))
        ran = f"it ran: {' '.join(self.command)}" if self.command else "it wrote whose the container is into its file"
        return f"an earlier run was cut off on {when} UTC while {ran}"


class Journal:
    """
    The notes of one minion, below `directory`.

    patience
        Seconds to wait for another process or thread of this minion.

    who
        Called for what others are told of this process while it holds something, beside its number: a job, say.
    """

    def __init__(self, directory, patience=60, who=None):
        self.directory, self.patience, self._who = directory, patience, who or (lambda: "")
        self.path = os.path.join(directory, "journal.json")
        self._known = (None, {}, False)  # stamp, notes, damaged: one value, so that threads see all or none

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
        """The CTID that was chosen for domain `name` when its creation was cut off, or ``None``."""
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

    def pending(self, ctid, uptime):
        """The fields that container `ctid`, running for `uptime()` seconds, still waits for."""
        note = self._note("waiting", ctid)
        if not note or _time(note) < time.time() - uptime():
            return ()
        return _words(note.get("fields"))

    def pending_of_step(self, ctid, uptime):
        """The fields that a run which was cut off may have saved, where container `ctid` was not started since."""
        step = self.interrupted_step(ctid)
        return step.pending if step and step.pending and step.time >= time.time() - uptime() else ()

    def restarted(self, ctid):
        """Forget what container `ctid` waits for."""
        self._write("waiting", ctid, None)

    # what was followed

    def follow(self, notes):
        """Remember which container follows which document: CTID -> ``{"label": ..., "uuid": ...}``, in one write."""
        self._write_all("followed", notes)

    def followed(self, **said):
        """The CTIDs of the containers whose note has these values, lowest first."""
        notes = self._notes().get("followed", {})
        found = ((Ctid(ctid), note) for ctid, note in notes.items() if isinstance(note, dict))
        return sorted(ctid for ctid, note in found if all(note.get(key) == value for key, value in said.items()))

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
        return {ctid: set(map(_words, said)) for ctid, said in sorted(notes.items()) if isinstance(said, list)}

    # the step that a run is at

    def begin_step(self, ctid, name, call, private=None):
        """Note the `Call` that is about to be made for container `ctid`; its words hold no secrets."""
        note = {"name": name, "command": list(call.command), "time": time.time(), "actions": as_data(call.actions)}
        area = _area(private) if private else None
        more = {"pending": list(call.pending), "attach": [list(pair) for pair in call.attach], "area": area}
        self._write("steps", ctid, {**note, **{key: value for key, value in more.items() if value}})

    def end_step(self, ctid):
        """No step is going on for container `ctid`: its plan has ended, or its caller knows what happened."""
        self._write("steps", ctid, None)

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
        """CTID -> `Step` of every container that a run is at, or was when it was cut off (see `is_held`)."""
        found = {Ctid(ctid): self.step(ctid) for ctid in self._notes().get("steps", {})}
        return {ctid: step for ctid, step in sorted(found.items()) if step}

    def interrupted_step(self, ctid):
        """The `Step` that a dead run has left, or ``None``; for those who do not hold the container."""
        step = self.step(ctid)
        return None if step is None or self.is_held(ctid) else step

    # damage

    def damage(self):
        """One sentence if the file cannot be read as notes, else ``None``."""
        self._notes()
        if not self._known[2]:
            return None
        return (
            f"the notes in {self.path} cannot be read and are set aside as {self.path}.damaged: "
            f"what earlier runs began, and what waits for a restart, is not known"
        )

    def mend(self):
        """Set a damaged file aside; returns what `damage` said of it."""
        said = self.damage()
        if said:
            with self._alone():
                self._current()
        return said

    # turns

    def allocation(self):
        """Let no other process of this minion choose a CTID meanwhile."""
        return self.hold("allocation")

    def claiming(self):
        """
        Let no other process of this minion take meanwhile what containers cannot share.

        Held for a look at files and a note, by those who hold a container. It is not `allocation`: who has that may be
        waiting for a container.
        """
        return self.hold("claiming")

    @contextlib.contextmanager
    def hold(self, what):
        """
        Let no other process or thread of this minion work on `what`, a CTID, meanwhile; tells whether it waited.

        LockedError after `patience` seconds, which names who holds it.
        """
        self._make_directory()
        with _usable(self.directory):
            stream = open(self._lock_path(what), "a+", encoding="utf-8", opener=files.own)  # noqa: SIM115
        with stream:
            with _usable(self.directory):
                waited = self._wait(stream, what)
                self._sign(stream)
            yield waited

    def _sign(self, stream):
        """Say who holds a lock, where that is not what its file says."""
        said = f"{os.getpid()}\n{self._who()}\n"
        stream.seek(0)
        if stream.read(len(said) + 1) != said:
            stream.truncate(0)
            stream.write(said)
            stream.flush()

    def _wait(self, stream, what):
        end, nap, waited = monotonic() + self.patience, _FIRST_NAP, False
        while not _locked(stream):
            if monotonic() >= end:
                busy = _BUSY.get(what, f"container {what} is worked on").format(self.directory)
                raise LockedError(
                    f"{busy} by {self.holder(what)}, which has not finished within {self.patience:g} seconds "
                    f"(openvz:lock_timeout)"
                )
            sleep(nap)
            nap, waited = min(nap * 2, _LONGEST_NAP), True
        return waited

    def holder(self, what):
        """Who had the `hold` of something last, for people: ``process 4711 (salt-minion), Salt job 2026...``."""
        try:
            pid, _, who = (files.text(self._lock_path(what)) or "").strip().partition("\n")
        except CannotAskError:
            pid, who = "", ""
        if not (pid.isascii() and pid.isdecimal()):
            return "another process of this minion"
        return ", ".join(filter(None, (processes.described(int(pid[:10])), shown(who))))

    def is_held(self, what):
        """Whether some process or thread of this minion, be it this one, has the `hold` of a CTID now."""
        try:
            with _usable(self.directory), open(self._lock_path(what), opener=files.own) as stream:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    # how

    def _lock_path(self, what):
        return os.path.join(self.directory, f"{what}.lock")

    def _note(self, kind, ctid):
        note = self._notes().get(kind, {}).get(ctid)
        return note if isinstance(note, dict) else {}

    def _notes(self):
        """``{"creating": {"101": {...}}, ...}``, to be read only; empty for a damaged file."""
        with _usable(self.directory):
            stamp = _stamp(self.path)
        known = self._known
        if known[0] != stamp:
            notes = self._load()
            self._known = known = (stamp, notes or {}, notes is None)
        return known[1]

    def _load(self):
        """The notes as the file has them now; ``None`` for a damaged one."""
        try:
            text = files.text(self.path)
            said = {} if text is None else json.loads(text)
        except CannotAskError as err:
            raise ConfigurationError(f"the notes in {self.directory} cannot be used: {err}") from None
        except (ValueError, RecursionError):
            return None
        if not isinstance(said, dict) or not all(_is_section(said.get(kind, {})) for kind in _KINDS):
            return None
        return said

    def _write(self, kind, ctid, note):
        """Put a note in the place of another, or take it away (``None``)."""
        self._write_all(kind, {ctid: note})

    def _write_all(self, kind, changes):
        """The same for many containers: CTID -> note."""
        if all((self._note(kind, ctid) or None) == note for ctid, note in changes.items()):
            return
        with self._alone():
            notes = self._current()
            section = {**notes.get(kind, {}), **changes}
            self._save({**notes, kind: {ctid: note for ctid, note in section.items() if note is not None}})

    @contextlib.contextmanager
    def _alone(self):
        with self.hold("journal"):
            yield

    def _current(self):
        """The notes as they are while nobody else writes; damaged ones are set aside, old ones left out."""
        notes = self._load()
        if notes is None:
            with _usable(self.directory):
                os.replace(self.path, f"{self.path}.damaged")
            notes = {}
        creating = {ctid: note for ctid, note in notes.get("creating", {}).items() if _is_young(note)}
        return {**notes, "creating": creating}

    def _save(self, notes):
        with _usable(self.directory):
            files.replace(self.path, json.dumps({kind: section for kind, section in notes.items() if section}))

    def _make_directory(self):
        with _usable(self.directory):
            os.makedirs(self.directory, mode=0o700, exist_ok=True)


def _is_section(said):
    return isinstance(said, dict) and all(map(is_ctid, said))


def _is_young(note):
    return isinstance(note, dict) and abs(time.time() - _time(note)) <= LIFETIME  # a clock may be put back


def _words(said):
    return tuple(map(str, said)) if isinstance(said, list) else ()


def _actions(note):
    """Those of a note; none where it has what cannot be read."""
    try:
        found = from_data(note.get("actions"))
    except ValueError:
        return ()
    return tuple(one for one in found if isinstance(one, Action)) if isinstance(found, tuple) else ()


def _time(note):
    said = note.get("time")
    return said if isinstance(said, (int, float)) and 0 <= said <= _LAST else 0


def _stamp(path):
    """What changes with a file that is only ever replaced; ``None`` if there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _locked(stream):
    """One try."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _area(private):
    """What tells one directory from another that takes its place."""
    try:
        found = os.stat(private)
    except OSError:
        return None
    return [found.st_dev, found.st_ino]


@contextlib.contextmanager
def _usable(directory):
    """What hinders the use of `directory`, other than a file that is missing or held, in one sentence."""
    try:
        yield
    except (FileNotFoundError, BlockingIOError):
        raise
    except OSError as err:
        raise ConfigurationError(f"the notes in {directory} cannot be used: {err.strerror}") from None
