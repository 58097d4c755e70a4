"""
The status of each container: from one vzlist for all of them, and after a change from ``vzctl status``.
"""

import contextlib
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
    """

    def __init__(self, vzctl, lock_directory):
        self._vzctl, self._lock_directory = vzctl, lock_directory
        self._known = None  # CTID -> status
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
        self._known, self._locks = None, locks
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
        self._starts.pop(ctid, None)

    @property
    def listed(self):
        """CTID -> status of all containers."""
        if self._known is None:
            self._known, self._starts = self._list()
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

    def alone(self):
        """For a worker that has one container to itself: it asks for that one alone, and takes no lock for news."""
        return _Alone(self._vzctl, self._lock_directory, dict(self._starts))

    def _list(self, *ctids):
        """CTID -> status, and CTID -> when it was started."""
        asked = time.time()
        listing = self._vzctl.flavour.listing
        found = listing.statuses(self._vzctl.list(*listing.STATUS_WORDS, *ctids))
        starts = {ctid: asked - uptime for ctid, status, uptime in found if status in UP}
        return {ctid: status for ctid, status, _ in found}, starts

    def _ask(self, ctid):
        answer = self._vzctl.run("status", str(ctid)).stdout
        status = self._vzctl.flavour.listing.status(answer)
        if status is None:
            raise errors.CannotAskError(f"vzctl status {ctid} says {' '.join(answer.split())!r}, which is not a status")
        return status


class _Alone(Statuses):
    def __init__(self, vzctl, lock_directory, starts):
        super().__init__(vzctl, lock_directory)
        self._known, self._starts = {}, starts

    def notice_others(self, stamp=None):
        """Whoever holds a lock, it is on another container."""
        return False

    @contextlib.contextmanager
    def at_work(self):
        yield
