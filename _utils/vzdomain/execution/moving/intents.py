"""
What is to be moved from this node, or to it: one file for each container, written by rename, until the move is over.

All that is needed to go on is in it, so that a driver, a minion or a node may die at any time. Each look of the driver
counts its `turn` up: a step that comes late, after somebody has looked again, is known by an old one, and not done.
"""

import contextlib
import fcntl
import json
import os
import re
import time
from dataclasses import dataclass, field, replace

from ...errors import ArgumentError, CannotAskError, ConfigurationError, MovingError, OpenVZError, RefusedError, shown
from ...host import files, traces
from ...model import names, times
from ...model.ctid import Ctid, ctid_of, is_ctid

LEASE = 60  # seconds after which a driver that has not been heard of counts as dead
SOURCE, DESTINATION = "source", "destination"
_UNTOLD = dict.fromkeys(("sent", "process", "gave_way", "owned", "keep_for", "onboot", "status", "managed"))
_FILE = re.compile(r"(.+)\.json")
_ID = re.compile(r"move-[0-9a-f]{16}")
_LONGEST = 100  # characters of why
_TOKEN = re.compile(r"[A-Za-z0-9._:@-]{1,128}")


@dataclass(frozen=True)
class Move:
    """
    One move as its driver names it: what is moved from which minion to which.

    ArgumentError, by `Move.of`, for what cannot be one.
    """

    id: str
    ctid: Ctid
    uuid: str | None
    name: str
    source: str
    destination: str
    online: bool = False
    driver: dict = field(default_factory=dict)  # master, run; why: what the move is part of
    kind: str = "move"

    @classmethod
    def of(cls, said):
        """From the mapping that a step was called with."""
        if not isinstance(said, dict):
            raise ArgumentError("move must be a mapping with id, ctid, uuid, name, source, destination and driver")
        ctid, driver = ctid_of(str(said.get("ctid", ""))), said.get("driver")
        if not _ID.fullmatch(str(said.get("id"))) or ctid is None:
            raise ArgumentError("move needs an id, such as move-0123456789abcdef, and a ctid")
        if not isinstance(driver, dict) or not _TOKEN.fullmatch(str(driver.get("run"))):
            raise ArgumentError("move needs a driver with a run, the token of who drives it")
        for key in ("name", "source", "destination"):
            if not isinstance(said.get(key), str) or not said[key]:
                raise ArgumentError(f"move needs a {key}")
        uuid, known = said.get("uuid"), {key: said[key] for key in ("name", "source", "destination")}
        master = {"master": str(driver.get("master") or ""), "run": str(driver["run"])}
        master |= {"why": shown(str(driver["why"]))[:_LONGEST]} if driver.get("why") else {}
        kind = str(said.get("kind") or "move")
        return cls(
            said["id"], ctid, uuid and str(uuid), online=bool(said.get("online")), driver=master, kind=kind, **known
        )


@dataclass(frozen=True)
class Intent:
    """The file of one container; `data` is all of it."""

    data: dict
    damaged: bool = False  # the file cannot be read: that a move goes on is all that is known

    @property
    def ctid(self):
        return Ctid(self.data["ctid"])

    @property
    def id(self):
        return self.data.get("id")

    @property
    def role(self):
        return self.data.get("role")

    @property
    def other(self):
        """The minion at the other end."""
        return self.data.get(DESTINATION if self.role == SOURCE else SOURCE) or "another node"

    @property
    def process(self):
        """What is known of vzmigrate: ``pid`` and ``birth``; empty before it is started."""
        found = self.data.get("process")
        return found if isinstance(found, dict) else {}

    def lease(self):
        """Seconds since its driver was heard of."""
        seen = (self.data.get("driver") or {}).get("seen")
        return abs(time.time() - seen) if isinstance(seen, (int, float)) else LEASE + 1

    def is_driven_by(self, move):
        return (self.data.get("driver") or {}).get("run") == move.driver["run"]

    @property
    def command(self):
        """What goes on with it."""
        if self.damaged:
            return f"look at both nodes, then rm {self.data['path']}"
        kind = "move" if self.data.get("kind") == "move" else "convert"
        return f"salt-run openvz.{kind} {names.typed(self.data.get('name'))} {self.data.get(DESTINATION)}"

    def refusal(self):
        """The `MovingError` for everybody else who wants something of the container."""
        if self.damaged:
            return MovingError(
                f"container {self.ctid} is being moved, but the note of it cannot be read: {self.data['path']}; "
                f"look at both nodes, then remove that file"
            )
        to = f"to {self.other}" if self.role == SOURCE else f"here from {self.other}"
        since = times.minute(self.data.get("since"))
        return MovingError(f"container {self.ctid} is being moved {to} since {since}; {self.command} goes on")


class Intents:
    """Those of one minion, in ``moves`` below `directory`."""

    def __init__(self, directory):
        self.directory = os.path.join(directory, "moves")
        self._known = {}  # path -> stamp, Intent

    def path(self, ctid, end="json"):
        """``.../moves/101.json``; ``log`` and ``rc`` are of vzmigrate, ``facts`` what the source has said."""
        return os.path.join(self.directory, f"{ctid}.{end}")

    def ctids(self):
        """All CTIDs of open intents, lowest first."""
        found = (_FILE.fullmatch(name) for name in traces.listdir(self.directory))
        return sorted(Ctid(match[1]) for match in found if match and is_ctid(match[1]))

    def get(self, ctid):
        """The `Intent` of a container, ``None`` without one."""
        path = self.path(ctid)
        stamp, (known, intent) = traces.stamp(path), self._known.get(path, (None, None))
        if stamp is None and not os.path.lexists(path):
            return None
        if stamp is None or stamp != known:
            intent = _read(path, ctid)
            self._known[path] = (stamp, intent)
        return intent

    def all(self):
        """Every open one."""
        return [intent for intent in map(self.get, self.ctids()) if intent]

    def of(self, ctid=None, uuid=None, name=None):
        """The one whose container has that CTID, UUID or name, or ``None``."""
        for intent in self.all():
            data = intent.data
            is_named = name is not None and data.get("name") == name
            if intent.ctid == ctid or (uuid is not None and data.get("uuid") == uuid) or is_named:
                return intent
        return None

    def refuse(self, ctid=None, uuid=None, name=None):
        """MovingError where one is open for what has that CTID, UUID or name."""
        intent = self.of(ctid, uuid, name)
        if intent:
            raise intent.refusal()

    def begin(self, move, role, take_over=False, **more):
        """
        Write the intent of a `Move`, or take it over, and return it; `more` is noted the first time only.

        RefusedError where another one is open for that container, or its driver is alive.
        """
        with self._alone(move.ctid):
            other = self.of(move.ctid, move.uuid, move.name)
            if other and (other.damaged or other.id != move.id or other.ctid != move.ctid):
                raise other.refusal()
            if other and not other.is_driven_by(move) and other.lease() <= LEASE and not take_over:
                raise _driven(other)
            said = {name: value for name, value in vars(move).items() if name != "driver"}
            first = {**said, "ctid": str(move.ctid), "role": role, "since": time.time(), "turn": 0, **_UNTOLD, **more}
            known = other.data if other else first
            driver = {**move.driver, "seen": time.time()}
            return self.write(Intent({**known, "driver": driver, "turn": known.get("turn", 0) + 1}))

    def require(self, move, turn=None):
        """
        The open intent of this very move, with the lease of its driver renewed; MovingError for any other.

        turn
            That of the last look: a step that comes after another look is out of date.
        """
        with self._alone(move.ctid):
            intent = self.get(move.ctid)
            if intent is None:
                raise MovingError(f"no move of container {move.ctid} is noted on this node: intend comes first")
            if intent.damaged or intent.id != move.id:
                raise intent.refusal()
            if not intent.is_driven_by(move):
                raise _driven(intent)
            if turn is not None and turn != intent.data.get("turn"):
                raise MovingError(f"this step is out of date: somebody has looked at container {move.ctid} since")
            return self._noted(intent, {})

    def looked(self, move):
        """Count the turn of this move up, if it is open here and whoever asks drives it."""
        known = self.get(move.ctid)
        if known is None or known.damaged or known.id != move.id or not known.is_driven_by(move):
            return
        with self._alone(move.ctid):
            intent = self.get(move.ctid)
            if intent and intent.id == move.id and intent.is_driven_by(move):
                self._noted(intent, {"turn": intent.data.get("turn", 0) + 1})

    def note(self, ctid, **values):
        """Write other values into the open intent of a container, and return it."""
        with self._alone(ctid):
            return self._noted(self.get(ctid), values)

    def _noted(self, intent, values):
        """The same, and the lease of the driver is renewed."""
        driver = {**(intent.data.get("driver") or {}), "seen": time.time()}
        return self.write(replace(intent, data={**intent.data, **values, "driver": driver}))

    @contextlib.contextmanager
    def _alone(self, ctid):
        """Nobody else writes this one meanwhile: it is read again under the lock."""
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            with open(self.path(ctid, "lock"), "a", encoding="ascii", opener=files.own) as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)  # held for a few file operations by anybody
                self._known.pop(self.path(ctid), None)
                yield
        except OSError as err:
            raise ConfigurationError(f"the notes in {self.directory} cannot be used: {err.strerror}") from None

    def write(self, intent):
        """Put it on the disk; ConfigurationError where that cannot be done."""
        try:
            files.replace(self.path(intent.ctid), json.dumps(intent.data, indent=1, sort_keys=True) + "\n")
        except OSError as err:
            raise ConfigurationError(f"the notes in {self.directory} cannot be used: {err.strerror}") from None
        self._known.pop(self.path(intent.ctid), None)
        return intent

    def keep_facts(self, ctid, facts):
        """What the source has said of a container that may be about to come: ``onboot``, ``status``, ``managed``."""
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            files.replace(self.path(ctid, "facts"), json.dumps(facts) + "\n")
        except OSError as err:
            raise ConfigurationError(f"the notes in {self.directory} cannot be used: {err.strerror}") from None

    def facts(self, ctid):
        """That, or nothing."""
        with contextlib.suppress(ValueError, CannotAskError, RecursionError):
            found = json.loads(files.text(self.path(ctid, "facts")) or "{}")
            return found if isinstance(found, dict) else {}
        return {}

    def end(self, ctid):
        """Remove it, if there is one; log and code of vzmigrate stay for people."""
        for end in ("json", "facts"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path(ctid, end))
        self._known.pop(self.path(ctid), None)


def _read(path, ctid):
    """The `Intent` in a file; one that cannot be read is a damaged one."""
    try:
        data = json.loads(files.text(path) or "")
    except (ValueError, RecursionError, CannotAskError, OpenVZError):
        data = None
    if not isinstance(data, dict) or data.get("ctid") != str(ctid) or not _ID.fullmatch(str(data.get("id"))):
        return Intent({"ctid": str(ctid), "path": path}, damaged=True)
    return Intent(data)


def _driven(intent):
    """The error for a second driver."""
    driver = intent.data.get("driver") or {}
    who = f"{driver.get('run')} on {driver.get('master') or 'the master'}"
    return RefusedError(
        f"the move of container {intent.ctid} is driven by {who}, heard of {intent.lease():.0f} seconds ago; "
        f"wait for it, or take_over=True if it is dead"
    )
