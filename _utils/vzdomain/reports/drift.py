"""
Three truths of each container: the pillar, the configuration file, the running container.

What of pillar and file differs is what the planner would change, so that a plan and this report never disagree. What of
file and running container differs says `kernel`; what is saved and waits for a restart says the journal.
"""

import logging
from dataclasses import dataclass, field, replace

from ..document.entries import doubles, free_label, in_turns
from ..errors import MovedError, MovingError, OpenVZError, RefusedError, sentence
from ..host.kernel import bridges, runtime
from ..model import fields
from ..model.actions import Bridge, Mark
from ..model.ctid import Ctid, is_uuid
from ..model.domain import Domain
from ..planning import changes, plan, planner
from . import selection

log = logging.getLogger(__name__)

_MOVING = "changed while it was being checked: the running container is not compared"
UNTOLD = (
    "it is unknown whether the running container has its addresses: vzlist shows those of the file where it has none, "
    "and neither {0}/vz/veinfo nor {0}/net/route tells"
)
STATUSES = selection.DRIFT[::-1]  # the worst comes last
_SATISFIED = {
    "running": ("running",),
    "stopped": ("stopped", "mounted", "suspended"),
    "suspended": ("suspended",),
    "paused": ("paused",),
}


@dataclass
class Report:
    """One container: `fields` are those that are not in sync; `notes` are for people."""

    ctid: Ctid | None = None
    status: str = selection.IN_SYNC
    fields: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    error: str | None = None
    moving: bool = False  # it changed during the look, which says nothing of the running container then

    def note(self, name, status, pillar, file, running):
        """A field that is not in sync; what it has been called before stays."""
        values = {"status": status, "pillar": pillar, "file": file, "running": running}
        self.fields.setdefault(name, {name: _plain(value) for name, value in values.items()})
        self.status = max(self.status, status, key=STATUSES.index)

    def end(self, error):
        """It cannot be compared; one that is being moved to another node is no error."""
        if isinstance(error, MovingError) and not isinstance(error, MovedError):
            self.status, self.moving = selection.MOVING, True
            self.notes.append(str(error))
            return
        self.fail(error)

    def fail(self, error):
        """It cannot be said, or not be done."""
        self.status, self.error = "error", str(error)

    @property
    def data(self):
        """``{"ctid": 209, "status": "drifted", "fields": {...}}``; ``notes``, ``moving``, ``error`` if any."""
        data = {"ctid": self.ctid and self.ctid.data, "status": self.status, "fields": self.fields}
        data |= {"notes": self.notes} if self.notes else {}
        data |= {"moving": True} if self.moving else {}
        return data | ({"error": self.error} if self.error else {})


def examine(reconciler, entries):
    """
    Compare each entry of a pillar (`entries.Entry`) with its container, and name the containers that no entry means.

    reconciler
        A new one: it is used for a dry run (`Finder.dry`).

    Returns label -> what `Report.data` says. CannotAskError where the node cannot be asked.
    """
    survey = _Survey(reconciler)
    reconciler.keep(entry.stated_ctid for entry in entries if entry.stated_ctid)
    reports = in_turns(entries, survey.followed)
    meant = ((label, one.ctid) for label, one in reports.items() if one.ctid and not one.error)
    for label, wrong in doubles(meant).items():
        reports[label].fail(wrong)
    for ctid in survey.others(reports):
        report = survey.unmanaged(ctid)
        if report:
            reports[free_label(survey.name(ctid), ctid, reports)] = report
    return {label: report.data for label, report in reports.items()}


class _Survey:
    """What is compared: one look at the kernel for all, and files that have not changed since."""

    def __init__(self, reconciler):
        self.reconciler, self.node = reconciler.dry, reconciler.node
        self.stamps = {ctid: self.node.stamp(ctid) for ctid in self.node.ctids()}
        self.shown = runtime.look(self.node)

    def followed(self, entry):
        """The `Report` of what an entry means, and whether it was refused what another entry may give up."""
        report = Report()
        try:
            report.ctid = self._meant(entry)
            if entry.error:
                raise RefusedError(entry.error)
            self.reconciler.wait_for_meant(entry)
            report.ctid = self._meant(entry)
            self._compare(entry, report)
        except OpenVZError as err:
            report.end(err)
            return report, isinstance(err, RefusedError)
        except Exception as err:
            log.exception("Container %s cannot be compared", entry.label)
            report.fail(sentence(err))
        return report, False

    def unmanaged(self, ctid):
        """The `Report` of a container that no entry means; ``None`` if it has gone meanwhile."""
        report = Report(ctid)
        try:
            self.reconciler.wait_for(ctid)
            container = self.node.container(ctid)
            if container is None:
                return None
            report.status = selection.UNMANAGED
            report.notes += [f"it {container.unmanaged}"] if container.mark else []
            self._compare_running(None, container, report)
        except OpenVZError as err:
            report.end(err)
        return report

    def others(self, reports):
        """The CTIDs of this node that no report is about, half containers and such without a file too."""
        meant = {report.ctid for report in reports.values()}
        return sorted({*self.stamps, *self.shown} - meant)

    def name(self, ctid):
        known = self.node.identities().get(ctid)
        return known.name if known and known.name else str(ctid)

    def _meant(self, entry):
        """The CTID of what an entry means; of one that cannot be read, whose name is its label."""
        label = entry.called.lower()
        domain = entry.domain or Domain(entry.called, uuid=label if is_uuid(label) else None)
        try:
            ctid = self.reconciler.find(domain)
        except OpenVZError:
            if entry.error:  # the entry's own error is worth more
                return None
            raise
        return ctid if ctid and self.node.exists(ctid) else None

    def _compare(self, entry, report):
        if entry.state == "absent":
            if report.ctid:
                report.note("container", "drifted", "absent", "defined", self._status(report.ctid))
                self._take_away(entry, report)
            return
        if entry.domain and not self._compare_document(entry, report):
            return
        container = self.node.container(report.ctid) if report.ctid else None
        if container is None:
            raise RefusedError(f"there is no container {entry.called} on this node, and no document to create it from")
        if entry.state and container.status not in _SATISFIED[entry.state]:
            report.note("state", "drifted", entry.state, None, container.status)
        self._compare_running(entry.domain, container, report)

    def _take_away(self, entry, report):
        """What the container has is free for the entries after it, if it may go."""
        try:
            planner.destruction(self.reconciler, entry)
        except RefusedError as err:
            report.notes.append(str(err))

    def _status(self, ctid):
        return self.shown[ctid].status if ctid in self.shown else None

    def _compare_document(self, entry, report):
        """What `define` would change; False if it would make the container."""
        made = self._plan(entry, report)
        report.notes[:0] = [*entry.document.warnings, *made.warnings]
        if made.creates:
            report.note("container", "drifted", "defined", None, None)
            return False
        shown = self._still_shown(made.ctid)
        container = self.node.container(made.ctid)
        moved = {f"bridge {one.guest}": one for one in made.actions if isinstance(one, Bridge)}
        for name, change in changes.show(made.actions).items():
            file, running = change["old"], None
            if name in moved:  # of a running container's pair: the kernel had the old one
                file, running = _bridge(container and container.domain, moved[name].guest), moved[name].old
            elif shown and container and name in fields.BY_NAME:
                running = runtime.show(name, shown, container)
            report.note(name, "drifted", change["new"], file, running)
        return True

    def _plan(self, entry, report):
        """The plan of a dry run; for a container that is not ours the one that would adopt it."""
        how = {"exact": entry.exact, "protected": entry.protected, "unwritable": entry.document.unwritable}
        try:
            return self.reconciler.plan(entry.domain, adopt=entry.adopt, **how)
        except RefusedError:
            container = self.node.container(report.ctid) if report.ctid else None
            if container is None or container.managed or entry.adopt:
                raise
            plan.check_uuid(entry.domain, container, self.node.flavour)
        made = self.reconciler.overlay().plan(entry.domain, adopt=True, **how)  # nobody may count on it
        report.notes.append(f"it {container.unmanaged}; it is left as it is until it is adopted (adopt: True)")
        calls = (replace(call, actions=tuple(map(_not_adopted, call.actions))) for call in made.calls)
        return replace(made, calls=tuple(calls))

    def _compare_running(self, domain, container, report):
        """What waits for a restart, and what the kernel has that no file says."""
        if not container.running:
            return
        for name in self.reconciler.pending(container):
            if name in fields.BY_NAME:
                report.note(name, "pending restart", _stated(domain, name), _stated(container.domain, name), None)
        shown = self._still_shown(container.ctid)
        if shown is None:
            report.moving = True
            report.notes.append(_MOVING)
            return
        for name, (file, running) in runtime.differing(self.node, container, shown).items():
            report.note(name, "unsaved", _stated(domain, name), file, running)
        strays = bridges.strays(self.node, container) if shown.status == "running" else {}
        for guest, (file, running) in strays.items():
            report.note(f"bridge {guest}", "unsaved", _bridge(domain, guest), file, running)
        if shown.status == "running" and runtime.live_addresses(container, shown) is None:
            saved = _stated(container.domain, "addresses")
            report.note("addresses", "not known", _stated(domain, "addresses"), saved, None)
            report.notes.append(UNTOLD.format(self.node.proc_dir))

    def _still_shown(self, ctid):
        """What the kernel had of a container, while its file is the one of then."""
        return self.shown.get(ctid) if self.node.stamp(ctid) == self.stamps.get(ctid) else None


def _bridge(domain, guest):
    """The bridge that a document or a file has for a device inside the container."""
    pairs = domain.interfaces or () if domain else ()
    return next((pair.bridge for pair in pairs if pair.guest == guest), None)


def _stated(domain, name):
    """What a document or a file says of a field, for people; ``None`` if nothing."""
    value = getattr(domain, name) if domain else None
    return None if value is None else fields.BY_NAME[name].show(value)


def _not_adopted(action):
    return replace(action, adopted=False) if isinstance(action, Mark) else action


def _plain(value):
    """As JSON and msgpack carry it."""
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value
