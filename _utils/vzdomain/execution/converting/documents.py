"""
Which document a container is made from on its new node, and whether it would be the same container.
"""

from dataclasses import replace

from ...document import codec
from ...errors import DocumentError, OpenVZError
from ...model.ctid import Ctid
from ...model.exclusive import host

_SPARE = 1.05  # a file system of that size holds less


def chosen(entries, uuid, name):
    """The entry of the container with that UUID, else with that name; ``None`` without one."""
    read = [entry for entry in entries if entry.domain]
    by_uuid = [entry for entry in read if uuid and entry.domain.uuid == uuid]
    named = [entry for entry in entries if entry.called == name or entry.label == name]
    return next(iter([*by_uuid, *named]), None)


def on_the_way(domain, move):
    """The domain that is made of a document: its CTID and UUID stay, and no reboot starts it before its time."""
    return replace(domain, ctid=Ctid(move.ctid), uuid=domain.uuid or move.uuid, onboot=False)


def problems(converter, entry, facts, key=None):
    """(rule, sentence, what to do) of each reason why an entry cannot be what the container becomes."""
    node, name = converter.node, facts["name"]
    here, domain = node.node_id, entry.domain if entry else None
    if entry is None or (domain is None and not entry.error):
        what = f"the pillar of {here} has no document for {name}"
        yield "document", what, f"add an entry with its document there (salt SOURCE openvz.get_xml {name} writes one)"
        return
    if entry.error or entry.state == "absent":
        yield "document", entry.error or f"the pillar of {here} says that {name} is absent", "fix that entry"
        return
    try:
        codec.check(entry.document)
    except DocumentError as err:
        yield "document", str(err), f"fix the document; openvz.validate family={node.flavour.family} shows all of it"
    yield from _identity(domain, facts, here)
    yield from _sizes(node, domain, facts)
    if domain.disabled:
        yield "disabled", f"the document of {name} disables it: it could not be started", "take <openvz:disabled> out"
    if domain.template and not node.has_template(domain.template):
        what = f"the template {domain.template} is not in the cache of {here}"
        yield "template", what, f"put it there; {name} needs it for the start only, its files are then replaced"


def warnings(domain, facts):
    """What differs from the container as it is, and may be meant so."""
    for key, noun in (("addresses", "addresses"), ("macs", "MACs")):
        now = set(map(host, facts.get(key) or ()))
        pairs = domain.interfaces or ()
        then = set(map(host, domain.addresses or ())) if key == "addresses" else {one.mac for one in pairs if one.mac}
        if now != then and (then or key == "addresses"):
            yield f"its {noun} become {', '.join(sorted(then)) or 'none'} (now {', '.join(sorted(now)) or 'none'})"


def of_plan(converter, domain):
    """Why it cannot be made here, as a plan finds it; ``None`` if it can."""
    try:
        converter.reconciler.plan(domain)
    except OpenVZError as err:
        return str(err)
    return None


def _identity(domain, facts, here):
    name = facts["name"]
    if domain.name not in (name, facts["ctid"]):
        yield "name", f"the document is of {domain.name}, and the container is {name}", "give it the same <name>"
    if domain.uuid and facts.get("uuid") and domain.uuid != facts["uuid"]:
        what = f"the document has the UUID {domain.uuid}, and the container {facts['uuid']}"
        yield "uuid", what, "give the document the container's UUID"
    if domain.stated_ctid not in (None, facts["ctid"]):
        what = f"the document says the CTID {domain.stated_ctid}, and the container has {facts['ctid']}"
        yield "CTID", what, "take it out of the document: the container keeps the one that it has"


def _sizes(node, domain, facts):
    name = facts["name"]
    if domain.memory is None and domain.physpages is None:
        what = f"the document of {name} says no <memory>: beancounters do not come along"
        yield "memory", what, "add <memory>, about what privvmpages allowed"
    space = domain.diskspace or node.sample(domain.config).diskspace
    needed = int((facts.get("used_kib") or 0) * _SPARE)
    if space and space.hard is not None and space.hard < needed:
        what = f"the disk of {name} would have {space.hard // 1024} MiB, and its files take {needed // 1024} MiB"
        yield "disk size", what, "say more in the document (<space_hard_limit>)"
