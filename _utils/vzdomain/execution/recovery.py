"""
Working on one container at a time, after what a run that was cut off has left.

A minion that is killed leaves the step it was at in the journal, and perhaps its vzctl, which is a session of its own
and goes on without it. The next run waits for that one, does what nobody else would find missing, and says so once.
"""

import contextlib
import os
import stat
import time

from ..errors import LockedError, NotSavedError, OpenVZError
from ..host import locks, marks, processes
from . import apply, bridging

_NAP = 0.1  # seconds between two looks at one that is at work


class Recovery:
    """What dead runs have left on one node; `lock_timeout` are the seconds to wait for a vzctl that is at work."""

    def __init__(self, node, journal, lock_timeout):
        self.node, self.journal, self.lock_timeout = node, journal, lock_timeout
        self._held = set()  # CTIDs that this one works on
        self._gave_up = None  # when a wait was last for nothing

    def reports(self, ctid):
        """What is to be said beside any plan for container `ctid`; for those who do not work on it."""
        flight = None if self._is_past(ctid) else self.journal.cut_off(ctid)
        return [str(one) for one in (self.journal.damage(), flight) if one]

    @contextlib.contextmanager
    def at(self, ctid, reports):
        """
        Work on container `ctid` alone, after what a run that was cut off has left has finished.

        What there is to report of it gets into `reports`, and is forgotten when the work has ended well. Tells whether
        somebody else may have changed the container.
        """
        with self._alone(ctid) as waited:
            if waited:  # for another process of this minion, which may have made what we are after
                self.node.forget(ctid)
            flight = self.journal.flight(ctid)
            reports += [one for one in (self.journal.mend(),) if one]
            if flight:
                reports += self._recover(ctid, flight)
            self.journal.disclaim(ctid)  # of a dead run, whose vzctl has finished
            try:
                with self._told(ctid, flight):
                    yield waited or flight is not None
            finally:
                with contextlib.suppress(OpenVZError):  # it counts for nothing when nobody holds the container
                    self.journal.disclaim(ctid)

    @contextlib.contextmanager
    def _alone(self, ctid):
        """The `Journal.hold` of a container, which is nobody else's work then."""
        with self.journal.hold(ctid) as waited:
            self._held.add(ctid)
            try:
                yield waited
            finally:
                self._held.discard(ctid)

    # who is at work

    def wait_for(self, ctid):
        """
        Let whoever works on container `ctid` finish before it is planned for: half of his work would be read.

        That is a vzctl, be it one that outlived its run, or another run of this minion.
        LockedError after `lock_timeout` seconds, and at once where a wait was for nothing a moment ago. Tells whether
        there was somebody.
        """
        who = self.at_work(ctid)
        if who is None:
            return False
        now = time.monotonic()
        is_tired = self._gave_up is not None and now - self._gave_up < self.lock_timeout
        end = now if is_tired else now + self.lock_timeout
        while who is not None:
            if time.monotonic() >= end:
                self._gave_up = self._gave_up if is_tired else time.monotonic()
                raise LockedError(f"container {ctid} is in work by {who}; nothing is planned for it until that is over")
            time.sleep(_NAP)
            who = self.at_work(ctid)
        self.node.forget(ctid)
        return True

    def at_work(self, ctid):
        """Who works on container `ctid` now, for people, or ``None``."""
        path = self.node.lock_path(ctid)
        pid = locks.holder(path)
        if pid:
            return f"{processes.described(pid)}, locked: {path} is held by process {pid}"
        flight = None if ctid in self._held else self.journal.flight(ctid)
        if not flight:
            return None
        if self.journal.is_held(ctid):
            return self.journal.holder(ctid)
        pid = processes.running(self.node.vzctl.vzctl, flight.argv) if flight.argv else None  # not at its lock yet
        return processes.described(pid) if pid else None

    # containers that are gone

    def bygone(self, dry=False):
        """
        Sentences about runs that were cut off while they worked on containers that are gone by now, or others.

        Nobody plans for those any more. The notes are forgotten with it, but not where it is `dry`.
        """
        return [said for ctid in self.journal.in_flight() for said in self._bygone(ctid, dry)]

    def _bygone(self, ctid, dry):
        if not self._is_past(ctid) or self.journal.is_held(ctid):
            return
        if dry:
            yield f"{self.journal.flight(ctid)}; that container is gone"
            return
        with self._alone(ctid):
            flight = self.journal.flight(ctid)
            if not self._is_past(ctid):  # another run was faster
                return
            is_half = self.is_half_destroyed(ctid)
            lock = "" if self.node.exists(ctid) and not is_half else self._clear_lock(ctid)
            finished = "; what that had left is removed" if is_half else ""
            if is_half:
                self._finish_destroying(ctid)
            yield f"{flight}{lock}{finished}; that container is gone"
            self.journal.restarted(ctid)
            self.journal.land(ctid)

    def _clear_lock(self, ctid):
        """Remove the lock of a dead vzctl, as the next vzctl would; the words that say so."""
        path = self.node.lock_path(ctid)
        dead = locks.left_by(path)
        if dead is None:
            return ""
        locks.wait(path, 0)
        return f"; the lock that its process {dead} had left is removed"

    def _is_past(self, ctid):
        """Whether the container is no more that a run was at when it was cut off; a creation is gone on with."""
        flight = self.journal.flight(ctid)
        if not flight or self.journal.is_begun(ctid) or self.at_work(ctid):
            return False
        if not self.node.exists(ctid):
            return not self.node.leftovers(ctid) or self.is_half_destroyed(ctid)
        return self._is_another(ctid, flight) or self.is_half_destroyed(ctid)

    def _is_another(self, ctid, flight):
        """Whether what has the CTID now was made since: in another area, or with a younger file than was deleted."""
        with contextlib.suppress(OSError, OpenVZError):
            area = self.journal.area(self.node.private(ctid))
            if flight.area and area and area != flight.area:
                return True
            is_younger = os.stat(self.node.conf_path(ctid)).st_mtime > flight.time
            return flight.argv[:1] == ("destroy",) and is_younger
        return False

    # a deletion that was killed together with its vzctl

    def is_half_destroyed(self, ctid):
        """
        Whether a ``destroy`` of ours that is at work no more has taken the private area of container `ctid`, not all.

        vzctl moves the area away first, then the file, and removes links of names last (vzctl 4.x, src/lib/destroy.c:
        read, not run). A younger file is somebody else's, and an area whose directory is away may come back.
        """
        flight = self.journal.flight(ctid)
        if not flight or flight.argv[:1] != ("destroy",) or self.at_work(ctid):
            return False
        private = self.node.private(ctid)
        if os.path.lexists(private) or not os.path.isdir(os.path.dirname(private)):
            return False
        left, names = self.node.leftovers(ctid), self.node.path("names")
        known = {self.node.conf_path(ctid), self.node.dump_path(ctid)}
        is_rest = left and all(path in known or os.path.dirname(path) == names for path in left)
        return bool(is_rest) and self._is_old_file(ctid, flight)

    def _is_old_file(self, ctid, flight):
        """Whether the file, if there is one, is a file, and no younger than the step."""
        conf = self.node.conf_path(ctid)
        with contextlib.suppress(FileNotFoundError):
            found = os.lstat(conf)
            return stat.S_ISREG(found.st_mode) and found.st_mtime <= flight.time
        return True

    def half_destroyed(self, name):
        """The CTID of the container of that CTID or name of which only such a rest is left, or ``None``."""
        flights = self.journal.in_flight().items()
        named = (ctid for ctid, flight in flights if name in (flight.name, str(ctid)))
        return next(filter(self.is_half_destroyed, named), None)

    def finish_destroying(self, ctid, reports):
        """Remove what is left of such a container before another gets its place."""
        if self.is_half_destroyed(ctid):
            reports += self._bygone(ctid, dry=False)

    def _finish_destroying(self, ctid):
        """vzctl deletes one without an area with code 0 (recorded); without a file it has nothing to go by."""
        if self.node.exists(ctid):
            self.node.vzctl.run("destroy", str(ctid))
            self.node.forget(ctid)
        apply.remove_dump(self.node, ctid)
        for path in self.node.leftovers(ctid):
            try:
                os.unlink(path)
            except OSError as err:
                raise NotSavedError(f"{path} cannot be removed: {err.strerror}") from None
        self.node.forget(ctid)

    def was_destroying(self, name):
        """Whether a run that was cut off was deleting the container of that CTID or name, which is gone now."""
        return any(
            flight.argv[:1] == ("destroy",) and name in (flight.name, str(ctid)) and self._is_past(ctid)
            for ctid, flight in self.journal.in_flight().items()
        )

    def pending(self, ctid):
        """The fields that a run which was cut off may have saved and that wait for the restart of a container."""
        return () if self._is_past(ctid) else self.journal.pending_in_flight(ctid, lambda: self.node.uptime(ctid))

    def settle(self, ctid):
        """Let another vzctl that works on container `ctid` finish; tells whether there was one."""
        if not locks.wait(self.node.lock_path(ctid), self.lock_timeout):
            return False
        self.node.forget(ctid)
        return True

    def was_naming(self, ctid, name):
        """Whether a run that was cut off was giving that name to container `ctid`: the link is made first."""
        return self.journal.has(ctid, name) or ("--name", name) in self._words(ctid)

    def devices(self, ctid):
        """The node's ends of pairs that a run was making for container `ctid` when it was cut off."""
        values = [value.split(",") for word, value in self._words(ctid) if word == "--netif_add"]
        return {fields[2] for fields in values if len(fields) > 2 and fields[2]}

    def _words(self, ctid):
        """Each word of the step that was cut off, with the one after it."""
        flight = self.journal.flight(ctid)
        return list(zip(flight.argv, flight.argv[1:], strict=False)) if flight else []

    @contextlib.contextmanager
    def _told(self, ctid, flight):
        """The note goes when its report gets to the caller, be it with an error."""
        try:
            yield
        except OpenVZError as err:
            if flight and self.journal.flight(ctid) is None:
                err.args = (f"{err}; {flight}", *err.args[1:])
            raise
        if flight:
            self.journal.land(ctid)

    def _recover(self, ctid, flight):
        """Do what the dead run had to do after its step and no plan would find missing; what fails is reported."""
        self._wait_for_orphan(flight)
        lock = self._clear_lock(ctid)
        self.settle(ctid)
        marks.clear(self.node, ctid, self.lock_timeout)
        self.node.forget(ctid)
        return [f"{flight}{lock}; this run has looked at the container anew", *self._go_on(ctid, flight)]

    def _wait_for_orphan(self, flight):
        """A vzctl that outlived its run may not have its lock yet."""
        end = time.monotonic() + self.lock_timeout
        while flight.argv and (pid := processes.running(self.node.vzctl.vzctl, flight.argv)):
            if time.monotonic() >= end:
                raise LockedError(f"an earlier run was cut off, and its {processes.described(pid)} is still running")
            time.sleep(_NAP)

    def _go_on(self, ctid, flight):
        if not (flight.pending or flight.attach) or self.node.status(ctid) != "running":
            return []
        if flight.pending:
            earlier = self.journal.pending(ctid, lambda: self.node.uptime(ctid))
            self.journal.wait_for_restart(ctid, dict.fromkeys((*earlier, *flight.pending)), flight.time)
        return [said for pair in flight.attach for said in self._attach(ctid, *pair)]

    def _attach(self, ctid, guest, bridge):
        """See a new veth in its bridge, if the container is still to have it there."""
        pairs = self.node.there(ctid).domain.interfaces or ()
        if any((pair.guest, pair.bridge) == (guest, bridge) for pair in pairs):
            try:
                bridging.see_new(self.node, ctid, guest, bridge)
            except OpenVZError as err:
                yield str(err)
