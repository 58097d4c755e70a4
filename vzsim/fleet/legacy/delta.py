"""
The delta of an image that a running container writes to: copied while the container is stopped or suspended.

Read, not run. Here it is what is in the file system; a real one goes through ``ploop copy`` on both nodes.
"""

import os

from vzsim.fleet.legacy import script, undoing
from vzsim.ploop import images

IMAGE = "root.hdd"
TOP = f"{IMAGE}/{images.CONTENT}"
FIRST_PORT, PORTS = 1024, 31744


def is_found(move):
    """Whether the image is one of vzsim and mounted: the script looks for its device."""
    try:
        images.read(f"{move.area}/{IMAGE}")
    except (OSError, ValueError):
        return False
    return move.node.is_mounted(move.ctid)


def copy(move, step, command, back):
    """Stop or suspend by ``command`` and copy the delta; if either fails, ``back`` goes on with the container."""
    if step == "stop":
        move.say("Copying top ploop delta with CT stop")
    else:
        move.debug("Copying top ploop delta with CT suspend")
    move.say(f"Trying port {FIRST_PORT + os.getpid() % PORTS}")
    if move.local(step, command) or _send(move):
        move.error("Failed to copy top ploop delta")
        move.local("undo-start" if step == "stop" else "undo-resume", back, shown=True)
        undoing.sync(move)
        raise script.Exit(script.COPY)
    move.note_time("pcopy")


def _send(move):
    words = [*move["RSYNC"].split(), f"{move.area}/{TOP}/", f"root@{move['host']}:{move.area_there}/{TOP}/"]
    return move.calls.run("copy", words, quiet=True).rc
