"""
``vzctl suspend`` and ``resume``.

Success was never recorded: it is read, not run, and needs ``checkpoint`` in the node's
kernel.json, which ``vzsim init`` writes. Elsewhere both fail as on the recording host.
"""

import json
import os

from vzsim import codes
from vzsim.codes import Failed
from vzsim.commands import mounting, ready
from vzsim.files import read_text, write_text
from vzsim.grammar import getopt
from vzsim.node import network

RESTORE_FAILED = 'Container restore failed (try to check kernel messages, e.g. "dmesg | tail")'
ONLY_ONE = "Invalid syntax: only one sub command may be used"

# The stages of a checkpoint, each a subcommand, and the other options of the two commands.
SUBCOMMANDS = {"suspend": ("dump", "suspend", "resume", "kill"), "resume": ("undump", "kill", "resume")}
SKIPS = {"suspend": (), "resume": ("skip-fsck", "skip-remount")}  # read, not run
WITH_VALUE = ("flags", "context", "dumpfile")
DEVICES = {"suspend": "/proc/cpt", "resume": "/proc/rst"}


def read_options(run, argv):
    """The options of suspend and resume, as a dictionary."""
    parts = SUBCOMMANDS[run.command]
    switches = (*parts, "skip_arpdetect", "keep", *SKIPS[run.command])
    known = {**dict.fromkeys(switches, False), **dict.fromkeys(WITH_VALUE, True)}
    extra, complaint = [], None
    try:
        options, extra = getopt.parse(argv, known)
    except getopt.OptionError as error:
        options, complaint = error.before, str(error)
    if sum(name in parts for name, _ in options) > 1:
        raise Failed(codes.PARAM_SYNTAX, ONLY_ONE)
    if complaint:
        raise Failed(codes.PARAM_SYNTAX, complaint, loud=True)
    if extra:
        raise Failed(codes.PARAM_SYNTAX, "Invalid extra arguments: " + "".join(word + " " for word in extra), loud=True)
    return dict(options)


def suspend(run, options):
    """``vzctl suspend`` (or ``chkpnt``): a running container goes to its dump file."""
    if "kill" in options or "resume" in options:
        finish(run, options, codes.CHKPNT_ERROR)
        return
    if not run.is_running():
        raise Failed(codes.VE_NOT_RUNNING, "Unable to setup checkpointing: container is not running")
    require_support(run)
    run.say("Setting up checkpoint...")
    if "dump" not in options:
        run.say("\tsuspend...")
    if "suspend" not in options:
        run.say("\tdump...")
        write_dump(run, _dump_path(run, options))
    if not {"suspend", "dump"} & set(options):
        run.say("\tkill...")
        kill(run)
        run.say("Checkpointing completed successfully")
        mounting.umount_private(run)


def write_dump(run, dump):
    """Write what runs into a file; the processes are left as they are."""
    os.makedirs(os.path.dirname(dump), exist_ok=True)
    write_text(dump, json.dumps({"vzsim": "dump", "live": run.node.running(run.ctid)}))


def finish(run, options, rc):
    """``--kill`` and ``--resume``: finish a checkpoint that was done in stages."""
    if not run.is_running():
        raise Failed(codes.VE_NOT_RUNNING, "Container is not running")
    if not run.node.kernel.get("checkpoint"):
        reason = f"unable to open {DEVICES[run.command]}: No such file or directory"
        raise Failed(rc, f"Error: No checkpointing support, {reason}")
    run.say("Killing..." if "kill" in options else "Resuming...")
    if "kill" in options:
        kill(run)


def kill(run):
    """End what runs, and take its devices and addresses from the node."""
    network.take_down(run)


def require_support(run):
    """Fail on a node without checkpointing."""
    if run.node.kernel.get("checkpoint"):
        return
    leftovers = f"{run.node.dump_path(run.ctid)}.fail"
    os.makedirs(leftovers, exist_ok=True)
    run.complain("/usr/libexec/vzctl/scripts/vps-cpt: 37: criu: not found")
    run.complain("Failed to checkpoint the Container")
    raise Failed(codes.CHKPNT_ERROR, f"All dump files and logs were saved to {leftovers}")


def resume(run, options):
    """``vzctl resume`` (or ``restore``)"""
    if "kill" in options or "resume" in options:
        finish(run, options, codes.RESTORE_ERROR)
        return
    if run.is_running():
        raise Failed(codes.VE_RUNNING, "Unable to perform restore: container already running")
    run.require_places()
    if not restore(run, _dump_path(run, options), remount="skip-remount" not in options):
        mounting.umount_private(run)
        raise Failed(codes.RESTORE_ERROR)


def restore(run, dump=None, remount=True, keeps=False):
    """Bring a container back from its dump, which goes unless it is kept; ``False`` (and mounted) if it is no good."""
    dump = dump or run.node.dump_path(run.ctid)
    live = _read_dump(run, dump)
    if live is not None:
        run.say("Restoring container ...\nStarting container ...")
    ready.check(run)
    mounting.mount_anew(run, remount)
    if live is None:
        _complain_of_dump(run)
        return False
    run.say("\tundump...\n\tresume...")
    _give_back_devices(run, live)
    run.node.set_running(run.ctid, live)
    if not keeps:
        forget_dump(dump)
    run.say("Container start in progress...")
    run.say("Restoring completed successfully")
    return True


def _read_dump(run, dump):
    """The live record in one of our own dumps, if the node can restore."""
    if not run.node.kernel.get("checkpoint") or not os.path.isfile(dump):
        return None
    try:
        content = json.loads(read_text(dump))
    except ValueError:
        return None
    return content.get("live") if isinstance(content, dict) else None


def _give_back_devices(run, live):
    devices = live.pop("veth", {})
    names = live.pop("netdev", [])
    for name in names:
        network.give_netdev(run, live, name)
    for ifname, device in devices.items():
        network.add_veth(run, live, {"ifname": ifname, **device})


def _complain_of_dump(run):
    if not run.node.kernel.get("checkpoint"):
        run.complain("/usr/libexec/vzctl/scripts/vps-rst: 45: criu: not found")
        run.complain(f"The restore log was saved in {run.node.dump_path(run.ctid)}/restore.log")
    run.complain(RESTORE_FAILED)


def _dump_path(run, options):
    return run.node.path(options["dumpfile"]) if options.get("dumpfile") else run.node.dump_path(run.ctid)


def forget_dump(dump):
    if os.path.isfile(dump):
        os.unlink(dump)
