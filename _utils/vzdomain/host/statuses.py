"""
The status of each container: from one vzlist for all of them, and after a change from ``vzctl status``.

Where a family's vzlist is slow and the kernel tells what runs, it is asked instead.
"""

import contextlib
import os
import time

from .. import errors
from . import traces
from .container import UP


class Statuses:
    """
    Those of one node.

    vzctl
        The `vzctl.Vzctl` to ask.

    lock_directory
        Gives the directory of vzctl's locks: every vzctl that may change a status makes and removes one there.

    node
        Has `states` of its kernel, and knows where areas, mount points and dumps are.
    """

    def __init__(self, vzctl, lock_directory, node):
        self._vzctl, self._lock_directory, self._node = vzctl, lock_directory, node
        self._known = None  # CTID -> status
        self._still = None  # CTID -> status of those that do not run, where vzlist had to be asked
        self._mounts = None  # where something is mounted
        self._changed = set()  # CTIDs of which what the kernel said before says nothing
        self._starts = {}  # CTID -> when it was started, in seconds of the epoch
        self._locks = None  # when the lock directory was last seen to change
        self._is_at_work = False  # the locks that come and go are ours

    def notice_others(self, stamp=traces.stamp):
        """Forget all where another vzctl has been at work; tells whether one has."""
        if self._is_at_work:
            return False
        locks = stamp(self._lock_directory())
        if self._locks == locks:
            return False
        self._known, self._still, self._mounts, self._locks = None, None, None, locks
        self._changed.clear()
        return True

    @contextlib.contextmanager
    def at_work(self):
        """What we run ourselves makes nothing stale but what `forget` names."""
        quiet = self._locks == traces.stamp(self._lock_directory())
        self._is_at_work = quiet  # else whoever looks, between our steps too, has to notice
        try:
            yield
        finally:
            self._is_at_work = False
            if quiet:
                self._locks = traces.stamp(self._lock_directory())

    def forget(self, ctid):
        """Ask for container `ctid` again when it is next asked for."""
        if self._known is not None:
            self._known.pop(ctid, None)
        self._still = self._mounts = None
        self._changed.add(ctid)
        self._starts.pop(ctid, None)

    @property
    def listed(self):
        """
        CTID -> status of the containers that are known to be there, files or no files.

        That is all that vzlist shows, or all that run, where the kernel tells.
        """
        if self._known is None:
            running = self._node.states.running()
            if running is None:
                self._known, self._starts = self._list()
            else:
                self._known = {ctid: status or self._ask_vzctl(ctid) for ctid, status in running.items()}
        return self._known

    def of(self, ctid):
        """The status of one container."""
        if ctid not in self.listed:
            self._known[ctid] = self._ask(ctid)
        return self._known[ctid]

    def uptime(self, ctid):
        """Seconds that a container has been running; 0 if it does not run."""
        if self.of(ctid) not in UP:
            return 0
        if ctid not in self._starts:
            self._starts.update(self._list(str(ctid))[1])
        return time.time() - self._starts.get(ctid, time.time())

    def learn(self, ask):
        """
        Take statuses and uptimes from a vzlist that is run for more, and return its answer.

        `ask` gives CTID -> what has a `status` and an `uptime`, 0 for what does not run.
        """
        asked, found = time.time(), ask()
        self._known = {ctid: one.status for ctid, one in found.items()}
        self._starts = {ctid: asked - one.uptime for ctid, one in found.items() if one.status in UP}
        return found

    def alone(self, node):
        """For a worker that has one container to itself: it asks for that one alone, and takes no lock for news."""
        return _Alone(self._vzctl, self._lock_directory, node, dict(self._starts))

    def _list(self, *ctids):
        """CTID -> status, and CTID -> when it was started."""
        asked = time.time()
        listing = self._vzctl.flavour.listing
        words = listing.UPTIME_WORDS if ctids else listing.STATUS_WORDS
        found = listing.statuses(self._vzctl.list(*words, *ctids))
        starts = {ctid: asked - uptime for ctid, status, uptime in found if status in UP}
        return {ctid: status for ctid, status, _ in found}, starts

    def _ask(self, ctid):
        """The status of one of which none is known."""
        if not self._node.states.tell():
            return self._ask_vzctl(ctid)
        if ctid in self._changed and self._node.states.is_running(ctid):
            return self._node.states.of(ctid) or self._ask_vzctl(ctid)
        return self._at_rest(ctid) or self._ask_vzctl(ctid)

    def _at_rest(self, ctid):
        """The status of one that does not run; ``None`` where neither the kernel nor vzlist tells."""
        if self._mounts is None:
            self._mounts = self._node.states.mounts()
        if self._mounts is None:
            return self._listed_at_rest(ctid)
        root = self._node.root(ctid)
        if root in self._mounts or os.path.realpath(root) in self._mounts:
            return "mounted"
        return "suspended" if self._node.has_dump(ctid) else "stopped"

    def _listed_at_rest(self, ctid):
        """The same from one vzlist of all that do not run: it is fast, and leaves out what is not valid."""
        if self._still is None:
            listing = self._vzctl.flavour.listing
            rows = listing.statuses(self._vzctl.list(*listing.STOPPED_WORDS))
            self._still = {ctid: status for ctid, status, _ in rows}
        return self._still.get(ctid)

    def _ask_vzctl(self, ctid):
        answer = self._vzctl.run("status", str(ctid)).stdout
        status = self._vzctl.flavour.listing.status(answer)
        if status is None:
            raise errors.CannotAskError(f"vzctl status {ctid} says {' '.join(answer.split())!r}, which is not a status")
        return status


class _Everything(set):
    """Of a worker no look is so young that it could count on it."""

    def __contains__(self, _):
        return True


class _Alone(Statuses):
    def __init__(self, vzctl, lock_directory, node, starts):
        super().__init__(vzctl, lock_directory, node)
        self._changed = _Everything()
        self._known, self._starts = {}, starts

    def notice_others(self, stamp=None):
        """Whoever holds a lock, it is on another container."""
        return False

    @contextlib.contextmanager
    def at_work(self):
        yield
