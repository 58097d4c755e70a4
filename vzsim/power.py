"""
``vzctl start``, ``stop``, ``restart`` and ``status``.

A running container is its live record in the node's proc/vz; see
:mod:`vzsim.network` for its devices, :mod:`vzsim.checkpoint` for suspended ones.
"""

import os
import time

from vzsim import checkpoint, conf, getopt, hooks, mounting, netvalues, network, ready
from vzsim import run as codes
from vzsim.run import Failed, write

KNOWN_OPTIONS = {
    "force": ("start", "restart"),
    "wait": ("start", "restart"),
    "skip-fsck": ("start", "restart"),
    "skip-remount": ("start", "restart"),
    "fast": ("stop", "restart"),
    "skip-umount": ("stop", "restart"),
}

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
    run.require_places()
    mounting.require_private(run)  # before it may be found running (read, not run)
    if run.is_running():
        raise Failed(codes.VE_RUNNING, "Container is already running")
    boot(run, wait="wait" in options, remount="skip-remount" not in options)


def boot(run, wait=False, remount=True):
    """Start a stopped container."""
    dump = run.node.dump_path(run.ctid)
    suspended = run.node.is_suspended(run.ctid)
    if suspended:
        run.say(f"Dump file {dump} exists, trying to restore from it")
        if restore(run):
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


def restore(run):
    """Whatever keeps a dump from being used, the container is started all the same."""
    try:
        return checkpoint.restore(run)
    except Failed as failure:  # read, not run
        if failure.message:
            run.complain(failure.message)
        return False


def boot_bare(run):
    """Start a container for a moment: no addresses, no devices, no action scripts."""
    run.require_places()
    begin(run, scripts=False)
    run.node.set_running(run.ctid, new_live(run))
    run.say("Container start in progress...")


def begin(run, remount=True, scripts=True):
    """What comes before the container is there: its conf is complete, its private area mounted."""
    run.say("Starting container...")
    ready.check(run)
    mounting.mount_anew(run, remount, scripts)
    ready.warn_of_numiptent(run)


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
    limit_cpu(limits, params)
    if limits:
        live["cgroup"] = limits
    return live


def limit_cpu(limits, params):
    """Note limits of the CPU scheduler as the control group of the container shows them."""
    if "CPUUNITS" in params:
        limits["cpu.shares"] = str(params["CPUUNITS"])
        if params["CPUUNITS"] == 1000:  # the default, not worth a note
            del limits["cpu.shares"]
    # Of two limits the lower one counts, if they are named together (that: read, not run).
    rates = [params["CPUS"] * 100] if "CPUS" in params else []
    rates += [params["CPULIMIT"]] if params.get("CPULIMIT") or ("CPULIMIT" in params and not rates) else []
    if rates:
        limits["cpu.cfs_quota_us"] = str(min(rates) * 1000)
        if not min(rates):
            del limits["cpu.cfs_quota_us"]
    if "CPUMASK" in params:
        limits["cpuset.cpus"] = params["CPUMASK"]


def set_up(run, live):
    """Give the starting container its modules, addresses and devices."""
    params = run.conf.params
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
    devices = [network.complete(device, run.ctid) for device in run.conf.params.get("NETIF", [])]
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
