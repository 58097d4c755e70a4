"""
One plan for a fleet: what is done for which entry, in which steps, and what is wrong.
"""

import hashlib
from dataclasses import dataclass, replace

from ...errors import PlanMovedError, RefusedError
from ...model.ctid import data
from ...planning import planner
from ...reports import lint
from . import order, sharing
from .matching import Matching
from .nodes import listed

COUNTS = {"moves": "move", **planner.COUNTS}
STATUSES = ("error", "unknown", "move", "destroy", "create", "restart", "network", "change", "unchanged")
_CUT_OFF = "network_changes"


@dataclass(frozen=True)
class FleetPlan:
    """
    What a fleet would do.

    units
        Key of an entry -> `sharing.Unit`.

    steps
        `order.Step`, by number.

    findings
        `lint.Finding`, errors first.
    """

    nodes: dict
    units: dict
    steps: tuple
    findings: tuple
    blocked: dict

    @property
    def id(self):
        """
        A name for it, over all that is done and all that is wrong: ``fleet-3f0c1a7be92d4485``.

        What happens to containers for which nothing is to be done does not count.
        """
        told = [
            [(key, unit.wanted.id, unit.wanted.wanted, unit.found) for key, unit in sorted(self.units.items())],
            self.steps,
            [one for one in self.findings if one.severity == "error"],
        ]
        return f"fleet-{hashlib.sha256(repr(told).encode()).hexdigest()[:16]}"

    @property
    def counts(self):
        """``{"moves": 1, "creates": 0, ...}``: each container counts once for each."""
        return {name: len(self._counted(name)) for name in COUNTS}

    def _counted(self, name):
        if name == "moves":
            return [unit for unit in self.units.values() if unit.moves]
        return [unit for unit in self.units.values() if unit.applies and name in unit.wanted.costs]

    def over_budget(self, limits):
        """A sentence for each of COUNTS that it exceeds; `limits` are numbers, ``None`` for no limit."""
        for name in COUNTS:
            units = self._counted(name)
            yield from over(name, len(units), limits.get(name), [unit.wanted.place for unit in units])

    def check(self, limits, expected):
        """RefusedError for a plan over its budget, PlanMovedError for another than `expected`."""
        if self.id != expected:
            raise PlanMovedError(
                f"the plan is now {self.id}, not {expected}: a pillar or a node has changed since; nothing was done. "
                f"salt-run openvz.plan shows it"
            )
        over = "; ".join(self.over_budget(limits))
        if over:
            raise RefusedError(f"{over}; nothing was done")


def over(name, number, limit, places=()):
    """A sentence where more containers count for one of COUNTS than its budget allows, of `places`."""
    if limit is not None and number > limit:
        noun = "container" if number == 1 else "containers"
        names = f" ({listed(places)})" if places else ""
        yield f"this plan would {COUNTS[name]} {number} {noun}{names}, and max_{name} is {limit}"


def plan(nodes):
    """The `FleetPlan` of `nodes.Node`. Linear in the number of containers."""
    matching = Matching(nodes)
    while True:
        units = sharing.units(matching)
        made = order.Order(units)
        hopeless = made.release()
        if not hopeless:
            break
        for keys in hopeless:
            _block_circle(matching, [units[key] for key in sorted(keys)])
    units = {key: _cut_off(unit) if key in made.released else unit for key, unit in units.items()}
    made.units = units
    findings = lint.in_order(dict.fromkeys(matching.findings))
    return FleetPlan(matching.nodes, units, tuple(made.steps()), tuple(findings), matching.blocked)


def _block_circle(matching, units):
    places = listed(unit.wanted.place for unit in units)
    what = f"{places} wait for each other, and none of them can go first"
    remedy = "give one of them an address that nobody has, or destroy or renumber one, apply, and plan again"
    matching.block("circle", [unit.wanted for unit in units], what, remedy)


def _cut_off(unit):
    """A unit whose container loses an address for a moment."""
    costs = tuple(sorted({*unit.wanted.costs, _CUT_OFF}))
    return replace(unit, wanted=replace(unit.wanted, costs=costs))


def as_data(made):
    """The same as dictionaries, for people and machines."""
    nodes = {}
    for name, node in sorted(made.nodes.items()):
        if node.is_asked:
            containers = {label: _container(made, one) for label, one in node.wanted.items()}
            statuses = [one["status"] for one in containers.values()]
            counted = {word: statuses.count(word) for word in STATUSES if word in statuses}
            nodes[name] = {"summary": counted, "containers": containers}
    total = {word: sum(node["summary"].get(word, 0) for node in nodes.values()) for word in STATUSES}
    return {
        "plan_id": made.id,
        "summary": {word: number for word, number in total.items() if number},
        "counts": made.counts,
        "nodes": nodes,
        "steps": [step_data(one) for one in made.steps],
        "findings": lint.as_data(made.findings),
    }


def step_data(step):
    """A step without what it has not."""
    return {key: _plain(value) for key, value in vars(step).items() if value not in (None, (), {}) or key == "after"}


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


def _container(made, one):
    """What becomes of an entry."""
    unit = made.units.get(one.key)
    told = {"name": one.name, "ctid": data(one.ctid), "uuid": one.uuid}
    if unit is None:
        status = "error" if one.key in made.blocked or one.error else one.status
        return {**told, "status": status if status in STATUSES else "unknown"}
    left = unit.wanted
    told |= {"status": "move" if unit.moves else left.status}
    if unit.moves:
        told |= {"ctid": data(unit.found.ctid), "from": unit.found.node}
    if unit.applies:
        told |= {"did": list(left.did), "changes": left.changes, "costs": list(left.costs)}
        told |= {"warnings": list(left.warnings)} if left.warnings else {}
    return told
