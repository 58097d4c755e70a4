"""
``vzctl start``, ``stop``, ``restart`` and ``status``.

A container runs if it has a live record in the node's proc/vz. Devices are in
:mod:`vzsim.node.network`, suspending is in :mod:`vzsim.commands.checkpoint`.
"""

import os
import time

from vzsim import codes
from vzsim.codes import Failed, write
from vzsim.commands import checkpoint, distribution, hooks, mounting, ready
from vzsim.commands.setting import limits
from vzsim.files import read_text
from vzsim.grammar import getopt
from vzsim.node import network

KNOWN_OPTIONS = {
    "force": ("start", "restart"),
    "skip_ve_setup": ("start", "restart"),
    "wait": ("start", "restart"),
    "fast": ("stop", "restart"),
    "skip-umount": ("stop", "restart"),
    "skip-fsck": ("start", "restart"),
    "skip-remount": ("start", "restart"),
}

INIT_PLACES = ("sbin", "etc", "bin")
DEFAULT_CPUUNITS = 1000
PRESTART = "/usr/libexec/vzctl/scripts/vps-prestart"
START_FAILED = 'Container start failed (try to check kernel messages, e.g. "dmesg | tail")'


def read_options(run, argv):
    """The options of start, stop and restart, as a set of names; parsing goes on after an unknown one."""
    given, extra, rest, unknown = set(), [], argv, False
    while rest is not None:
        try:
            options, words = getopt.parse(rest, dict.fromkeys(KNOWN_OPTIONS, False))
            rest, complaint = None, None
        except getopt.OptionError as error:
            options, words, rest, complaint = error.before, error.extra, error.rest, str(error)
        given |= {applicable(run, name) for name, _ in options}
        extra += words
        if complaint is not None:
            write(2, complaint + "\n")
            unknown = True
    if extra:
        words = "".join(word + " " for word in extra)
        raise Failed(codes.PARAM_SYNTAX, f"Invalid extra arguments: {words}", loud=True)
    if unknown:
        raise Failed(codes.PARAM_SYNTAX)
    return given


def applicable(run, name):
    if run.command not in KNOWN_OPTIONS[name]:
        raise Failed(codes.PARAM_SYNTAX, f"Option --{name} is not applicable to {run.command} command", loud=True)
    return name


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
    boot(run, options)


def boot(run, options):
    """Start a stopped container."""
    dump = run.node.dump_path(run.ctid)
    suspended = run.node.is_suspended(run.ctid)
    if suspended:
        run.say(f"Dump file {dump} exists, trying to restore from it")
        if restore(run):
            return
    begin(run, "skip-remount" not in options and not suspended)
    live = new_live(run)
    if "skip_ve_setup" not in options:
        set_up(run, live)
    run.node.set_running(run.ctid, live)
    checkpoint.forget_dump(dump)
    if hooks.run_inside(run, "start") != 0:
        run.complain(START_FAILED)
        halt(run)
        raise Failed(codes.ACTIONSCRIPT_ERROR)
    require_init(run)
    if "wait" in options:
        wait_for_boot(run)
    else:
        run.say("Container start in progress...")


def require_init(run):
    """An OpenVZ kernel needs an init (read, not run); the foreign one starts without."""
    if run.openvz_kernel and not any(os.path.lexists(f"{run.content}/{place}/init") for place in INIT_PLACES):
        run.complain("Unable to start init, probably incorrect template\nContainer start failed")
        halt(run)
        raise Failed(codes.BAD_TEMPLATE)


def restore(run):
    """If the dump cannot be used, start the container anyway."""
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
    """What start does first: check the conf, mount the private area."""
    run.say("Starting container...")
    ready.check(run)
    mounting.mount_anew(run, remount, scripts)
    if scripts:
        read_as_shell(run)
        require_proc(run)
    ready.warn_of_numiptent(run)


def read_as_shell(run):
    """A script of the node sources the conf in a shell, and complains if that fails."""
    import shlex

    text = read_text(run.conf_path)
    try:
        shlex.split(text, comments=True)
    except ValueError:
        line = len(text.splitlines()) + 1
        run.complain(f"{PRESTART}: {line}: {run.conf_path}: Syntax error: Unterminated quoted string")


def require_proc(run):
    """On the foreign kernel the first process mounts /proc, and exits if the directory is missing."""
    if run.openvz_kernel or os.path.isdir(f"{run.content}/proc"):
        return
    old_root = f"vzctl-old-root.{os.getpid() % 10**6:06}"
    os.makedirs(f"{run.content}/{old_root}", exist_ok=True)
    run.complain("Failed to mount /proc: No such file or directory")
    run.complain(f"Can't rmdir {old_root}: Device or resource busy")
    run.complain(f"Unable to apply network parameters: container is not running\n{START_FAILED}")
    mounting.umount_private(run)
    raise Failed(codes.VE_NOT_RUNNING)


def new_live(run):
    """The live record of a container that has just been started, before its network is set up."""
    params = run.conf.params
    hostname = params.get("HOSTNAME") or run.node.kernel.get("hostname", "vm")
    live = {"hostname": hostname, "ip": [], "started": time.time()}
    if run.openvz_kernel:
        live["venet0"] = True
        live["limits"] = {key: params[key] for key in limits.KERNEL_KEYS if key in params}
    group = {}
    limits.limit_cpu(group, params)
    if group:
        live["cgroup"] = group
    return live


def set_up(run, live):
    """Give the starting container its modules, addresses, limits and devices, in vzctl's order."""
    params = run.conf.params
    preload_modules(run)
    try:
        set_up_addresses(run, live)
        for name in params.get("NETDEV", []):
            network.give_netdev(run, live, name)
        set_limits(run, params)
        configure(run, params)
        set_up_veth(run, live)
    except Failed:
        network.release_all(run, live)
        mounting.umount_private(run)
        run.complain(START_FAILED)
        raise


def set_up_addresses(run, live):
    addresses = run.conf.params.get("IP_ADDRESS", [])
    if not network.has_ipv6(run) and any(":" in address for address in addresses):  # read, not run
        run.say(network.NO_IPV6)
        addresses = [address for address in addresses if ":" not in address]
    if addresses:
        run.say("Adding IP address(es): " + " ".join(addresses))
        network.add_addresses(run, live, addresses)
    distribution.say_script(run, "add_ip")


def set_limits(run, params):
    """Processors, device files and disks, as in ``vzctl set`` on a running container."""
    if run.openvz_kernel:
        weighed = "CPUUNITS" in params or "CPUUWEIGHT" in params
        limits.say_cpu(run, params if weighed else {**params, "CPUUNITS": DEFAULT_CPUUNITS})
    elif params.get("CPUS") == 0:
        raise Failed(codes.CGROUP_ERROR, limits.NO_CPU_LIMIT)
    if params.get("DEVNODES") or params.get("DEVICES"):
        run.say("Setting devices")
    limits.set_io(run, params)


def configure(run, params):
    """Run the distribution's scripts, which only ``--verbose`` shows; vz.conf has defaults."""
    if "HOSTNAME" in params:
        distribution.say_script(run, "set_hostname")
    if any(params.get(key) or run.node.setting(key) for key in ("NAMESERVER", "SEARCHDOMAIN")):
        distribution.say_script(run, "set_dns")
    if "QUOTAUGIDLIMIT" in params:
        distribution.say_script(run, "set_ugid_quota")


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
    """``--wait`` never succeeded in a recorded run; on an OpenVZ kernel it does (read, not run)."""
    run.say("Container start in progress, waiting ...")
    if run.openvz_kernel:
        run.say("Container started successfully")
        return
    run.say("Container wait failed")
    stop_running(run, fast=True)
    raise Failed(codes.WAIT_FAILED)


# stopping


def stop(run, options):
    """``vzctl stop``: a stopped container is not an error."""
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
    """Stop a container that failed to start; only the umount is reported."""
    network.take_down(run)
    mounting.umount_private(run)


def restart(run, options):
    """``vzctl restart``: on a stopped container the same as start."""
    run.say("Restarting container")
    if run.is_running():
        stop(run, options)
    start(run, options)
