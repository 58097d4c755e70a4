"""
What an entry still asks of a container once it has moved to the node of the entry.

The move takes the configuration file along as it is, so that this can be said before: the document against what the
container has now. The node itself plans it anew when the container is there.
"""

from dataclasses import dataclass, replace

from ... import flavours
from ...document import codec
from ...errors import OpenVZError
from ...model.actions import claims
from ...model.ctid import Ctid
from ...model.inside import States
from ...planning import changes, plan, planner, power
from ...planning.context import Plan
from ...reports.survey import addresses

UNKNOWN = "what differs from its entry is not known before it has moved"


@dataclass(frozen=True)
class _Moved:
    """The container as it will be there, as far as planning must know it."""

    ctid: Ctid
    domain: object
    status: str
    managed: bool = True
    layout: str = "simfs"
    private: str = ""
    disabled: bool = False

    @property
    def running(self):
        return self.status in ("running", "paused")


def after_move(move, node):
    """The entry (`Wanted`) with what it asks then; ``None`` where nothing is left, or it is not known."""
    entry, found, wanted = node.entries.get(move.wanted.label), move.found, move.wanted
    blank = replace(wanted, changes={}, did=(), costs=(), takes=(), inside=(), gives=(), after=(), warnings=())
    if entry is None or entry.unread or not found.xml or found.ctid is None:
        return replace(blank, warnings=(UNKNOWN,))
    try:
        made = _plan(entry, found, node)
    except OpenVZError as err:
        return replace(blank, warnings=(f"after the move: {err}",))
    if not (made.calls or entry.inside):
        return None
    taken, given = claims(made.actions)
    inside = entry.inside and States(entry.inside.words, later="after it has moved")
    return replace(
        blank,
        changes=made.changes | ({"inside": inside.change} if inside else {}),
        did=(*changes.words(made.actions), *([inside.did] if inside else [])),
        costs=tuple(sorted(planner.agreed_costs(made, entry))),
        takes=tuple(addresses(taken)),
        inside=tuple(addresses(claim for claim in taken if claim[0] == "inside")),
        gives=tuple(addresses(given)),
        warnings=made.warnings,
    )


def _plan(entry, found, node):
    its, version = flavours.named(node.version)
    domain = codec.parse(found.xml, strict=False).domain
    live = _Moved(found.ctid, replace(domain, ctid=found.ctid), found.status)
    made = Plan(entry.called, found.ctid)
    if entry.domain:
        bridges = _bridges(entry.domain, domain, node.bridged)
        unwritable = entry.document.unwritable
        context = plan.Context(its, bridges, node.name, version, exact=entry.exact, restart=entry.restart)
        made = plan.make(entry.domain, live, found.ctid, replace(context, unwritable=unwritable))
    if entry.state == "running":
        return planner.joined(made, power.start(live, its))
    if entry.state == "stopped":
        return planner.joined(made, power.stop(live, its))
    return made


def _bridges(desired, live, known):
    """Network -> bridge on the node that it moves to; of one that nobody knows, the bridge that it has now."""
    guests = {pair.guest: pair.bridge for pair in live.interfaces or ()}
    pairs = [pair for pair in desired.interfaces or () if pair.network]
    likely = {pair.network: guests.get(pair.guest) or next(iter(guests.values()), None) for pair in pairs}
    return {**{name: bridge for name, bridge in likely.items() if bridge}, **known}
