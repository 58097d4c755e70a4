"""
What is wrong with the pillars of a fleet, seen from the master alone. Pure: the caller has fetched everything.

Within a node no two containers may have one CTID; across the fleet no UUID, name, MAC or address may be there twice,
and what a node's mine tells of it (`openvz.node_info`) must have room for what its pillar wants. A number for a name is
a CTID, and may be used on every node. An entry that says ``state: absent`` takes nothing from others.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import cached_property

from ..document.entries import Entry
from ..errors import shown
from ..model import names
from ..model.kinds import scalars

SEVERITIES = ("error", "warning")
_KEYS = ("name", "ctid", "uuid")
_FLEET = {
    "uuid": ("UUID", "give each container its own UUID"),
    "name": ("name", "give each container its own name"),
    "mac": ("MAC", "leave the MAC out (it is then derived), or give each interface its own"),
    "ip": ("address", "give each container its own address"),
}
_NODE = {
    "ctid": ("CTID", "give each container its own CTID"),
    "target": ("device of the node", "give each interface its own <target dev>, or leave it out"),
    "hostdev": ("device passed through", "a device can be in only one container: remove it from the others"),
}
_AT_CREATION = (
    ("template", "templates", "warning", "put it into the template cache; vzctl may try to download it"),
    ("config", "samples", "error", "name a sample configuration that the node has"),
)
_SHARED = {**_FLEET, **_NODE}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; `labels` are the entries concerned, one for each of `nodes`, or empty."""

    severity: str  # one of SEVERITIES
    rule: str
    nodes: tuple[str, ...]
    labels: tuple[str, ...]
    what: str  # the fact
    remedy: str


@dataclass(frozen=True)
class Pillar:
    """
    What the pillar of one node says.

    `mine` is what the node said last of itself (`openvz.node_info`), ``None`` if nothing; `networks` is the pillar's
    ``openvz:networks``.
    """

    node: str
    entries: tuple[Entry, ...] = ()
    mine: dict | None = None
    networks: dict = field(default_factory=dict)

    @cached_property
    def wanted(self):
        """The entries with a document that is to be followed."""
        return [entry for entry in self.entries if entry.domain and entry.state != "absent"]

    @cached_property
    def known(self):
        """CTID, UUID and name of each container of the mine -> ``(name, ctid, uuid)``."""
        found = {}
        for name, one in ((self.mine or {}).get("containers") or {}).items():
            row = (str(name), one.get("ctid"), one.get("uuid"))
            found |= dict.fromkeys(((key, value) for key, value in zip(_KEYS, row, strict=True) if value), row)
        return found

    @cached_property
    def bridged(self):
        """Network -> bridge, by the mine and by the pillar, which counts."""
        return {**((self.mine or {}).get("networks") or {}), **self.networks}

    @cached_property
    def spoken(self):
        """CTIDs, UUIDs and names that the pillar speaks of, were it to say ``absent``."""
        identities = {("ctid", entry.stated_ctid) for entry in self.entries}
        identities |= {("name", entry.called) for entry in self.entries if not entry.error}
        return identities | {("uuid", entry.domain.uuid) for entry in self.entries if entry.domain}


def finding(severity, rule, places, what, remedy):
    """A `Finding` about ``[(node, label), ...]``, in words that every terminal and serializer can show."""
    nodes, labels = zip(*sorted(places), strict=True) if places else ((), ())
    labels = labels if any(labels) else ()
    words = (shown(scalars.plain(" ".join(text.split()))) for text in (what, remedy))
    return Finding(severity, rule, nodes, labels, *words)


def examine(pillars):
    """Every `Finding` of a fleet of `Pillar`, errors first. Linear in the number of containers."""
    pillars = list(pillars)
    found = [one for pillar in pillars for entry in pillar.entries for one in _of_entry(pillar, entry)]
    found += _doubles(pillars)
    found += [one for pillar in pillars if pillar.mine for one in _against_mine(pillar)]
    found += _elsewhere(pillars)
    found += _unasked(pillars)
    return in_order(found)


def in_order(findings):
    return sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), one.nodes, one.labels, one.rule, one.what))


def as_data(findings):
    """The same as dictionaries."""
    return [{**asdict(one), "nodes": list(one.nodes), "labels": list(one.labels)} for one in findings]


# one entry by itself


def _of_entry(pillar, entry):
    document = entry.document
    if document and not (document.warnings or document.unwritable or entry.error):
        return
    place = [(pillar.node, entry.label)]
    if entry.error:
        yield finding("error", "entry", place, entry.error, "fix the entry, or the document that it names")
    for warning in document.warnings if document else ():
        yield finding("warning", "document", place, warning, "see openvz.explain for what the line means here")
    # A container may have such a value already: then nothing has to be written. Without a mine nobody knows.
    is_new = pillar.mine is not None and not _existing(pillar, entry)
    remedy = "vzctl would not accept it: fix the document; a container that has it already may keep it"
    for name, error in document.unwritable.items() if document else ():
        if name in document.refused:
            yield finding("error", "family", place, str(error), "take it out, or use a node whose vzctl can")
        else:
            yield finding("error" if is_new else "warning", "unwritable", place, str(error), remedy)


def _existing(pillar, entry):
    """The container of the mine that an entry means, as ``(name, ctid, uuid)``, or ``None``."""
    known = pillar.known
    if not known:
        return None
    uuid = entry.domain.uuid if entry.domain else None
    return known.get(("ctid", entry.stated_ctid)) or known.get(("uuid", uuid)) or known.get(("name", entry.called))


# what no two may have


def _doubles(pillars):
    """A finding for each value that more than one entry has, of the fleet or of one node."""
    of_fleet, shared = {}, []
    for pillar in pillars:
        of_node = {}
        for entry in pillar.entries:
            place = (pillar.node, entry.label)
            for known, values in ((of_node, _of_node(entry)), (of_fleet, _of_fleet(entry))):
                for value in values:
                    first = known.setdefault(value, place)
                    if first != place:
                        known[value] = {place, *(first if isinstance(first, set) else (first,))}
        shared += [item for item in of_node.items() if isinstance(item[1], set)]
    shared += [item for item in of_fleet.items() if isinstance(item[1], set)]
    for (rule, value), found in shared:
        noun, remedy = _SHARED[rule]
        yield finding("error", f"duplicate_{rule}", found, f"{noun} {value} is {_listed(found)}", remedy)


def _listed(places):
    """``on 2 nodes`` where it is one container on each, else how many containers want it."""
    nodes = Counter(node for node, _ in places)
    many = f"wanted by {len(places)} containers"
    return f"{many} on {len(nodes)} nodes" if len(nodes) > 1 else many


def _of_node(entry):
    """What one node can have once."""
    ctid, domain = entry.stated_ctid, entry.domain
    found = [("ctid", ctid)] if ctid else []
    if domain and entry.state != "absent":
        found += [("target", pair.target) for pair in domain.interfaces or () if pair.target]
        found += [("hostdev", device) for device in domain.hostdevs or ()]
    return found


def _of_fleet(entry):
    """What the fleet can have once. The codec has written MACs and addresses in one spelling; prefixes do not count."""
    domain = entry.domain
    if not domain or entry.state == "absent":
        return []
    found = [("uuid", domain.uuid)] if domain.uuid else []
    if not domain.name.isdecimal():
        found.append(("name", domain.name))
    found += [("mac", pair.mac) for pair in domain.interfaces or () if pair.mac]
    inside = [address for pair in domain.interfaces or () for address in pair.addresses or ()]
    found += [("ip", address.partition("/")[0]) for address in (*(domain.addresses or ()), *inside)]
    return found


# what a node has said of itself


def _against_mine(pillar):
    for entry in pillar.entries:
        if entry.error or entry.state == "absent":
            continue
        if entry.domain is None and not entry.source and _existing(pillar, entry) is None:
            what = f"{entry.called} should be {entry.state}, but its mine has no such container"
            yield _about(pillar, entry, "warning", "unknown", what, "give it a document, or fix its name")
    for entry in pillar.wanted:
        yield from _networks(pillar, entry)
        yield from _conflicts(pillar, entry)
        if _existing(pillar, entry) is None:
            yield from _at_creation(pillar, entry)


def _about(pillar, entry, severity, rule, what, remedy):
    return finding(severity, rule, [(pillar.node, entry.label)], what, remedy)


def _networks(pillar, entry):
    """Networks and bridges that the node lacks; a document without interfaces wants none."""
    pairs, networks, bridges = entry.domain.interfaces, pillar.bridged, pillar.mine.get("bridges")
    if not pairs:
        return
    for name in sorted({pair.network for pair in pairs if pair.network}):
        if name not in networks and pillar.mine.get("networks") is not None:
            what = f"the node has no network {name}, or has not started it"
            yield _about(pillar, entry, "error", "network", what, f"virsh net-start {name}, or set openvz:networks")
    wanted = {pair.bridge for pair in pairs if pair.bridge and not pair.network}
    wanted |= {networks.get(pair.network) for pair in pairs if pair.network} - {None}
    for name in sorted(wanted.difference(bridges)) if bridges is not None else ():
        what = f"the node has no bridge {name}"
        yield _about(pillar, entry, "error", "bridge", what, "make the bridge, or name another in the document")


def _at_creation(pillar, entry):
    """What only a new container needs. vzctl may download a template, and so it is a warning."""
    for name, known, severity, remedy in _AT_CREATION:
        wanted = getattr(entry.domain, name)
        if wanted and pillar.mine.get(known) is not None and wanted not in pillar.mine[known]:
            noun = {"config": "sample configuration"}.get(name, name)
            yield _about(pillar, entry, severity, name, f"the node has no {noun} {wanted}", remedy)


def _conflicts(pillar, entry):
    """A container that is there already, and is another one than the document's."""
    domain = entry.domain
    if not pillar.known:
        return
    there = pillar.known.get(("ctid", domain.stated_ctid))
    if there and domain.uuid and there[2] not in (None, domain.uuid) and not entry.adopt:
        what = f"container {there[1]} of the node is {there[0]} with the UUID {there[2]}, not {domain.uuid}"
        yield _about(pillar, entry, "error", "other_uuid", what, "choose another CTID, or adopt: true takes it over")
    for key, said in (("uuid", domain.uuid), ("name", None if domain.name.isdecimal() else domain.name)):
        other = pillar.known.get((key, said))
        if said and other and domain.stated_ctid and other[1] != domain.stated_ctid:
            what = f"{_FLEET[key][0]} {said} belongs to container {other[1]} of the node, not to {domain.stated_ctid}"
            yield _about(pillar, entry, "error", "other_ctid", what, "give the CTID that it has, or none")


def _elsewhere(pillars):
    """What a container of another node has, where the pillar of that node does not speak of it."""
    owners = {}
    for pillar in pillars:
        for label, one in ((pillar.mine or {}).get("containers") or {}).items():
            name, uuid = one.get("name", label), one.get("uuid")
            if pillar.spoken.isdisjoint(zip(_KEYS, (name, one.get("ctid"), uuid), strict=True)):
                for claim in _had(name, uuid, one):
                    owners.setdefault(claim, []).append((pillar, str(name or label), uuid))
    for pillar in pillars:
        for entry in pillar.wanted if owners else ():
            for claim in _of_fleet(entry):
                for owner, name, uuid in owners.get(claim, ()):
                    if not _is_same(pillar, owner):
                        yield from _twice(pillar, entry, claim, owner, name, uuid)


def _had(name, uuid, one):
    """What a container of a mine has, as `_of_fleet` says it of an entry."""
    found = [("uuid", uuid)] if uuid else []
    found += [("name", name)] if name and not str(name).isdecimal() else []
    return found + [("ip", address) for address in (*one.get("addresses", ()), *one.get("inside", ()))]


def _is_same(pillar, owner):
    """Whether two nodes are one, be it that its minion had another id before."""
    machine = (pillar.mine or {}).get("machine")
    return owner.node == pillar.node or bool(machine and machine == owner.mine.get("machine"))


def _twice(pillar, entry, claim, owner, name, uuid):
    (rule, value), its = claim, entry.domain.uuid
    is_same = uuid == its if uuid and its else name == entry.domain.name
    if (rule == "name" and uuid and uuid == its) or (rule == "ip" and is_same):
        return  # the UUID, or the name, says it
    noun, remedy = _FLEET[rule]
    what = f"the {noun} {value} belongs to container {name} of {owner.node}"
    if is_same and _existing(pillar, entry) is None:
        command = f"salt-run openvz.move {names.typed(its or entry.domain.name)} {pillar.node}"
        remedy = f"{command}; or make it absent on {owner.node}"
    elif is_same:
        remedy = f"both nodes have it: make it absent on {owner.node}, once the one on {pillar.node} is whole"
    yield _about(pillar, entry, "error", f"{rule}_elsewhere", what, remedy)


def _unasked(pillars):
    silent = [(pillar.node, "") for pillar in pillars if pillar.entries and pillar.mine is None]
    if silent:
        what = "the mine has no openvz.node_info: networks, bridges, templates and conflicts were not checked"
        yield finding("warning", "no_mine", silent, what, "add openvz.node_info to mine_functions, then mine.update")
