"""
One domain, one node: find the container that the document means, plan, do, look again.

The Salt modules call this and add nothing but Salt.
"""

import contextlib
import copy
from dataclasses import replace

from ..errors import (
    AbsentError,
    LockedError,
    MountedError,
    NotRunningError,
    NotTakenError,
    OpenVZError,
    PrivateAreaExistsError,
    RefusedError,
    RunningError,
)
from ..flavours.legacy import ctconf, parameters
from ..flavours.legacy.typed import claims_of, keys_of
from ..host import addresses, bridges
from ..host.node import Container
from ..model import names
from ..model.actions import Create, Destroy, Mark, Rename, Wrote
from ..model.ctid import ctid_of
from ..model.nearest import nearest
from ..planning import context, match, plan, power, preconditions, update
from ..planning.exclusives import TAKEN, claimed, kinds_against
from ..planning.overlay import Overlay
from ..planning.protection import Protection, canonical
from . import apply, partial_create, verifying
from .claiming import take
from .recovery import Recovery

CTID_DIGITS = 10
CTID_TRIES = 5  # somebody else may take the CTID that was free a moment ago
_OVERTAKEN = (AbsentError, MountedError, NotRunningError, RunningError)  # somebody else was faster


class Reconciler:
    """
    Makes containers of one node follow their documents.

    first_ctid
        The number at which the search for a free CTID begins.

    protected
        CTIDs, names and UUIDs that are destroyed only with force, and restarted by no watch.
    """

    def __init__(self, node, networks, journal, first_ctid=101, lock_timeout=60, protected=(), protectors=None):
        self.node, self.networks, self.journal = node, networks, journal
        self.first_ctid, self.lock_timeout = first_ctid, lock_timeout
        self._recovery = Recovery(node, journal, lock_timeout)
        self.protection = Protection(protected, protectors)
        self._kept = set()  # CTIDs that are not free, since documents of this run say them; of all copies
        self._watch = None  # called with each step before it is done
        self._overlay = Overlay(node)
        self._documents = {}  # CTID -> the domain that was planned for it
        self._free = first_ctid  # below it a dry run has found all taken

    def overlay(self):
        """The same node, with nothing imagined yet: to plan what is then done."""
        return self._over(self.node)

    def alone(self, ctid, watch=None):
        """
        For container `ctid` alone, beside others that are worked on in other threads.

        `watch` is called with each step before it is done.
        """
        worker = self._over(self.node.alone(ctid))
        worker._watch = watch
        return worker

    def _over(self, node):
        made = copy.copy(self)
        made.node, made._overlay, made._documents, made._free = node, Overlay(node), {}, self.first_ctid
        made._recovery = self._recovery if node is self.node else Recovery(node, self.journal, self.lock_timeout)
        return made

    def keep(self, ctids):
        """Choose none of these CTIDs for a new container: another document of this run says them."""
        self._kept.update(ctids)

    # which container

    def resolve(self, name, dry=False):
        """The container of that CTID, name or UUID; AbsentError if there is none."""
        container = self.look_up(name, dry)
        if container is None:
            raise AbsentError(f"there is no container {name} on this node")
        return container

    def look_up(self, name, dry=False):
        """Like `resolve`, but ``None`` if there is none. `dry`: as the dry run so far would leave it."""
        name = canonical(str(name))
        imagined = self._overlay.named(name) if dry else None
        if imagined:
            return imagined
        ctid = self._ctid_of(name)
        return self._seen(ctid, dry) if ctid else None

    def _ctid_of(self, name):
        """The CTID of the container of that CTID, name or UUID, if there is one."""
        if name.isascii() and name.isdecimal():
            return ctid_of(name) if len(name) <= CTID_DIGITS else None
        half = self._recovery.half_destroyed(name)  # its link may lead nowhere
        if half:
            return half
        found = self._surely(lambda: self._linked(name) or self.node.by_uuid(name))
        if found is None:
            with contextlib.suppress(ValueError):
                self.node.refuse_lost(names.uuid(name), self.journal.steps())
        return found

    def _surely(self, look):
        """What `look` finds; where it finds nothing, the node is read once more before that is believed."""
        found = look()
        if found is None:
            self.node.make_sure()
            found = look()
        return found

    def wait_for(self, name):
        """Let whoever works on the container of that CTID, name or UUID finish, before anything is planned for it."""
        ctid = self._ctid_of(canonical(str(name)))
        if ctid:
            self._recovery.wait_for(ctid)

    def wait_for_meant(self, entry):
        """The same for the container that an entry of a pillar means, if there is one."""
        ctid = self.find(entry.domain, dry=True) if entry.domain else None
        self.wait_for(ctid or entry.called)

    def bygone(self, dry=False):
        """What runs that were cut off did to containers that are gone: said once, by whichever run comes next."""
        return self._recovery.bygone(dry)

    def was_destroying(self, name):
        """Whether a run that was cut off was deleting that container, which is gone now: nobody needs to miss it."""
        return self._recovery.was_destroying(canonical(str(name)))

    def ask_first(self, entries):
        """Ask what may take minutes to answer or to fail, before others of this minion have to wait for this one."""
        with contextlib.suppress(OpenVZError):
            self.node.ask_all()
        pairs = [pair for entry in entries if entry.domain for pair in entry.domain.interfaces or ()]
        for name in sorted({pair.network for pair in pairs if pair.network}):
            with contextlib.suppress(OpenVZError):
                self.networks.bridge(name)
        for entry in entries:
            with contextlib.suppress(OpenVZError):
                self.wait_for_meant(entry)

    def find(self, domain, dry=False):
        """
        The CTID that the document says, or that of the container with its UUID or its name; or ``None``.

        RefusedError where these disagree, and where something of such a container is there without its file.
        """
        found = self._found(domain, dry)
        if found is None or not (self.node.exists(found) or self._overlay.named(str(found))):
            self.node.make_sure()
            found = self._found(domain, dry)
            self._refuse_lost(domain, found)
        return found

    def _refuse_lost(self, domain, found):
        """Refuse where a container that has followed a document with this UUID is there, and its file is not."""
        for ctid in self.journal.followed(uuid=domain.uuid) if domain.uuid else ():
            left = self.node.leftovers(ctid)
            if ctid != found and left:
                raise RefusedError(
                    f"container {ctid} had the UUID {domain.uuid}, and is there in part only: {', '.join(left)}; "
                    f"restore {self.node.conf_path(ctid)}, or remove what is left over"
                )
        if domain.uuid and found is None:
            self.node.refuse_lost(domain.uuid, self.journal.steps())

    def _found(self, domain, dry):
        said = domain.said_ctid
        by_name = None if domain.name.isdecimal() else self._named(domain)
        by_uuid = self.node.by_uuid(domain.uuid, said, by_name) if domain.uuid else None
        for other, what in ((by_uuid, f"the UUID {domain.uuid}"), (by_name, f"the name {domain.name}")):
            first = said or by_uuid or by_name
            if other not in (None, first):
                raise RefusedError(f"container {other} has {what}, but the document means container {first}")
        imagined = self._overlay.named(domain.uuid, domain.name) if dry else None
        return said or by_uuid or by_name or (imagined.ctid if imagined else self.journal.ctid_of(domain.name))

    def _named(self, domain):
        """
        The CTID of the container with the name of a document.

        Where CTID or UUID say which container is meant, and its file has the name, the link of the name has no say:
        nothing is to be done about it.
        """
        holders = self.node.claims().get(("uuid", domain.uuid), ())
        for ctid in (domain.said_ctid, holders[0] if len(holders) == 1 else None):
            if ctid in self.node.identities() and self.node.identities()[ctid].name == domain.name:
                return ctid
        return self._by_name(domain.name)

    def _by_name(self, name):
        """Like `_linked`; a link whose file does not have the name yet may be that of a run of ours, cut off."""
        try:
            return self._linked(name)
        except RefusedError:
            ctid = self.node.linked(name)
            expected = ctid and (self._recovery.was_naming(ctid, name) or self._recovery.is_half_destroyed(ctid))
            if not expected:
                raise
        return ctid

    def _linked(self, name):
        """Like `Node.by_name`; where link and file disagree, whoever gives that name just now may finish first."""
        try:
            return self.node.by_name(name)
        except RefusedError:
            concerned = {self.node.linked(name), *self.node.claims().get(("name", name), ())} - {None}
            if not any(self._recovery.wait_for(ctid) for ctid in sorted(concerned)):
                raise
        return self.node.by_name(name)

    def meant(self, domain, dry=False):
        """The container that a document means, ``None`` if there is none yet; RefusedError where it is another's."""
        ctid = self.find(domain, dry)
        if ctid and self._recovery.wait_for(ctid):
            ctid = self.find(domain, dry)
        container = self._seen(ctid, dry) if ctid else None
        if container:
            plan.check_uuid(domain, container)
        return container

    def is_protected(self, container):
        """Whether the configuration of this minion or an entry of its pillar protects it, or that is not known."""
        return self.protection.of(container) is not None

    def spared(self, made, container, force=False):
        """The plan; RefusedError where it takes a protected container down without `force`."""
        goes_down = container.running and made.disruption == "restart"
        phrase = self.protection.of(container) if goes_down and not force else None
        if phrase:
            raise RefusedError(f"container {container.ctid} is {phrase}; force=True does it all the same")
        return made

    def refuse_restart(self, container):
        """RefusedError for a running container that is protected, where ``vzctl set`` would restart it."""
        phrase = self.protection.of(container) if container.running else None
        if phrase:
            raise RefusedError(
                f"container {container.ctid} is {phrase}: leave setmode out, and restart it with force=True afterwards"
            )

    # documents

    def plan(self, domain, allocate=True, dry=False, **how):
        """
        The `plan.Plan` for a document; a new container without CTID gets the lowest free one.

        `how` are the fields of `context.Context` that the caller decides: `adopt`, `exact`, `restart`,
        `protected`, `unwritable`; and `state`, which it is to have afterwards: a start that would be refused then is
        refused now.
        """
        made = self._plan(domain, allocate, dry, **how)
        return replace(made, warnings=(*self.reports(made.ctid), *made.warnings))

    def _plan(self, domain, allocate=True, dry=False, state=None, **how):
        ctid = self.find(domain, dry)
        if ctid is None:
            ctid = self._allocate(domain, allocate, dry)
        self._recovery.wait_for(ctid)
        given = self._given(domain, ctid, **how)
        live = self._live(domain, ctid, given, dry)
        power.check_start(state, domain, live)
        given = self._in_kernel(self._at_restart(given, live, dry), domain, live, dry)
        made = plan.make(domain, live, ctid, given)
        warnings = self._check_others(made, dry)  # first: what a running container has is not, or is, on the node
        freed = self._overlay.freed if dry else frozenset()
        warnings += preconditions.check(made, self.node, self.networks, freed | self._recovery.devices(ctid))
        if domain.interfaces and made.interfaces is None and self._is_seen(live, dry):
            warnings += bridges.hopeless(self.node, live)
        if dry:
            self._overlay.follow(made, self._imagine(made, live, given))
        return replace(made, warnings=(*self._notes(made, domain, given), *warnings, *made.warnings))

    def imagine(self, made):
        """Remember what a plan of `power` would do, so that what follows in the same dry run can count on it."""
        self._overlay.power(made)

    def define(self, domain, allocate=True, agree=None, **how):
        """
        Make the container follow the document; returns the plan and the `apply.Outcome`.

        `agree` is called with the plan before anything is done, and may raise.
        """
        reports = []
        self._recovery.finish_destroying(self.find(domain), reports)
        for _ in range(CTID_TRIES):
            reserved = self._reserve(domain, allocate)
            ctid = reserved or self.find(domain)
            begun = reserved is None and self.journal.has(ctid, domain.name)
            try:
                with self._recovery.at(ctid, reports):
                    return self._define(ctid, domain, allocate, reserved, reports, agree, **how)
            except PrivateAreaExistsError:
                if not reserved and not begun:
                    raise
                self._look_again(ctid, domain, reserved)
        raise OpenVZError(f"every CTID tried for {domain.name} was taken by somebody else meanwhile")

    def _define(self, ctid, domain, allocate, reserved, reports, agree, **how):
        made = self._plan_or_release(domain, allocate, reserved, **how)
        if made.calls and self._recovery.settle(ctid):  # it is not as it was when this was planned
            made = self._plan_or_release(domain, allocate, reserved, **how)
        if agree:
            agree(made)
        self._take(made, domain, reserved)
        outcome = self._apply(made, domain, how.get("exact", False))
        return replace(made, warnings=(*reports, *made.warnings)), outcome

    def _take(self, made, domain, reserved):
        try:
            take(made, domain, self.node, self.journal, self._recovery, lambda: self._refuse_twin(made, domain))
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
        if twin and not (twin[0] == made.ctid and self._is_begun(domain, made.ctid)):
            raise RefusedError(
                f"{twin[1]} is there, and was not when the creation of {domain.name} as container {made.ctid} "
                f"was planned: nothing is created; the next run plans anew"
            )

    def _look_again(self, ctid, domain, reserved):
        """
        There is a private area where one was to be created.

        A CTID chosen just now is somebody else's then. One that an earlier run of ours began may be finished by its
        vzctl, which went on alone: that is planned for anew, once.
        """
        self.node.forget(ctid)
        if reserved or not self._is_begun(domain, ctid):
            self.journal.end(ctid)

    def _plan_or_release(self, domain, allocate, reserved, **how):
        try:
            return self._plan(domain, allocate, **how)
        except OpenVZError:
            if reserved is not None:
                self.journal.end(reserved)
            raise

    def is_begun(self, made):
        """Whether an earlier run has chosen the CTID of a plan, and did not finish."""
        return made.ctid is not None and self.journal.has(made.ctid, made.name)

    def left_behind(self, place, label, made, meant=()):
        """
        A warning for each container that the entry at `place` meant before a plan that creates another.

        `meant` are the CTIDs of containers that others mean now.
        """
        for ctid, left in self._meant_before(place, {made.ctid, *meant}) if made.creates else ():
            yield (
                f"{label} meant container {ctid} ({left.domain.name}) before; that one stays as it is, and "
                f"{made.name} is made beside it. To rename it instead, say <openvz:ctid>{ctid}</openvz:ctid> in "
                f"the document, or its UUID; to delete it, say name: '{ctid}' and state: absent in an entry"
            )

    def renamed(self, place, label, domain, meant=()):
        """The same where that creation was refused, mostly for what the container before has: how to rename it."""
        if self.find(domain, dry=True) is None:
            for ctid, left in self._meant_before(place, meant):
                yield (
                    f"{label} meant container {ctid} ({left.domain.name}) before: to rename that one to {domain.name}, "
                    f"say <openvz:ctid>{ctid}</openvz:ctid> in the document, or its UUID"
                )

    def _meant_before(self, place, others):
        """The containers of ours that the entry at `place` meant, but for the CTIDs `others`."""
        for ctid in self.journal.followed(label=place):
            left = None if ctid in others or self.node.leftovers(ctid) else self.look_up(ctid, dry=True)
            if left and left.managed:
                yield ctid, left

    def observed(self, ctid):
        """What is there of a container now, whatever a dry run imagines: it, its left-over paths, or ``None``."""
        return None if ctid is None else self.node.leftovers(ctid) or self.node.container(ctid)

    def reports(self, ctid):
        """What is to be said beside any plan for container `ctid`: of a run that was cut off, of damaged notes."""
        return self._recovery.reports(ctid)

    def note_waiting(self, container, before):
        """
        Note what somebody has set on a running container and waits for its restart.

        `before` are the values of its configuration file from before that.
        """
        now = self.node.values(container.ctid)
        rows = [row for row in parameters.TABLE if row.effect == "restart" and now.get(row.key) != before.get(row.key)]
        if container.running and rows and self.node.status(container.ctid) == "running":
            earlier = self.journal.pending(container.ctid, lambda: self.node.uptime(container.ctid))
            self.journal.wait_for_restart(container.ctid, dict.fromkeys((*earlier, *(row.field for row in rows))))

    def brought_by(self, config=None):
        """What a sample that was made of a container's file says of whose that is: ``mark``, ``uuid``."""
        found = ctconf.parse(self.node.sample_text(config)).comments
        return [name for name, comment in (("mark", ctconf.MARK), ("uuid", "UUID")) if comment in found]

    def adopt(self, container):
        """The plan that puts our mark on a container."""
        mark = Mark(owner=ctconf.mark(container.ctid, self.node.node_id), adopted=True)
        return context.of(container, *(() if container.managed else (mark,)))

    # power

    def run(self, made, remake=None):
        """
        Do what a plan of `power` (or `adopt`) says and see that the status is reached.

        `remake` makes the plan anew; it is asked when somebody else was at work on the container meanwhile.
        """
        if not made.calls and not self.reports(made.ctid):
            return apply.Outcome()
        reports = []
        with self._recovery.at(made.ctid, reports) as stale:
            made, outcome = self._done(made, remake, stale)
        return replace(outcome, warnings=[*reports, *outcome.warnings])

    def _done(self, made, remake, stale):
        """The plan that was done at last, and its `apply.Outcome`."""
        stale = (made.calls and self._recovery.settle(made.ctid)) or stale
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
        reports, keys = [], keys_of(words)
        with self._recovery.at(made.ctid, reports):
            self._recovery.settle(made.ctid)
            before = self.node.values(made.ctid)
            if claims := list(claims_of(words)):  # what is typed is done; others are told that it is being taken
                self.journal.claim(made.ctid, claims)
            try:
                outcome = apply.apply(made, self.node, self.journal, self.lock_timeout, self._watch)
            except OpenVZError as err:
                wrote = self._wrote(made.ctid, before, keys)
                err.done = {made.name: wrote} if wrote else None
                raise
            self.note_waiting(container, before)
            outcome.actions = self._wrote(made.ctid, before, keys)
        return replace(outcome, warnings=[*reports, *outcome.warnings])

    def _wrote(self, ctid, before, keys):
        """What others now are of the keys of a file (all, or of `keys`)."""
        now = self.node.values(ctid)
        names = sorted(key for key in before.keys() | now.keys() if keys is None or key in keys)
        pairs = ((key, before.get(key), now.get(key)) for key in names)
        return tuple(Wrote(key, _readable(old), _readable(new)) for key, old, new in pairs if old != new)

    def destroy_plan(self, container, force=False, adopt=False):
        """The plan that deletes a container; RefusedError as `power.destroy` says."""
        return power.destroy(container, force, self.protection.of(container), self.node.has_dump(container.ctid), adopt)

    def destroy(self, made, remake=None):
        """Delete a container, and the dump that vzctl may leave; `remake` as in `run`."""
        reports = []
        with self._recovery.at(made.ctid, reports) as stale:
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
                err = NotTakenError(f"vzctl destroyed container {made.ctid}, but something of it is still there")
                err.done = {made.name: outcome.actions} if outcome.actions else None
                raise err
        return replace(outcome, warnings=[*reports, *outcome.warnings])

    # how

    def _reserve(self, domain, allowed):
        """Note a CTID for a container that needs one, so that no other process chooses it; or ``None``."""
        if self.find(domain) is not None:
            return None
        with self.journal.allocation():
            ctid = self._allocate(domain, allowed)
            self.journal.begin(ctid, domain.name)
        return ctid

    def _allocate(self, domain, allowed, dry=False):
        """The lowest free CTID. Nothing becomes free in a dry run, which goes on from the last one for the next."""
        if not allowed:
            raise RefusedError(
                f"{domain.name} needs a CTID in its document to be made in parallel: a name of digits, or <openvz:ctid>"
            )
        first = self._free if dry else self.first_ctid
        ctid = self.node.free_ctid(first, self._overlay.ctids, self._kept, set(self.journal.ctids()))
        self._free = ctid.number if dry else self._free
        return ctid

    def _given(self, domain, ctid, **how):
        names = {one.network for one in domain.interfaces or () if one.network}
        bridges = {name: self.networks.bridge(name) for name in sorted(names)}
        wanted = {bridges.get(one.network, one.bridge) for one in domain.interfaces or ()} - {None}
        flavour, version = self.node.vzctl.release()
        return context.Context(
            bridges=bridges,
            flavour=flavour,
            version=version,
            foreign=frozenset(filter(self.node.is_foreign, wanted)),
            node_id=self.node.node_id,
            sample=self.node.sample(None if "config" in (how.get("unwritable") or ()) else domain.config),
            ours=self._is_begun(domain, ctid),
            bridge_script=self.node.has_bridge_script,
            **how,
        )

    def _at_restart(self, given, live, dry):
        """What a running container waits for; one that is protected is not restarted for it."""
        if not live or not live.running:
            return given
        waiting = self._overlay.waiting(live.ctid) if dry else None
        if waiting is None:
            waiting = self.pending(live)
        return replace(given, pending=waiting, protected=given.protected or self.is_protected(live))

    def _in_kernel(self, given, domain, live, dry):
        """
        What the kernel has of a running container: bridges of its pairs, and addresses where some are to be added.

        What a dry run has imagined is as it should be.
        """
        if not self._is_seen(live, dry):
            return given
        adds = "addresses" not in given.unwritable and update.added_hosts(domain.addresses, live.domain.addresses)
        routed = addresses.of(self.node.proc_dir, live.ctid) if adds and live.running else frozenset()
        return replace(given, held=bridges.held(self.node, live), routed=routed)

    def _is_seen(self, live, dry):
        """Whether a container is one that is there, and not one that a dry run has imagined."""
        return live is not None and not (dry and live.ctid in self._overlay.ctids)

    def pending(self, container):
        """The fields that a running container waits for, those of a run that was cut off while it saved them too."""
        noted = self.journal.pending(container.ctid, lambda: self.node.uptime(container.ctid))
        return tuple(dict.fromkeys((*noted, *self._recovery.pending(container.ctid))))

    def _is_begun(self, domain, ctid):
        """Whether an earlier run of ours began container `ctid`, and what is there looks like what it began."""
        has = self.journal.has
        if not (has(ctid, domain.name) and has(ctid, domain.name, self.node.private(ctid))):  # mostly not even noted
            return False
        if self.node.leftovers(ctid) or self._is_unfinished(domain, ctid):
            return True
        return plan.is_as_created(domain, self.node.there(ctid).domain, self.node.sample(domain.config))

    def _is_unfinished(self, domain, ctid):
        """Whether a ``create`` of ours did not finish."""
        since = self.journal.begun(ctid) or 0
        return not self.node.is_unpacked(ctid) or partial_create.is_half(self.node, ctid, domain.config, since)

    def _live(self, domain, ctid, given, dry):
        """The container; one of ours whose ``create`` did not finish counts as none: it is created anew."""
        if given.ours and self._is_unfinished(domain, ctid):
            return None
        return self._seen(ctid, dry)

    def _seen(self, ctid, dry):
        try:
            return self._overlay.container(ctid) if dry else self.node.container(ctid)
        except RefusedError:
            if self._recovery.is_half_destroyed(ctid):
                return None
            who = self._recovery.at_work(ctid)
            if who is None:
                raise
        raise LockedError(f"container {ctid} is in work by {who}, and there in part only until that is over")

    def _imagine(self, made, live, given):
        """The container as it would be when `made`, the plan for `domain`, is done."""
        after, ctid = plan.outcome(made, live, given), made.ctid
        said = {"onboot": after.onboot, "disabled": bool(after.disabled)}
        if live:
            timeout = after.stop_timeout or live.stop_timeout
            adopted = {"managed": True, "mark": None} if given.adopt else {}
            return replace(live, domain=after, stop_timeout=timeout, **adopted, **said)
        return Container(
            ctid=ctid,
            status="stopped",
            domain=after,
            managed=True,
            private=self.node.private(ctid),
            file=self.node.conf_path(ctid),
            layout="simfs",
            stop_timeout=after.stop_timeout,
            **said,
        )

    def _apply(self, made, domain, exact):
        outcome = apply.apply(made, self.node, self.journal, self.lock_timeout, self._watch)
        if made.calls:
            given = replace(self._given(domain, made.ctid, exact=exact), ours=False)
            verifying.verify(domain, outcome, self.node, made, given)
        if self.journal.has(made.ctid, domain.name):  # cut off between the mark and the end of its note
            self.journal.end(made.ctid)
        return outcome

    def as_document(self, domain, networks=True):
        """
        A live domain in an author's words: without the MACs that every veth's end on the node gets.

        With `networks` an interface whose bridge belongs to a network of libvirt names the network.
        """
        pairs = domain.interfaces or ()
        asked = networks and any(pair.bridge for pair in pairs)
        names_ = self.networks.by_bridge() if asked else {}
        return replace(domain, interfaces=tuple(match.as_said(pair, names_.get(pair.bridge)) for pair in pairs))

    def _check_others(self, made, dry):
        """What another container of this node has is not given to this one; a MAC twice is a warning."""
        warnings = []
        for kind, value in claimed(made):
            for ctid in sorted(self._holders(kind, value, dry) - {made.ctid}):
                if kind != "macs":
                    raise RefusedError(TAKEN[kind].format(value, ctid))
                warnings.append(TAKEN[kind].format(value, ctid))
        return warnings

    def _holders(self, kind, value, dry):
        """The CTIDs of the containers that have it, with `dry` as the dry run so far would leave them."""
        claims = [(one, value) for one in kinds_against(kind)]
        return self._overlay.holders(claims) if dry else self.node.holders(claims)

    def _notes(self, made, domain, given):
        if self._documents.setdefault(made.ctid, domain) != domain:
            yield f"another document of this run means container {made.ctid} too; they would change it back and forth"
        if made.creates and domain.config and not self.node.has_sample(domain.config):
            raise RefusedError(
                f"sample configuration {domain.config} is not on this node (ve-{domain.config}.conf-sample in "
                f"{self.node.path('conf')})"
            )
        if made.creates and domain.template and not self.node.has_template(domain.template):
            yield (
                f"template {domain.template} is not in the cache of this node; "
                f"{_likely_template(domain.template, self.node.templates())}"
            )
        yield from self._note_of_link(made, domain)
        for one in domain.interfaces or ():
            if one.network and one.bridge and one.bridge != given.bridges[one.network]:
                yield (
                    f"network {one.network} has bridge {given.bridges[one.network]} on this node; "
                    f"<source bridge='{one.bridge}'> beside it has no effect, and can be left out"
                )

    def _note_of_link(self, made, domain):
        """A name that the file has and whose link does not lead there: the document changes nothing about it."""
        if made.has(Create, Destroy, Rename) or domain.name.isdecimal():
            return
        linked = self.node.linked(domain.name)
        if linked != made.ctid:
            leads = f"leads to container {linked}" if linked else "does not exist"
            yield (
                f"{self.node.path('names', domain.name)} {leads}: vzctl finds container {made.ctid} by its CTID alone, "
                f"until vzctl set {made.ctid} --name NAME --save"
            )


def _readable(value):
    """Bytes that are no UTF-8 cannot go through Salt."""
    return (value or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _likely_template(name, known):
    """What to say instead of a template that the node lacks."""
    suffix = next((end for end in (".tar.gz", ".tar.xz", ".tar.bz2", ".tar", ".tgz") if name.endswith(end)), None)
    if suffix and name.removesuffix(suffix) in known:
        return f"write it without {suffix}: {name.removesuffix(suffix)}"
    longer = [one for one in known if one.startswith(f"{name}-")]
    likely = longer[0] if len(longer) == 1 else nearest(name, [one for one in known if _version(one) == _version(name)])
    return f"did you mean {likely}? Else vzctl will try to download it" if likely else "vzctl will try to download it"


def _version(name):
    """Another version of a distribution is not a slip of the hand."""
    return [char for char in name if char.isdigit()]
