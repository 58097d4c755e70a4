"""
Does what was planned for the containers of a node, several at a time.

Each container's own steps keep their order, and a container waits for the one that gives up what it takes. One that
fails stops none but those.
"""

import functools
import logging
import queue
import threading
from collections import deque
from dataclasses import dataclass, field, replace

from ..errors import OpenVZError, RefusedError, sentence
from ..model.actions import POWER
from ..model.ctid import Ctid
from ..model.inside import States
from ..planning import changes
from ..planning.context import Plan
from ..planning.planner import COUNTS, agreed_costs, destruction, how, protected_power
from .inside.applying import Applying

log = logging.getLogger(__name__)


@dataclass
class Done:
    """What happened to a job."""

    label: str
    name: str
    ctid: Ctid | None = None
    actions: tuple = ()
    warnings: list = field(default_factory=list)
    pending: tuple = ()
    error: str | None = None
    inside: States | None = None  # what its states inside did

    @property
    def changes(self):
        """What Salt shows."""
        change = self.inside and self.inside.change
        return changes.show(self.actions) | ({"inside": change} if change else {})

    @property
    def did(self):
        """What was done, in words."""
        said = self.inside and self.inside.did
        return [*changes.words(self.actions), *([said] if said else [])]

    def take(self, plan, actions, warnings):
        """Add what was done by a plan; the name stays the one of the plan for all, whatever the node calls it."""
        self.ctid = plan.ctid
        self.actions += actions
        self.warnings += [warning for warning in (*plan.warnings, *warnings) if warning not in self.warnings]


class Executor:
    """
    Workers that do jobs, each container's own steps in order.

    max_workers
        How many containers are worked on at a time.

    failhard
        Begin no other container when one has failed.

    tell
        Called in the calling thread, with number, total, job and what happens to it now.
    """

    def __init__(self, reconciler, max_workers=1, failhard=False, tell=None):
        self._reconciler, self._size, self._failhard = reconciler, max_workers, failhard
        self._tell, self._news = tell or _say_nothing, queue.SimpleQueue()
        self._failed, self._numbers = [], {}

    def do(self, jobs):
        """`Done` for each job, in their order."""
        done = {job.label: untouched(job) for job in jobs if job.is_idle}
        self._failed = [one for one in done.values() if one.error]
        waiting = deque(sorted((job for job in jobs if not job.is_idle), key=lambda job: -job.order))
        self._numbers = {job.label: number for number, job in enumerate(waiting, 1)}
        with self._reconciler.node.at_work():
            self._work(waiting, done)
        for job in jobs:
            if not job.is_idle:
                self._reconciler.node.forget(job.plan.ctid)
        return [done[job.label] for job in jobs]

    def _work(self, waiting, done):
        threads = {}
        try:
            while waiting or threads:
                while len(threads) < self._size and (job := self._next(waiting, done)):
                    self._begin(job, threads)
                    self._hear_all(threads, done)
                if threads:
                    self._hear(threads, done)
        finally:
            for thread in threads.values():
                thread.join()

    def _begin(self, job, threads):
        """Give a job to a thread; where none can be started it is done in this one."""
        thread = threading.Thread(target=lambda: self._news.put((job, self._do(job))), name=f"openvz {job.name}")
        try:
            thread.start()
        except (RuntimeError, MemoryError) as err:
            log.warning("No thread can be started for container %s, so it runs on its own: %s", job.name, err)
            self._size = max(1, len(threads))
            self._news.put((job, self._do(job)))
        else:
            threads[job.label] = thread

    def _hear_all(self, threads, done):
        while not self._news.empty():
            self._hear(threads, done)

    def _hear(self, threads, done):
        """Wait for a worker's news: a step, or what happened to its job."""
        job, news = self._news.get()
        if isinstance(news, Done):
            if job.label in threads:
                threads.pop(job.label).join()
            done[job.label] = self._counted(news)
            self._tell_of(job, f"failed: {news.error}" if news.error else "done")
        else:
            self._tell_of(job, news)

    def _next(self, waiting, done):
        """The first job that need not wait; one that cannot be done any more gets its answer here."""
        for job in list(waiting):
            reason = self._reason_against(job)
            is_ready = all(label in done for label in job.after)
            if reason or is_ready:
                waiting.remove(job)
            if reason:
                done[job.label] = self._counted(Worker(self._reconciler, job).left_alone(reason))
            elif is_ready:
                return job
        return None

    def _counted(self, done):
        if done.error:
            self._failed.append(done)
        return done

    def _reason_against(self, job):
        if self._failed and self._failhard:
            return f"left alone, since {self._failed[0].name} failed"
        waits = [one.name for one in self._failed if one.label in job.after]
        return f"left alone: it needs what {waits[0]} was to give up, and that failed" if waits else None

    def _do(self, job):
        """What happened to a job; a defect of ours ends its own container, and not what is to be told of the others."""
        try:
            return Worker(self._reconciler, job, lambda step: self._news.put((job, step))).work()
        except Exception as err:
            log.exception("Container %s was left halfway", job.name)
            told = f"{sentence(err)}; what was done to container {job.plan.ctid} is unknown"
            return Done(job.label, job.name, job.plan.ctid, error=told)

    def _tell_of(self, job, what):
        self._tell(self._numbers[job.label], len(self._numbers), job, what)


class Worker:
    """Does one job, with a `Reconciler` that looks at this container alone; `tell` is called with each step."""

    def __init__(self, reconciler, job, tell=None):
        self._job, self._entry, self._tell, self._begun = job, job.entry, tell or _say_nothing, False
        self._reconciler = reconciler.alone(job.plan.ctid, self._watch)
        self._done = Done(job.label, job.name, job.plan.ctid)
        # Some of what planning says is about others, which this one does not see.
        self._done.warnings = [warning for warning in job.plan.warnings if warning not in job.reports]

    def _watch(self, step):
        self._begun = True
        self._tell(step)

    def work(self):
        """What was done; an error ends it, and is in it."""
        try:
            if self._entry.state == "absent":
                self._destroy()
            else:
                self._follow()
                self._go_inside()
        except OpenVZError as err:
            for actions in (err.done or {}).values():
                self._done.actions += actions
            self._done.error = str(err)
            self._release()
        return self._done

    def left_alone(self, reason):
        """The answer for a job that is not begun."""
        self._done.error = reason
        self._release()
        return self._done

    def _release(self):
        """Forget the CTID that was chosen for it, if no step was begun."""
        if self._job.is_reserved and not self._begun:
            self._reconciler.journal.end(self._job.plan.ctid)

    def _follow(self):
        name = self._job.plan.ctid or self._entry.called
        if self._entry.domain:
            plan, outcome = self._define()
            self._done.take(plan, outcome.actions, outcome.warnings)
            self._done.warnings = list(dict.fromkeys([*self._entry.document.warnings, *self._done.warnings]))
            self._done.pending, name = plan.pending, plan.ctid
        if self._entry.state:
            self._change_power(name)

    def _go_inside(self):
        """Wait until it is up, and apply the states inside; nothing of ours is locked meanwhile."""
        applied = Applying(self._reconciler, self._entry, self._done.ctid, self._tell).work(self._done.actions)
        if applied:
            self._done.inside = applied
            self._done.error = applied.wrong
            self._done.warnings += [applied.skipped] if applied.skipped else []

    def _define(self):
        """The CTID that was chosen is tried first; somebody may have taken it meanwhile."""
        plan, outcome = self._reconciler.define(self._entry.domain, agree=self._agree, **how(self._entry))
        if plan.ctid != self._job.plan.ctid:  # somebody has made it meanwhile
            self._release()
        return plan, outcome

    def _destroy(self):
        plan = self._destruction()
        if plan.calls:
            outcome = self._reconciler.destroy(plan, self._destruction)
            self._done.take(plan, outcome.actions, outcome.warnings)

    def _destruction(self):
        plan = self._agreed(destruction(self._reconciler, self._entry))
        return replace(plan, ctid=self._job.plan.ctid)  # it may be gone by now

    def _change_power(self, name):
        plan = self._power(name)
        outcome = self._reconciler.run(plan, functools.partial(self._power, name))
        self._done.take(plan, outcome.actions, outcome.warnings)
        is_over = any(isinstance(action, POWER) for action in outcome.actions)
        self._done.pending = () if is_over else self._done.pending

    def _power(self, name):
        container = self._reconciler.resolve(name)
        return self._agreed(protected_power(self._reconciler, self._entry, container, self._done.actions))

    def _agreed(self, plan):
        self._agree(plan)
        return plan

    def _agree(self, plan):
        """Budgets and a person have agreed to the plan that was made first: to no more than that."""
        more = (
            agreed_costs(plan, self._entry)
            - self._job.costs
            - ({"restarts"} if "destroys" in self._job.costs else set())
        )
        if more:
            words = " and ".join(COUNTS[name] for name in sorted(more))
            raise RefusedError(
                f"container {plan.ctid} was changed by someone else since this run was planned: it would now have to "
                f"{words} it; the next run plans again"
            )


def untouched(job):
    """The outcome of a job that nobody works on: its plan says what would happen, if anything."""
    plan, inside = job.plan or Plan(job.name, None), job.inside
    error = job.error or (inside.wrong if inside else None)
    warnings = [*plan.warnings, *([inside.skipped] if inside and inside.skipped else [])]
    return Done(job.label, job.name, plan.ctid, plan.actions, warnings, plan.pending, error, inside)


def _say_nothing(*_):
    """Nobody watches."""
