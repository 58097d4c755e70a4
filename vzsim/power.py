"""
``vzctl start``, ``stop``, ``restart`` and ``status``.

A running container is its live record in the node's proc/vz; see
:mod:`vzsim.network` for its devices, :mod:`vzsim.checkpoint` for suspended ones.
"""

import os
import time

from vzsim import checkpoint, conf, distribution, getopt, hooks, mounting, netvalues, network
from vzsim import run as codes
from vzsim import values as v
from vzsim.run import Failed, write

KNOWN_OPTIONS = {
    "force": ("start", "restart"),
    "wait": ("start", "restart"),
    "skip-fsck": ("start", "restart"),
    "skip-remount": ("start", "restart"),
    "fast": ("stop", "restart"),
    "skip-umount": ("stop", "restart"),
}

# Without swap accounting a container needs all of these, with it just two.
BEANCOUNTERS = [key for key in conf.UB_KEYS if key not in ("AVNUMPROC", "SWAPPAGES")]
VSWAP_KEYS = ["PHYSPAGES", "SWAPPAGES"]

START_FAILED = 'Container start failed (try to check kernel messages, e.g. "dmesg | tail")'


def read_options(run, argv):
    """The options of start, stop and restart, as a set of names."""
    try:
        options, extra = getopt.parse(argv, dict.fromkeys(KNOWN_OPTIONS, False))
    except getopt.OptionError as error:
        raise Failed(codes.PARAM_SYNTAX, str(error), loud=True) from None
    if extra:
        raise Failed(codes.PARAM_SYNTAX, "Invalid extra arguments: " + "".join(word + " " for word in extra))
    for name, _ in options:
        if run.command not in KNOWN_OPTIONS[name]:
            raise Failed(codes.PARAM_SYNTAX, f"Option --{name} is not applicable to {run.command} command", loud=True)
    return {name for name, _ in options}


def status(run, options=None):
    """``CTID 101 exist mounted running``"""
    node, exists, mounted = run.node, False, False
    if not node.is_root:
        run.complain(f"Can't access file {run.private}: Permission denied")
        run.complain(f"stat({run.root}): Permission denied")
    else:
        exists = run.has_conf and os.path.exists(run.private)
        mounted = run.is_mounted()
    running = run.is_running()
    words = [f"CTID {run.ctid}", "exist" if exists else "deleted", "mounted" if mounted else "unmounted"]
    words.append("running" if running else "down")
    if exists and not running and node.is_suspended(run.ctid):
        words.append("suspended")
    write(1, " ".join(words) + "\n")


# starting


def start(run, options):
    """``vzctl start``"""
    if run.conf.params.get("DISABLED") and "force" not in options:
        raise Failed(codes.START_DISABLED, "Container start disabled")
    if run.is_running():
        raise Failed(codes.VE_RUNNING, "Container is already running")
    boot(run, wait="wait" in options, remount="skip-remount" not in options)


def boot(run, wait=False, remount=True):
    """Start a stopped container."""
    prepare(run)
    dump = run.node.dump_path(run.ctid)
    suspended = run.node.is_suspended(run.ctid)
    if suspended:
        run.say(f"Dump file {dump} exists, trying to restore from it")
        if checkpoint.restore(run):
            return
    begin(run, remount and not suspended)
    live = new_live(run)
    set_up(run, live)
    run.node.set_running(run.ctid, live)
    checkpoint.forget_dump(dump)
    if hooks.run_inside(run, "start") != 0:
        run.complain(START_FAILED)
        halt(run)
        raise Failed(codes.ACTIONSCRIPT_ERROR)
    if wait:
        wait_for_boot(run)
    else:
        run.say("Container start in progress...")


def boot_bare(run):
    """Start a container for a moment: no addresses, no devices, no action scripts."""
    prepare(run)
    begin(run, scripts=False)
    run.node.set_running(run.ctid, new_live(run))
    run.say("Container start in progress...")


def prepare(run):
    run.require_places()
    mounting.require_private(run)


def begin(run, remount=True, scripts=True):
    """What comes before the container is there: its conf is complete, its private area mounted."""
    run.say("Starting container...")
    save_layout(run)
    check_memory(run)
    if run.is_mounted():
        if not remount:
            return
        mounting.umount_private(run, scripts)
    mounting.mount_private(run, scripts)


def save_layout(run):
    """A container whose conf names no layout gets the one that was guessed."""
    if "VE_LAYOUT" not in run.conf.params:
        run.say("Saving VE layout 'simfs' to the VE config file")
        run.save_conf([("VE_LAYOUT", "simfs")])


def check_memory(run):
    """All memory limits that the kind of conf needs must be there."""
    params = run.conf.params
    needed = VSWAP_KEYS if is_vswap(params) else BEANCOUNTERS
    missing = [key for key in needed if key not in params]
    for key in missing:
        run.complain(f"Error: required UB parameter {key.lower()} not set")
    if missing:
        raise Failed(codes.NOTENOUGHUBCPARAMS)


def is_vswap(params):
    """A conf is of the newer kind if its physical memory is limited."""
    return "PHYSPAGES" in params and params["PHYSPAGES"][1] not in (v.LONG_MAX, 2**31 - 1)


# What an OpenVZ kernel keeps of a running container by itself, and vzlist shows, whatever its conf says.
KERNEL_KEYS = (*conf.UB_KEYS, "CPUS", "CPUUNITS", "CPULIMIT")


def new_live(run):
    """The live record of a container that has just been started, before its network is set up."""
    params = run.conf.params
    hostname = params.get("HOSTNAME") or run.node.kernel.get("hostname", "vm")
    live = {"hostname": hostname, "ip": [], "started": time.time()}
    if run.openvz_kernel:
        live["venet0"] = True
        live["limits"] = {key: params[key] for key in KERNEL_KEYS if key in params}
    limits = {}
    for key in ("CPUUNITS", "CPUS", "CPULIMIT", "CPUMASK"):
        if key in params:
            limit_cpu(limits, key, params[key])
    if limits:
        live["cgroup"] = limits
    return live


def limit_cpu(limits, key, value):
    """Note a limit of the CPU scheduler as the control group of the container shows it."""
    if key == "CPUUNITS":
        limits["cpu.shares"] = str(value)
        if value == 1000:  # the default, not worth a note
            del limits["cpu.shares"]
    elif key in ("CPUS", "CPULIMIT"):
        quota = value * (100000 if key == "CPUS" else 1000)
        limits["cpu.cfs_quota_us"] = str(quota)
        if not quota:
            del limits["cpu.cfs_quota_us"]
    elif key == "CPUMASK":
        limits["cpuset.cpus"] = value


def set_up(run, live):
    """Give the starting container its modules, addresses and devices."""
    params = run.conf.params
    distribution.check(run)
    preload_modules(run)
    addresses = params.get("IP_ADDRESS", [])
    if addresses:
        run.say("Adding IP address(es): " + " ".join(addresses))
        live["ip"] = [netvalues.host_part(address) for address in addresses]
        live["venet0"] = True
    try:
        for name in params.get("NETDEV", []):
            network.give_netdev(run, live, name)
        set_up_veth(run, live)
    except Failed:
        network.release_all(run, live)
        mounting.umount_private(run)
        run.complain(START_FAILED)
        raise


def preload_modules(run):
    for feature in ("nfs", "nfsd"):
        if run.conf.params.get("FEATURES", {}).get(feature):
            run.say(f"Preloading kernel module: {feature}")
            if not run.openvz_kernel:
                run.complain("/usr/libexec/vzctl/scripts/vps-prestart: 56: lsmod: not found")
                run.complain(f"Warning: can't load {feature}: ")


def set_up_veth(run, live):
    devices = [network.complete(device, run.ctid, True) for device in run.conf.params.get("NETIF", [])]
    if devices:
        run.say("Configure veth devices: " + "".join(device["host_ifname"] + " " for device in devices))
    for device in devices:
        network.add_veth(run, live, device)


def wait_for_boot(run):
    """``--wait`` never succeeded in a recorded run; on a node of our own it does (read, not run)."""
    run.say("Container start in progress, waiting ...")
    if run.openvz_kernel:
        run.say("Container started successfully")
        return
    run.say("Container wait failed")
    stop_running(run, fast=True)
    raise Failed(codes.WAIT_FAILED)


# stopping


def stop(run, options):
    """``vzctl stop``: a container that does not run is no error."""
    if not run.is_running():
        run.complain("Unable to stop: container is not running")
        return
    if hooks.run_inside(run, "stop") != 0:
        raise Failed(codes.ACTIONSCRIPT_ERROR)
    stop_running(run, fast="fast" in options, keep_mounted="skip-umount" in options)


def stop_running(run, fast=False, keep_mounted=False, scripts=True):
    run.say("Killing container ..." if fast else "Stopping container ...")
    network.take_down(run)
    run.say("Container was stopped")
    if not keep_mounted and run.node.is_mounted(run.ctid):
        mounting.umount_private(run, scripts)


def halt(run):
    """Stop what has not really started, without a word but for the umount."""
    network.take_down(run)
    mounting.umount_private(run)


def restart(run, options):
    """``vzctl restart``: on a stopped container the same as start."""
    run.say("Restarting container")
    if run.is_running():
        stop(run, options)
    start(run, options)
