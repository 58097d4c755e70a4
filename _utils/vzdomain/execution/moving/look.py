"""
What this node has of a container that is being moved: the half of the truth by which a move is judged.

Nothing is changed. What cannot be asked is an error, and never "not there".
"""

import contextlib
import os
import re

from ...errors import CannotAskError, RefusedError
from ...host import files, locks, traces
from ...host.kernel import addresses
from ...model.ctid import ctid_of
from . import work
from .intents import SOURCE

_LINES = 20  # of a log that are shown
_LOG_BYTES = 256 * 1024  # of its end that are read: rsync may say much
NONE = "none"  # the status of what is not there


def of_name(mover, move):
    """
    `seen` of the container that a move under way means, or else of what the node has by that CTID, UUID or name.

    One that is not there is no error.
    """
    named = [str(move[key]) for key in ("ctid", "uuid", "name") if move.get(key)]
    for name in named:
        ctid = ctid_of(name)
        intent = mover.intents.of(ctid, name, name)
        if intent:
            return seen(mover, intent.ctid)
    ctid = ctid_of(str(move.get("ctid") or ""))
    if ctid and move.get("id"):  # of a move that is closed here: what has its CTID is all that is asked
        return seen(mover, ctid)
    for name in named:
        with contextlib.suppress(RefusedError):  # half of one is what is looked for here
            found = mover.reconciler.look_up(name)
            if found:
                return seen(mover, found.ctid)
    ctid = next(filter(None, map(ctid_of, named)), None)
    ctid = ctid or next(_gone(mover, named), None)
    return seen(mover, ctid) if ctid else nothing(mover, move.get("name"))


def _gone(mover, named):
    """The CTIDs that containers of these names had here before they were moved away, where nothing else has them."""
    for note in mover.journal.moved():
        if note["name"] in named and not os.path.lexists(mover.node.conf_path(note["ctid"])):
            yield note["ctid"]


def nothing(mover, name):
    """The same of a name that says nothing here."""
    node = mover.node
    said = {"node": node.node_id, "ctid": None, "name": name, "uuid": None, "family": node.flavour.family}
    keys = "registered area whole handed_over mounted stale_lock start_sent touched".split()
    more = dict.fromkeys(("intent", "role", "turn", "onboot", "marked_by", "rc", "said"))
    return {**said, **more, **dict.fromkeys(keys, False), "status": NONE, "kept": [], "at_work": [], "log": []}


def seen(mover, ctid, is_own=False):
    """
    What this node has of container `ctid`: a dictionary, see the end.

    is_own
        A step that is being done for it is the caller's own.

    CannotAskError where anything of it cannot be read.
    """
    node, intent = mover.node, mover.intents.get(ctid)
    node.forget(ctid)
    before = _at_work(mover, ctid, intent)  # first: what is read while somebody is at work is old soon
    text = files.text(node.conf_path(ctid))
    conf = node.flavour.reading.parse(text or "")
    is_registered = os.path.lexists(node.conf_path(ctid))
    area = area_of(mover, ctid, intent)
    kept = kept_of(node, ctid, area)
    at_work = list(dict.fromkeys([*before, *_at_work(mover, ctid, intent)]))
    if not is_own and mover.journal.is_held(f"move-{ctid}"):
        at_work = [*at_work, "a step of the move is going on"]
    return {
        "node": node.node_id,
        "ctid": str(ctid),
        "name": conf.name or (intent.data.get("name") if intent else None),
        "uuid": uuid_of(conf, ctid) if text is not None else None,
        "family": node.flavour.family,
        "intent": intent.data if intent else None,
        "role": intent.role if intent else None,
        "turn": intent.data.get("turn") if intent else None,
        "registered": is_registered,
        "area": traces.is_filled(area),
        "whole": is_registered and text is not None and is_filled(node, area),
        "handed_over": not is_registered and is_kept(node, ctid, area),
        "kept": kept,
        "status": status_of(node, ctid, is_registered),
        "mounted": is_mounted(node, ctid, conf),
        "onboot": node.flavour.reading.facts(conf, node.vz_conf)["onboot"] if text is not None else None,
        "marked_by": marked_by(node, conf, ctid),
        "at_work": at_work,
        "stale_lock": locks.left_by(node.lock_path(ctid)) is not None,
        **_of_vzmigrate(mover, ctid, intent),
    }


def _at_work(mover, ctid, intent):
    node, area = mover.node, area_of(mover, ctid, intent)
    return work.look(node, mover.programs, ctid, intent, (area, *kept_of(node, ctid, area), node.conf_path(ctid)))


def _of_vzmigrate(mover, ctid, intent):
    """What it has said and ended with: of this move alone, since log and code stay for people."""
    is_sent = bool(intent and intent.role == SOURCE and intent.data.get("sent"))
    log = log_of(mover, ctid) if is_sent else ""
    code = _code(mover.intents.path(ctid, "rc")) if is_sent else None
    its = mover.node.flavour.moving
    return {
        "start_sent": its.start_sent(log),
        "touched": is_sent and its.touched(log),
        "rc": code,
        "said": None if code is None else its.sentence(code),
        "log": log.splitlines()[-_LINES:],
    }


def area_of(mover, ctid, intent=None):
    """The path of its private area here: as its file says, or said before the move, or where vzmigrate puts it."""
    node = mover.node
    if os.path.exists(node.conf_path(ctid)):
        return os.path.normpath(node.private(ctid))
    notes = [note.get("area_path") for note in mover.journal.moved() if note["ctid"] == ctid]
    noted = intent.data.get("area_path") if intent else next(iter(notes), None)
    return os.path.normpath(noted or node.own_place(ctid))


def status_of(node, ctid, is_registered):
    """One of the flavour's statuses, ``none`` without file and processes; what the kernel has is asked first."""
    running = addresses.running(node.proc_dir)
    if running is not None and ctid in running:
        return (node.states.of(ctid) if node.states.tell() else None) or "running"
    status = node.status(ctid)  # asked now, of this one alone
    return NONE if status == "stopped" and not is_registered else status


def is_filled(node, area):
    """Whether an area holds a container, and not only its configuration, or nothing."""
    its = node.flavour.places
    if not its.REAL_FILE:
        return bool(traces.listdir(area))
    image = os.path.join(area, its.ROOT_IMAGE)
    return bool(traces.listdir(image)) and files.text(os.path.join(area, its.REAL_FILE)) is not None


def is_mounted(node, ctid, conf):
    """Whether something is mounted at its root, be it there or not that the container runs."""
    mounts = node.states.mounts() or {}
    root = conf.root(ctid, node.vz_conf)
    return root in mounts or os.path.realpath(root) in mounts


def marked_by(node, conf, ctid):
    """The minion that a mark for this CTID names, ``None`` without one."""
    words = conf.comments.get(node.flavour.reading.MARK, "").split()
    return " ".join(words[2:]) if len(words) > 2 and words[1] == str(ctid) else None


def uuid_of(conf, ctid):
    """The UUID in a file; that of a container that is called by it is its CTID."""
    return conf.uuid or (str(ctid) if "-" in str(ctid) else None)


def kept_of(node, ctid, area):
    """The paths of an old copy that a move has left on this node, be it whole or not."""
    conf, old = node.flavour.moving.copies(node.conf_path(ctid), area)
    return [path for path in (conf, old if old != area else None) if path and os.path.lexists(path)]


def is_kept(node, ctid, area):
    """Whether there is an old copy with all that belongs to it."""
    conf, old = node.flavour.moving.copies(node.conf_path(ctid), area)
    return (conf is None or os.path.lexists(conf)) and bool(traces.listdir(old))


def log_of(mover, ctid):
    """What vzmigrate has said the last time, at most its end; empty before it is started."""
    path = mover.intents.path(ctid, "log")
    try:
        with open(path, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _LOG_BYTES))
            found = stream.read()
    except FileNotFoundError:
        return ""
    except OSError as err:
        raise CannotAskError(f"{path} cannot be read: {err.strerror}") from None
    return re.sub(r"\r\n?", "\n", found.decode("utf-8", "replace"))


def _code(path):
    said = (files.text(path) or "").strip()
    return int(said) if said.isascii() and said.isdecimal() else None
