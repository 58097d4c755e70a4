"""
The end of a move: what both nodes remember of it, and what is left on the source until somebody removes it.
"""

import contextlib
import os
import time

from ...errors import ArgumentError, MovedError, OpenVZError, RefusedError
from ...host import traces
from . import look
from .intents import DESTINATION, SOURCE

DAY = 86400  # seconds


def close(mover, move, owner, keep_for=None):
    """
    End the intent: `owner` is ``source`` or ``destination``.

    keep_for
        Days after which the old copy on the source may be removed; ``None`` keeps it until somebody asks.

    RefusedError where what this node has says otherwise.
    """
    if owner not in (SOURCE, DESTINATION):
        raise ArgumentError(f"owner must be {SOURCE} or {DESTINATION}")
    role, ctid = mover.role_of(move), move.ctid
    intent = mover.intents.get(ctid)
    if intent is None:  # it was closed already, and only the answer got lost
        return look.seen(mover, ctid)
    intent = mover.intents.require(move)
    found = look.seen(mover, ctid)
    if found["at_work"]:
        raise RefusedError(f"container {ctid} is still being worked on: {'; '.join(found['at_work'])}")
    if owner == role and not found["whole"]:
        raise RefusedError(f"container {ctid} is not whole on {mover.node.node_id}, and cannot be its own")
    if owner != role and found["status"] in ("running", "paused"):
        raise RefusedError(f"container {ctid} runs on {mover.node.node_id}, and is not to be its own")
    told = (
        _moved(mover, move, intent, keep_for) if owner == DESTINATION else f"given up: the move to {move.destination}"
    )
    mover.journal.remember(ctid, move.name, told)
    mover.intents.end(ctid)
    return look.seen(mover, ctid)


def _moved(mover, move, intent, keep_for):
    """Write the note of a move that is done, and say it in words."""
    journal, node = mover.journal, mover.node
    said = {"id": move.id, "ctid": str(move.ctid), "uuid": move.uuid, "name": move.name, "time": time.time()}
    if intent.role == DESTINATION:
        journal.arrive(move.ctid, {**said, "from": move.source})
        return f"moved here from {move.source}"
    days = None if keep_for is None else float(keep_for)
    more = {"area": intent.data.get("area"), "area_path": intent.data.get("area_path")}
    journal.move_away(move.ctid, {**said, **more, "to": move.destination, "keep_for": days})
    journal.restarted(move.ctid)
    journal.follow({move.ctid: None})
    remove_link(node, move.ctid, move.name)
    return f"moved to {move.destination}"


def remove_link(node, ctid, name):
    """Remove the link of a name that leads to a file that is gone; any other stays."""
    path = node.link_path(name) if name and "/" not in name else None
    if path and os.path.islink(path) and not os.path.exists(path) and node.linked_to(path) == ctid:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def moves(mover):
    """What is under way on this node, what copies it keeps, and what has arrived: data for people."""
    node = mover.node
    return {
        "node": node.node_id,
        "intents": [intent.data for intent in mover.intents.all()],
        "copies": [one for one in map(_copy(mover), mover.journal.moved()) if one["paths"]],
        "arrived": [_arrived(note) for note in mover.journal.arrived()],
    }


def _copy(mover):
    def made(note):
        ctid, days = note["ctid"], note.get("keep_for")
        until = None if days is None else clock(note["time"] + days * DAY)
        said = {"name": note["name"], "ctid": ctid, "uuid": note.get("uuid"), "to": note["to"]}
        return {**said, "when": clock(note["time"]), "keep_for": days, "until": until, "paths": copy_paths(mover, note)}

    return made


def copy_paths(mover, note):
    """The paths of the copy that a note is about, none when it is gone, or another container has its place."""
    node, ctid = mover.node, note["ctid"]
    if os.path.lexists(node.conf_path(ctid)):
        return []
    area = note.get("area_path") or node.own_place(ctid)
    conf, old = node.flavour.moving.copies(node.conf_path(ctid), area)
    is_its = mover.journal.area(old) == tuple(map(str, note.get("area") or ()))
    found = [conf] if conf and os.path.lexists(conf) else []
    return [*found, *([old] if is_its and traces.is_filled(old) else [])]


def _arrived(note):
    return {
        "name": note["name"],
        "ctid": note["ctid"],
        "uuid": note.get("uuid"),
        "from": note["from"],
        "when": clock(note["time"]),
    }


def refuse_moved(finder, domain):
    """MovedError where the container of a document has been moved away, and is not back."""
    for note in finder.journal.moved():
        is_its = note.get("uuid") == domain.uuid if note.get("uuid") and domain.uuid else note["name"] == domain.name
        if is_its or domain.stated_ctid == note["ctid"] and not note.get("uuid"):
            with contextlib.suppress(OpenVZError):
                if finder.node.exists(note["ctid"]) and not finder.node.leftovers(note["ctid"]):
                    continue  # it is back, or another one has its CTID
            raise MovedError(
                f"container {note['ctid']} ({note['name']}) was moved to {note['to']} on {clock(note['time'])}; "
                f"take the entry out of this node's pillar, or move it back: "
                f"salt-run openvz.move {note['name']} {finder.node.node_id}"
            )


def clock(seconds):
    """``2026-03-01T02:10:00Z``"""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
