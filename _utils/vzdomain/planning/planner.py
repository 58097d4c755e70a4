"""
All containers that a pillar means, on one node: plan everything, and hold the plan against budgets.

Planning goes container by container over what the ones before would leave, so that an address may move from one to the
other in whatever order they stand.
"""

import contextlib
import hashlib
import logging
from dataclasses import dataclass, replace

from ..document import entries as entries_
from ..errors import OpenVZError, PlanMovedError, RefusedError, sentence
from ..host.container import Container
from ..model.actions import POWER, Create, RemoveDisk, Resume, Start, TakeSnapshot
from ..model.inside import States
from ..model.kinds.disks import disk_name
from . import power
from .context import Plan
from .exclusives import claimed, given_up, of_new
from .snapshots.before import Before

log = logging.getLogger(__name__)

COUNTS = {
    "creates": "create",
    "restarts": "restart or stop",
    "destroys": "destroy",
    "network_changes": "break connections of",
    "disk_deletes": "delete disks of",
}
_STATUSES = {"destroys": "destroy", "creates": "create", "restarts": "restart", "network_changes": "network"}


@dataclass(frozen=True)
class Job:
    """What one entry asks of the node: a plan, or the reason why there is none."""

    entry: entries_.Entry
    plan: Plan | None = None
    error: str | None = None
    after: tuple[str, ...] = ()  # labels of the entries that give up what this one takes
    order: int = -1  # of the start: highest first
    begun: bool = False  # an earlier run chose its CTID
    reports: tuple[str, ...] = ()  # of an earlier, interrupted run
    before: Container | tuple | None = None  # what was observed when it was planned
    inside: States | None = None  # what its states inside would do, where that was asked

    @property
    def label(self):
        return self.entry.label

    @property
    def name(self):
        if self.plan:
            return self.plan.name
        return self.entry.domain.name if self.entry.domain else self.entry.label

    @property
    def is_reserved(self):
        """Whether planning has chosen a CTID that nothing tells of yet."""
        return "creates" in self.costs and not self.begun and self.entry.domain.stated_ctid is None

    @property
    def is_idle(self):
        """Whether there is nothing to do, not even to clear a note away."""
        has_states = self.entry.inside and not (self.inside and self.inside.is_idle)
        return not (self.plan and (self.plan.calls or self.begun or self.reports or has_states))

    @property
    def costs(self):
        """What it counts for, of COUNTS."""
        return agreed_costs(self.plan, self.entry) if self.plan else frozenset()


def costs(plan):
    """The counts that a plan adds to: a container is counted once in each."""
    if not plan.calls:
        return frozenset()
    if plan.destroys or plan.creates:  # what else happens to it breaks nothing that was there
        return frozenset({"destroys" if plan.destroys else "creates"})
    goes_down = next((one.disruption for one in plan.actions if isinstance(one, POWER)), None) == "restart"
    is_cut_off = any(action.disruption == "network" for action in plan.actions)
    found = {"restarts": goes_down, "network_changes": is_cut_off, "disk_deletes": plan.has(RemoveDisk)}
    return frozenset(name for name, holds in found.items() if holds)


def agreed_costs(plan, entry):
    """The same without what the entry allows by itself: disks are deleted where it says ``force``."""
    return costs(plan) - ({"disk_deletes"} if entry.force else set())


def status(job):
    """The outcome of a job, the worst that can be said of it: one of `selection.PLAN`."""
    if job.error or (job.inside and job.inside.wrong):
        return "error"
    found = (word for cost, word in _STATUSES.items() if cost in job.costs)
    has_more = job.plan.calls or (job.inside and not job.inside.is_idle)
    return next(found, "change" if has_more else "unchanged")


def counts(jobs):
    """``{"creates": 1, "restarts": 0, "destroys": 0, "network_changes": 2, "disk_deletes": 0}``"""
    return {name: sum(name in job.costs for job in jobs) for name in COUNTS}


def over_budget(jobs, limits):
    """A sentence for each of COUNTS that a plan exceeds; `limits` are numbers, ``None`` for no limit."""
    for name, number in counts(jobs).items():
        limit = limits.get(name)
        if limit is not None and number > limit:
            names = ", ".join(job.name for job in jobs if name in job.costs)
            noun = "container" if number == 1 else "containers"
            remedy = " (force: True allows it too)" if name == "disk_deletes" else ""
            yield f"this run would {COUNTS[name]} {number} {noun} ({names}), and max_{name} is {limit}{remedy}"


class Planner:
    """
    Plans entries over one `Reconciler`, which remembers what each would leave.

    Its view is that of a dry run (`Finder.dry`); to plan for doing it, give it one of its own (`Finder.overlay`).
    """

    def __init__(self, reconciler):
        self._reconciler = reconciler
        self._givers = {}  # (kind, value) -> label of the entry that gives it up

    def jobs(self, entries):
        """A `Job` for each entry, in their order."""
        self._reconciler.keep(entry.stated_ctid for entry in entries if entry.stated_ctid)
        jobs = entries_.in_turns(entries, self._followed)
        jobs = _without_doubles([jobs[entry.label] for entry in entries])
        meant = {job.plan.ctid for job in jobs if job.plan}
        return [self._with_left_behind(job, meant) for job in jobs]

    def _with_left_behind(self, job, meant):
        """The job, and what is to be said where its entry meant another container before that no other means."""
        if job.error and job.entry.domain and job.entry.state != "absent":
            hints = self._reconciler.renamed(_place(job.entry), job.label, job.entry.domain, meant)
            return replace(job, error="; ".join((job.error, *_tried(hints))))
        if "creates" not in job.costs:
            return job
        warnings = self._reconciler.left_behind(_place(job.entry), job.label, job.plan, meant)
        return replace(job, plan=replace(job.plan, warnings=(*job.plan.warnings, *warnings)))

    def _followed(self, entry):
        try:
            with self._reconciler.node.moment():
                return self._job(entry), False
        except OpenVZError as err:
            return Job(entry, error=str(err)), isinstance(err, RefusedError)
        except Exception as err:
            log.exception("Container %s cannot be planned for", entry.label)
            return Job(entry, error=sentence(err)), False

    def _job(self, entry):
        if entry.error:
            return Job(entry, error=entry.error)
        if entry.domain and entry.state != "absent":
            self._reconciler.refuse_moved(entry.domain)
        self._reconciler.wait_for_meant(entry)
        plan = destruction(self._reconciler, entry) if entry.state == "absent" else self._plan(entry)
        before = self._reconciler.observed(plan.ctid)
        return Job(
            entry,
            plan,
            after=self._givers_to(entry, plan),
            order=self._boot_order(plan),
            begun=self._reconciler.is_begun(plan),
            reports=tuple(self._reconciler.reports(plan.ctid)),
            before=before,
        )

    def _givers_to(self, entry, plan):
        """The labels of the entries that give up what this plan takes; those after it may take what it gives up."""
        if not plan.calls:
            return ()
        givers = {self._givers[claim] for claim in claimed(plan) if claim in self._givers} - {entry.label}
        self._givers.update(dict.fromkeys(given_up(plan), entry.label))
        return tuple(sorted(givers))

    def _plan(self, entry):
        """The document's plan, and that of the power it is to have then."""
        plan = Plan(entry.called, None)
        if entry.domain:
            self._refuse_early(entry)
            plan = self._reconciler.plan(entry.domain, **how(entry))
            plan = self._with_disks(entry, plan)
            if entry.document.warnings:
                plan = replace(plan, warnings=(*entry.document.warnings, *plan.warnings))
        if entry.state is None and (entry.domain or not entry.inside):
            return plan
        container = self._reconciler.resolve(plan.ctid or entry.called)
        if entry.state is None:
            return replace(plan, ctid=container.ctid)
        after = protected_power(self._reconciler, entry, container, plan.actions)
        self._reconciler.imagine(after)
        return joined(plan, after)

    def _with_disks(self, entry, plan):
        """The plan, and what is to be said of disks that it deletes; RefusedError for a protected container's."""
        gone = ", ".join(disk_name(action.old) for action in plan.actions if isinstance(action, RemoveDisk))
        if not gone:
            return plan
        container = self._reconciler.resolve(plan.ctid)
        phrase = self._reconciler.protection.of(container) or ("protected" if entry.protected else None)
        if phrase:
            raise RefusedError(f"container {plan.ctid} is {phrase}: its disks ({gone}) are not deleted")
        said = f"disks of container {plan.ctid} that the document does not name are deleted with their data: {gone}"
        return replace(plan, warnings=(*plan.warnings, said))

    def _refuse_early(self, entry):
        """A power that is refused is so before others count on what the document gives up, or its name is another."""
        ctid = self._reconciler.find(entry.domain) if entry.state else None
        if ctid and not self._reconciler.node.leftovers(ctid):
            container = self._reconciler.look_up(ctid)
            if container:  # whether it is disabled then is looked at with the document
                able = replace(container, disabled=False) if container.disabled else container
                of_power(self._reconciler, entry, able)

    def _boot_order(self, plan):
        """Many starts go by bootorder, highest first; one without comes last."""
        if not plan.has(Start, Resume):
            return -1
        order = self._reconciler.resolve(plan.ctid).domain.bootorder
        return -1 if order is None else order


def how(entry):
    """How an entry wants its document to be followed, as `Reconciler.plan` takes it."""
    return {
        "adopt": entry.adopt,
        "exact": entry.exact,
        "restart": entry.restart and entry.state in (None, "running"),
        "protected": entry.protected,
        "unwritable": entry.document.unwritable,
        "state": "running" if entry.starts else entry.state,
        "snapshot": before(entry),
        "allocate": entry.allocate,
    }


def before(entry):
    """What an entry says of a snapshot before a change, or ``None``."""
    return Before(entry.keep) if entry.snapshot else None


def protected_power(reconciler, entry, container, done=()):
    """`of_power`, with the snapshot that the entry wants, unless what is `done` has one, or it is all new."""
    made = of_power(reconciler, entry, container)
    has_one = any(isinstance(one, (Create, TakeSnapshot)) for one in done)
    return made if has_one else reconciler.protect(made, container, before(entry))


def of_power(reconciler, entry, container):
    """The plan for the power that an entry wants; RefusedError for a protected container that would have to stop."""
    its, protected = reconciler.node.flavour, reconciler.protection.of(container)
    if entry.state == "running":
        return power.start(container, its)
    if container.running and container.status != entry.state and (entry.protected or protected):
        phrase = f"{protected or 'protected'} and {container.status}"
        raise RefusedError(f"container {container.ctid} is {phrase}: it is not changed to {entry.state}")
    if entry.state == "stopped":
        return power.stop(container, its)
    freeze = power.pause if entry.state == "paused" else power.suspend
    if container.status in ("running", entry.state):
        return freeze(container, its)
    started = power.start(container, its)
    return joined(started, freeze(replace(container, status="running"), its))


def destruction(reconciler, entry):
    """The plan that deletes the container of an entry, if there is one; RefusedError where that is not allowed."""
    container = reconciler.meant(entry.domain) if entry.domain else reconciler.look_up(entry.called)
    if container is None:
        return Plan(entry.called, None)
    if not (container.managed or entry.adopt):
        raise RefusedError(f"container {container.ctid} {container.unmanaged}; adopt: true destroys it anyway")
    protected = reconciler.protection.of(container)
    if entry.protected or protected:
        raise RefusedError(f"container {container.ctid} is {protected or 'protected'}: it is not destroyed")
    if reconciler.elsewhere:
        reconciler.elsewhere.refuse_destroying(container)
    plan = reconciler.destroy_plan(container, entry.force, adopt=True)
    reconciler.imagine(plan)
    return plan


def joined(first, second):
    """Two plans for one container, one after the other; what it waits for is over when its status changes."""
    pending = () if second.has(*POWER) else first.pending
    return Plan(first.name, second.ctid, (*first.calls, *second.calls), (*first.warnings, *second.warnings), pending)


def _tried(sentences):
    """What can be said beside an error; a node that cannot be asked has said so already."""
    with contextlib.suppress(OpenVZError):
        return tuple(sentences)
    return ()


def _without_doubles(jobs):
    """Where two entries mean one container, be it one to come, neither is followed."""
    wrong = entries_.doubles((job.label, known) for job in jobs if job.plan for known in _meant(job.plan))
    return [Job(job.entry, error=wrong[job.label]) if job.label in wrong else job for job in jobs]


def _meant(plan):
    """The CTID, and the name of a container that is not there yet."""
    is_there = plan.ctid and "creates" not in costs(plan)
    return dict.fromkeys([*([] if is_there else [plan.name]), *([str(plan.ctid)] if plan.ctid else [])])


def plan_id(jobs):
    """
    A name for a plan, over what is desired, what was observed, and the steps: ``plan-3f0c1a7be92d4485``.

    The wording of a document does not count, only what it says.
    """
    return f"plan-{_digest(jobs)}"


def entry_id(job):
    """The same for what one entry asks: ``entry-3f0c1a7be92d4485``."""
    return f"entry-{_digest([job])}"


def wanted_id(entry):
    """
    A name for what an entry says, on whatever node or master it is read; ``None`` for one that could not be read.

    It tells a minion's pillar from a newer one of the master.
    """
    if entry.unread or entry.error:
        return None
    digest = hashlib.sha256(repr((_stated(vars(entry)), _values(entry.domain))).encode())
    return f"wanted-{digest.hexdigest()[:16]}"


def _digest(jobs):
    digest = hashlib.sha256()
    for job in jobs:
        before = job.before
        observed = {**vars(before), "domain": _values(before.domain)} if isinstance(before, Container) else before
        told = (_stated(vars(job.entry)), _values(job.entry.domain), observed, job.error)
        told += (job.inside.told,) if job.inside else ()
        digest.update(repr((told, job.plan and (job.plan.calls, job.plan.warnings, job.plan.pending))).encode())
    return digest.hexdigest()[:16]


def _stated(values):
    """What an entry says beside its document, in an order of its own."""
    return sorted((name, value) for name, value in values.items() if name not in ("xml", "document"))


def _values(domain):
    """What a domain says, in an order of its own."""
    return domain and sorted((name, value) for name, value in vars(domain).items() if value is not None)


def destroy_entries(containers, force):
    """The entries that delete containers."""
    found = {}
    for one in containers:
        label = entries_.free_label(one.domain.name, one.ctid, found)
        found[label] = entries_.Entry(label, name=str(one.ctid), state="absent", force=force)
    return list(found.values())


def begin(reconciler, entries, limits=None, expected=None, chosen=None, others=None, foreseen=None):
    """
    Plan what is to be done; RefusedError for a plan over its budget, PlanMovedError for another than `expected`.

    CTIDs chosen here are noted, so that no other process chooses them. Of `chosen`, `others` see `picked`; `foreseen`
    says by label what states inside would do.
    """
    reconciler.protection.load()  # workers cannot
    reconciler.node.reads_all = reconciler.node.reads_all or len(entries) > 1
    reconciler.ask_first(entries)
    with reconciler.journal.allocation():
        jobs = Planner(reconciler.overlay()).jobs(entries)
        jobs = [replace(job, inside=(foreseen or {}).get(job.label)) for job in jobs]
        jobs = picked(jobs, chosen, others)
        check(jobs, limits or {}, expected)
        reconciler.journal.begin_all({job.plan.ctid: job.name for job in jobs if job.is_reserved})
        known = [job for job in jobs if job.plan and job.plan.ctid and job.entry.domain]
        reconciler.journal.follow(
            {job.plan.ctid: {"label": _place(job.entry), "uuid": job.entry.domain.uuid} for job in known}
        )
    return jobs


def picked(jobs, chosen, others=None):
    """
    Those of the jobs that are chosen, all of them for ``None``: label -> its `entry_id`, or its `wanted_id`.

    All are planned, so that each is what it was in the plan of all. RefusedError for a label that no entry has,
    PlanMovedError where the id of one is another. `others` is what is known of nodes with which the plan was not
    compared (`fleet.elsewhere.Elsewhere`): RefusedError where one has a container that is to be made.
    """
    if chosen is None:
        return jobs
    known = {job.label: job for job in jobs}
    lost = [label for label in chosen if label not in known]
    if lost:
        raise RefusedError(
            f"the pillar of this node has no entry {', '.join(lost)}; nothing was done. If the entry is new: "
            f"saltutil.refresh_pillar"
        )
    ids = {label: (entry_id(known[label]), wanted_id(known[label].entry)) for label in chosen}
    moved = [label for label, wanted in chosen.items() if wanted not in ids[label]]
    if moved:
        raise PlanMovedError(
            f"{', '.join(moved)}: the entry or the container has changed since the plan was made; nothing was done. "
            f"Plan again"
        )
    for job in (known[label] for label in chosen):
        if others and "creates" in job.costs:
            others.check(job.name, of_new(job.plan, job.entry.domain))
    return [replace(known[label], after=tuple(one for one in known[label].after if one in chosen)) for label in chosen]


def _place(entry):
    """Where a pillar has it; ``None`` for a document from elsewhere."""
    return f"{entry.place}:{entry.label}" if entry.place else None


def check(jobs, limits, expected=None):
    """RefusedError for a plan over its budget, PlanMovedError for another than `expected`, an id of `plan_id`."""
    if expected is not None and plan_id(jobs) != expected:
        raise PlanMovedError(
            f"the plan is now {plan_id(jobs)}, not {expected}: the documents or the node have changed since; "
            f"nothing was done. Check openvz.plan again"
        )
    over = "; ".join(over_budget(jobs, limits))
    if over:
        raise RefusedError(f"{over}; nothing was done")
