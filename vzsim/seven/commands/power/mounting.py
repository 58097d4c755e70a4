"""Mounting and unmounting a container's disk images, with the scripts of the private area for it."""

import os

from vzsim.codes import ACTIONSCRIPT_ERROR, VE_PRIVATE_NOTSET, VE_ROOT_NOTSET, Failed
from vzsim.ploop import images
from vzsim.seven import ids
from vzsim.seven.node import ROOT_IMAGE, image_path

BROKEN_IMAGE = 162


def disks(run):
    """
    The images of a container, the root's first: ``[{"uuid": ..., "image": "/srv/n1/vz/private/101/root.hdd"}, ...]``.

    DISK may leave out the root's. Devices of the node that are disks are not among them.
    """
    found = [dict(field.partition("=")[::2] for field in text.split(",")) for text in entries(run)]
    if run.values.get("ROOT_DISK") != "no" and not any(disk.get("mnt") == "/" for disk in found):
        found.insert(0, {"uuid": f"{{{ids.ZERO_UUID}}}", "image": ROOT_IMAGE})
    return [{**disk, "image": image_path(run.area, disk["image"])} for disk in found if disk.get("image")]


def entries(run):
    return [text for text in run.values.get("DISK", "").split(";") if text]


def enabled(run):
    """The paths of the images that are mounted with the container, as the node names them."""
    return [run.node.strip(disk["image"]) for disk in disks(run) if disk.get("enabled") != "no"]


def require_places(run):
    if not run.area:
        raise Failed(VE_PRIVATE_NOTSET, "VE_PRIVATE is not set")
    if not run.root:
        raise Failed(VE_ROOT_NOTSET, "VE_ROOT is not set")


def mount(run, scripts=True, quiet=False):
    """Mount all images; 162 if one cannot be read, 79 if the area's mount script fails."""
    require_places(run)
    shown = enabled(run)
    for at, image in enumerate(shown):
        try:
            require_image(run, image)
        except Failed as failure:
            run.complain(failure.message)
            _say_unmounted(run, shown[:at])  # (read, not run)
            raise Failed(failure.rc) from None
        run.say(f"Mount image: {image} ")
    os.makedirs(run.node.path(run.root), exist_ok=True)
    run.node.set_mounted(run.ctid, run.area)
    if scripts:
        try:
            run_on_node(run, "mount")
        except Failed as failure:
            run.complain(failure.message)
            _say_unmounted(run, shown)
            run.node.set_mounted(run.ctid)
            raise Failed(failure.rc) from None
    if not quiet:
        run.say("Container is mounted")


def require_image(run, image):
    place = run.node.path(image)
    if not os.path.exists(place):
        raise Failed(BROKEN_IMAGE, f"Failed to read {image}: Can't open {image}: No such file or directory")
    if not images.is_image(place):
        raise Failed(BROKEN_IMAGE, f"Failed to read {image}: Can't open ploop image {image}")


def unmount(run, scripts=True, quiet=False):
    """Unmount all images, the last first."""
    if scripts:
        run_on_node(run, "umount")
    _say_unmounted(run, enabled(run))
    run.node.set_mounted(run.ctid)
    if not quiet:
        run.say("Container is unmounted")


def _say_unmounted(run, shown):
    for image in reversed(shown):
        run.say(f"Unmount image: {image} (190)")


# scripts of the private area


def script(run, name):
    """The real place of ``AREA/scripts/NAME``; ``None`` if there is none."""
    path = f"{run.area}/scripts/{name}"
    return path if os.path.exists(path) else None


def run_on_node(run, name):
    """Run AREA/scripts/mount or umount on the node; a failure is 79."""
    path = script(run, name)
    if path and _execute(run, path) != 0:
        raise Failed(ACTIONSCRIPT_ERROR, f"Error on executing the {name} script {run.node.strip(path)}")


def _execute(run, path):
    environment = {**os.environ, "VEID": run.ctid, "VE_CONFFILE": run.conf_path, "VE_ROOT": run.root}
    try:
        pid = os.posix_spawn(path, [path], environment)
    except OSError:
        return 1
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def content(run):
    """The directory with what is in the container; ``None`` if vzsim has not made its image."""
    root = next((disk["image"] for disk in disks(run) if disk["uuid"] == f"{{{ids.ZERO_UUID}}}"), None)
    return images.content(root) if root and os.path.isdir(images.content(root)) else None


def run_inside(run, name, what):
    """Run AREA/scripts/start or stop inside the container; a failure is 79."""
    path = script(run, name)
    if path and _run_inside(run, path) != 0:
        message = f"Error executing {what} script {run.node.strip(path)}"
        raise Failed(ACTIONSCRIPT_ERROR, message)


def _run_inside(run, path):
    """Run a script of the node inside; a container whose content vzsim does not have gets an empty one."""
    import tempfile

    from vzsim import guest
    from vzsim.files import read_text
    from vzsim.seven.commands.power.inside import Inside

    hostname = (run.node.running(run.ctid) or {}).get("hostname", "localhost")
    with tempfile.TemporaryDirectory(prefix="vzsim.") as empty:
        try:
            ended = guest.Guest(Inside(run, content(run) or empty), hostname).shell(stdin=read_text(path))
        except (guest.NotStartedError, guest.UnavailableError) as problem:
            run.complain(str(problem))
            return 1
    return ended.rc or ended.signal or 0
