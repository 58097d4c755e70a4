"""
A note of each container that is being created, kept until our mark is in its configuration file.

A run that was cut off in between finds by it that the unmarked container, or the half of one, is its own.
"""

import contextlib
import fcntl
import json
import os
import re
import time

from .errors import ConfigurationError


class Journal:
    """The notes of one minion, files in `directory`."""

    def __init__(self, directory):
        self.directory = directory

    def begin(self, ctid, name):
        """Note that container `ctid` is about to be created for domain `name`."""
        self._make_directory()
        with open(self._path(ctid), "w", encoding="utf-8") as stream:
            json.dump({"name": name, "time": time.time()}, stream)
            stream.flush()
            os.fsync(stream.fileno())

    def has(self, ctid, name):
        """Whether container `ctid` was being created for domain `name`."""
        return self._note(ctid).get("name") == name

    def ctid_of(self, name):
        """The CTID that was chosen for domain `name` when its creation was cut off, or ``None``."""
        return next((ctid for ctid in self.ctids() if self.has(ctid, name)), None)

    def ctids(self):
        """All CTIDs with a note, lowest first."""
        notes = (re.fullmatch(r"(\d+)\.creating", entry) for entry in _listdir(self.directory))
        return sorted(int(note.group(1)) for note in notes if note)

    def end(self, ctid):
        """Forget the note of container `ctid`, if there is one."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(ctid))

    @contextlib.contextmanager
    def allocation(self):
        """Let no other process of this minion choose a CTID meanwhile."""
        self._make_directory()
        with open(os.path.join(self.directory, "allocation.lock"), "w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def _path(self, ctid):
        return os.path.join(self.directory, f"{ctid}.creating")

    def _note(self, ctid):
        try:
            with open(self._path(ctid), encoding="utf-8") as stream:
                return json.load(stream)
        except (FileNotFoundError, ValueError):  # a note cut short by a crash tells nothing
            return {}

    def _make_directory(self):
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
        except OSError as err:
            raise ConfigurationError(f"{self.directory} cannot be made: {err.strerror}") from None


def _listdir(directory):
    try:
        return os.listdir(directory)
    except FileNotFoundError:
        return []
