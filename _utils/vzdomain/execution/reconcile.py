"""
One domain, one node: find the container that the document means, plan, do, look again.

The Salt modules call this and add nothing but Salt.
"""

import contextlib
from dataclasses import replace

from ..errors import (
    AbsentError,
    MountedError,
    NotRunningError,
    NotTakenError,
    OpenVZError,
    PrivateAreaExistsError,
    RefusedError,
    RunningError,
    VzctlError,
)
from ..host.container import UP, Container
from ..host.kernel import bridges
from ..model.actions import Mark, Wrote
from ..planning import context, match, plan, power, preconditions
from ..planning.view import Live
from . import apply, facts, notices, verifying
from .claiming import take
from .finding import Finder
from .snapshots import doing

CTID_TRIES = 5  # someone else may take the CTID that was free a moment ago
_OVERTAKEN = (AbsentError, MountedError, NotRunningError, RunningError)  # someone else was faster


class Reconciler(Finder):
    """Makes containers of one node follow their documents; for what it is made with see `Finder`."""

    _watch = None  # called with each call before it is made
    max_output = None  # bytes of each output of a command inside that are returned
    door = None  # makes the `inside.door.Door` of a container
    inside = None  # the way into containers, where there is one: `inside.applying.Way`

    def alone(self, ctid, watch=None):
        """
        For container `ctid` alone, beside others that are worked on in other threads.

        `watch` is called with each step before it is done.
        """
        node = self.node.alone(ctid)
        worker = self._over(node, Live(node))
        worker.elsewhere = self.elsewhere and self.elsewhere.for_workers()
        worker._watch = watch
        return worker

    def is_protected(self, container):
        """Whether the configuration of this minion or an entry of its pillar protects it, or that is not known."""
        return self.protection.of(container) is not None

    def refuse_unless_forced(self, made, container, force=False):
        """The plan; RefusedError where it takes a protected container down without `force`."""
        goes_down = container.running and made.disruption == "restart"
        phrase = self.protection.of(container) if goes_down and not force else None
        if phrase:
            raise RefusedError(f"container {container.ctid} is {phrase}; force=True does it anyway")
        return made

    def refuse_restart(self, container):
        """RefusedError for a running container that is protected, where ``vzctl set`` would restart it."""
        phrase = self.protection.of(container) if container.running else None
        if phrase:
            raise RefusedError(
                f"container {container.ctid} is {phrase}: leave setmode out, and restart it with force=True afterwards"
            )

    # documents

    def plan(self, domain, allocate=True, **decided):
        """
        The `plan.Plan` for a document; a new container without CTID gets the lowest free one.

        `decided` are the fields of `context.Context` that the caller decides: `adopt`, `exact`, `restart`, `protected`,
        `unwritable`; `state`, which it is to have afterwards: a start that would be refused then is refused now; and
        `snapshot`, the `Before` that is wanted before a change that breaks something.
        """
        made = self._plan(domain, allocate, **decided)
        reports = self.reports(made.ctid)
        return replace(made, warnings=(*reports, *made.warnings)) if reports else made

    def _plan(self, domain, allocate=True, state=None, snapshot=None, **decided):
        self.refuse_moved(domain)
        ctid = self.find(domain)
        if ctid is None:
            ctid = self.allocate(domain, allocate)
        domain = self.identified(domain, ctid)
        self.recovery.wait_for(ctid)
        context = facts.gather(self, domain, ctid, **decided)
        live = facts.live(self, domain, ctid, context)
        power.check_start(state, domain, live)
        context = facts.of_running(self, context, domain, live)
        made = doing.protect(self, plan.make(domain, live, ctid, context), live, snapshot)
        notices.check_names(self, made, domain)
        warnings = notices.check_others(self, made)  # first: what a running container has is not, or is, on the node
        warnings += notices.check_elsewhere(self, made, domain, live)
        freed = self.view.freed | self.recovery.devices(ctid)
        warnings += preconditions.check(
            made, self.node, self.networks, freed, is_ours=self.journal.has(ctid, domain.name)
        )
        if domain.interfaces and made.interfaces is None and facts.is_seen(self, live):
            warnings += bridges.hopeless(self.node, live)
        self.view.follow(made, lambda: self._imagine(made, live, context))
        warnings = (*notices.of(self, made, domain, context), *warnings)
        return replace(made, warnings=(*warnings, *made.warnings)) if warnings else made

    def protect(self, made, container, before):
        """The plan of `power` with the snapshot that is wanted before it; see `snapshots.doing.protect`."""
        return doing.protect(self, made, container, before)

    def imagine(self, made):
        """Remember what a plan of `power` would do, so that what follows in the same dry run can count on it."""
        self.view.power(made)

    def define(self, domain, allocate=True, agree=None, **decided):
        """
        Make the container follow the document; returns the plan and the `apply.Outcome`.

        `agree` is called with the plan before anything is done, and may raise.
        """
        reports = []
        self.recovery.finish_destroying(self.find(domain), reports)
        for _ in range(CTID_TRIES):
            reserved = self._reserve(domain, allocate)
            ctid = reserved or self.find(domain)
            begun = reserved is None and self.journal.has(ctid, domain.name)
            try:
                with self.recovery.at(ctid, reports):
                    return self._define(ctid, domain, allocate, reserved, reports, agree, **decided)
            except PrivateAreaExistsError:
                if not reserved and not begun:
                    raise
                self._look_again(ctid, domain, reserved)
        raise OpenVZError(f"every CTID tried for {domain.name} was taken by someone else in the meantime")

    def _define(self, ctid, domain, allocate, reserved, reports, agree, **decided):
        made = self._plan_or_release(domain, allocate, reserved, **decided)
        if made.calls and self.recovery.settle(ctid):  # it is not as it was when this was planned
            made = self._plan_or_release(domain, allocate, reserved, **decided)
        if agree:
            agree(made)
        self._take(made, domain, reserved)
        outcome = self._apply(made, domain, decided.get("exact", False))
        return replace(made, warnings=(*reports, *made.warnings)), outcome

    def _take(self, made, domain, reserved):
        try:
            take(made, domain, self.node, self.journal, self.recovery, lambda: self._refuse_twin(made, domain))
        except OpenVZError:
            if reserved is not None:
                self.journal.end(reserved)
            raise

    def _refuse_twin(self, made, domain):
        """
        Look at the node once more before a container is created: nothing may tell of one with that CTID, name or UUID.

        What was planned may be old: another process, or a person, may have made it since; or its file was away.
        """
        twin = self.node.twin(made.ctid, domain.uuid, None if domain.name.isdecimal() else domain.name)
        if twin and not (twin[0] == made.ctid and facts.is_begun(self, domain, made.ctid)):
            raise RefusedError(
                f"{twin[1]} appeared after the creation of {domain.name} as container {made.ctid} "
                f"was planned: nothing was created; the next run plans again"
            )

    def _look_again(self, ctid, domain, reserved):
        """
        There is a private area where one was to be created.

        A CTID chosen just now is someone else's then. One that an earlier run of ours began may be finished by its
        vzctl, which went on alone: that is planned for again, once.
        """
        self.node.forget(ctid)
        if reserved or not facts.is_begun(self, domain, ctid):
            self.journal.end(ctid)

    def _plan_or_release(self, domain, allocate, reserved, **decided):
        try:
            return self._plan(domain, allocate, **decided)
        except OpenVZError:
            if reserved is not None:
                self.journal.end(reserved)
            raise

    def pending(self, container):
        """The fields that a running container waits for."""
        return facts.pending(self, container)

    def left_behind(self, place, label, made, meant=()):
        """See `notices.left_behind`."""
        return notices.left_behind(self, place, label, made, meant)

    def renamed(self, place, label, domain, meant=()):
        """See `notices.renamed`."""
        return notices.renamed(self, place, label, domain, meant)

    def is_begun(self, made):
        """Whether an earlier run has chosen the CTID of a plan, and did not finish."""
        if made.ctid is None:
            return False
        return self.node.remember(("begun", made.ctid, made.name), lambda: self.journal.has(made.ctid, made.name))

    def observed(self, ctid):
        """What is there of a container now, whatever a dry run imagines: it, its left-over paths, or ``None``."""
        return None if ctid is None else self.node.leftovers(ctid) or self.node.container(ctid)

    def reports(self, ctid):
        """What is to be said with any plan for container `ctid`: of an interrupted run, of damaged notes."""
        return self.recovery.reports(ctid)

    def note_waiting(self, container, before, code=None):
        """
        Note what somebody has set on a running container and waits for its restart.

        `before` are the values of its configuration file from before that; `code` is that of a call that failed and
        has saved them all the same. Returns the fields.
        """
        now, its = self.node.values(container.ctid), self.node.flavour
        changed = [row for row in its.parameters.values() if row.key and now.get(row.key) != before.get(row.key)]
        rows = list({row.key: row for row in reversed(changed)}.values())[::-1]  # one of two that share a key
        found = [row.field for row in rows if row.effect == "restart"]
        live = [row.field for row in rows if row.effect == "live"]
        if code is not None and its.not_applied:
            found += [name for name in live if name in its.not_applied.get(code, live)]
        self.journal.applied(container.ctid, [name for name in live if name not in found])
        if not (container.running and found and self.node.status(container.ctid) in UP):
            return []
        earlier = self.journal.pending(container.ctid, lambda: self.node.uptime(container.ctid))
        self.journal.wait_for_restart(container.ctid, dict.fromkeys((*earlier, *found)))
        return found

    def brought_by(self, config=None):
        """What a sample that was made of a container's file says of whose that is: ``mark``, ``uuid``."""
        its = self.node.flavour.reading
        found = its.parse(self.node.sample_text(config)).comments
        return [name for name, comment in (("mark", its.MARK), ("uuid", "UUID")) if comment in found]

    def adopt(self, container):
        """The plan that puts our mark on a container."""
        mark = Mark(owner=self.node.flavour.reading.mark(container.ctid, self.node.node_id), adopted=True)
        return context.of(container, self.node.flavour, *(() if container.managed else (mark,)))

    # power

    def run(self, made, remake=None):
        """
        Do what a plan of `power` (or `adopt`) says and see that the status is reached.

        `remake` makes the plan again; it is asked when someone else was at work on the container meanwhile.
        """
        if not made.calls and not self.reports(made.ctid):
            return apply.Outcome()
        reports = []
        with self.recovery.at(made.ctid, reports) as stale:
            made, outcome = self._done(made, remake, stale)
        return replace(outcome, warnings=[*reports, *outcome.warnings])

    def _done(self, made, remake, stale):
        """The plan that was done at last, and its `apply.Outcome`."""
        stale = (made.calls and self.recovery.settle(made.ctid)) or stale
        if stale and remake:
            made = remake()
        try:
            return made, apply.apply(made, self.node, self.journal, self.lock_timeout, self._watch)
        except _OVERTAKEN:
            if not remake or not stale:
                raise
        self.node.forget(made.ctid)
        made = remake()
        return made, apply.apply(made, self.node, self.journal, self.lock_timeout, self._watch)

    def change(self, made, container):
        """
        Do a plan for a call that the operator has typed; the `apply.Outcome` has the keys that it changed.

        What others have changed while this one waited for its turn is not among them.
        """
        words = [word for action in made.actions for word in action.words]
        typed = self.node.flavour.typed
        reports, keys = [], typed.keys_of(words)
        with self.recovery.at(made.ctid, reports):
            self.recovery.settle(made.ctid)
            before = self.node.values(made.ctid)
            if claims := list(typed.claims_of(words)):  # what is typed is done; others are told that it is being taken
                self.journal.claim(made.ctid, claims)
            try:
                outcome = apply.apply(made, self.node, self.journal, self.lock_timeout, self._watch)
            except OpenVZError as err:
                wrote = self._wrote(made.ctid, before, keys)
                err.done = {made.name: wrote} if wrote else None
                if isinstance(err, VzctlError) and err.rc is not None:
                    self._tell(err, container, before, wrote)
                raise
            self.note_waiting(container, before)
            outcome.actions = self._wrote(made.ctid, before, keys)
        return replace(outcome, warnings=[*reports, *outcome.warnings])

    def _tell(self, err, container, before, wrote):
        """What a call that failed has saved all the same, and of a restart that was typed, how far it got."""
        code = None if self.node.flavour.typed.ignores(err.argv[2:]) else err.rc  # else the rest is in effect
        said = [f"saved all the same: {', '.join(one.key for one in wrote)}"] if wrote else []
        with contextlib.suppress(OpenVZError):
            self.node.forget(container.ctid)
            waits = self.note_waiting(container, before, code)
            said += [f"not in effect before a restart: {', '.join(waits)}"] if waits else []
            now = self.node.status(container.ctid)
            said += [f"it was {container.status} and is {now} now"] if now != container.status else []
        err.args = ("; ".join((str(err), *said)),)

    def _wrote(self, ctid, before, keys):
        """What others now are of the keys of a file (all, or of `keys`)."""
        now = self.node.values(ctid)
        names = sorted(key for key in before.keys() | now.keys() if keys is None or key in keys)
        pairs = ((key, before.get(key), now.get(key)) for key in names)
        wrote = tuple(Wrote(key, _readable(old), _readable(new)) for key, old, new in pairs if old != new)
        self.journal.amend(ctid, wrote)
        return wrote

    def destroy_plan(self, container, force=False, adopt=False):
        """The plan that deletes a container; RefusedError as `power.destroy` says."""
        protected, dump = self.protection.of(container), self.node.has_dump(container.ctid)
        return power.destroy(container, self.node.flavour, force, protected, dump, adopt)

    def destroy(self, made, remake=None):
        """Delete a container, and the dump that vzctl may leave; `remake` as in `run`."""
        reports = []
        with self.recovery.at(made.ctid, reports) as stale:
            try:
                made, outcome = self._done(made, remake, stale)
            except AbsentError:
                if not stale:
                    raise
                outcome = apply.Outcome()  # the vzctl of an earlier run of ours has finished
            self.journal.end(made.ctid)
            self.journal.restarted(made.ctid)
            self.journal.follow({made.ctid: None})
            apply.remove_dump(self.node, made.ctid)
            if self.node.leftovers(made.ctid) or self.node.container(made.ctid):
                err = NotTakenError(f"vzctl destroyed container {made.ctid}, but parts of it are still there")
                err.done = {made.name: outcome.actions} if outcome.actions else None
                raise err
        return replace(outcome, warnings=[*reports, *outcome.warnings])

    # how

    def _reserve(self, domain, allowed):
        """Note a CTID for a container that needs one, so that no other process chooses it; or ``None``."""
        if self.find(domain) is not None:
            return None
        with self.journal.allocation():
            ctid = self.allocate(domain, allowed)
            self.journal.begin(ctid, domain.name)
        return ctid

    def _imagine(self, made, live, context):
        """The container as it would be when `made`, the plan for `domain`, is done."""
        after, ctid = plan.outcome(made, live, context), made.ctid
        switches = {"onboot": after.onboot, "disabled": bool(after.disabled)}
        if live:
            timeout = after.stop_timeout or live.stop_timeout
            adopted = {"managed": True, "mark": None} if context.adopt else {}
            return replace(live, domain=after, stop_timeout=timeout, **adopted, **switches)
        return Container(
            ctid=ctid,
            status="stopped",
            domain=after,
            managed=True,
            private=self.node.private(ctid),
            file=self.node.conf_path(ctid),
            layout="simfs",
            stop_timeout=after.stop_timeout,
            **switches,
        )

    def _apply(self, made, domain, exact):
        outcome = apply.apply(made, self.node, self.journal, self.lock_timeout, self._watch)
        if made.calls:
            context = replace(facts.gather(self, domain, made.ctid, exact=exact), ours=False)
            verifying.verify(domain, outcome, self.node, made, context)
        if self.journal.has(made.ctid, domain.name):  # interrupted between the mark and the end of its note
            self.journal.end(made.ctid)
        return outcome

    def as_document(self, domain, networks=True):
        """
        A live domain in an author's words: without the MACs that every veth's end on the node gets.

        With `networks` an interface whose bridge belongs to a network of libvirt names the network.
        """
        pairs, its = domain.interfaces or (), self.node.flavour.pairs
        asked = networks and not its.HAS_NETWORKS and any(pair.bridge for pair in pairs)
        names_ = self.networks.by_bridge() if asked else {}
        return replace(domain, interfaces=tuple(match.as_written(its, pair, names_.get(pair.bridge)) for pair in pairs))


def _readable(value):
    """Bytes that are no UTF-8 cannot go through Salt."""
    return (value or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
