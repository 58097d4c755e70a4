"""
In which order the units of a plan are carried out, as steps of one node each.

A step begins when those that it names in `after` are done, so that steps of several nodes may be at work at a time. Two
containers that swap addresses wait for each other: one of them is without them for a moment (`release`).
"""

from collections import defaultdict
from dataclasses import dataclass, field

APPLY, MOVE, RELEASE = "apply", "move", "release"
_KINDS = (RELEASE, APPLY, MOVE)


@dataclass(frozen=True)
class Step:
    """
    One thing that one node is told to do; a move is told to two.

    kind
        ``apply``: carry out `entries`, each what it was when it was planned; ``move``: take the container to `node`
        from `source`; ``release``: take `addresses` from the container.

    after
        Numbers of the steps that are done before it begins.
    """

    number: int
    node: str
    kind: str
    labels: tuple[str, ...]
    after: tuple[int, ...] = ()
    entries: dict = field(default_factory=dict)  # label -> `planner.entry_id`, or `planner.wanted_id` of a loose one
    wanted: dict = field(default_factory=dict)  # label -> `planner.wanted_id`, for one that was begun already
    limits: dict = field(default_factory=dict)  # count -> how many containers may do that
    name: str | None = None
    uuid: str | None = None
    ctid: str | None = None
    source: str | None = None
    addresses: tuple[str, ...] = ()

    @property
    def nodes(self):
        """The nodes that are at work for it."""
        return {self.node, self.source} - {None}


class Order:
    """
    The graph of all that is done, and what of it goes before what.

    Its vertices are pairs of a kind and the key of a unit.
    """

    def __init__(self, units):
        self.units = units
        self.before = defaultdict(set)  # vertex -> those that are done before it
        self.released = defaultdict(list)  # key of a unit -> addresses that it gives up first
        for unit in units.values():
            self._add(unit)

    def _add(self, unit):
        apply, move = (APPLY, unit.key), (MOVE, unit.key)
        if unit.applies:
            self.before[apply] |= {(APPLY, key) for key in unit.needs if self.units[key].applies}
            self.before[apply] |= {(MOVE, key) for key in unit.needs_moves} | ({move} if unit.moves else set())
        if unit.moves:
            self.before[move] |= {(APPLY, key) for key in unit.before_move if self.units[key].applies}
            self.before[move] |= {(MOVE, key) for key in unit.moves_before_move}

    def release(self):
        """
        Break what waits for itself, where one container can give up addresses first.

        Returns sets of keys of units that wait for each other for ever.
        """
        hopeless, waiting = [], [set(self.before)]
        while waiting:
            for circle in _circles(self.before, waiting.pop()):
                if self._release_in(circle):
                    waiting.append(circle)
                else:
                    hopeless.append({key for _, key in circle})
        return hopeless

    def _release_in(self, circle):
        for kind, key in sorted(circle):
            takers = [
                taker for taker in sorted(circle) if kind == taker[0] == APPLY and (kind, key) in self.before[taker]
            ]
            shared = {taker: self.units[taker[1]].shared.get(key, ()) for taker in takers}
            if any(shared.values()) and self._can_release(key, shared.values()):
                self._release(key, shared)
                return True
        return False

    def _can_release(self, key, groups):
        found = self.units[key].found
        return found is not None and all(address in found.routed for group in groups for address in group)

    def _release(self, key, shared):
        unit, vertex = self.units[key], (RELEASE, key)
        unit.loose = True
        self.before[vertex] |= set()
        self.before[MOVE if unit.moves else APPLY, key].add(vertex)
        for taker, addresses in shared.items():
            if addresses:
                self.before[taker].discard((APPLY, key))
                self.before[taker].add(vertex)
                self.released[key] += [one for one in addresses if one not in self.released[key]]

    def steps(self):
        """The steps, by number: entries of one node that need not wait for others are one step."""
        level = self._levels()
        groups = defaultdict(list)
        for kind, key in sorted(self.before):
            node = self.units[key].found.node if kind == RELEASE else self.units[key].wanted.node
            group = (level[kind, key], _KINDS.index(kind), node, () if kind == APPLY else key)
            groups[group].append((kind, key))
        numbers = {vertex: number for number, group in enumerate(sorted(groups), 1) for vertex in groups[group]}
        return [self._step(number, group[2], groups[group], numbers) for number, group in enumerate(sorted(groups), 1)]

    def _levels(self):
        """How many steps go before each; what one node does at once counts as one."""
        level, after, open_ = {}, defaultdict(list), {}
        for vertex, before in self.before.items():
            open_[vertex] = len(before)
            for one in before:
                after[one].append(vertex)
        ready = [vertex for vertex, number in open_.items() if not number]
        level = dict.fromkeys(self.before, 0)
        while ready:
            vertex = ready.pop()
            for other in after[vertex]:
                is_same = vertex[0] == other[0] == APPLY and vertex[1][0] == other[1][0]
                level[other] = max(level[other], level[vertex] + (0 if is_same else 1))
                open_[other] -= 1
                if not open_[other]:
                    ready.append(other)
        return level

    def _step(self, number, node, group, numbers):
        kind = group[0][0]
        units = [self.units[key] for _, key in group]
        after = {numbers[one] for vertex in group for one in self.before[vertex]} - {number}
        told = {"number": number, "node": node, "kind": kind, "after": tuple(sorted(after))}
        told["labels"] = tuple(unit.wanted.label for unit in units)
        if kind == APPLY:
            ids = {one.wanted.label: one.wanted.wanted if one.loose else one.wanted.id for one in units}
            wanted = {unit.wanted.label: unit.wanted.wanted for unit in units}
            return Step(**told, entries=ids, wanted=wanted, limits=limits(units))
        found = units[0].found
        known = {"name": found.name, "uuid": found.uuid, "ctid": str(found.ctid)}
        if kind == MOVE:
            return Step(**told, **known, source=found.node)
        return Step(**told, **known, addresses=tuple(self.released[units[0].key]))


def limits(units):
    """Count -> how many of these units count for it."""
    found = defaultdict(int)
    for unit in units:
        for cost in unit.wanted.costs:
            found[cost] += 1
    return dict(sorted(found.items()))


def _circles(before, vertices):
    """The sets of vertices, among these, that wait for each other (Tarjan, without recursion)."""
    number, low, stack, on_stack, found = {}, {}, [], set(), []
    for root in sorted(vertices):
        if root in number:
            continue
        work = [(root, iter(sorted(before[root] & vertices)))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while work:
            vertex, others = work[-1]
            for other in others:
                if other not in number:
                    number[other] = low[other] = len(number)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(sorted(before[other] & vertices))))
                    break
                if other in on_stack:
                    low[vertex] = min(low[vertex], number[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[vertex])
                if low[vertex] == number[vertex]:
                    circle = _popped(stack, on_stack, vertex)
                    found += [circle] if len(circle) > 1 else []
    return found


def _popped(stack, on_stack, vertex):
    circle = set()
    while vertex not in circle:
        one = stack.pop()
        on_stack.discard(one)
        circle.add(one)
    return circle
