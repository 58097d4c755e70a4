"""``vzctl destroy``: remove a container with all its images; nothing is kept."""

import contextlib
import os
import shutil

from vzsim.codes import VE_RUNNING, Failed
from vzsim.ploop import images
from vzsim.seven import ids, naming
from vzsim.seven.commands.areas import layout, unregister
from vzsim.seven.commands.power import mounting
from vzsim.seven.grammar import getopt

NOT_DESTROYED = 52
SCRIPTS = ("start", "stop", "premount", "mount", "umount")  # renamed, if /etc/vz/conf has CTID.NAME


def read(run, argv):
    getopt.parse_leniently(run, argv, {"safe": False})


def act(run, options):
    """A mounted container is unmounted first."""
    mounting.require_places(run)
    if run.is_running():
        raise Failed(VE_RUNNING, "Container is currently running. Stop it before proceeding.")
    if run.is_mounted():
        mounting.unmount(run)
    destroy(run)


def destroy(run):
    require_likely(run)
    run.say(f"Destroying Container private area: {run.shown_area}")
    if layout.is_new(run.area):
        for disk in mounting.disks(run):
            delete_image(run, disk["image"])
    remove_names(run)
    unregister.unregister(run)
    remove_area(run)
    remove_conf(run)
    with contextlib.suppress(OSError):
        os.rmdir(run.root)
    run.say("Container private area was destroyed")


def require_likely(run):
    """A directory without a layout goes only if it is called like the container (read, not run)."""
    area = run.area
    if layout.number(area) or not os.path.exists(area) or os.path.basename(os.path.realpath(area)) == run.ctid:
        return
    reason = (
        "does not resemble a valid container directory. Container removal is aborted to avoid accidential data loss."
    )
    raise Failed(NOT_DESTROYED, f"Container's private area ({run.shown_area}) {reason}")


def delete_image(run, path):
    shown, is_there = run.node.strip(path), os.path.exists(path)
    if is_there and not images.is_image(path):
        run.complain("\n".join([f"Failed to read {shown}: Can't open ploop image {shown}"] * 2))
        return
    if is_there:
        images.remove(path)
    run.say(f"The ploop image {shown} has been successfully {'deleted' if is_there else 'unregistered'}")


def remove_names(run):
    """Remove every link that leads to this container (read, not run)."""
    for name in os.listdir(run.node.names_dir):
        if ids.ctid_of_link(run.node, name) == run.ctid and naming.leads_to(run.node, name, run.conf_path):
            naming.unlink(run.node, name)


def remove_area(run):
    """Move the area aside and delete it, so that a killed vzctl leaves no half of it in its place."""
    if not os.path.isdir(run.area):
        return
    aside = run.node.path(f"/vz/del/vzctl-rm-me.{os.getpid()}")
    os.makedirs(os.path.dirname(aside), exist_ok=True)
    try:
        os.rename(run.area, aside)
    except OSError:
        aside = run.area
    shutil.rmtree(aside)
    with contextlib.suppress(OSError):
        os.rmdir(run.node.path("/vz/del"))


def remove_conf(run):
    if os.path.isfile(run.conf_path) and not os.path.islink(run.conf_path):
        os.replace(run.conf_path, f"{run.conf_path}.destroyed")
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(run.conf_path)
    for name in SCRIPTS:
        path = f"{run.node.conf_dir}/{run.ctid}.{name}"
        if os.path.lexists(path):
            os.replace(path, f"{path}.destroyed")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(run.node.path(f"/var/vz/{run.ctid}.conf.lck"))
