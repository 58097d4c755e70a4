"""``vzctl unregister``: forget a container and leave its private area, which another node may register."""

import contextlib
import os

from vzsim.codes import VE_RUNNING, Failed
from vzsim.seven import naming, owner
from vzsim.seven.commands.areas import layout
from vzsim.seven.commands.power import mounting
from vzsim.seven.grammar import conf, getopt


def read(run, argv):
    getopt.parse_none(run, argv)


def act(run, options):
    """It looks at no lock, and removes the file of whoever holds it."""
    if run.is_running():
        raise Failed(VE_RUNNING, "Container is running, Stop Container before proceeding.")
    unregister(run)
    if not run.skip_lock:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(run.node.lock_path(run.ctid))


def unregister(run):
    """
    Remove VEID from the conf, the owner, the links of name and conf.

    If the area is gone or another node's, only the conf's link goes; one of an old layout is left as it is.
    """
    if os.path.exists(run.area):
        if not layout.is_new(run.area):
            return
        other = owner.foreign(run.node, run.area)
        if other is not None:
            run.say(owner.message(run.node, run.area, other))
        else:
            _take_leave(run)
    _remove_conf(run)
    run.say("Container unregistered succesfully")


def _take_leave(run):
    if run.is_mounted():
        mounting.unmount(run)
    conf.save(run.conf_path, {"VEID": None})
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{run.area}/{owner.FILE}")
    name = run.values.get("NAME")
    if name and naming.leads_to(run.node, name, f"{run.area}/ve.conf"):
        naming.unlink(run.node, name)


def _remove_conf(run):
    for path in (run.conf_path, run.node.path(f"/var/vz/{run.ctid}.conf.lck")):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
