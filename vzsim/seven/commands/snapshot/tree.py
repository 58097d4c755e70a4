"""
The tree of a container's snapshots and its images, as the snapshot commands look for them.
"""

import os

from vzsim.codes import Failed
from vzsim.ploop import savedstates
from vzsim.seven.commands.power import mounting
from vzsim.seven.node import LAYOUT


def path(run):
    """The real place of the file; 23 without a private area."""
    mounting.require_places(run)
    return f"{run.area}/{savedstates.FILE}"


def require_ploop(run, rc):
    mounting.require_places(run)
    link = f"{run.area}/.ve.layout"
    if not os.path.islink(link) or os.readlink(link) != LAYOUT:
        raise Failed(rc, "Snapshot supported for ploop based Container only")


def read(run):
    """The snapshots, see :mod:`vzsim.ploop.savedstates`; ValueError for a file that is none of theirs."""
    place = path(run)
    try:
        return savedstates.read(place) if os.path.exists(place) else []
    except ValueError:
        raise ValueError(f"Failed to read {run.node.strip(place)}") from None


def document(snapshots):
    return savedstates.document(snapshots, savedstates.SEVEN_ROOT)


def disks(run):
    """The images of the container, as the node names them; fails with 162 for one that cannot be read."""
    shown = [run.node.strip(disk["image"]) for disk in mounting.disks(run)]
    for image in shown:
        mounting.require_image(run, image)
    return shown
