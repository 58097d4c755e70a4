"""
Making a private area that is there a container of this node, and a container an area that no node knows.

Without a CTID vzctl would make one up, and a new UUID with it: so one is always named, and where it comes from is said.
"""

import os

from ..errors import NotTakenError, RefusedError
from ..flavours import having
from ..host import files, traces
from ..host.container import identity
from ..model.actions import Mark, Register, Unregister
from ..model.ctid import ctid_of, is_uuid
from ..planning.context import Plan
from ..planning.exclusives import TAKEN
from . import apply


class Area:
    """
    A private area, and what its own file says.

    RefusedError where it is none that vzctl would register: by its path, its layout or its file.

    elsewhere
        What is known of other nodes (`fleet.elsewhere.Elsewhere`), for which a second one is refused as well.
    """

    def __init__(self, node, path, elsewhere=None):
        self.node, self.path, self._elsewhere = node, os.path.normpath(path), elsewhere
        _refuse_family(node)
        its = node.flavour.places
        if not os.path.isabs(path):
            raise RefusedError(f"{path} is not an absolute path of a private area, such as /vz/private/101")
        self.file = os.path.join(self.path, its.REAL_FILE)
        text = files.text(self.file)
        if text is None:
            raise RefusedError(f"{self.path} has no {its.REAL_FILE}: it is not the private area of a container")
        if traces.leads_to(os.path.join(self.path, its.LAYOUT_FILE)) != os.path.join(self.path, its.LAYOUT):
            raise RefusedError(f"{self.path} is in an old format ({its.LAYOUT_FILE} does not point to {its.LAYOUT})")
        self.conf = node.flavour.reading.parse(text)
        if self.conf.invalid:
            key, value = self.conf.invalid
            raise RefusedError(
                f"{self.file} says {key}={value!r}, which is not valid: vzctl refuses the file; fix that line"
            )

    def plan(self, ctid=None, name=None, adopt=False):
        """The `Plan` that registers it, as its own file says where `ctid` and `name` are left out."""
        known = self.node.registered.get(self.path)
        if known:
            raise RefusedError(f"{self.path} is already registered, as container {known}")
        ctid, name = self._ctid(ctid), name or self.conf.get("NAME") or None
        uuid = str(ctid) if is_uuid(str(ctid)) and self.conf.uuid != ctid else None
        self._refuse_taken(ctid, name, uuid or self.conf.uuid)
        told = (*self._shared(ctid), *self._taken_elsewhere(ctid, name, uuid or self.conf.uuid))
        actions = [Register(self.path, name, uuid)]
        its = self.node.flavour
        actions += [Mark(its.reading.mark(ctid, self.node.node_id), adopted=True)] if adopt else []
        return Plan(name or str(ctid), ctid, its.spelling.calls(actions, ctid), told)

    def _ctid(self, said):
        text = said or self.conf.get("VEID") or self._called() or self.conf.uuid
        found = ctid_of(str(text).lower()) if text else None
        if found is None:
            what = f"{said!r} is not a valid CTID" if said else f"the file in {self.path} has no VEID and no UUID"
            raise RefusedError(f"{what}: give ctid, a number from 101 on or a UUID")
        return found

    def _called(self):
        """
        The number that the area is named for in the node's own place.

        ``vzctl unregister`` takes the VEID out of the file: it is the CTID that the container had.
        """
        ctid = self.node.unregistered().get(self.path)
        return ctid if ctid and ctid.number is not None else None

    def _refuse_taken(self, ctid, name, uuid):
        left = set(self.node.leftovers(ctid)) - {self.path}
        if self.node.exists(ctid) or left:
            raise RefusedError(f"container {ctid} already exists on this node; register {self.path} with another ctid")
        # vzctl removes the link of the name that the file says, be it another container's (read, not run).
        old = f"remove the line NAME from {self.file} first: vzctl would take the name from that container"
        for kind, value, remedy in (
            ("uuid", uuid, "give a new UUID as ctid, if it is a copy"),
            ("name", self.conf.get("NAME"), old),
            ("name", name, "give another name"),
        ):
            others = self.node.claims().get((kind, value), ()) if value else ()
            if others:
                raise RefusedError(f"container {others[0]} on this node has the {kind} {value} already; {remedy}")

    def _shared(self, ctid):
        """What two containers would have then: it is told before they run."""
        domain = self.node.flavour.reading.domain(self.conf, ctid)
        for kind, value in identity(domain, ctid, self.node.flavour.pairs).claims():
            for other in self.node.claims().get((kind, value), ()) if kind in TAKEN else ():
                yield TAKEN[kind].format(value, other)

    def _taken_elsewhere(self, ctid, name, uuid):
        if self._elsewhere is None:
            return []
        domain = self.node.flavour.reading.domain(self.conf, ctid)
        known = identity(domain, ctid, self.node.flavour.pairs)
        wanted = [("uuid", uuid), ("name", name)]
        wanted += [(kind, value) for kind in ("addresses", "inside") for value in getattr(known, kind)]
        return self._elsewhere.check(name or str(ctid), [pair for pair in wanted if pair[1]])


def area_of(node, name):
    """The path of the private area, registered nowhere, that somebody means by a path, CTID, UUID or name; or None."""
    if node.flavour.places.REAL_FILE is None:
        return None
    if name.startswith("/"):
        return name
    if any(node.claims().get((kind, name)) for kind in ("name", "uuid")):
        return None
    for path, ctid in node.unregistered().items():
        conf = node.flavour.reading.parse(files.text(os.path.join(path, node.flavour.places.REAL_FILE)) or "")
        if name in (str(ctid), conf.get("VEID"), conf.uuid, conf.get("NAME")):
            return path
    return None


def known_as(node, area):
    """The CTID of the container that has this private area, or ``None``."""
    return node.registered.get(os.path.normpath(area)) if area else None


def leaving(reconciler, container, force=False):
    """The `Plan` that takes a container from its node; its files stay where they are."""
    node, its = reconciler.node, reconciler.node.flavour
    _refuse_family(node)
    if container.running:
        raise RefusedError(f"container {container.ctid} is {container.status}; openvz.stop {container.ctid} first")
    if not os.path.islink(container.file):
        raise RefusedError(
            f"{container.file} is a file and not a link into the private area: vzctl would delete it, and the settings "
            f"with it; copy it to {os.path.join(container.private, its.places.REAL_FILE)} and make it a link to that"
        )
    phrase = reconciler.protection.of(container) or (None if container.managed else container.unmanaged[3:])
    if phrase and not force:
        raise RefusedError(f"container {container.ctid} is {phrase}; force: True unregisters it anyway")
    ends = (its.pairs.target(container.ctid, pair) for pair in container.domain.interfaces or ())
    action = Unregister(container.status, container.private, container.domain, tuple(filter(None, ends)))
    return Plan(container.domain.name, container.ctid, its.spelling.calls([action], container.ctid))


def do(reconciler, made, remake):
    """Do such a plan and look again; NotTakenError where the node is not as it was to be."""
    reports, node = [], reconciler.node
    with reconciler.recovery.at(made.ctid, reports) as stale:
        if reconciler.recovery.settle(made.ctid) or stale:
            made = remake()
        outcome = apply.apply(made, node, reconciler.journal, reconciler.lock_timeout)
        gone = next((one for one in made.actions if isinstance(one, Unregister)), None)
        if gone:
            reconciler.journal.restarted(made.ctid)
            reconciler.journal.follow({made.ctid: None})
        _check(made, node, gone)
    outcome.warnings = [*reports, *made.warnings, *outcome.warnings]
    return outcome


def _check(made, node, gone):
    node.look_again()
    if gone and (node.exists(made.ctid) or not traces.exists(gone.area)):
        raise NotTakenError(f"vzctl unregistered container {made.ctid}, but its link is there or {gone.area} is not")
    for action in made.actions:
        if isinstance(action, Register) and os.path.realpath(node.there(made.ctid).private) != os.path.realpath(
            action.area
        ):
            raise NotTakenError(f"vzctl registered container {made.ctid}, but not in {action.area}")


def _refuse_family(node):
    its = node.flavour
    if its.places.REAL_FILE is None:
        who = having(lambda one: one.places.REAL_FILE, "does", "do")
        raise RefusedError(
            f"vzctl {its.family} does not register private areas{who}: its containers are "
            f"files in {node.containers_dir}"
        )
