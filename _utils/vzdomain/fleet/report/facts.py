"""
What the page shows, out of what nodes answered: plain values, in the order in which a person wants to see them.

A node may say anything. What has not the form that it should have counts as not known, and nothing is made up for it.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...errors import shown
from ...model import times
from ...reports import selection

NOT_KNOWN = "not known"
ABSENT, UNDER_WAY = "not there", "under way"
_DIGITS = re.compile("([0-9]+)")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ODD = "gave an answer that cannot be read"


@dataclass(frozen=True)
class Container:
    """One container, or an entry that has none; sizes in KiB, ``None`` where there is no limit or none is known."""

    node: str
    name: str
    ctid: str
    status: str
    drift: str
    addresses: tuple = ()
    memory: int | None = None
    disk: int | None = None
    managed: bool = True
    waits: tuple = ()  # sentences: what is wrong, or waits for a restart
    details: tuple = ()  # (field, pillar, file, running)

    @property
    def rank(self):
        return _rank(self.drift), _natural(self.node), _natural(self.name)


@dataclass(frozen=True)
class Node:
    """One node that answered; sizes in KiB."""

    name: str
    version: str
    containers: tuple
    memory: int | None = None
    free: int | None = None
    space: int | None = None
    unsaid: str | None = None  # why its drift is not known

    @property
    def drift(self):
        """The word of its worst container, ``in sync`` where it has none."""
        words = [one.drift for one in self.containers]
        return min(words, key=_rank, default=NOT_KNOWN if self.unsaid else selection.IN_SYNC)

    @property
    def there(self):
        """The containers that are on the node, without entries that have none."""
        return [one for one in self.containers if one.status != ABSENT]

    def promised(self, what):
        """KiB that all containers may take of ``memory`` or ``disk``, and how many have no limit."""
        sizes = [getattr(one, what) for one in self.there]
        return sum(size for size in sizes if size is not None), sizes.count(None)


@dataclass(frozen=True)
class Move:
    """A move that is not over, or the copy that one has left."""

    name: str
    ctid: str
    source: str
    destination: str
    since: str
    state: str


@dataclass(frozen=True)
class Fleet:
    """All of the page; `silent` has a sentence for each node that did not answer."""

    nodes: tuple
    moves: tuple
    silent: dict = field(default_factory=dict)

    @property
    def containers(self):
        return sorted((one for node in self.nodes for one in node.containers), key=lambda one: one.rank)

    @property
    def errors(self):
        """A sentence for each node of which not all is known."""
        return self.silent | {one.name: f"drift is not known: {one.unsaid}" for one in self.nodes if one.unsaid}

    @property
    def there(self):
        """How many containers there are, without entries that have none."""
        return sum(len(one.there) for one in self.nodes)

    def counted(self, what):
        """How often each word of ``drift`` or ``status`` is there."""
        return Counter(getattr(one, what) for node in self.nodes for one in node.containers)


def fleet(surveys, drifts, unasked, undrifted):
    """
    The `Fleet` of what nodes said.

    surveys, drifts
        ``{node: what openvz.survey said}`` and ``{node: what openvz.drift said}``.

    unasked, undrifted
        Why a node did not answer the one or the other.
    """
    silent = {_text(name): _text(why) for name, why in unasked.items()}
    nodes, moves = [], []
    for name, said in surveys.items():
        if not isinstance(said, Mapping) or not isinstance(said.get("containers"), (list, tuple)):
            silent[_text(name)] = ODD
            continue
        nodes.append(_node(_text(name), said, drifts.get(name), undrifted.get(name)))
        moves += _moves(_text(name), said)
    nodes.sort(key=lambda one: (_rank(one.drift), _natural(one.name)))
    moves = {(one.ctid, one.source, one.destination, one.state): one for one in moves}.values()
    moves = sorted(moves, key=lambda one: (one.state != UNDER_WAY, _natural(one.name)))
    return Fleet(tuple(nodes), tuple(moves), silent)


def _node(name, said, drift, unsaid):
    if not isinstance(drift, Mapping):
        drift, unsaid = {}, _text(unsaid or ODD)
    version = _text(said.get("version") or said.get("family")) or NOT_KNOWN
    moving = {_text(one.get("ctid")) for one in _mappings(said.get("moves"))}
    found = [
        _container(name, one, report, _text(one.get("ctid")) in moving)
        for one, report in _matched(_mappings(said["containers"]), drift)
    ]
    sizes = {key: _number(said.get(f"{key}_kib")) for key in ("memory", "free", "space")}
    return Node(name, version, tuple(found), unsaid=unsaid, **sizes)


def _matched(containers, drift):
    """Each container with what drift says of it, by its CTID, else by its entry; then the entries without container."""
    reports = {_text(label): one for label, one in drift.items() if isinstance(one, Mapping)}
    labels = {_text(one.get("ctid")): label for label, one in reports.items() if one.get("ctid")}
    for one in containers:
        label = labels.get(_text(one.get("ctid")), _text(one.get("entry")))
        yield one, reports.pop(label, None)
    yield from (({"name": label, "status": ABSENT}, one) for label, one in reports.items())


def _container(node, said, report, is_moving):
    report = report or {}
    drift = selection.MOVING if is_moving else _word(report.get("status"))
    pending = [_text(one) for one in _list(said.get("pending"))]
    waits = [_text(one) for one in (report.get("error"), said.get("error")) if one]
    waits += [f"waits for a restart: {', '.join(pending)}"] if pending else []
    waits += [_text(one) for one in _list(report.get("notes"))]
    ctid = _text(said.get("ctid")) or _text(report.get("ctid"))
    return Container(
        node,
        _text(said.get("name")) or _text(said.get("entry")) or ctid or NOT_KNOWN,
        ctid,
        _word(said.get("status")),
        "pending restart" if drift == selection.IN_SYNC and pending else drift,
        tuple(_text(one) for one in _list(said.get("addresses"))),
        _number(said.get("memory_kib")),
        _number(said.get("disk_kib")),
        bool(said.get("managed", True)),
        tuple(dict.fromkeys(waits)),
        tuple(_details(report.get("fields"))),
    )


def _details(fields):
    if isinstance(fields, Mapping):
        for name, one in fields.items():
            if isinstance(one, Mapping):
                yield _text(name), *(_value(one.get(truth)) for truth in ("pillar", "file", "running"))


def _moves(node, said):
    """The moves that a node knows of; both nodes of one that is under way say the same."""
    for one in _mappings(said.get("moves")):
        ends = [_text(one.get(end)) or NOT_KNOWN for end in ("source", "destination")]
        yield Move(*_called(one), *ends, _time(one.get("since")), UNDER_WAY)
    for one in _mappings(said.get("copies")):
        until = _time(one.get("until"))
        state = f"old copy on {node}, kept until {until or 'it is removed'}"
        yield Move(*_called(one), node, _text(one.get("to")) or NOT_KNOWN, _time(one.get("when")), state)


def _called(one):
    return _text(one.get("name")), _text(one.get("ctid"))


def _time(value):
    """``2026-03-01 02:10 UTC`` for seconds of the epoch, or for a time as nodes write it; any other as it is."""
    if isinstance(value, str) and _STAMP.fullmatch(value):
        return f"{value[:10]} {value[11:16]} UTC"
    return times.minute(value) if times.is_time(value) else _text(value)


def _rank(word):
    """Words that are not ours are worse than all of them."""
    return selection.DRIFT.index(word) if word in selection.DRIFT else -1


def _natural(name):
    """``hn2`` comes before ``hn10``."""
    return [(part.isdecimal(), int(part) if part.isdecimal() else part) for part in _DIGITS.split(name[:200])]


def _text(value):
    """A value in one line, without what turns the direction of writing; nothing for ``None``."""
    return "" if value is None else shown(str(value))


def _word(value):
    """One of our words, which are short."""
    return _text(value)[:20] or NOT_KNOWN


def _value(value):
    """A value of a field, for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{_text(key)} {_value(one)}" for key, one in value.items() if one is not None) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value)) or "none"
    return _text(value) or "-"


def _number(value):
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return value if is_number else None


def _list(value):
    return value if isinstance(value, (list, tuple)) else ()


def _mappings(value):
    return [one for one in _list(value) if isinstance(one, Mapping)]
