"""
``ploop`` as far as vzmigrate asks it on the other node: whether there is one, and which files an image has.

Read, not run.
"""

import os

from vzsim.codes import write

SUPPORT = "/proc/vz/ploop_minor"
NO_DEVICE = 3  # assumed
USAGE = 1


def main(node, words):
    """Run ``ploop getdev`` or ``ploop snapshot-list``; the exit status."""
    if words[:1] == ["getdev"]:
        if not os.path.exists(node.path(SUPPORT)):
            write(2, "Can't open /dev/ploop: No such file or directory\n")
            return NO_DEVICE
        write(1, "/dev/ploop12345\n")
        return 0
    if words[:1] == ["snapshot-list"]:
        return 0
    write(2, "Usage: ploop getdev | snapshot-list\n")
    return USAGE
