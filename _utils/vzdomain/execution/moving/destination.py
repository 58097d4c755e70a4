"""
Whether a container can be moved to this node: what vzmigrate checks, and what it does not.
"""

import os
import shlex
from dataclasses import dataclass

from ...errors import ArgumentError, OpenVZError
from ...host import locks, traces
from ...model import names
from ...model.ctid import ctid_of
from ...model.units import UNLIMITED
from ...planning.exclusives import CLAIMED
from . import clearing, look

_SPARE_KIB = 256 * 1024  # of the disk that stay free
_KINDS = {
    "uuid": "uuid",
    "name": "name",
    "addresses": "addresses",
    "inside": "inside",
    "macs": "macs",
    "targets": "targets",
}


@dataclass(frozen=True)
class Coming:
    """What is to come."""

    ctid: str
    uuid: str | None
    name: str
    source: str
    id: str | None  # of the move that it is part of, if that is under way


def check(mover, move, facts):
    """
    ``{"facts": {...}, "problems": [[rule, sentence, what to do], ...], "warnings": [...]}``.

    facts
        Those of `source.check`.
    """
    ctid = ctid_of(str(facts.get("ctid", ""))) if isinstance(facts, dict) else None
    if ctid is None:
        raise ArgumentError("facts must be what check_source has found of this container")
    mover.intents.keep_facts(ctid, {key: facts.get(key) for key in ("uuid", "onboot", "status", "managed")})
    move = Coming(ctid, facts.get("uuid"), str(facts.get("name") or ctid), str(move.get("source")), move.get("id"))
    area = os.path.normpath(mover.node.own_place(ctid))
    found = {
        "ssh_host": mover.ssh_host,
        "free_kib": free_kib(area),
        "family": mover.node.flavour.family,
        "version": mover.node.release,
        "memory_kib": memory_kib(mover.node),
        "promised_kib": promised_kib(mover.node),
        "area": area,
    }
    problems = [list(map(str, one)) for one in _problems(mover, move, facts, found)]
    return {"facts": found, "problems": problems, "warnings": list(_warnings(mover, facts, found))}


def free_kib(path):
    """What is free on the disk of a path, or of the directory that it would be in; ``None`` where that is not known."""
    while path != "/" and not os.path.isdir(path):
        path = os.path.dirname(path)
    try:
        said = os.statvfs(path)
    except OSError:
        return None
    return said.f_bavail * said.f_frsize // 1024


def memory_kib(node):
    """The memory of the machine, from ``/proc/meminfo``; ``None`` where that does not say."""
    text = traces.text(os.path.join(node.proc_dir, "meminfo")) or ""
    found = [line.split()[1] for line in text.splitlines() if line.startswith("MemTotal:")]
    return int(found[0]) if found and found[0].isdecimal() else None


def promised_kib(node):
    """The memory that all containers of this node together may use, those without a limit left out."""
    sizes = [one.domain.memory for one in node.containers()]
    return sum(size for size in sizes if size and size < UNLIMITED)


def _problems(mover, move, facts, found):
    """(rule, sentence, what to do) of each."""
    node, here = mover.node, mover.node.node_id
    if facts.get("family") != found["family"]:
        what = f"{move.source} has vzctl {facts.get('family')}, and {here} {found['family']}"
        yield (
            "family",
            what,
            f"salt-run openvz.convert {names.typed(move.name)} {here} goes from the one to the other, step by step",
        )
        return
    yield from _of_moves(mover, move)
    copies = list(_copies(mover, move))
    yield from copies or _of_remains(mover, move, found["area"])
    yield from _of_claims(mover, move, facts)
    yield from _of_networks(mover, facts)
    for device in facts.get("hostdevs") or ():
        if not node.has_device(device):
            yield "device", f"the network device {device} is not on {here}", "take it out of the document first"
    free, used = found["free_kib"], facts.get("used_kib") or 0
    if free is None or free < used + _SPARE_KIB:
        has = "an unknown amount" if free is None else f"{free // 1024} MiB"
        yield (
            "disk",
            f"{here} has {has} free in {os.path.dirname(found['area'])}, and {used // 1024} MiB come",
            "free some, or choose another node",
        )
    marker = facts.get("marker")
    if marker and _sees(found["area"], marker):
        what = f"{os.path.dirname(marker)} is the same storage on both nodes: vzmigrate would remove the only copy"
        yield "shared storage", what, _shared_remedy(node, move, facts)


def _shared_remedy(node, move, facts):
    if node.flavour.places.REAL_FILE:
        return (
            f"vzctl unregister {move.ctid} on {move.source}, then vzctl register {facts.get('area')} {move.ctid} here"
        )
    return f"stop it on {move.source} and move its configuration file by hand; the private area stays"


def _sees(area, marker):
    """Whether the marker of the other node is where this one has its private areas."""
    return os.path.lexists(os.path.join(os.path.dirname(area), os.path.basename(marker)))


def _of_moves(mover, move):
    """Another move of it."""
    intent = mover.intents.of(move.ctid, move.uuid, move.name)
    if intent and intent.id != move.id:
        yield (
            "intent",
            str(intent.refusal()),
            intent.command,
        )


def _copies(mover, move):
    """An old copy of it, over which vzmigrate would copy."""
    node, ctid = mover.node, move.ctid
    is_noted = any(note["ctid"] == ctid for note in mover.journal.moved())
    is_noted = is_noted and not os.path.lexists(node.conf_path(ctid))  # else remove_copies leaves it alone
    conf, old = node.flavour.moving.copies(node.conf_path(ctid), node.own_place(ctid))
    for path in filter(None, (conf, old if node.flavour.moving.IN_AREA else None)):
        if os.path.lexists(path):
            by_hand = f"look what it is, and move {path} away"
            remedy = f"salt-run openvz.remove_copies name={shlex.quote(move.name)} removes it" if is_noted else by_hand
            yield "copy", f"{path} is an old copy from an earlier move", remedy


def _of_remains(mover, move, area):
    """Whatever has its CTID here: vzmigrate overwrites some of it, and removes some when it fails."""
    node, ctid, here = mover.node, move.ctid, mover.node.node_id
    own = mover.intents.get(ctid)
    if own and own.id == move.id:  # what an interrupted run of this very move has left
        return
    if mover.journal.is_begun(ctid):
        yield "CTID", f"a container {ctid} is being created on {here}", "wait for that run, or for the one that follows"
    if os.path.lexists(node.conf_path(ctid)):
        yield (
            "CTID",
            f"container {ctid} is on {here} already",
            "move it to another node, or give one of them another CTID",
        )
        return
    for path in dict.fromkeys(
        (*node.leftovers(ctid), *([area] if os.path.lexists(area) and traces.is_filled(area) else []))
    ):
        yield "remains", f"{path} is on {here}, and container {ctid} is not", f"look what it is, and move {path} away"
    for path in clearing.scripts(node, ctid):
        yield "remains", f"{path} is an action script of a container {ctid} that is not there", f"move {path} away"
    if os.path.islink(area):
        yield "remains", f"{area} is a link", f"rm {area}"
    lock = node.lock_path(ctid)
    if os.path.lexists(lock):
        dead = locks.left_by(lock)
        who = "a process that is at work" if dead is None else f"process {dead}, which is dead"
        yield "lock", f"{lock} is held by {who}", "wait until it is finished" if dead is None else f"rm {lock}"
    status = look.status_of(node, ctid, False)
    if status != look.NONE:
        yield (
            "status",
            f"container {ctid} is {status} on {here}, without a configuration file",
            f"vzctl stop {ctid} on {here}",
        )


def _of_claims(mover, move, facts):
    """What other containers of this node have, be they running or not."""
    node = mover.node
    claims = node.claims()
    for kind, key in _KINDS.items():
        values = facts.get(key)
        for value in values if isinstance(values, list) else [values] if values else []:
            if kind == "name" and (str(value).isdecimal() or value == str(move.ctid)):
                continue
            for other in sorted(set(claims.get((kind, value), ())) - {move.ctid}):
                what = CLAIMED[kind].format(value, other).replace("on this node", f"on {node.node_id}")
                sentence, _, remedy = what.partition("; ")
                yield kind, sentence, remedy or "change one of them"
    name = facts.get("name")
    if (
        name
        and not str(name).isdecimal()
        and os.path.lexists(node.link_path(name))
        and node.linked(name) not in (None, move.ctid)
    ):
        return
    if name and "/" not in name and os.path.lexists(node.link_path(name)) and not claims.get(("name", name)):
        yield (
            "name",
            f"{node.link_path(name)} leads to a container that does not have this name",
            f"rm {node.link_path(name)}",
        )


def _of_networks(mover, facts):
    """Bridges by name, and networks where the family has these in the file."""
    node = mover.node
    for name in facts.get("networks") or ():
        if node.has_bridge(name) or node.has_device(name):
            continue
        if not node.flavour.pairs.HAS_NETWORKS:
            yield (
                "network",
                f"the bridge {name} is not on {node.node_id}",
                "make it there, or say another in the document",
            )
            continue
        try:
            mover.reconciler.networks.bridge(name)
        except OpenVZError as err:
            yield "network", f"the network {name} is not usable on {node.node_id}: {err}", "define it there first"


def _warnings(mover, facts, found):
    """What hinders no move."""
    if facts.get("version") != found["version"]:
        yield f"vzctl is {facts.get('version')} there and {found['version']} on {mover.node.node_id}"
    memory, has = facts.get("memory_kib"), found["memory_kib"]
    if memory and has and memory > has:
        yield f"{mover.node.node_id} has {has // 1024} MiB of memory, and the container may use {memory // 1024} MiB"
