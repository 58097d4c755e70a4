"""Where snapshots are mounted, in the node's proc/vz/snapshots.json: ``{"101": {"{guid}": {"target": "/mnt"}}}``."""

import os

from vzsim.files import exclusive, read_json, write_json
from vzsim.ploop import images

STATE = "/proc/vz/snapshots.json"


def mounted(node, ctid):
    """``{"{guid}": "/mnt"}``: where snapshots of a container are mounted."""
    return {guid: entry["target"] for guid, entry in _entries(node, ctid).items()}


def _entries(node, ctid):
    return read_json(node.path(STATE), {}).get(str(ctid), {})


def add(node, ctid, guid, target, image=None):
    """Note a mount; if the target is an empty directory, a copy of the snapshot's files appears in it."""
    place = node.path(target)
    shows = bool(image) and os.path.isdir(place) and not os.listdir(place)
    if shows:
        images.copy(images.content(image, guid), place)
    _note(node, ctid, guid, {"target": target, "shows": shows})


def remove(node, ctid, guid):
    """Forget a mount, and take away the files that appeared in its target."""
    entry = _entries(node, ctid).get(guid)
    if entry and entry["shows"]:
        images.remove(node.path(entry["target"]))
        os.makedirs(node.path(entry["target"]))
    _note(node, ctid, guid, None)


def _note(node, ctid, guid, entry):
    path = node.path(STATE)
    with exclusive(path):
        known = read_json(path, {})
        entries = {**known.get(str(ctid), {}), guid: entry}
        known[str(ctid)] = {key: value for key, value in entries.items() if value is not None}
        write_json(path, {name: found for name, found in known.items() if found})
