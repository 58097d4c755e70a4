"""
What this node has of a container that is being moved: the half of the truth by which a move is judged.

Nothing is changed. What cannot be asked is an error, and never "not there".
"""

import os
import re

from ...errors import CannotAskError
from ...host import files, locks, traces
from ...host.kernel import addresses
from . import work

_LINES = 20  # of a log that are shown
_LOG_BYTES = 256 * 1024  # of its end that are read: rsync may say much
ABSENT = "absent"


def seen(mover, ctid):
    """
    The `Seen` of container `ctid`: see the keys at the end.

    CannotAskError where anything of it cannot be read.
    """
    node, intent = mover.node, mover.intents.get(ctid)
    node.forget(ctid)
    text = _text(node, ctid)
    conf = node.flavour.reading.parse(text or "")
    is_registered = os.path.lexists(node.conf_path(ctid))
    area = area_of(mover, ctid, intent)
    status = status_of(node, ctid, is_registered)
    log, kept = log_of(mover, ctid), kept_of(node, ctid, area)
    is_whole = is_registered and text is not None and is_filled(node, area, conf)
    return {
        "node": node.node_id,
        "ctid": str(ctid),
        "name": conf.name,
        "uuid": uuid_of(conf, ctid) if text is not None else None,
        "family": node.flavour.family,
        "intent": intent.data if intent else None,
        "role": intent.role if intent else None,
        "registered": is_registered,
        "area": traces.is_filled(area),
        "whole": is_whole,
        "handed_over": not is_registered and is_kept(node, ctid, area),
        "kept": kept,
        "status": status,
        "mounted": is_mounted(node, ctid, conf),
        "onboot": node.flavour.reading.facts(conf, node.vz_conf)["onboot"] if text is not None else None,
        "marked_by": marked_by(node, conf, ctid),
        "at_work": work.look(node, mover.programs, ctid, intent, (area, *kept, node.conf_path(ctid))),
        "stale_lock": locks.left_by(node.lock_path(ctid)) is not None,
        "start_sent": node.flavour.moving.start_sent(log),
        "rc": _code(mover.intents.path(ctid, "rc")),
        "log": log.splitlines()[-_LINES:],
    }


def area_of(mover, ctid, intent=None):
    """The path of its private area here: as its file says, or said before the move, or where vzmigrate puts it."""
    node = mover.node
    if os.path.exists(node.conf_path(ctid)):
        return os.path.normpath(node.private(ctid))
    noted = intent.data.get("area_path") if intent else None
    return os.path.normpath(noted or node.own_place(ctid))


def status_of(node, ctid, is_registered):
    """One of the flavour's statuses, ``absent`` without file and processes; what the kernel has is asked first."""
    running = addresses.running(node.proc_dir)
    if running is not None and ctid in running:
        return node.states.of(ctid) or "running"
    status = node.status(ctid)
    return ABSENT if status == "stopped" and not is_registered else status


def is_filled(node, area, conf):
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


def _text(node, ctid):
    """The text of its file; ``None`` without one. A link that leads nowhere has none."""
    return files.text(node.conf_path(ctid))


def _code(path):
    said = (files.text(path) or "").strip()
    return int(said) if said.isascii() and said.isdecimal() else None
