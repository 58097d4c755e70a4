"""
The file of the journal: a sqlite3 database with the notes on containers, and the history of what was done to them.

It is opened for each use and closed again. In one process all uses take turns: who closes a file drops every lock that
the process has on it (POSIX), and a fork in the middle of one would copy sqlite's own locks. It has a rollback journal
and no WAL, which wants memory that all processes share. Who writes holds a lock of the `Journal`.
"""

import contextlib
import json
import logging
import os
import stat
import threading
import time
import urllib.parse
from dataclasses import dataclass, replace

from ...errors import CannotAskError, ConfigurationError, LockedError
from ...host import files
from ...model.ctid import is_ctid

try:
    import sqlite3
except ImportError:  # Python can be built without it
    sqlite3 = None

log = logging.getLogger(__name__)

VERSION = 1  # of the tables
LAST = 2**40  # seconds of the epoch: the year of any note can be shown
MOST_ROWS = 50_000  # of the history: some 30 MB
_MOST_PRUNED = 20  # with one new row: a clock that is wrong for a moment does not cost all of the history
_TABLES = (
    "CREATE TABLE notes (kind TEXT, ctid TEXT, note TEXT, PRIMARY KEY (kind, ctid))",
    "CREATE TABLE history (id INTEGER PRIMARY KEY, time REAL, ctid TEXT, name TEXT, did TEXT, changes TEXT, "
    "command TEXT, result TEXT, error TEXT, jid TEXT, fun TEXT, user TEXT)",
    "CREATE INDEX history_by_ctid ON history (ctid, result)",
    "CREATE INDEX history_by_name ON history (name)",
    f"PRAGMA user_version = {VERSION}",
)
_COLUMNS = ("time", "ctid", "name", "did", "changes", "command", "result", "error", "jid", "fun", "user")
_JSON = {"did": [], "changes": {}, "command": []}  # columns that hold JSON, and what damage in one is read as
_LEAST = 512  # bytes of a database that is not empty; sqlite takes a shorter file for an empty one
_COUNTER = (4, 24)  # length and offset of what sqlite counts up with each commit
_COARSE = 2  # seconds: what some file systems count the times of files in
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_TURN = threading.Lock()
os.register_at_fork(before=_TURN.acquire, after_in_parent=_TURN.release, after_in_child=_TURN.release)


@dataclass(frozen=True)
class _Known:
    """What was in the file when it was read last."""

    stamp: tuple | None
    notes: dict
    is_damaged: bool = False
    is_settled: bool = False  # the time of the file is so long ago that a change since would show in it


_NOTHING = _Known(None, {})


class _DamagedError(Exception):
    """The file is not a database of ours, or no whole one."""


class Database:
    """
    The database `path`.

    patience
        Seconds to wait while another process commits.

    days
        How long a row of the history is kept; 0 keeps none.
    """

    def __init__(self, path, patience=60, days=400):
        self.path, self.patience, self.days = path, patience, days
        self._known = _NOTHING  # one value, so that threads see all or none

    def read(self):
        """``{"creating": {"101": {...}}, ...}``, to be read only; empty for a damaged file."""
        return self._read().notes

    def is_damaged(self):
        """Whether the file cannot be read as notes."""
        return self._read().is_damaged

    def write(self, changes, ends=(), row=None, now=0):
        """
        Change notes and history, all or nothing; returns the number of the new row.

        changes
            ``(kind, CTID)`` -> note, or ``None`` to take it away.

        ends
            Statements for rows that end: `ended`, `cut_off`, `told`.

        row
            A new row: column -> value, lists and mappings as they are. `now` is its time.

        A damaged file is set aside; notes that could still be read go into the new one.
        """
        known = self._read()
        with _TURN, _usable(self.path):
            if known.is_damaged:
                self._set_aside()
            try:
                number = self._commit(changes, ends, row, now)
            except _DamagedError:
                log.warning("%s is damaged and set aside; the history starts over", self.path)
                self._set_aside()
                kept = {(kind, ctid): note for kind, section in known.notes.items() for ctid, note in section.items()}
                number = self._commit({**kept, **changes}, (), row, now)
            self._known = _Known(self._stamp(), _changed(known.notes, changes))
        return number

    def history(self, names, since, limit):
        """The newest rows first: of containers with one of these CTIDs or names (all without any), `since` a time."""
        wanted = ",".join("?" * len(names))
        which = f"AND (ctid IN ({wanted}) OR name IN ({wanted}))" if names else ""
        query = f"SELECT {', '.join(_COLUMNS)} FROM history WHERE time >= ? {which} ORDER BY id DESC LIMIT ?"
        return [_row(row) for row in self._rows(query, (since, *names, *names, limit))]

    def begins(self):
        """The time of the oldest row; ``None`` without one."""
        return next((_seconds(row[0]) for row in self._rows("SELECT time FROM history ORDER BY id LIMIT 1")), None)

    # how

    def _rows(self, query, values=()):
        known = self._read()
        if known.stamp is None or known.is_damaged:
            return []
        try:
            with _TURN, self._connected() as base:
                return base.execute(query, values).fetchall() if _has_tables(base) else []
        except _DamagedError:
            raise CannotAskError(f"the history cannot be read: {self.path} is damaged") from None

    def _read(self):
        known = self._known
        with _usable(self.path):
            try:
                if known.is_settled and known.stamp[:-1] == _times(os.lstat(self.path)):
                    return known
                with _TURN:
                    self._known = known = self._reread()
            except FileNotFoundError:
                self._known = known = _NOTHING
        return known

    def _reread(self):
        """What is known, or what is in the file where that has changed since."""
        descriptor, known, now = os.open(self.path, _LOOK), self._known, time.time()
        try:
            if known.stamp is None or known.stamp != _stamp(descriptor):
                known = self._load(descriptor)
        finally:
            os.close(descriptor)
        return replace(known, is_settled=now - known.stamp[2] / 1e9 > _COARSE)

    def _load(self, descriptor):
        """Stamp and notes of one moment: nobody commits while a transaction reads."""
        try:
            if 0 < os.fstat(descriptor).st_size < _LEAST:
                raise _DamagedError
            with self._connected() as base:
                base.execute("BEGIN")
                rows = base.execute("SELECT kind, ctid, note FROM notes").fetchall() if _has_tables(base) else ()
                stamp = _stamp(descriptor)
        except _DamagedError:
            return _Known(_stamp(descriptor), {}, is_damaged=True)
        notes = {}
        for kind, ctid, note in rows:
            if is_ctid(str(ctid)):
                notes.setdefault(str(kind), {})[ctid] = _from_json(note, {})
        return _Known(stamp, notes)

    def _stamp(self):
        descriptor = os.open(self.path, _LOOK)
        try:
            return _stamp(descriptor)
        finally:
            os.close(descriptor)

    def _commit(self, changes, ends, row, now):
        os.close(files.own(self.path, os.O_RDWR | os.O_CREAT))  # sqlite would let others read it
        with self._connected() as base:
            base.execute("PRAGMA journal_mode = TRUNCATE")
            base.execute("PRAGMA synchronous = FULL")
            base.execute("BEGIN IMMEDIATE")
            for statement in () if _has_tables(base) else _TABLES:
                base.execute(statement)
            for (kind, ctid), note in changes.items():
                if note is None:
                    base.execute("DELETE FROM notes WHERE kind = ? AND ctid = ?", (kind, ctid))
                else:
                    base.execute("REPLACE INTO notes VALUES (?, ?, ?)", (kind, ctid, json.dumps(note)))
            for statement, values in ends:
                base.execute(statement, values)
            number = self._insert(base, row, now) if row else None
            base.execute("COMMIT")
        return number

    def _insert(self, base, row, now):
        """A new row, and the end of old ones."""
        values = [json.dumps(row.get(name)) if name in _JSON else row.get(name) for name in _COLUMNS]
        marks = ", ".join("?" * len(_COLUMNS))
        made = base.execute(f"INSERT INTO history ({', '.join(_COLUMNS)}) VALUES ({marks})", values)
        base.execute("DELETE FROM history WHERE id <= ?", (made.lastrowid - MOST_ROWS,))
        oldest = f"SELECT id FROM history ORDER BY id LIMIT {_MOST_PRUNED}"
        base.execute(f"DELETE FROM history WHERE id IN ({oldest}) AND time < ?", (now - self.days * 86400,))
        return made.lastrowid

    def _set_aside(self):
        """Together with the rollback journal, which must not meet another database."""
        for end in ("-journal", ""):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.path}{end}", f"{self.path}.damaged{end}")

    @contextlib.contextmanager
    def _connected(self):
        """A connection; what is not committed when it ends has not happened."""
        place = os.path.dirname(self.path)
        if sqlite3 is None:
            raise ConfigurationError(
                f"the notes in {place} cannot be used: this Python has no sqlite3 module; "
                f"install the one of your distribution, or Salt's own packages, which bring it"
            )
        for path in (self.path, f"{self.path}-journal"):
            with contextlib.suppress(FileNotFoundError):
                if not stat.S_ISREG(os.lstat(path).st_mode):
                    raise ConfigurationError(f"the notes in {place} cannot be used: {path} is not a regular file")
        try:
            name = f"file:{urllib.parse.quote(os.fsencode(self.path))}?mode=rw"
            base = sqlite3.connect(name, self.patience, isolation_level=None, uri=True)
            base.text_factory = lambda text: text.decode("utf-8", "replace")
            with contextlib.closing(base):
                yield base
        except sqlite3.OperationalError as err:
            why = str(err)
            if why.startswith(("no such", "table ")):
                raise _DamagedError from None
            if "locked" in why:
                raise LockedError(f"the notes in {place} are locked by another process of this minion") from None
            raise ConfigurationError(f"the notes in {place} cannot be used: {why}") from None
        except sqlite3.DatabaseError:
            raise _DamagedError from None


# statements for rows that end


def ended(number, error=None):
    """The row of that number is done, or failed with a sentence."""
    return "UPDATE history SET result = ?, error = ? WHERE id = ?", ("failed" if error else "done", error, number)


def cut_off(ctid):
    """Whatever a dead run was at."""
    return "UPDATE history SET result = 'cut off' WHERE ctid = ? AND result IS NULL", (str(ctid),)


def told(number, did, changes):
    """What a call has done is known afterwards."""
    return (
        "UPDATE history SET did = ?, changes = ? WHERE id = ?",
        (json.dumps(did), json.dumps(changes), number),
    )


# values


def _has_tables(base):
    """Whether the database is ours; a new one is empty."""
    version = base.execute("PRAGMA user_version").fetchone()[0]
    if version == VERSION:
        return True
    if version or base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise _DamagedError
    return False


def _stamp(descriptor):
    """What changes with each commit, and with whatever else is done to the file; ConfigurationError for a pipe."""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(None, "it is not a regular file")
    return (*_times(found), os.pread(descriptor, *_COUNTER))


def _times(found):
    return found.st_ino, found.st_size, found.st_mtime_ns


def _changed(notes, changes):
    """The notes after changes; those from before are not touched, since others may be reading them."""
    made = dict(notes)
    for (kind, ctid), note in changes.items():
        section = {key: one for key, one in made.get(kind, {}).items() if key != ctid}
        made[kind] = section if note is None else {**section, ctid: note}
    return made


def _row(values):
    row = dict(zip(_COLUMNS, values, strict=True))
    return {
        **row,
        "time": _seconds(row["time"]),
        **{name: _from_json(row[name], default) for name, default in _JSON.items()},
    }


def _seconds(value):
    """A time that can be shown, whatever the file has."""
    return value if isinstance(value, (int, float)) and 0 <= value <= LAST else 0


def _from_json(text, default):
    """A list or mapping of the kind of `default`, which stands for everything else."""
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return default
    return value if isinstance(value, type(default)) else default


@contextlib.contextmanager
def _usable(path):
    try:
        yield
    except OSError as err:
        place = os.path.dirname(path)
        raise ConfigurationError(f"the notes in {place} cannot be used: {err.strerror}") from None
