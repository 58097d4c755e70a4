"""
What of the whole fleet only one container can have at a time: addresses; and what moves must find free: their CTIDs.

From that follows who waits for whom, over all nodes.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from .differences import after_move
from .nodes import Found, Wanted, listed


@dataclass
class Unit:
    """What is done for one entry: perhaps a move, then perhaps what the entry asks."""

    wanted: Wanted  # of a move what is left after it
    found: Found | None  # the container that it is about; None: it is created
    moves: bool = False
    applies: bool = True  # whether anything is left for the node to do
    loose: bool = False  # what its node asks then is not known by its id, since an earlier step changes it
    needs: set = field(default_factory=set)  # keys of the units whose entry is carried out before this one's
    needs_moves: set = field(default_factory=set)  # keys of the units that move before this one's entry is carried out
    before_move: set = field(default_factory=set)  # keys of the units whose entry is carried out before this one moves
    moves_before_move: set = field(default_factory=set)
    shared: dict = field(default_factory=dict)  # key of a unit of `needs` -> addresses that it gives to this one

    @property
    def key(self):
        return self.wanted.key


def units(matching):
    """Key of an entry -> its `Unit`, with whom it waits for; those for which nothing can be done are blocked."""
    found = {}
    for key, wanted in matching.wanted.items():
        move = matching.moves.get(key)
        if move and key not in matching.blocked:
            left = after_move(move, matching.nodes[wanted.node])
            found[key] = Unit(left or wanted, move.found, True, left is not None, loose=True)
        elif wanted.is_left and key not in matching.blocked:
            found[key] = Unit(wanted, matching.container(key))
    sharing = _Sharing(matching, found)
    sharing.addresses()
    sharing.numbers()
    sharing.neighbours()
    sharing.drop_blocked()
    return found


class _Sharing:
    def __init__(self, matching, units_):
        self._matching, self._units = matching, units_
        self._holders = defaultdict(list)
        for node in matching.nodes.values():
            for one in node.found:
                for address in one.addresses:
                    self._holders[address].append(one)
        self._owners = {(one.found.node, one.found.ctid): one for one in units_.values() if one.found}
        self._new = defaultdict(list)  # node -> units that make a container there
        for one in units_.values():
            if one.found is None:
                self._new[one.wanted.node].append(one)

    # addresses

    def addresses(self):
        takers = defaultdict(list)
        for unit in self._units.values():
            for address in unit.wanted.takes if unit.applies else ():
                takers[address].append(unit)
        for address, group in takers.items():
            if len(group) > 1 and all(address not in unit.wanted.inside for unit in group):
                places = " and ".join(sorted(unit.wanted.place for unit in group))
                what = f"the address {address} is wanted by {places}"
                wanted = [unit.wanted for unit in group]
                self._matching.block("address_twice", wanted, what, "give each container its own address")
                continue
            for unit in group:
                self._take(unit, address)
        self._held_twice()
        for unit in self._units.values():
            if unit.moves:
                self._make_way(unit)

    def _take(self, unit, address):
        for holder in self._holders.get(address, ()):
            giver, is_agreed = self._owner(holder), holder.node == unit.wanted.node and not unit.wanted.error
            if giver is unit or (giver is None and is_agreed):
                continue  # its own, or its node's planner has said who has it
            if giver and giver.applies and address in giver.wanted.gives:
                unit.needs.add(giver.key)
                unit.shared.setdefault(giver.key, []).append(address)
            elif not is_agreed:
                self._refuse(unit, address, holder)
        if self._matching.silent and address not in unit.wanted.inside:
            silent = listed(self._matching.silent)
            what = f"{unit.wanted.place} does not get the address {address}: whether {silent} has it is not known"
            self._matching.block("silent", [unit.wanted], what, "start the minion, or leave it out of tgt")

    def _owner(self, found):
        return self._owners.get((found.node, found.ctid))

    def _refuse(self, unit, address, holder):
        what = f"the address {address} that {unit.wanted.place} wants belongs to container {holder.place}"
        stale = "" if holder.is_asked else f"; if it has it no more: salt {holder.node} mine.update"
        remedy = f"take it from {holder.name} first{stale}"
        if address in unit.wanted.inside or address not in holder.routed:
            self._matching.tell(
                "warning", "address_elsewhere", [unit.key], what, f"if both are in one network, {remedy}"
            )
        else:
            self._matching.block("address_elsewhere", [unit.wanted], what, remedy)

    def _held_twice(self):
        for address, holders in self._holders.items():
            routed = [one for one in holders if one.is_asked and address in one.routed]
            if len({one.node for one in routed}) > 1:
                places = " and ".join(sorted(one.place for one in routed))
                what = f"{places} have the address {address}"
                self._matching.tell("warning", "address_held_twice", [], what, "take it from all but one")

    def _make_way(self, unit):
        """What a container brings along must be free on the node that it moves to."""
        for address in unit.found.addresses:
            for holder in self._holders[address]:
                owner = self._owner(holder)
                if owner and owner is not unit and owner.applies and address in owner.wanted.gives:
                    unit.before_move.add(owner.key)

    # CTIDs

    def numbers(self):
        arriving = defaultdict(list)
        for unit in self._units.values():
            if unit.moves or unit.wanted.is_absent:
                for node in {unit.wanted.node, (unit.found or unit.wanted).node}:
                    for other in self._new[node]:
                        other.loose = True  # the lowest free CTID may be another one then
            if unit.moves:
                self._number(unit)
                arriving[unit.wanted.node, unit.found.ctid].append(unit)
        for (node, ctid), group in arriving.items():
            if len(group) > 1:
                places = " and ".join(sorted(unit.found.place for unit in group))
                what = f"{places} both have the CTID {ctid} and cannot both move to {node}"
                self._matching.block("ctid", [unit.wanted for unit in group], what, "a move keeps the CTID")

    def _number(self, unit):
        node, ctid = unit.wanted.node, unit.found.ctid  # that of a container to be moved is known
        for one in self._matching.nodes[node].found:
            if one.ctid != ctid:
                continue
            owner = self._owner(one)
            if owner and owner.moves:
                unit.moves_before_move.add(owner.key)
            elif owner and owner.wanted.is_absent:
                unit.before_move.add(owner.key)
            else:
                what = f"{unit.found.place} cannot move to {node}: that has a container {ctid} ({one.name})"
                self._matching.block(
                    "ctid", [unit.wanted], what, "a move keeps the CTID: move or destroy the other one"
                )
        if ctid.number is None:
            return
        for other in self._new[node]:  # it gets the lowest free CTID, which is not to be one that comes
            other.needs_moves.add(unit.key)

    # one node by itself

    def neighbours(self):
        """What the planner of a node says: who takes what another container of that node gives up."""
        for unit in self._units.values():
            for label in unit.wanted.after:
                key = (unit.wanted.node, label)
                if key in self._units:
                    unit.needs.add(key)
                elif key in self._matching.blocked:
                    self._wait_in_vain(unit, key)

    def drop_blocked(self):
        """Take out what is blocked, and what waits for it."""
        waiting = defaultdict(set)
        for unit in self._units.values():
            for key in unit.needs | unit.needs_moves | unit.before_move | unit.moves_before_move:
                waiting[key].add(unit.key)
        lost = [key for key in self._units if key in self._matching.blocked]
        while lost:
            key = lost.pop()
            self._units.pop(key, None)
            for other in sorted(waiting[key]):
                if other in self._units and other not in self._matching.blocked:
                    self._wait_in_vain(self._units[other], key)
                    lost.append(other)

    def _wait_in_vain(self, unit, key):
        what = f"{unit.wanted.place} waits for {key[1]} of {key[0]}, for which nothing is done"
        self._matching.block("waits", [unit.wanted], what, f"see what is wrong with {key[1]}")
