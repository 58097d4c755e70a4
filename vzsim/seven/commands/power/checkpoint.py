"""
``vzctl suspend`` and ``resume``, with the dump in the private area.

Both need criu on the node; that they succeed, and what they say then, is read, not run.
"""

import os

from vzsim.codes import CHKPNT_ERROR, PARAM_SYNTAX, RESTORE_ERROR, VE_NOT_RUNNING, VE_RUNNING, Failed
from vzsim.files import read_json, write_json, write_text
from vzsim.seven import kernel
from vzsim.seven.commands.power import booting, mounting
from vzsim.seven.grammar import getopt
from vzsim.seven.live import veth

CRIU = "criu"
RECORD = "vzsim.json"  # file in the dump: the live record
FAILED_DUMP = "dump/Dump.fail"
LEFT_BEHIND = ("vz_aio_max_nr.img", "vz_features.img", "vz_os_release.img", "vz_pid_max.img")

SUSPEND_OPTIONS = {
    "dump": False, "suspend": False, "resume": False, "kill": False, "flags": True, "context": True, "dumpfile": True,
    "skip_arpdetect": False, "keep_pages": False, "unfreeze": False, "stop-tracker": False,
}  # fmt: skip
RESUME_OPTIONS = {
    "undump": False, "kill": False, "resume": False, "dumpfile": True, "flags": True, "context": True,
    "skip_arpdetect": False, "skip-fsck": False,
}  # fmt: skip


def read(run, argv):
    options = dict(getopt.parse(run, argv, SUSPEND_OPTIONS if run.command == "suspend" else RESUME_OPTIONS))
    if "stop-tracker" in options and "suspend" not in options:  # read, not run
        raise Failed(PARAM_SYNTAX, "The --stop-tracker option have to be used with --suspend only")


def act(run, options):
    if run.command == "suspend":
        suspend(run)
        return
    if run.is_running():
        raise Failed(VE_RUNNING, "Container is already running")
    if not is_suspended(run):
        raise Failed(RESTORE_ERROR, "Container is not suspended")
    restore(run)


def is_suspended(run):
    return bool(run.area) and os.path.lexists(f"{run.area}/{booting.DUMP}")


def suspend(run):
    """Write what runs into ``AREA/dump/Dump``, stop and unmount."""
    record = run.node.running(run.ctid)
    if record is None:
        raise Failed(VE_NOT_RUNNING, "Container is not running")
    run.say("Setting up checkpoint...")
    if CRIU not in run.node.kernel.get("tools", ()):
        _fail(run)
    dump = f"{run.area}/{booting.DUMP}"
    os.makedirs(f"{dump}.tmp", exist_ok=True)
    write_json(f"{dump}.tmp/{RECORD}", record)
    booting.forget_dump(run)
    os.rename(f"{dump}.tmp", dump)
    booting.kill(run, record)
    booting.forget_running(run)
    mounting.unmount(run)
    run.say("Checkpointing completed successfully")


def _fail(run):
    place = f"{run.area}/{FAILED_DUMP}"
    os.makedirs(place, exist_ok=True)
    for name in LEFT_BEHIND:
        write_text(f"{place}/{name}", "")
    run.complain("Failed to checkpoint the Container")
    run.complain(f"All dump files and logs were saved to {run.shown_area}/{FAILED_DUMP}")
    raise Failed(CHKPNT_ERROR, "Checkpointing failed")


def try_restore(run):
    """Whether a start that found a dump could use it; otherwise the container starts anew."""
    try:
        restore(run)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        return False
    return True


def restore(run):
    """Let what was suspended go on; a file that is not a dump, or a node without criu, is 17."""
    run.say("Restoring the Container ...")
    booting.check(run)
    if run.is_mounted():
        mounting.unmount(run)
    mounting.mount(run)
    place = f"{run.area}/{booting.DUMP}/{RECORD}"
    record = read_json(place, None) if CRIU in run.node.kernel.get("tools", ()) and os.path.isfile(place) else None
    try:
        if record is None:
            raise Failed(RESTORE_ERROR)
        _reconnect(run, record)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        mounting.unmount(run)
        raise Failed(RESTORE_ERROR, "Failed to restore the Container") from None
    kernel.set_live(run.node, run.ctid, record)
    booting.mark_running(run)
    booting.forget_dump(run)
    run.say("Container was restored successfully")


def _reconnect(run, record):
    """The pairs of the dump come back with their names and MACs."""
    devices = {device["ifname"]: device for device in veth.parse(run.values.get("NETIF", ""))}
    for name, pair in dict(record.get("netif", {})).items():
        veth.configure(run, record, {**devices.get(name, {}), "ifname": name, **pair})
