"""
``vzctl snapshot-mount`` and ``snapshot-umount``.

Nothing appears in the target directory; only that it is mounted is kept, in the node's proc/vz/snapshots.json.
"""

import os

from vzsim.codes import Failed
from vzsim.files import exclusive, read_json, write_json
from vzsim.seven.commands.snapshot import options as words
from vzsim.seven.commands.snapshot import tree

MOUNT_ERROR = 160
UMOUNT_ERROR = 161
STATE = "/proc/vz/snapshots.json"

read = words.read


def mounted(node, ctid):
    """``{"{guid}": "/mnt"}``: where snapshots of a container are mounted."""
    return read_json(node.path(STATE), {}).get(ctid, {})


def _note(run, guid, target):
    path = run.node.path(STATE)
    with exclusive(path):
        known = read_json(path, {})
        places = {**known.get(run.ctid, {}), guid: target}
        known[run.ctid] = {key: value for key, value in places.items() if value is not None}
        write_json(path, {ctid: found for ctid, found in known.items() if found})


def mount(run, options):
    """``snapshot-mount``"""
    guid, place = options["id"], tree.path(run)
    tree.require_ploop(run, MOUNT_ERROR)
    message = f"Unable to find snapshot by uuid {guid}"
    if not os.path.exists(place):
        raise Failed(MOUNT_ERROR, f"{message}: no such file {run.node.strip(place)}")
    try:
        found = tree.find(tree.read(run), guid)
    except ValueError as problem:
        raise Failed(MOUNT_ERROR, str(problem)) from None
    if not found:
        raise Failed(MOUNT_ERROR, message)
    run.say(f"Mount snapshot {guid}")
    for image in tree.disks(run):
        run.say(f"Mount image: {image} ro")
    _note(run, guid, options["target"])


def umount(run, options):
    """``snapshot-umount``; 0 even if it is not mounted."""
    tree.require_ploop(run, UMOUNT_ERROR)
    run.say(f"Umount snapshot {options['id']}")
    _note(run, options["id"], None)
