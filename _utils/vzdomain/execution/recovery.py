"""
Working on one container at a time, after what an interrupted run has left.

A minion that is killed leaves the step it was at in the journal, and perhaps its vzctl, which is a session of its own
and goes on without it. The next run waits for that one, does what nobody else would find missing, and says so once.
"""

import contextlib
import os
import stat
import time

from ..errors import LockedError, NotSavedError, OpenVZError
from ..host import locks, marks, traces
from ..host.container import UP
from ..host.kernel import processes
from ..model.actions import AddVeth, ChangeVeth, Create, Destroy, Register, Rename
from . import apply, bridging
from .snapshots import interrupted


class Recovery:
    """What dead runs have left on one node; `lock_timeout` are the seconds to wait for a vzctl that is at work."""

    def __init__(self, node, journal, lock_timeout):
        self.node, self.journal, self.lock_timeout = node, journal, lock_timeout
        self._held = set()  # CTIDs that this one works on
        self._moves = set()  # CTIDs of which this one does a step of a move
        self._gave_up = None  # when a wait was last in vain

    def reports(self, ctid):
        """What is to be said beside any plan for container `ctid`; for those who do not work on it."""
        return self.node.remember(("reports", ctid), lambda: self._reports(ctid))

    def _reports(self, ctid):
        step = None if self._is_past(ctid) or self._step(ctid) is None else self.journal.interrupted_step(ctid)
        return [str(one) for one in (self.journal.damage(), step) if one]

    @contextlib.contextmanager
    def at(self, ctid, reports):
        """
        Work on container `ctid` alone, after what an interrupted run has left has finished.

        What there is to report of it gets into `reports`, and is forgotten when the work has ended well. Tells whether
        someone else may have changed the container. MovingError for one that is being moved to another node.
        """
        self.refuse_moving(ctid)
        with self._alone(ctid) as waited:
            if waited:  # for another process of this minion, which may have made what we are after
                self.node.forget(ctid)
            step = self.journal.step(ctid)
            reports += [one for one in (self.journal.repair(),) if one]
            if step:
                reports += self._recover(ctid, step)
            self.journal.disclaim(ctid)  # of a dead run, whose vzctl has finished
            try:
                with self._told(ctid, step):
                    yield waited or step is not None
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

    # moves to other nodes

    @contextlib.contextmanager
    def moving(self, ctid):
        """Work on container `ctid` for a move, which everybody else has to wait for."""
        self._moves.add(ctid)
        try:
            yield
        finally:
            self._moves.discard(ctid)

    def refuse_moving(self, ctid):
        """MovingError where container `ctid` is being moved to another node, or here."""
        intent = None if ctid is None or ctid in self._moves else self.journal.moves.get(ctid)
        if intent:
            raise intent.refusal()

    def refuse_moving_of(self, *known):
        """The same for what has that CTID, UUID or name."""
        intent = self.journal.moves.of(*known)
        if intent and intent.ctid not in self._moves:
            raise intent.refusal()

    # who is at work

    def wait_for(self, ctid):
        """
        Let whoever works on container `ctid` finish before it is planned for: half of the work would be read.

        That is a vzctl, be it one that outlived its run, or another run of this minion.
        LockedError after `lock_timeout` seconds, and at once where a wait was in vain a moment ago. Tells whether
        there was somebody. MovingError for one that is being moved: that may take hours.
        """
        self.refuse_moving(ctid)
        who = self.node.remember(("at work", ctid), lambda: self.at_work(ctid))
        if who is None:
            return False
        is_tired = self._gave_up is not None and time.monotonic() - self._gave_up < self.lock_timeout
        who = processes.wait_while(lambda: self._at_work_now(ctid), 0 if is_tired else self.lock_timeout)
        if who:
            self._gave_up = self._gave_up if is_tired else time.monotonic()
            raise LockedError(
                f"container {ctid} is being worked on by {who}; nothing is planned for it until that is finished"
            )
        self.node.forget(ctid)
        return True

    def _at_work_now(self, ctid):
        self.node.look_again()
        return self.at_work(ctid)

    def is_anyone_at_work(self):
        """Whether there is a lock of vzctl's, or a step in the journal: only then somebody need be waited for."""
        directory = os.path.dirname(self.node.lock_path("0"))
        return any(name.endswith(".lck") for name in traces.listdir(directory)) or bool(self.journal.steps())

    def at_work(self, ctid):
        """Who works on container `ctid` now, for people, or ``None``."""
        path = self.node.lock_path(ctid)
        pid = locks.holder(path)
        if pid:
            return f"{processes.described(pid)}, locked: {path} is held by process {pid}"
        step = None if ctid in self._held else self._step(ctid)
        if not step:
            return None
        if self.journal.is_held(ctid):
            return self.journal.holder(ctid)
        return self._orphan(ctid, step)  # not at its lock yet

    # containers that are gone

    def reports_of_gone(self, dry=False):
        """
        Sentences about runs that were interrupted while they worked on containers that are gone, or others.

        Nobody plans for those any more. The notes are forgotten with it, but not where it is `dry`.
        """
        return [said for ctid in self.journal.steps() for said in self._report_gone(ctid, dry)]

    def _report_gone(self, ctid, dry):
        if not self._is_past(ctid) or self.journal.is_held(ctid):
            return
        if dry:
            yield f"{self.journal.step(ctid)}; that container is gone"
            return
        with self._alone(ctid):
            step = self.journal.step(ctid)
            if not self._is_past(ctid):  # another run was faster
                return
            is_half = self.is_half_destroyed(ctid)
            lock = "" if self.node.exists(ctid) and not is_half else self._clear_lock(ctid, step)
            finished = "; what it had left behind was removed" if is_half else ""
            if is_half:
                self._finish_destroying(ctid)
                self.journal.remember(ctid, step.name, "removed what was left of it")
            yield f"{step}{lock}{finished}; that container is gone"
            self.journal.restarted(ctid)
            self.journal.end_step(ctid)

    def _clear_lock(self, ctid, step):
        """Remove the lock of a dead vzctl, as the next vzctl would; the words that say so."""
        path = self.node.lock_path(ctid)
        dead = locks.left_by(path)
        if dead is None:
            return ""
        locks.wait(path, 0)
        self.journal.remember(ctid, step.name, f"removed the lock of dead process {dead}")
        return f"; the lock that its process {dead} had left was removed"

    def _is_past(self, ctid):
        """Whether the container of an interrupted run is gone; a creation is continued."""
        step = self._step(ctid)
        is_continued = step and self.journal.is_begun(ctid) and not step.has(Destroy)  # or a new one is to follow
        if not step or is_continued or self.at_work(ctid):
            return False
        if not self.node.exists(ctid):
            return not self.node.leftovers(ctid) or self.is_half_destroyed(ctid)
        return self._is_another(ctid, step) or self.is_half_destroyed(ctid)

    def _is_another(self, ctid, step):
        """Whether what has the CTID now was made since: in another area, or with a younger file than was deleted."""
        with contextlib.suppress(OSError, OpenVZError):
            area = self.journal.area(self.node.private(ctid))
            if step.area and area and area != step.area:
                return True
            is_younger = os.stat(self.node.conf_path(ctid)).st_mtime > step.time
            return step.has(Destroy) and is_younger
        return False

    # a deletion that was killed together with its vzctl

    def is_half_destroyed(self, ctid):
        """
        Whether a ``destroy`` of ours that is at work no more has taken the private area of container `ctid`, not all.

        vzctl moves the area away first, then the file, and removes links of names last (vzctl 4.x, src/lib/destroy.c:
        read, not run). A younger file is someone else's, and an area whose directory is away may come back.
        """
        step = self._step(ctid)
        if not step or not step.has(Destroy) or self.at_work(ctid):
            return False
        private = self.node.private(ctid)
        if self.node.flavour.places.REAL_FILE and os.path.lexists(private):
            return self._is_half_gone(ctid, step, private)
        if os.path.lexists(private) or not os.path.isdir(os.path.dirname(private)):
            return False
        left, names = self.node.leftovers(ctid), self.node.names_dir
        known = {self.node.conf_path(ctid), self.node.dump_path(ctid)}
        is_rest = left and all(path in known or os.path.dirname(path) == names for path in left)
        return bool(is_rest) and self._is_old_file(ctid, step)

    def _is_half_gone(self, ctid, step, private):
        """
        The same of vzctl 7: images go first, then links of names and of the file, the area last (read, not run).

        The area has to be the very one that was to go.
        """
        if not step.area or self.journal.area(private) != step.area:
            return False
        was = next(one.was for one in step.actions if isinstance(one, Destroy))
        image = os.path.join(private, self.node.flavour.places.ROOT_IMAGE)
        has_lost_disk = was and was.template and not os.path.exists(image)
        has_lost_name = not (step.name.isdecimal() or step.name == str(ctid) or self.node.linked(step.name) == ctid)
        return bool(has_lost_disk or has_lost_name or not self.node.exists(ctid))

    def _is_old_file(self, ctid, step):
        """Whether the file, if there is one, is a file, and no younger than the step."""
        conf = self.node.conf_path(ctid)
        with contextlib.suppress(FileNotFoundError):
            found = os.lstat(conf)
            return stat.S_ISREG(found.st_mode) and found.st_mtime <= step.time
        return True

    def half_destroyed(self, name):
        """The CTID of the container of that CTID or name of which only such a rest is left, or ``None``."""
        steps = self.journal.steps().items()
        named = (ctid for ctid, step in steps if name in (step.name, str(ctid)))
        return next(filter(self.is_half_destroyed, named), None)

    def finish_destroying(self, ctid, reports):
        """Remove what is left of such a container before another gets its place."""
        if self.is_half_destroyed(ctid):
            reports += self._report_gone(ctid, dry=False)

    def _finish_destroying(self, ctid):
        """vzctl deletes one without an area with code 0 (recorded); without a file it has nothing to go by."""
        private, name = self.node.private(ctid), self.node.flavour.places.REAL_FILE
        if name and not self.node.exists(ctid) and os.path.exists(os.path.join(private, name)):
            for call in self.node.flavour.spelling.calls([Register(private)], ctid):
                self.node.vzctl.run(*call.argv)
            self.node.forget(ctid)
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
        """Whether an interrupted run was deleting the container of that CTID or name, which is gone now."""
        return any(
            step.has(Destroy) and name in (step.name, str(ctid)) and self._is_past(ctid)
            for ctid, step in self.journal.steps().items()
        )

    def pending(self, ctid):
        """The fields that an interrupted run may have saved and that wait for the restart of a container."""
        if self._step(ctid) is None:
            return ()
        return () if self._is_past(ctid) else self.journal.pending_of_step(ctid, lambda: self.node.uptime(ctid))

    def settle(self, ctid):
        """Let another vzctl that works on container `ctid` finish; tells whether there was one."""
        if not locks.wait(self.node.lock_path(ctid), self.lock_timeout):
            return False
        self.node.forget(ctid)
        return True

    def was_naming(self, ctid, name):
        """Whether an interrupted run was giving that name to container `ctid`: the link is made first."""
        actions = self._actions(ctid)
        names = [one.new for one in actions if isinstance(one, Rename)]
        names += [one.name for one in actions if isinstance(one, Create)]
        names += interrupted.names_of(self._step(ctid))
        return self.journal.has(ctid, name) or name in names

    def was_switching(self, ctid):
        """Whether an interrupted run may have brought back a file without our mark; it is put right before a change."""
        return interrupted.marks_of(self._step(ctid)) is not None

    def devices(self, ctid):
        """The node's ends of pairs that a run was making for container `ctid` when it was interrupted."""
        return {one.new.target for one in self._actions(ctid) if isinstance(one, (AddVeth, ChangeVeth))} - {None}

    def _step(self, ctid):
        """The step that a run is at, or was when it was interrupted."""
        return self.node.remember(("step", ctid), lambda: self.journal.step(ctid))

    def _actions(self, ctid):
        """Those of the step that was interrupted."""
        step = self._step(ctid)
        return step.actions if step else ()

    def _orphan(self, ctid, step):
        """The vzctl that is running the call of a step, for people, or ``None``."""
        program, *argv = step.command or ("",)
        path = {"vzctl": self.node.vzctl.vzctl, "vzmlocal": getattr(self.node.vzctl, "vzmlocal", "")}.get(program)
        pid = processes.running(path, argv) if path else None
        if pid:
            return processes.described(pid)
        turn = self.node.turn_path(ctid)
        return f"vzctl, which holds {turn}" if turn and locks.is_flocked(turn) else None

    @contextlib.contextmanager
    def _told(self, ctid, step):
        """The note goes when its report gets to the caller, be it with an error."""
        try:
            yield
        except OpenVZError as err:
            if step and self.journal.step(ctid) is None:
                err.args = (f"{err}; {step}", *err.args[1:])
            raise
        if step:
            self.journal.end_step(ctid)

    def _recover(self, ctid, step):
        """Do what the dead run had to do after its step and no plan would find missing; what fails is reported."""
        self._wait_for_orphan(ctid, step)
        lock = self._clear_lock(ctid, step)
        self.settle(ctid)
        marks.clear(self.node, ctid, self.lock_timeout)
        self.node.forget(ctid)
        return [f"{step}{lock}; this run checked the container again", *self._go_on(ctid, step)]

    def _wait_for_orphan(self, ctid, step):
        """A vzctl that outlived its run may not have its lock yet."""
        if who := processes.wait_while(lambda: self._orphan(ctid, step), self.lock_timeout):
            raise LockedError(f"an earlier run was interrupted, and its {who} is still running")

    def _go_on(self, ctid, step):
        found = []
        if step.has(*interrupted.KINDS) and self.node.exists(ctid):
            found = list(interrupted.go_on(self.node, self.journal, ctid, step, self.lock_timeout))
        return [*found, *self._go_on_running(ctid, step)]

    def _go_on_running(self, ctid, step):
        if not (step.pending or step.attach) or self.node.status(ctid) not in UP:
            return []
        if step.pending:
            earlier = self.journal.pending(ctid, lambda: self.node.uptime(ctid))
            self.journal.wait_for_restart(ctid, dict.fromkeys((*earlier, *step.pending)), step.time)
        return [said for pair in step.attach for said in self._attach(ctid, *pair)]

    def _attach(self, ctid, guest, bridge):
        """See a new veth in its bridge, if the container is still to have it there."""
        pairs = self.node.there(ctid).domain.interfaces or ()
        if any((pair.guest, pair.bridge) == (guest, bridge) for pair in pairs):
            try:
                bridging.see_new(self.node, ctid, guest, bridge)
            except OpenVZError as err:
                yield str(err)
