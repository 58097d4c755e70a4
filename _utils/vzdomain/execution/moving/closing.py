"""
The end of a move: what both nodes remember of it, and what is left on the source until somebody removes it.
"""

import os
import time

from ...errors import ArgumentError, MovedError, RefusedError
from ...host.container import UP
from ...model import names, times
from . import handing
from .handing import remove_link
from .intents import DESTINATION, SOURCE
from .owning import check_proof, refuse_work

DAY = 86400  # seconds


def close(mover, move, owner, keep_for=None, proof=None):
    """
    End the intent: `owner` is ``source`` or ``destination``. The one that does not have the container closes first.

    keep_for
        Days after which the old copy on the source may be removed; ``None`` keeps it until somebody asks.

    proof
        What the owner has. A source that still has a whole container needs it to hand that over.

    RefusedError where what this node has says otherwise.
    """
    if owner not in (SOURCE, DESTINATION):
        raise ArgumentError(f"owner must be {SOURCE} or {DESTINATION}")
    role, ctid = mover.role_of(move), move.ctid
    intent = mover.intents.get(ctid)
    if intent is None:  # it was closed already, and only the answer got lost
        return mover.see(ctid)
    found = mover.see(ctid)
    refuse_work(ctid, found)
    if owner == role and not found["whole"]:
        raise RefusedError(f"container {ctid} is not whole on {mover.node.node_id}, and cannot be its own")
    if owner != role and found["status"] in UP:
        raise RefusedError(f"container {ctid} runs on {mover.node.node_id}, and is not to be its own")
    if owner == DESTINATION and role == SOURCE and found["registered"]:
        check_proof(move, proof, move.destination)
        handing.hand_over(mover, move, intent)
    told = f"the move to {move.destination} was given up"
    if owner == DESTINATION:
        told = _moved(mover, move, intent, keep_for)
    mover.journal.remember(ctid, move.name, told)
    mover.intents.end(ctid)
    return mover.see(ctid)


def _moved(mover, move, intent, keep_for):
    """Write the note of a move that is done, and say it in words."""
    journal, node = mover.journal, mover.node
    said = {"id": move.id, "ctid": str(move.ctid), "uuid": move.uuid, "name": move.name, "time": time.time()}
    if intent.role == DESTINATION:
        journal.arrive(move.ctid, {**said, "from": move.source})
        return _words(move, intent)
    days = None if keep_for is None else _days(keep_for)
    more = {"area": intent.data.get("area"), "area_path": intent.data.get("area_path")}
    journal.move_away(move.ctid, {**said, **more, "to": move.destination, "keep_for": days})
    journal.restarted(move.ctid)
    journal.follow({move.ctid: None})
    remove_link(node, move.ctid, move.name)
    return _words(move, intent)


def _words(move, intent):
    """What both nodes have in their history: ``moved from hn1 to hn2 (openvz.evacuate hn1)``."""
    why = (intent.data.get("driver") or {}).get("why")
    return f"moved from {move.source} to {move.destination}{f' ({why})' if why else ''}"


def _days(keep_for):
    try:
        return float(keep_for)
    except (TypeError, ValueError):
        raise ArgumentError("keep_for must be a number of days") from None


def moves(mover):
    """What is under way on this node, what copies it keeps, and what has arrived: data for people and the master."""
    return {
        "node": mover.node.node_id,
        "moves": [{**intent.data, "now": _now(intent)} for intent in mover.intents.all()],
        "copies": [one for one in (_copy(mover, note) for note in mover.journal.moved()) if one["paths"]],
        "arrivals": [_arrival(note) for note in mover.journal.arrived()],
    }


def _now(intent):
    """How far a move has come here, in words."""
    data = intent.data
    if intent.damaged:
        return "its note cannot be read"
    if data.get("owned"):
        return "the container is this node's, and the move is to be closed"
    if data.get("gave_way"):
        return "the copy here was stopped and is kept"
    if intent.role == SOURCE:
        return "vzmigrate was started" if data.get("sent") else "noted, nothing was sent"
    return "the container is coming"


def _copy(mover, note):
    days, paths = note.get("keep_for"), copy_paths(mover, note)
    until = None if days is None else note["time"] + days * DAY
    said = {key: note.get(key) for key in ("id", "name", "uuid", "to")}
    return {
        **said,
        "ctid": str(note["ctid"]),
        "when": times.stamp(note["time"]),
        "keep_for": days,
        "until": until and times.stamp(until),
        "is_over": until is not None and until <= time.time(),
        "area": note.get("area_path"),
        "paths": paths,
    }


def copy_paths(mover, note):
    """The paths of the copy that a note is about, none when it is gone, or another container has its place."""
    node, ctid = mover.node, note["ctid"]
    if os.path.lexists(node.conf_path(ctid)):
        return []
    area = note.get("area_path") or node.own_place(ctid)
    conf, old = node.flavour.moving.copies(node.conf_path(ctid), area)
    is_its = mover.journal.area(old) == tuple(map(str, note.get("area") or ()))
    found = [conf] if conf and os.path.lexists(conf) else []
    return [*found, *([old] if is_its and os.path.lexists(old) else [])]


def _arrival(note):
    said = {key: note.get(key) for key in ("id", "name", "uuid")}
    return {**said, "ctid": str(note["ctid"]), "source": note["from"], "when": times.stamp(note["time"])}


def refuse_moved(finder, domain):
    """
    MovedError where the container of a document has been moved away, and is not back.

    It is known by its UUID, else by its name; by its CTID while its old copy is there.
    """
    for note in finder.journal.moved():
        if note.get("uuid") and domain.uuid:
            is_its = note["uuid"] == domain.uuid
        else:
            is_its = domain.name == note["name"] or _has_copy(finder.node, note, domain)
        if is_its and not _is_back(finder.node, note):
            back = f"salt-run openvz.move {names.typed(note['name'])} {finder.node.node_id}"
            raise MovedError(
                f"{_gone(note)}; take the entry out of this node's pillar, or move it back: {back} (for another "
                f"container, give its document a UUID of its own)"
            )


def refuse_gone(finder, name):
    """MovedError where whatever somebody has named, a CTID, name or UUID, was moved away and is not back."""
    for note in finder.journal.moved():
        if name in (note["name"], str(note["ctid"]), note.get("uuid")) and not _is_back(finder.node, note):
            raise MovedError(f"{_gone(note)}; salt {note['to']} openvz.info {names.typed(note['name'])} shows it there")


def _gone(note):
    return f"container {note['ctid']} ({note['name']}) was moved to {note['to']} on {times.minute(note['time'])}"


def _has_copy(node, note, domain):
    """Whether a document says the CTID whose place the old copy has."""
    said = domain.stated_ctid
    return said == note["ctid"] and bool(node.leftovers(said))


def _is_back(node, note):
    """Whether it is here again; another one may have its CTID."""
    its = node.identities().get(note["ctid"])
    if its is None:
        return False
    return its.uuid == note["uuid"] if its.uuid and note.get("uuid") else (its.name or note["ctid"]) == note["name"]
