"""
``vzctl mount`` and ``umount``: the private area at its mount point, and the action scripts around it.
"""

import os

from vzsim import codes
from vzsim.codes import Failed
from vzsim.commands import hooks, ploop


def mount(run, options=None):
    """``vzctl mount``: already mounted is not an error."""
    run.require_places()
    mount_private(run)


def umount(run, options=None):
    """``vzctl umount``"""
    mounted, there = run.is_mounted(), os.path.exists(run.root)
    if there and not mounted:
        raise Failed(codes.NOT_MOUNTED, "CT is not mounted")
    if run.is_running():
        raise Failed(codes.VE_RUNNING, "Container is running -- stop it first")
    if not there:
        umount_nothing(run)
    umount_private(run)


def umount_nothing(run):
    """Try to unmount although the mount point is missing (read, not run)."""
    hooks.run_on_node(run, "umount")
    missing = "No such file or directory"
    run.complain(f"realpath({run.root}) failed: {missing}\nCan't umount {run.root}: {missing}")
    hooks.run_on_node(run, "postumount")
    raise Failed(codes.CANNOT_UMOUNT)


def require_private(run):
    if not os.path.exists(run.private):
        raise Failed(codes.NO_PRIVATE, f"Container private area {run.private} does not exist")


def mount_private(run, scripts=True):
    """The scripts are those of ``vzctl(8)``: premount before, mount after; a failing one undoes the mount."""
    if run.is_mounted():
        run.complain("Container is already mounted")
        return
    if scripts:
        hooks.run_on_node(run, "premount")
    require_private(run)
    attach(run)
    try:
        if scripts:
            hooks.run_on_node(run, "mount")
    except Failed:
        run.node.set_mounted(run.ctid)
        raise
    run.say("Container is mounted")


def mount_anew(run, remount=True, scripts=True):
    """Unmount first, unless the mount may stay; each check of the mount point complains by itself."""
    if remount and run.is_mounted():
        umount_private(run, scripts)
    if not run.is_mounted():
        mount_private(run, scripts)


def attach(run):
    """Mount, without action scripts."""
    os.makedirs(run.root, exist_ok=True)
    if run.is_ploop:
        ploop.require_support(run)
        ploop.require_image(run)
    run.node.set_mounted(run.ctid, run.private)


def umount_private(run, scripts=True):
    if scripts:
        hooks.run_on_node(run, "umount")
    run.node.set_mounted(run.ctid)
    run.say("Container is unmounted")
    if scripts:
        hooks.run_on_node(run, "postumount")
