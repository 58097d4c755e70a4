"""
Which container of a node a name or a document means, and which CTID a new one gets.
"""

import contextlib
import copy
import uuid
from dataclasses import replace

from ..errors import AbsentError, LockedError, OpenVZError, RefusedError
from ..model import names
from ..model.ctid import Ctid, ctid_of, is_uuid
from ..planning import plan
from ..planning.protection import Protection, canonical
from ..planning.view import Live, Overlay
from . import registering
from .moving import closing
from .recovery import Recovery

CTID_DIGITS = 10
_NAMESPACE = uuid.UUID("c2a1d7f0-0a8e-5d0e-9a53-6f2f0d8a1b47")  # of the UUIDs that are derived here


class Finder:
    """
    Finds containers of one node, as they are or as a dry run would leave them (`view`).

    first_ctid
        The number at which the search for a free CTID begins.

    protected
        CTIDs, names and UUIDs that are destroyed only with force, and restarted by no watch.

    elsewhere
        What is known of other nodes (`fleet.elsewhere.Elsewhere`); ``None`` where they are not asked.
    """

    def __init__(
        self,
        node,
        networks,
        journal,
        first_ctid=101,
        lock_timeout=60,
        protected=(),
        protectors=None,
        elsewhere=None,
    ):
        self.node, self.networks, self.journal = node, networks, journal
        self.first_ctid, self.lock_timeout = first_ctid, lock_timeout
        self.recovery = Recovery(node, journal, lock_timeout)
        self.protection = Protection(protected, protectors)
        self.elsewhere = elsewhere
        self.view = Live(node)
        self._kept = set()  # CTIDs that are not free, since documents of this run say them; of all copies
        self._imagined = None  # the copy that is used for all dry runs
        self._free = first_ctid  # below it a dry run has found all taken
        self.documents = {}  # CTID -> the domain that this run has planned for it, in whatever copy

    @property
    def dry(self):
        """For dry runs: remembers what they would do, so that what follows in the same run can count on it."""
        if self._imagined is None:
            self._imagined = self.overlay()
        return self._imagined

    def overlay(self):
        """The same node for a dry run of its own, with nothing imagined yet: to plan what is then done."""
        return self._over(self.node, Overlay(self.node))

    def _over(self, node, view):
        made = copy.copy(self)
        made.node, made.view, made._free = node, view, self.first_ctid
        made.recovery = self.recovery if node is self.node else Recovery(node, self.journal, self.lock_timeout)
        made._imagined = None if view.is_live else made
        return made

    def keep(self, ctids):
        """Choose none of these CTIDs for a new container: another document of this run says them."""
        self._kept.update(ctids)

    # which container

    def resolve(self, name):
        """The container of that CTID, name or UUID; AbsentError if there is none."""
        container = self.look_up(name)
        if container is None:
            closing.refuse_gone(self, str(name))
            raise AbsentError(f"there is no container {name} on this node")
        return container

    def look_up(self, name):
        """Like `resolve`, but ``None`` if there is none."""
        name = canonical(str(name))
        imagined = self.view.named(name)
        if imagined:
            return imagined
        ctid = self._ctid_of(name)
        return self.seen(ctid) if ctid else None

    def _ctid_of(self, name):
        """The CTID of the container of that CTID, name or UUID, if there is one."""
        if name.isascii() and name.isdecimal():
            return self._numbered(name)
        half = self.recovery.half_destroyed(name)  # its link may point nowhere
        if half:
            return half
        if is_uuid(name) and self._is_traced(Ctid(name)):
            return Ctid(name)
        found = self._surely(lambda: self._by_name(name) or self.node.by_uuid(name))
        if found is None:
            with contextlib.suppress(ValueError):
                self.node.refuse_lost(names.uuid(name), self._settled_elsewhere())
        return found

    def _numbered(self, name):
        """The CTID of digits; vzctl 7 takes them for a name as well, of a container that has no such CTID."""
        ctid = ctid_of(name) if len(name) <= CTID_DIGITS else None
        if self.node.flavour.places.NUMBERS or (ctid and self._is_traced(ctid)):
            return ctid
        return self._linked(name) or ctid

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
            self.recovery.wait_for(ctid)

    def wait_for_meant(self, entry):
        """The same for the container that an entry of a pillar means, if there is one."""
        ctid = self.find(entry.domain) if entry.domain else None
        self.wait_for(ctid or entry.called)

    def reports_of_gone(self):
        """What interrupted runs did to containers that are gone: said once, by whichever run comes next."""
        return self.recovery.reports_of_gone(dry=not self.view.is_live)

    def was_destroying(self, name):
        """Whether an interrupted run was deleting that container, which is gone now: nobody needs to miss it."""
        return self.recovery.was_destroying(canonical(str(name)))

    def ask_first(self, entries):
        """Ask what may take minutes to answer or to fail, before others of this minion have to wait for this one."""
        with contextlib.suppress(OpenVZError):
            self.node.ask_all()
        pairs = [pair for entry in entries if entry.domain for pair in entry.domain.interfaces or ()]
        for name in sorted({pair.network for pair in pairs if pair.network}):
            with contextlib.suppress(OpenVZError):
                if not self.node.flavour.pairs.HAS_NETWORKS:
                    self.networks.bridge(name)
        if self.recovery.is_anyone_at_work():
            for entry in entries:
                with contextlib.suppress(OpenVZError):
                    self.wait_for_meant(entry)

    def find(self, domain):
        """
        The CTID that the document says, or that of the container with its UUID or its name; or ``None``.

        RefusedError where these disagree, and where something of such a container is there without its file.
        """
        return self.node.remember(("found", id(domain), id(self.view)), lambda: self._find(domain))

    def _find(self, domain):
        name = None if domain.name.isdecimal() else domain.name
        self.recovery.refuse_moving_of(domain.stated_ctid, domain.uuid, name)
        found = self._found(domain)
        if found is None or not (self.node.exists(found) or self.view.named(str(found))):
            self.node.make_sure()
            found = self._found(domain)
            self._refuse_lost(domain, found)
        return found

    def _settled_elsewhere(self):
        """CTIDs of which a part without a file is known: recovery settles them, or they were moved to another node."""
        return {*self.journal.steps(), *self.journal.moves.ctids(), *(note["ctid"] for note in self.journal.moved())}

    def refuse_moved(self, domain):
        """MovedError where the container of a document was moved to another node."""
        closing.refuse_moved(self, domain)

    def _refuse_lost(self, domain, found):
        """Refuse where a container that has followed a document with this UUID is there, and its file is not."""
        for ctid in self.journal.followed(uuid=domain.uuid) if domain.uuid else ():
            left = self.node.leftovers(ctid)
            if ctid != found and left:
                raise RefusedError(
                    f"container {ctid} had the UUID {domain.uuid}, and exists only in part: {', '.join(left)}; "
                    f"restore {self.node.conf_path(ctid)}, or remove what is left over"
                )
        if domain.uuid and found is None:
            self.node.refuse_lost(domain.uuid, self._settled_elsewhere())
        self._refuse_unregistered(domain, found)

    def _refuse_unregistered(self, domain, found):
        """Refuse to make a second one of a container whose private area is there, and is not registered."""
        for called in filter(None, (domain.uuid, None if domain.name.isdecimal() else domain.name)):
            area = registering.area_of(self.node, called) if found is None else None
            if area and not self._is_copy(area):
                raise RefusedError(
                    f"{area} is the private area of a container {called} that is not registered on this node; "
                    f"openvz.adopt {called} registers it; otherwise move it away"
                )

    def _is_copy(self, area):
        """Whether it is the old copy of a container that was moved to another node."""
        its = self.node.flavour.moving
        return any(area in its.copies("", note.get("area_path") or "") for note in self.journal.moved())

    def _found(self, domain):
        stated = domain.stated_ctid or self._named_by_ctid(domain)
        by_name = None if domain.name.isdecimal() else self._named(domain)
        by_uuid = self.node.by_uuid(domain.uuid, stated, by_name) if domain.uuid else None
        first = stated or by_uuid or by_name
        for other, what in ((by_uuid, f"the UUID {domain.uuid}"), (by_name, f"the name {domain.name}")):
            if other not in (None, first):
                raise RefusedError(f"container {other} has {what}, but the document means container {first}")
        first = first or self._called(domain)
        imagined = self.view.named(domain.uuid, domain.name)
        return first or (imagined.ctid if imagined else self.journal.ctid_of(domain.name))

    def _named_by_ctid(self, domain):
        """The CTID that is the name of a document, where CTIDs are UUIDs and there is such a container."""
        if self.node.flavour.places.NUMBERS or not is_uuid(domain.name):
            return None
        return Ctid(domain.name) if self._is_traced(Ctid(domain.name)) else None

    def _called(self, domain):
        """The CTID that is the UUID of a document, or the one derived for it, if anything is there of such a one."""
        ctid = self.own_ctid(domain)
        return ctid if ctid and self._is_traced(ctid) else None

    def _is_traced(self, ctid):
        return self.node.exists(ctid) or bool(self.node.leftovers(ctid))

    def own_ctid(self, domain):
        """
        The CTID that a document gets where new containers are called by their UUID; ``None`` where they are numbered.

        Without a UUID it is one that is derived from node and name: the same in each run.
        """
        if self.node.flavour.places.NUMBERS:
            return None
        if domain.uuid:
            return Ctid(domain.uuid) if is_uuid(domain.uuid) else None
        return Ctid(str(uuid.uuid5(_NAMESPACE, f"{self.node.node_id} {domain.name}")))

    def identified(self, domain, ctid):
        """The document of a container that is to be made, with the UUID that it gets if it does not say one."""
        return replace(domain, uuid=str(ctid)) if domain.uuid is None and ctid == self.own_ctid(domain) else domain

    def _named(self, domain):
        """
        The CTID of the container with the name of a document.

        Where CTID or UUID say which container is meant, and its file has the name, the link of the name has no say:
        nothing is to be done about it.
        """
        holders = self.node.claims().get(("uuid", domain.uuid), ())
        known = self.node.identities()
        for ctid in (domain.stated_ctid, holders[0] if len(holders) == 1 else None):
            if ctid in known and known[ctid].name == domain.name:
                return ctid
        return self._by_name(domain.name)

    def _by_name(self, name):
        """Like `_linked`; a link whose file does not have the name yet may be that of an interrupted run of ours."""
        try:
            return self._linked(name)
        except RefusedError:
            ctid = self.node.linked(name)
            expected = ctid and (self.recovery.was_naming(ctid, name) or self.recovery.is_half_destroyed(ctid))
            if not expected:
                raise
        return ctid

    def _linked(self, name):
        """Like `Node.by_name`; where link and file disagree, whoever gives that name just now may finish first."""
        try:
            return self.node.by_name(name)
        except RefusedError:
            concerned = {self.node.linked(name), *self.node.claims().get(("name", name), ())} - {None}
            if not any(self.recovery.wait_for(ctid) for ctid in sorted(concerned)):
                raise
        return self.node.by_name(name)

    def meant(self, domain):
        """The container that a document means, ``None`` if there is none yet; RefusedError where it is another's."""
        ctid = self.find(domain)
        if ctid and self.recovery.wait_for(ctid):
            ctid = self.find(domain)
        container = self.seen(ctid) if ctid else None
        if container:
            plan.check_uuid(domain, container, self.node.flavour)
        return container

    def seen(self, ctid):
        """Container `ctid` as the view has it, ``None`` if there is none; an error for one that is half there."""
        if self._is_moved_away(ctid):
            return None
        if self.node.flavour.places.REAL_FILE and self.recovery.is_half_destroyed(ctid):
            return None  # though its file and its area may be there
        self.node.refuse_namesake(ctid)
        try:
            return self.view.container(ctid)
        except RefusedError:
            if self.recovery.is_half_destroyed(ctid):
                return None
            who = self.recovery.at_work(ctid)
            if who is None:
                raise
        raise LockedError(
            f"container {ctid} is being worked on by {who}, and exists only in part until that is finished"
        )

    def _is_moved_away(self, ctid):
        """Whether all that is left here of a container is the copy of one that was moved to another node."""
        return any(note["ctid"] == ctid for note in self.journal.moved()) and not self.node.exists(ctid)

    # a new one

    def allocate(self, domain, allowed=True):
        """
        The lowest free CTID, or the document's own, where containers are called by their UUID.

        Nothing becomes free in a dry run, which goes on from the last one for the next.
        """
        own = self.own_ctid(domain)
        if own:
            return own
        if not allowed:
            raise RefusedError(
                f"{domain.name} needs a CTID in its document to be made in parallel: a name of digits, or <openvz:ctid>"
            )
        first = self.first_ctid if self.view.is_live else self._free
        ctid = self.node.free_ctid(
            first, self.view.ctids, self._kept, {*self.journal.ctids(), *self.journal.moves.ctids()}
        )
        self._free = self._free if self.view.is_live else ctid.number
        return ctid
