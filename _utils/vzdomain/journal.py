"""
Notes of what a container itself does not tell.

One of each container that is being created, kept until our mark is in its configuration file: a run that was cut off in
between finds by it that the unmarked container, or the half of one, is its own. Where it is known what `create` left,
the note is bound to that very private area: what somebody makes later in its place is his.

One of the fields that were saved while a container ran and that wait for it to be restarted.
"""

import contextlib
import fcntl
import json
import os
import re
import time

from .errors import ConfigurationError

LIFETIME = 86400  # seconds: a run that was cut off is followed by another within a day


class Journal:
    """The notes of one minion, files in `directory`."""

    def __init__(self, directory):
        self.directory = directory

    def begin(self, ctid, name):
        """Note that container `ctid` is about to be created for domain `name`."""
        self._write(ctid, {"name": name, "time": time.time()})

    def bind(self, ctid, private):
        """`create` did not say how it ended: the note holds for the private area that is there now, if there is one."""
        note = self._note(ctid)
        if note:
            self._write(ctid, {**note, "area": _area(private)})

    def has(self, ctid, name, private=None):
        """Whether container `ctid`, with that private area, was being created for domain `name`."""
        note = self._note(ctid)
        if note.get("name") != name or not 0 <= time.time() - note.get("time", 0) <= LIFETIME:
            return False
        return private is None or note.get("area") in (None, _area(private))

    def ctid_of(self, name):
        """The CTID that was chosen for domain `name` when its creation was cut off, or ``None``."""
        return next((ctid for ctid in self.ctids() if self.has(ctid, name)), None)

    def ctids(self):
        """All CTIDs with a note, lowest first."""
        notes = (re.fullmatch(r"(\d+)\.creating", entry) for entry in _listdir(self.directory))
        return sorted(int(note.group(1)) for note in notes if note)

    def end(self, ctid):
        """Forget the note of container `ctid`, if there is one."""
        with _usable(self.directory), contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(ctid))

    def wait_for_restart(self, ctid, fields):
        """Note that these fields of a running container were saved just now, and are not in effect."""
        self._write(ctid, {"fields": list(fields), "time": time.time()}, "pending")

    def pending(self, ctid, uptime):
        """The fields that container `ctid`, running for `uptime()` seconds, still waits for."""
        note = self._note(ctid, "pending")
        if not note or note.get("time", 0) < time.time() - uptime():
            return ()
        return tuple(note.get("fields", ()))

    def restarted(self, ctid):
        """Forget what container `ctid` waits for."""
        with _usable(self.directory), contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(ctid, "pending"))

    def allocation(self):
        """Let no other process of this minion choose a CTID meanwhile."""
        return self.hold("allocation")

    @contextlib.contextmanager
    def hold(self, what):
        """Let no other process of this minion work on `what`, a CTID, meanwhile; tells whether it had to wait."""
        self._make_directory()
        with _usable(self.directory):
            stream = open(os.path.join(self.directory, f"{what}.lock"), "w")  # noqa: SIM115
        with stream:
            yield _lock(stream)

    def _write(self, ctid, note, kind="creating"):
        self._make_directory()
        with _usable(self.directory), open(self._path(ctid, kind), "w", encoding="utf-8") as stream:
            json.dump(note, stream)
            stream.flush()
            os.fsync(stream.fileno())

    def _path(self, ctid, kind="creating"):
        return os.path.join(self.directory, f"{ctid}.{kind}")

    def _note(self, ctid, kind="creating"):
        try:
            with _usable(self.directory), open(self._path(ctid, kind), encoding="utf-8") as stream:
                note = json.load(stream)
        except (FileNotFoundError, ValueError):  # a note cut short by a crash tells nothing
            return {}
        return note if isinstance(note, dict) else {}

    def _make_directory(self):
        with _usable(self.directory):
            os.makedirs(self.directory, mode=0o700, exist_ok=True)


def _lock(stream):
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(stream, fcntl.LOCK_EX)
        return True
    return False


def _area(private):
    """What tells one directory from another that takes its place."""
    try:
        found = os.stat(private)
    except OSError:
        return None
    return [found.st_dev, found.st_ino]


@contextlib.contextmanager
def _usable(directory):
    """What hinders the use of `directory`, other than that a file is missing, in one sentence."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as err:
        raise ConfigurationError(f"the notes in {directory} cannot be used: {err.strerror}") from None


def _listdir(directory):
    try:
        with _usable(directory):
            return os.listdir(directory)
    except FileNotFoundError:
        return []
