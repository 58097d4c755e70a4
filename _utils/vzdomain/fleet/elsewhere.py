"""
What other nodes have or want: no second container is made of one, and none is deleted that another node's pillar wants.

Known from the mine (`openvz.node_info`). It is asked once per run, and only if a plan creates, takes an address or a
name, or deletes. It may be old, and any minion may put anything there: so a refusal names the node and how its mine is
updated.
"""

import copy
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import OpenVZError, RefusedError, shown
from ..model import names
from ..model.actions import Clone, Create, Destroy, Register, Rename, Route, SwitchSnapshot, Unregister, Wrote
from ..model.ctid import is_uuid
from ..model.kinds import scalars
from ..reports.mine import believed
from ..settings import OFF, REQUIRE

log = logging.getLogger(__name__)

PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # a name that a shell takes as it is

_NO_MINE = (
    "the mine has no openvz.node_info; add it to mine_functions of every node (salt '*' saltutil.refresh_pillar), then "
    "salt '*' mine.update"
)


@dataclass(frozen=True)
class Holder:
    """A container of another node, or an entry of its pillar that wants one (`is_wish`)."""

    node: str
    time: str | None  # of its mine: "2026-03-01 04:05 UTC"
    is_wish: bool
    name: str | None
    uuid: str | None
    label: str  # how its node calls it

    @property
    def called(self):
        """What people type for it."""
        return self.name or self.label

    def typed(self, known):
        """The same for a command line, to which a minion must add nothing: else what is `known` of it here."""
        return self.called if PLAIN.fullmatch(self.called) else known

    @property
    def source(self):
        """For parentheses behind the node."""
        return f"its mine of {self.time} says" if self.time else "its mine says"

    def is_same(self, uuid, name):
        """Whether it can only be the container with that UUID and name: after a move, or under an older minion id."""
        if uuid and self.uuid:
            return uuid == self.uuid
        return bool(name and name == self.name and not name.isdecimal())


class Elsewhere:
    """
    What the nodes of the fleet have told the mine.

    ask
        Called once for ``{minion: what openvz.node_info said}``; an OpenVZError says why not. ``None`` where there is
        no master.

    mode
        Of the setting ``openvz:fleet``: ``off``, ``warn`` or ``require``.

    node
        The id of this minion, whose own mine says nothing new.

    machine
        Called for what its mine calls this machine (`journal.machine`), by whatever id.
    """

    def __init__(self, ask, mode, node, machine):
        self._ask, self._mode, self._node, self._machine = ask, mode, node, machine
        self._claims, self._unknown, self._unread = None, None, []
        self._told = None  # the container that was told what is not known
        self._skipped = frozenset()  # nodes that are known better than by the mine

    def for_workers(self):
        """The same for other threads, which must not ask: what was not asked until now is not known to them."""
        made = copy.copy(self)
        made._ask = made._ask if self._claims is not None else None
        return made

    def apart_from(self, nodes):
        """The same without what the mine knows of these nodes, ``*`` for all: somebody has just asked them."""
        made = Elsewhere(None if nodes == "*" else self._ask, self._mode, self._node, self._machine)
        made._skipped = frozenset(map(str, nodes or ()))
        return made

    # a creation, or what a change takes

    def check(self, called, wanted, own=(None, None)):
        """
        RefusedError where another node has, or its pillar wants, what a plan takes; returns what is to be said.

        called
            The container that takes it, for people.

        wanted
            Pairs as `exclusives.CLAIMED` names them: ``("uuid", ...)``, ``("name", ...)``, ``("addresses", ...)``,
            and ``("inside", ...)``, for which a conflict is a warning: networks of two nodes may have the same
            addresses.

        own
            UUID and name of the container where it is there already.
        """
        wanted = [(kind, _host(kind, value)) for kind, value in wanted if kind in _RULES]
        wanted = [pair for pair in wanted if not (pair[0] == "name" and pair[1].isdecimal())]
        if not wanted or not self._is_asked():
            return []
        said = []
        uuid = next((value for kind, value in wanted if kind == "uuid"), own[0])
        for kind, value in sorted(wanted, key=lambda pair: list(_RULES).index(pair[0])):
            for holder, is_warning in self._holders(kind, value):
                if not holder.is_same(*own):
                    sentence = _RULES[kind](self, value, holder, called, uuid)
                    if not is_warning:
                        raise RefusedError(sentence)
                    said.append(sentence)
        return [*dict.fromkeys(said), *self._notes(called)]

    def _holders(self, kind, value):
        """Who has something, containers before wishes, and whether that is no more than a warning."""
        kinds = ("addresses", "inside") if kind in ("addresses", "inside") else (kind,)
        found = [(holder, "inside" in (kind, one)) for one in kinds for holder in self._claims.get((one, value), ())]
        return sorted(found, key=lambda pair: (pair[1], pair[0].is_wish))

    def _uuid(self, value, holder, called, _):
        return self._there(holder, f"container {holder.called} (UUID {value})", value)

    def _name(self, value, holder, called, uuid):
        if uuid and holder.uuid and uuid != holder.uuid:
            what = "is wanted by the pillar of" if holder.is_wish else "belongs to a container of"
            return (
                f"the name {value} {what} {holder.node} for another UUID, {holder.uuid} ({holder.source}): choose "
                f"another name; {self._if_no_more(holder)}"
            )
        return self._there(holder, f"container {value}", value)

    def _there(self, holder, what, value):
        if holder.is_wish:
            return (
                f"{what} is wanted here and by the pillar of {holder.node} ({holder.source}): keep one of the two "
                f"entries; {self._if_no_more(holder)}"
            )
        return (
            f"{what} is on {holder.node} ({holder.source}): salt-run openvz.move {holder.typed(value)} {self._node}; "
            f"{self._if_no_more(holder)}"
        )

    def _address(self, value, holder, called, _):
        what = "is wanted by the pillar of" if holder.is_wish else "belongs to a container of"
        return (
            f"the address {value} of {called} {what} {holder.node}, for {holder.called} ({holder.source}): remove it "
            f"there first; {self._if_no_more(holder)}"
        )

    @staticmethod
    def _if_no_more(holder):
        return (
            f"if {holder.node} has it no more: salt {holder.node} mine.update (salt-key -d {holder.node} if that node "
            f"is gone for good)"
        )

    # a deletion

    def refuse_destroying(self, container):
        """RefusedError where the pillar of another node wants the container that is to be deleted and lacks it yet."""
        for wish in self._wishes(container):
            if not self._has(wish.node, container):
                raise RefusedError(self._wanted(wish, container))

    def kept(self, container):
        """Why a container that is in no entry here is left alone: another node's pillar wants it; or ``None``."""
        wish = next(iter(self._wishes(container)), None)
        return wish and self._wanted(wish, container)

    def unknown_of(self, container):
        """What is to be said once where containers are deleted that another node's pillar may want, unasked."""
        return self._notes(container.domain.name) if self._is_asked() else []

    def _wanted(self, wish, container):
        uuid = f" (UUID {wish.uuid})" if wish.uuid else ""
        return (
            f"container {container.domain.name}{uuid} is not destroyed: the pillar of {wish.node} wants it "
            f"({wish.source}): salt-run openvz.move {names.typed(container.domain.name)} {wish.node}; if it does not: "
            f"salt {wish.node} mine.update"
        )

    def _wishes(self, container):
        return [one for one in self._alike(container) if one.is_wish] if self._is_asked() else []

    def _has(self, node, container):
        return any(one.node == node and not one.is_wish for one in self._alike(container))

    def _alike(self, container):
        """All that other nodes have or want of that UUID and name."""
        uuid, name = known_as(container)
        claims = [("uuid", uuid), ("name", name)]
        found = (holder for claim in claims if claim[1] for holder in self._claims.get(claim, ()))
        return list(dict.fromkeys(one for one in found if one.is_same(uuid, name)))

    # what is known

    def _is_asked(self):
        """Whether there is an answer, be it none; RefusedError for none where it is required."""
        if self._mode == OFF:
            return False
        if self._claims is None:
            if self._ask is None:
                return False
            self._claims, self._unknown = self._asked()
        if self._unknown and self._mode == REQUIRE:
            raise RefusedError(
                f"it is not known what other nodes have, and openvz:fleet is {REQUIRE}: {self._unknown}; nothing was "
                f"done"
            )
        return True

    def _asked(self):
        """What the mine has, by what it is known by, and why nothing is known."""
        try:
            mines = self._ask()
        except OpenVZError as err:
            return {}, str(err)
        except Exception:
            log.exception("The mine cannot be asked")
            return {}, "the mine cannot be asked; see the traceback in the minion's log"
        if not mines or not isinstance(mines, Mapping):
            return {}, _NO_MINE
        claims, machine = {}, self._machine()
        for node, info in sorted(((str(node), info) for node, info in mines.items()), key=lambda pair: pair[0]):
            if node == self._node or node in self._skipped:
                continue
            mine = believed(info)
            if mine is None:
                self._unread.append(node)
            if mine is None or (machine and machine == mine["machine"]):
                continue
            for holder, claim in _held(node, mine):
                claims.setdefault(claim, []).append(holder)
        return claims, None

    def _notes(self, called):
        """What is not known, once per run: with the first container that is asked for."""
        self._told = self._told or called
        if self._told != called:
            return []
        said = [f"not known: whether another node has {called}, or others that this run makes: {self._unknown}"]
        unread = [f"the mine of {node} cannot be read; salt {node} mine.update" for node in map(shown, self._unread)]
        return [*(said if self._unknown else ()), *unread]


_RULES = {
    "uuid": Elsewhere._uuid,
    "name": Elsewhere._name,
    "addresses": Elsewhere._address,
    "inside": Elsewhere._address,
}


def at(ask):
    """How `execution.setup` makes an `Elsewhere`, given what only Salt can do."""
    return lambda mode, node, machine: Elsewhere(ask, mode, node, machine)


def is_news(actions, key=None):
    """
    Whether these make, delete or rename a container, or change its addresses: what other nodes should know.

    `key` is that of the addresses in a configuration file, for what was typed.
    """
    kinds = (Clone, Create, Destroy, Register, Rename, Route, SwitchSnapshot, Unregister)
    return any(isinstance(one, kinds) or (isinstance(one, Wrote) and one.key == key) for one in actions)


def known_as(container):
    """UUID and name of a container; one that is known by a UUID has that."""
    ctid = str(container.ctid)
    return container.domain.uuid or (ctid if is_uuid(ctid) else None), container.domain.name


def _held(node, mine):
    """Each `Holder` of a mine with each of its claims."""
    for key in ("containers", "wanted"):
        for label, one in mine[key].items():
            name = one["name"] and scalars.plain(one["name"])
            ctid = one["ctid"]
            uuid = one["uuid"] or (str(ctid) if ctid and is_uuid(str(ctid)) else None)
            holder = Holder(shown(node), mine["time"], key == "wanted", name, uuid, scalars.plain(label))
            pairs = [("uuid", uuid), ("name", one["name"])]
            for kind in ("addresses", "inside"):
                pairs += [(kind, address) for address in one[kind]]
            yield from ((holder, pair) for pair in pairs if pair[1])


def _host(kind, value):
    """Addresses inside a pair are claimed with their bridge: ``10.2.0.1 in br0``."""
    return value.partition(" ")[0] if kind == "inside" else value
