"""
Which container each entry means, on whatever node: those that move, and those for which nobody can say and nothing is
done.

An entry whose container is not on its node means that of another node with its UUID, or without one with its name,
if Salt made it there and no entry of that node means it.
"""

from collections import defaultdict
from dataclasses import dataclass

from ...host.container import UP
from ...model import names
from ...reports import lint
from .nodes import Found, Wanted, listed

_PRESENT = ("unchanged", "change", "network", "restart")  # statuses of an entry whose container is on its node


@dataclass(frozen=True)
class Move:
    """A container that goes to the node whose pillar has its entry."""

    wanted: Wanted
    found: Found


class Matching:
    """
    Entries and containers of a fleet, each found by what it is known by.

    moves
        Key of an entry (node and label) -> its `Move`.

    blocked
        Key of an entry -> the rule because of which nothing is done for it.

    findings
        `lint.Finding`: what is wrong, or is to be known.
    """

    def __init__(self, nodes):
        self.nodes = {node.name: node for node in nodes}
        self.moves, self.blocked, self.findings = {}, {}, []
        self.wanted = {one.key: one for node in nodes for one in node.wanted.values()}
        self.silent = sorted(node.name for node in nodes if node.failure)
        self._found, self._wanting = _by_identity(one for node in nodes for one in node.found), _wanting(self.wanted)
        self._present = {
            (one.node, one.label): one for node in nodes for one in node.found if one.label and one.is_asked
        }
        for look in (self._stale, self._twice, self._same_uuid, self._leaving, self._coming, self._failing, self._left):
            look()

    def container(self, key):
        """The container that an entry means, be it on another node; ``None`` where it is not there."""
        move = self.moves.get(key)
        return move.found if move else self._present.get(key)

    def block(self, rule, wanted, what, remedy, severity="error"):
        """Nothing is done for these entries; one sentence tells why."""
        for one in wanted:
            self.blocked.setdefault(one.key, rule)
        self.tell(severity, rule, [one.key for one in wanted], what, remedy)

    def tell(self, severity, rule, places, what, remedy):
        self.findings.append(lint.finding(severity, rule, places, what, remedy))

    def _stale(self):
        for node in self.nodes.values():
            if not node.stale:
                continue
            for label in node.stale:
                self.blocked.setdefault((node.name, label), "stale")
            what = f"the minion has another pillar than the master: {listed(node.stale)}"
            remedy = f"salt {node.name} saltutil.refresh_pillar; if that does not help: saltutil.sync_all"
            self.tell("error", "stale", [(node.name, label) for label in node.stale], what, remedy)

    def _twice(self):
        """Entries of several nodes for one container, and two containers of one name."""
        told = set()
        for (kind, value), group in self._wanting.items():
            nodes = {one.node for one in group}
            members = frozenset(one.key for one in group)
            if len(nodes) < 2 or members in told:
                continue
            told.add(members)
            uuids = [one.uuid for one in group]
            if kind == "name" and None not in uuids and len(set(uuids)) == len(uuids):
                new = [one for one in group if one.status not in _PRESENT]
                what = f"the name {value} is in the pillars of {' and '.join(sorted(nodes))}, for different UUIDs"
                self.block("name_twice", new, what, "give each container its own name")
            else:
                said = f" (UUID {value})" if kind == "uuid" else ""
                where = f"the pillars of {' and '.join(sorted(nodes))}"
                what = f"{group[0].name}{said} is in {where}; nothing is done for it"
                self.block("two_pillars", group, what, "take the entry out of all pillars but one")

    def _same_uuid(self):
        """Containers of several nodes with one UUID, of which none is to go."""
        for (kind, value), group in self._found.items():
            staying = [one for one in group if not self._goes(one)]
            if kind == "uuid" and len({one.node for one in staying}) > 1:
                places = " and ".join(sorted(one.place for one in staying))
                what = f"{places} have the UUID {value}: one of them is a copy"
                meant = [self.wanted[one.node, one.label] for one in staying if (one.node, one.label) in self.wanted]
                wanting = {one.key: one for one in (*meant, *self._wanting.get((kind, value), ()))}
                self.block("uuid_twice", list(wanting.values()), what, "see openvz.info on both, and destroy the copy")

    def _goes(self, found):
        wanted = self.wanted.get((found.node, found.label))
        return bool(wanted and wanted.is_absent)

    def _leaving(self):
        """What one node is to destroy and another one is to have: its data would be gone."""
        for one in self.wanted.values():
            if not one.is_absent or one.status != "destroy":
                continue
            found = self._present.get(one.key)
            known = [*one.identities, *(found.identities if found else ())]
            wanting = {other.key: other for key in known for other in self._wanting.get(key, ())}
            others = [other for other in wanting.values() if other.node != one.node and other.status not in _PRESENT]
            if others:
                there = " and ".join(sorted({other.node for other in others}))
                what = f"{one.place} is absent there and wanted on {there}: to destroy it would lose its data"
                remedy = f"to move it, take the entry out of the pillar of {one.node}"
                self.block("absent_elsewhere", [one, *others], what, remedy)

    # creations and moves

    def _coming(self):
        for one in self.wanted.values():
            is_new = one.status == "create"
            if one.key in self.blocked or not (is_new or (one.error and one.is_read and not one.is_absent)):
                continue
            candidates = self._candidates(one)
            against = self._against(one, candidates) if candidates else self._against_creation(one)
            if candidates and not against:
                self.moves[one.key] = Move(one, candidates[0])
            elif is_new and against:
                self.block(against[0], [one], *against[1:])

    def _candidates(self, wanted):
        """The containers of other nodes that the entry may mean."""
        found = {}
        for kind, value in wanted.identities:
            for one in self._found.get((kind, value), ()):
                is_other = kind == "name" and None not in (wanted.uuid, one.uuid) and wanted.uuid != one.uuid
                if one.node != wanted.node and not is_other:
                    found[one.node, one.ctid] = one
        return list(found.values())

    def _against(self, wanted, candidates):
        """Rule, sentence and remedy where the entry's container cannot come; ``None`` where it can."""
        one, name = candidates[0], wanted.name
        if len(candidates) > 1:
            places = " and ".join(sorted(found.place for found in candidates))
            return (
                "many",
                f"{wanted.place} may be {places}; it is not created",
                "give the entry the UUID of the right one",
            )
        if not one.is_asked:
            what = f"{wanted.place} is on {one.node} (so says its mine), which was not asked; it is not created"
            return (
                "not_asked",
                what,
                f"include {one.node} in tgt; if it has {name} no more: salt {one.node} mine.update",
            )
        moving = self._moving(wanted, one)
        if moving:
            return moving
        if one.label is not None:
            what = f"{wanted.place} is the container of the entry {one.label} of {one.node}; it is not created"
            return "other_entry", what, f"take {one.label} out of the pillar of {one.node} to move it"
        if not one.managed or one.ctid is None:
            what = f"{wanted.place} is on {one.node} and not managed by Salt there; it is not moved"
            return "unmanaged", what, f"salt {one.node} openvz.adopt {one.ctid}"
        return self._against_families(wanted, one) or self._against_protection(wanted, one)

    def _against_families(self, wanted, one):
        ours, theirs = self.nodes[wanted.node].family, self.nodes[one.node].family
        if ours != theirs:
            what = f"{wanted.place} is on {one.node}, which has vzctl {theirs}, and not {ours}; it is not moved"
            return "family", what, f"salt-run openvz.convert {names.typed(wanted.name)} {wanted.node}"
        return None

    def _against_protection(self, wanted, one):
        """What is protected where it is, or by the entry that it is to follow, is not stopped by a plan."""
        entry = self.nodes[wanted.node].entries.get(wanted.label)
        if one.status in UP and (one.protected or (entry and entry.protected)):
            what = f"{wanted.place} is protected and {one.status} on {one.node}: a move would stop it; it is not moved"
            return "protected", what, f"salt-run openvz.move {names.typed(wanted.name)} {wanted.node} force=True"
        return None

    def _moving(self, wanted, found):
        """The same for a container that is being moved already."""
        for node in (wanted.node, found.node):
            for move in self.nodes[node].moves:
                known = {str(move.get("uuid")).lower(), str(move.get("name"))}
                if {found.name, wanted.name, str(found.uuid).lower()} & known:
                    to = move.get("destination") if isinstance(move.get("destination"), str) else wanted.node
                    what = f"{found.place} is being moved to {to}"
                    return "moving", what, f"salt-run openvz.move {names.typed(wanted.name)} {to} goes on with it"
        return None

    def _against_creation(self, wanted):
        """The same for a container of which no node tells that it has it."""
        if self.silent:
            what = f"{wanted.place} is not created: whether {listed(self.silent)} has it already is not known"
            return "silent", what, _leave_out(self.silent)
        for kind, value in wanted.identities:
            for one in self._found.get((kind, value), ()):
                if kind == "name" and one.node != wanted.node:
                    what = f"{wanted.place} has the name of {one.place}, which has the UUID {one.uuid}"
                    return "other_uuid", what, "give the entry that UUID to move the container, or another name"
        return self._against_number(wanted)

    def _against_number(self, wanted):
        """The same for an entry that is called by its CTID, and that has no UUID: each node may have one."""
        if wanted.uuid or not wanted.name.isdecimal():
            return None
        for node in self.nodes.values():
            for one in node.found if node.name != wanted.node else ():
                if one.ctid == wanted.ctid and one.managed and one.label is None:
                    what = f"{wanted.place} may be container {one.ctid} of {one.node}, which is in no pillar"
                    return "unclear", what, "give the entry the UUID of that one to move it, or destroy that one"
        return None

    # the rest

    def _failing(self):
        for one in self.wanted.values():
            if not one.error:
                continue
            if one.key in self.moves:
                what = f"after the move to {one.node} its entry may fail: {one.error}"
                self.tell("warning", "entry", [one.key], what, "look at it when it has moved")
            else:
                self.block("entry", [one], one.error, "fix the entry, or what it names on the node")

    def _left(self):
        """Containers that Salt made and that no entry means."""
        coming = {(move.found.node, move.found.ctid) for move in self.moves.values()}
        for node in self.nodes.values():
            for one in node.found:
                if one.managed and one.label is None and one.is_asked and (one.node, one.ctid) not in coming:
                    self._leave(one)

    def _leave(self, found):
        wanting = [one for key in found.identities for one in self._wanting.get(key, ()) if one.node != found.node]
        place = [(found.node, "")]
        if not wanting:
            what = f"container {found.name} is managed by Salt and in no pillar of these nodes; it is left alone"
            remedy = f"put its entry into a pillar; salt {found.node} openvz.purge destroys it"
            self.tell("warning", "in_none", place, what, remedy)
        silent = sorted({one.node for one in wanting if self.nodes[one.node].failure})
        if silent:
            what = f"container {found.name} is wanted on {listed(silent)}, which did not answer; it is not moved"
            self.tell("warning", "silent", place, what, "start the minion, and plan again")
        beside = sorted({one.node for one in wanting if not self.nodes[one.node].is_asked})
        if beside:
            what = f"container {found.name} is wanted on {listed(beside)}, which was not asked; it is not moved"
            self.tell("warning", "not_asked", place, what, f"include {listed(beside)} in tgt")


def _leave_out(silent):
    words = " and ".join(f"not {name}" for name in silent[:3])
    return f"start the minion; or leave it out, and its mine counts: salt-run openvz.plan '{words}' tgt_type=compound"


def _by_identity(found):
    groups = defaultdict(list)
    for one in found:
        for key in one.identities:
            groups[key].append(one)
    return groups


def _wanting(wanted):
    """Identity -> the entries that want such a container to be there."""
    groups = defaultdict(list)
    for one in wanted.values():
        if not one.is_absent:
            for key in one.identities:
                groups[key].append(one)
    return groups
