"""
``vzctl snapshot-mount`` and ``snapshot-umount``.

A copy of the snapshot's files appears in the target, if it is an empty directory and vzsim made the image.
"""

import os

from vzsim.codes import Failed
from vzsim.ploop import mounts, savedstates
from vzsim.seven.commands.snapshot import options as words
from vzsim.seven.commands.snapshot import tree

MOUNT_ERROR = 160
UMOUNT_ERROR = 161

read = words.read


def mount(run, options):
    """``snapshot-mount``"""
    guid, place = options["id"], tree.path(run)
    tree.require_ploop(run, MOUNT_ERROR)
    message = f"Unable to find snapshot by uuid {guid}"
    if not os.path.exists(place):
        raise Failed(MOUNT_ERROR, f"{message}: no such file {run.node.strip(place)}")
    try:
        found = savedstates.find(tree.read(run), guid)
    except ValueError as problem:
        raise Failed(MOUNT_ERROR, str(problem)) from None
    if not found:
        raise Failed(MOUNT_ERROR, message)
    run.say(f"Mount snapshot {guid}")
    images = tree.disks(run)
    for image in images:
        run.say(f"Mount image: {image} ro")
    image = run.node.path(images[0]) if images else None
    mounts.add(run.node, run.ctid, guid, options["target"], image)


def umount(run, options):
    """``snapshot-umount``; 0 even if it is not mounted."""
    tree.require_ploop(run, UMOUNT_ERROR)
    run.say(f"Umount snapshot {options['id']}")
    mounts.remove(run.node, run.ctid, options["id"])
