"""
What the master knows of each node: what its pillar wants, and what containers it has, or that this is not known.

A survey comes from a minion, which may say anything: what has another shape is no answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...document.entries import ABSENT
from ...model.ctid import Ctid, ctid_of
from ...model.exclusive import host
from ...planning import planner

UNKNOWN = "unknown"  # the status of an entry of which no node has said what it asks
ODD = "gave an answer that cannot be read"
_LABELS = 5  # that are named in a sentence
_LEFT = ("create", "destroy", "restart", "network", "change")  # statuses of entries for which something is to be done


@dataclass(frozen=True)
class Wanted:
    """An entry of a node's pillar, and what the node's own planner would do for it."""

    node: str
    label: str
    name: str
    uuid: str | None = None
    ctid: Ctid | None = None
    state: str | None = None
    status: str = UNKNOWN
    id: str | None = None  # `planner.entry_id`
    wanted: str | None = None  # `planner.wanted_id`
    is_read: bool = False  # whether anybody knows what the entry means
    costs: tuple[str, ...] = ()
    changes: dict = field(default_factory=dict)
    did: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()  # addresses
    inside: tuple[str, ...] = ()  # of those, in a veth pair: networks of two nodes may have the same ones
    gives: tuple[str, ...] = ()
    after: tuple[str, ...] = ()  # labels of the same node
    warnings: tuple[str, ...] = ()
    error: str | None = None

    @property
    def key(self):
        return self.node, self.label

    @property
    def place(self):
        """For people."""
        return f"{self.label} of {self.node}"

    @property
    def identities(self):
        return identities(self.uuid, self.name)

    @property
    def is_absent(self):
        return self.state == ABSENT

    @property
    def is_left(self):
        """Whether something is to be done for it."""
        return self.status in _LEFT


@dataclass(frozen=True)
class Found:
    """A container that a node has."""

    node: str
    ctid: Ctid | None
    name: str
    uuid: str | None = None
    addresses: tuple[str, ...] = ()
    routed: tuple[str, ...] = ()  # those that a call of vzctl can take away by themselves
    status: str = UNKNOWN
    managed: bool = False
    label: str | None = None  # of the entry of its own node that means it
    protected: bool = False
    xml: str | None = None
    is_asked: bool = True  # False: its node was not asked, and this is what it told the mine

    @property
    def identities(self):
        return identities(self.uuid, self.name)

    @property
    def place(self):
        """For people."""
        return f"{self.name} of {self.node}"


@dataclass(frozen=True)
class Node:
    """
    One node.

    failure
        Why nobody knows what containers it has; ``None`` where it has answered.

    stale
        Labels of entries that its minion has otherwise than the master.

    entries, bridged
        What the master's own look at its pillar says: label -> `Entry`, and network -> bridge.

    is_asked
        False for one beside the plan, of which its mine has told what containers it has.
    """

    name: str
    wanted: dict = field(default_factory=dict)  # label -> Wanted
    found: tuple[Found, ...] = ()
    failure: str | None = None
    family: str | None = None
    version: str | None = None
    moves: tuple = ()
    stale: tuple[str, ...] = ()
    entries: dict = field(default_factory=dict)
    bridged: dict = field(default_factory=dict)
    is_asked: bool = True


class _Odd(Exception):
    """Not what a survey has there."""


def answered(name, survey, entries=(), bridged=None):
    """The `Node` of a survey, and of the entries that the master reads in its pillar."""
    entries = {entry.label: entry for entry in entries}
    try:
        node = _read(name, survey)
    except _Odd:
        return silent(name, ODD, entries.values())
    node = replace(node, entries=entries, bridged=bridged or {})
    return replace(node, stale=_stale(node)) if entries else node


def silent(name, failure, entries=()):
    """The `Node` of one that did not answer: what its pillar wants is known, and nothing of what it has."""
    entries = {entry.label: entry for entry in entries}
    wanted = {label: _unplanned(name, entry) for label, entry in entries.items()}
    return Node(name, wanted, failure=failure, entries=entries)


def beside(name, mine):
    """The `Node` of one that is not asked; `mine` is what it said last of itself, as `mine.believed` has it."""
    known = ((mine or {}).get("containers") or {}).items()
    found = [
        Found(name, one["ctid"], one["name"] or called, one["uuid"], *_hosts(one), is_asked=False)
        for called, one in known
    ]
    wishes = ((mine or {}).get("wanted") or {}).items()
    wanted = {label: Wanted(name, label, one["name"] or label, one["uuid"], one["ctid"]) for label, one in wishes}
    return Node(name, wanted, found=tuple(found), is_asked=False)


def _hosts(one):
    """All addresses of a container of the mine, and those that are no veth pair's."""
    routed, inside = ([host(word.split(" in ")[0]) for word in one[key]] for key in ("addresses", "inside"))
    return (*routed, *inside), tuple(routed)


def _unplanned(node, entry):
    domain = entry.domain
    known = {"name": entry.called, "uuid": domain and domain.uuid, "ctid": entry.stated_ctid, "state": entry.state}
    return Wanted(node, entry.label, **known, is_read=not (entry.error or entry.unread))


def _stale(node):
    """The labels of entries that the minion's pillar lacks, has still, or has otherwise."""
    found = [label for label, one in node.wanted.items() if label not in node.entries]
    for label, entry in node.entries.items():
        known = node.wanted.get(label)
        ours = planner.wanted_id(entry)
        if known is None or None not in (ours, known.wanted) and ours != known.wanted:
            found.append(label)
    return tuple(found)


def identities(uuid, name):
    """By what a container is known on any node: its UUID, and its name, unless that is the CTID that it has on one."""
    return [*([("uuid", uuid.lower())] if uuid else []), *([("name", name)] if not name.isdecimal() else [])]


def listed(words):
    """``a, b and 7 more``: of many words the first ones."""
    words = list(words)
    more = f" and {len(words) - _LABELS} more" if len(words) > _LABELS else ""
    return ", ".join(words[:_LABELS]) + more


# reading a survey


def _read(name, survey):
    plan, containers = _of(survey, "plan", Mapping), _of(survey, "containers", list)
    wanted = {label: _wanted(name, label, one) for label, one in plan.items()}
    found = tuple(_found(name, one) for one in containers)
    moves = tuple(one for one in _of(survey, "moves", list) if isinstance(one, Mapping))
    known = {"family": _text(survey, "family"), "version": _text(survey, "version"), "moves": moves}
    return Node(name, wanted, found, **known)


def _wanted(node, label, one):
    if not isinstance(label, str) or not isinstance(one, Mapping):
        raise _Odd
    return Wanted(
        node,
        label,
        name=_text(one, "name") or label,
        uuid=_text(one, "uuid"),
        ctid=_ctid(one),
        state=_text(one, "state"),
        status=_text(one, "status") or UNKNOWN,
        id=_text(one, "id"),
        wanted=_text(one, "wanted"),
        is_read=one.get("is_read") is True,
        costs=_texts(one, "costs"),
        changes=_of(one, "changes", Mapping) if "changes" in one else {},
        did=_texts(one, "did"),
        takes=_texts(one, "takes"),
        inside=_texts(one, "inside"),
        gives=_texts(one, "gives"),
        after=_texts(one, "after"),
        warnings=_texts(one, "warnings"),
        error=_text(one, "error"),
    )


def _found(node, one):
    if not isinstance(one, Mapping):
        raise _Odd
    ctid = _ctid(one)
    return Found(
        node,
        ctid,
        name=_text(one, "name") or str(ctid),
        uuid=_text(one, "uuid"),
        addresses=_texts(one, "addresses"),
        routed=_texts(one, "routed"),
        status=_text(one, "status") or UNKNOWN,
        managed=one.get("managed") is True,
        label=_text(one, "entry"),
        protected=one.get("protected") is True,
        xml=_text(one, "xml"),
    )


def _of(one, key, kind):
    value = one.get(key) if isinstance(one, Mapping) else None
    if not isinstance(value, kind):
        raise _Odd
    return value


def _text(one, key):
    value = one.get(key)
    if value is not None and not isinstance(value, str):
        raise _Odd
    return value


def _texts(one, key):
    value = one.get(key) or ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(word, str) for word in value):
        raise _Odd
    return tuple(value)


def _ctid(one):
    value = one.get("ctid")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise _Odd
    return ctid_of(str(value))
