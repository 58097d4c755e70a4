"""
``vzctl snapshot-mount`` and ``snapshot-umount``: a copy of the snapshot's files appears in an empty directory.

That a real one would be read-only, and hide what the directory has in it, is not shown.
"""

import os

from vzsim.codes import Failed
from vzsim.commands import ploop
from vzsim.commands.snapshot import options as words
from vzsim.ploop import mounts

MOUNT_FAILED = 20  # what libploop returns


def mount(run, options):
    """``snapshot-mount``"""
    guid, target = options["id"], options["target"]
    words.require_ploop(run)
    if not os.path.exists(words.place(run)):
        reason = f"Snapshot description file {words.place(run)} not found"
        raise Failed(words.CODES[run.command], reason)
    words.require_snapshot(run, guid)
    run.say(f"Mounting snapshot {guid} to {target}")
    image = ploop.require_image(run, words.CODES[run.command])
    place = run.node.path(target)
    if not os.path.isdir(place) or os.listdir(place):
        reason = f"Can't mount file system target={target}"
        raise Failed(words.CODES[run.command], f"Failed to mount snapshot {guid}: {reason} [{MOUNT_FAILED}]")
    mounts.add(run.node, run.ctid, guid, target, image)


def umount(run, options):
    """``snapshot-umount``; 161 if it is not mounted."""
    guid = options["id"]
    words.require_ploop(run)
    run.say(f"Umounting snapshot {guid}")
    ploop.require_image(run, words.CODES[run.command])
    if guid not in mounts.mounted(run.node, run.ctid):
        reason = "Image is not mounted"
        raise Failed(words.CODES[run.command], f"Failed to umount snapshot {guid}: {reason} [40]")
    mounts.remove(run.node, run.ctid, guid)
