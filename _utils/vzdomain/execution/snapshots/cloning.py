"""
Cloning a container for a document: planned first, and never startable with what is its source's.
"""

from dataclasses import replace

from ...errors import NotTakenError, RefusedError
from ...host.container import identity
from ...model.actions import Register, Unregister
from ...planning.context import Plan
from ...planning.exclusives import TAKEN
from ...planning.snapshots import cloning
from .. import apply, claiming, facts, notices, verifying


def plan(reconciler, name, domain):
    """The `Plan` that clones a container for a document; RefusedError where anything that it says is taken."""
    return _Clone(reconciler, name, domain).plan()


def do(reconciler, name, domain):
    """Do it, and look again; returns the plan and the `apply.Outcome`."""
    reports, made = [], _Clone(reconciler, name, domain)
    with reconciler.recovery.at(made.source.ctid, reports), reconciler.recovery.at(made.ctid, reports):
        for ctid in (made.source.ctid, made.ctid):
            reconciler.recovery.settle(ctid)
            reconciler.node.forget(ctid)
        planned, outcome = _Clone(reconciler, name, domain).do()
    return planned, replace(outcome, warnings=[*reports, *planned.warnings, *outcome.warnings])


class _Clone:
    """One clone to be made: its source, and the document with the CTID that it gets."""

    def __init__(self, reconciler, name, domain):
        self._reconciler, self._node = reconciler, reconciler.node
        self.source = reconciler.resolve(name)
        cloning.refuse(self.source, self._node.flavour)
        self.ctid = reconciler.find(domain) or reconciler.allocate(domain)
        if self._node.exists(self.ctid) or self._node.leftovers(self.ctid):
            told = "".join(f"; {said}" for said in reconciler.reports(self.ctid))
            raise RefusedError(
                f"container {self.ctid} is there already: a clone is a new container, with a <name>, a <uuid> and "
                f"addresses that no other one has{told}"
            )
        self._domain = reconciler.identified(domain, self.ctid)
        self._context = facts.gather(reconciler, self._domain, self.ctid, adopt=True)

    def plan(self):
        its, domain = self._node.flavour, self._domain
        file, private = self._node.conf_path(self.ctid), domain.private or self._node.private(self.ctid)
        live = cloning.imagined(self.source, self.ctid, domain, private, file)
        rest = cloning.rest(domain, live, self.ctid, self._context)
        parts = (
            cloning.first(self.source, self.ctid, domain, its),
            rest,
            cloning.last(domain, self.ctid, its),
        )
        made = cloning.whole(parts, self._said())
        notices.check_names(self._reconciler, made, domain)
        warnings = notices.check_elsewhere(self._reconciler, made, domain, None)
        return replace(made, warnings=(*made.warnings, *warnings)) if warnings else made

    def do(self):
        """The plan, and what was done; each part is made of what is there then."""
        node, journal, its = self._node, self._reconciler.journal, self._node.flavour
        planned = self.plan()
        claiming.take(planned, self._domain, node, journal, self._reconciler.recovery)
        outcome = apply.Outcome()
        self._apply(cloning.first(self.source, self.ctid, self._domain, its), outcome)
        self._apply(self._identified(), outcome, is_told=False)
        made = cloning.rest(self._domain, node.there(self.ctid), self.ctid, self._context)
        self._apply(made, outcome)
        verifying.verify(cloning.wanted(self._domain), outcome, node, made, self._context)
        self._check(outcome)
        self._apply(cloning.last(self._domain, self.ctid, its), outcome)
        return planned, outcome

    def _apply(self, made, outcome, is_told=True):
        """What was done before goes with an error; what is not told is nothing that people asked for."""
        reconciler = self._reconciler
        try:
            done = apply.apply(made, self._node, reconciler.journal, reconciler.lock_timeout)
        except Exception as err:
            before = (getattr(err, "done", None) or {}).get(made.name, ())
            err.done = {made.name: (*outcome.actions, *before)} if outcome.actions or before else None
            raise
        outcome.actions += done.actions if is_told else ()
        outcome.warnings += done.warnings

    def _identified(self):
        """vzmlocal gives it a UUID that nobody has chosen: with that of the document it is registered once more."""
        live = self._node.there(self.ctid)
        if self._domain.uuid in (None, live.domain.uuid):
            return Plan(self._domain.name, self.ctid)
        actions = [Unregister(live.status, live.private), Register(live.private, None, self._domain.uuid)]
        calls = [call for one in actions for call in self._node.flavour.spelling.calls([one], self.ctid)]
        return Plan(self._domain.name, self.ctid, tuple(calls))

    def _said(self):
        """What is to be said; RefusedError for what another container has, the source above all."""
        warnings = []
        own = identity(self._domain, self.ctid, self._node.flavour.pairs)
        for kind, value in own.claims():
            for ctid in sorted(self._reconciler.view.holders([(kind, value)]) if kind in TAKEN else ()):
                told = TAKEN[kind].format(value, ctid)
                if kind != "macs" or ctid == self.source.ctid:
                    raise RefusedError(told)
                warnings.append(told)
        if self._domain.onboot is None:
            warnings.append("the clone does not start with the node, unless its document says <openvz:onboot>")
        if self.source.running:
            warnings.append(
                f"container {self.source.ctid} is {self.source.status}: its clone gets the files of one moment, "
                f"as after a power failure"
            )
        return warnings

    def _check(self, outcome):
        """Nothing that only one container can have is the source's too."""
        node, pairs = self._node, self._node.flavour.pairs
        ours, theirs = (
            set(identity(node.there(ctid).domain, ctid, pairs).claims()) for ctid in (self.ctid, self.source.ctid)
        )
        both = sorted(f"{kind} {value}" for kind, value in ours & theirs if kind in TAKEN)
        if both:
            err = NotTakenError(
                f"container {self.ctid} has what container {self.source.ctid} has too: {', '.join(both)}; it stays "
                f"disabled. Put these into its document, and openvz.define it"
            )
            err.done = {self._domain.name: outcome.actions}
            raise err
