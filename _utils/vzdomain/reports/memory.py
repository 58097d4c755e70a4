"""
What a beacon keeps from one look to the next: what it has told, so that news are news once.

A minion makes its beacons again with every refresh of pillar, grains or modules, so that this is a file in the minion's
cache. It holds names, status words, hashes and counters, and nothing that a container has been given.
"""

import hashlib
import json
import logging
import os

from ..errors import CannotAskError
from ..host import files

log = logging.getLogger(__name__)

MOST = 16  # beacons that one file remembers: the ones that looked last
_SHAPES = {
    "drift": lambda one: _is_pair(one, str, str),  # label -> status, digest of the fields
    "stopped": lambda one: _is_pair(one, (int, str, type(None)), str),  # label -> CTID, status
    "failcnt": lambda one: (
        isinstance(one, dict) and all(_is_count(count) for count in one.values())
    ),  # CTID -> counters
    "usage": lambda one: isinstance(one, list) and all(isinstance(name, str) for name in one),  # CTID -> what is over
    "errors": lambda one: isinstance(one, str),  # what could not be asked -> why
}


class Memory:
    """
    The memory of one beacon, by its name: ``memory["drift"]`` and so on are dictionaries by text.

    A file that cannot be read as such, whatever it holds, is started over. One that cannot be written is a warning in
    the log, and the memory lasts as long as the beacon.
    """

    def __init__(self, directory, name):
        self.path, self.name = os.path.join(directory, "beacons.json"), str(name)[:200]
        self._kept = self._saved = self._all().get(self.name) or {}

    def __getitem__(self, kind):
        return self._kept.get(kind, {})

    def __setitem__(self, kind, value):
        self._kept = {**self._kept, kind: value}

    def save(self):
        """Put it on the disk, where something of it has changed."""
        if self._kept == self._saved:
            return
        others = {name: said for name, said in self._all().items() if name != self.name}
        kept = dict([*others.items()][-MOST + 1 :])
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            files.replace(self.path, json.dumps({**kept, self.name: self._kept}))
        except OSError as err:
            log.warning("%s cannot be written, so the beacon repeats its events after a refresh: %s", self.path, err)
        self._saved = self._kept

    def _all(self):
        """Name of a beacon -> what it keeps; empty for a file that is damaged, or is not there."""
        try:
            stored = json.loads(files.text(self.path, broken="strict") or "{}")
        except (CannotAskError, ValueError, RecursionError) as err:
            log.warning("%s is started over, so the beacon repeats its events: %s", self.path, err)
            return {}
        found = stored.items() if isinstance(stored, dict) else ()
        return {name: _checked(one) for name, one in found if isinstance(one, dict)}


def digest(value):
    """A short word for a value of JSON, to see whether it is another one."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _checked(stored):
    """The kinds that have the shape that they are written in."""
    return {
        kind: stored[kind]
        for kind, is_right in _SHAPES.items()
        if isinstance(stored.get(kind), dict) and all(is_right(one) for one in stored[kind].values())
    }


def _is_pair(one, first, second):
    return isinstance(one, list) and len(one) == 2 and isinstance(one[0], first) and isinstance(one[1], second)


def _is_count(count):
    return isinstance(count, int) and not isinstance(count, bool) and count >= 0
