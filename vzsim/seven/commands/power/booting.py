"""
How a container of vzctl 7 to 9 starts and stops, for all commands that do it.

A failed start leaves the container stopped and unmounted. If vzctl is killed before the end, the container does not run
but stays mounted, and the ends of its pairs stay on the node until the next start.
"""

import contextlib
import os
import time

from vzsim.codes import BAD_TEMPLATE, NO_PRIVATE, START_DISABLED, Failed
from vzsim.files import write_text
from vzsim.seven import kernel
from vzsim.seven.commands.power import mounting
from vzsim.seven.live import apply, limits, veth

NOT_ENOUGH_LIMITS = 27
REFUSED = 255
PLOOP = 182  # major number of the devices of images
HOST_NAME = "localhost.localdomain"  # of a container without HOSTNAME
RUNNING = ".running"  # file in the area of a running container
DUMP = "dump/Dump"  # what a suspended container leaves in its area

# What a container without PHYSPAGES needs, in the order in which vzctl complains.
REQUIRED = (
    "LOCKEDPAGES", "PRIVVMPAGES", "SHMPAGES", "NUMPROC", "PHYSPAGES", "VMGUARPAGES", "NUMFLOCK", "NUMPTY",
    "NUMSIGINFO", "NUMFILE", "NUMIPTENT",
)  # fmt: skip
INIT_PLACES = ("sbin/init", "etc/init", "bin/init")


def check(run):
    """What is looked at before anything is started: limits, DISABLED, the private area."""
    mounting.require_places(run)
    if "PHYSPAGES" not in run.values:
        missing = [key for key in REQUIRED if key not in run.values]
        for key in missing:
            run.complain(f"UB parameter {key.lower()} not set")
        raise Failed(NOT_ENOUGH_LIMITS)
    if run.values.get("DISABLED") == "yes":
        raise Failed(START_DISABLED, "Container start disabled")
    if not os.path.exists(run.area):
        raise Failed(NO_PRIVATE, f"Container private area {run.shown_area} does not exist")


def boot(run, waits=False, sets_up=True, repairs=False):
    """Start a container that is down; with the disk for repairs, which vzsim has not, nothing starts (assumed)."""
    run.say("Starting Container ...")
    check(run)
    if repairs:
        os.makedirs(run.root, exist_ok=True)
        raise Failed(REFUSED, "Failed to start the Container")
    if run.is_mounted():
        mounting.unmount(run)
    mounting.mount(run)
    try:
        record = _create(run, sets_up)
        if sets_up:
            _configure(run, record)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        mounting.unmount(run)
        raise Failed(failure.rc, "Failed to start the Container") from None
    run.say("Container start in progress, waiting ..." if waits else "Container start in progress...")
    if waits:
        run.say("Container was started successfully")
    mark_running(run)
    forget_dump(run)


def mark_running(run):
    write_text(f"{run.area}/{RUNNING}", "")


def forget_running(run):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{run.area}/{RUNNING}")


def _create(run, sets_up):
    """Make the container's cgroups and its first process; nothing of it is visible before :func:`_configure`."""
    record = {"hostname": HOST_NAME, "cgroup": kernel.new_cgroup(), "started": time.time()}
    begin(run)
    wanted = apply.of_conf(run.values)
    if "CPUUNITS" not in run.values:
        wanted.values = {**wanted.values, "CPUUNITS": "1000"}
    limits.apply_memory(run, record, run.values, is_new=True)
    apply.mount_all(run, wanted)
    if sets_up:
        apply.check_quota(run, run.values)
    else:
        limits.apply_cpu(run, record, {"CPUUNITS": wanted.values["CPUUNITS"]}, is_new=True)
        kernel.set_live(run.node, run.ctid, record)
    return record


def begin(run):
    """What is said of every new container: of its disks, then of its clocks."""
    for number, image in enumerate(mounting.enabled(run)):
        if number:
            run.say(mount_options(image, number))
        run.say(f"Setting permissions for image={image}")
    run.say("tune monotonic 0 0\ntune boottime 0 0")


def mount_options(image, number):
    """What is said of a further disk; the numbers of the device are invented."""
    return f"Setting mount options for image={image} opts=0 {PLOOP}:{number * 16 + 1};"


def _configure(run, record):
    """Apply what the conf says, run the start script, let init go."""
    values = {**run.values, **({} if "CPUUNITS" in run.values else {"CPUUNITS": "1000"})}
    try:
        wanted = apply.of_conf(values)
        wanted.mounts = []
        apply.apply(run, record, wanted, is_new=True)
        run.say("Unable to find suitable getty, console setup is skipped")
        kernel.set_live(run.node, run.ctid, record)
        mounting.run_inside(run, "start", "start")
        _require_init(run)
    except Failed:
        run.say("Cancel init execution")
        kill(run, record)
        raise


def _require_init(run):
    """Only of a container that vzsim made is known whether it has an init (the complaint: read, not run)."""
    content = mounting.content(run)
    if content and not any(os.path.lexists(f"{content}/{place}") for place in INIT_PLACES):
        raise Failed(BAD_TEMPLATE, "Unable to start init, probably incorrect template")


def forget_dump(run):
    place = f"{run.area}/{DUMP}"
    if os.path.isdir(place) and not os.path.islink(place):
        import shutil

        shutil.rmtree(place)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)


# stopping


def halt(run, forcibly=False, unmounts=True):
    """Stop a running container."""
    run.say("Stopping the Container ...")
    record = run.node.running(run.ctid)
    if record.pop("paused", False):
        run.say("The Container is in the suspended state\n\tunfreeze")
        kernel.set_live(run.node, run.ctid, record)
    mounting.run_inside(run, "stop", "stop")
    if forcibly:
        run.say("Forcibly stop the Container...\n\tfreeze\n\tunfreeze")
    kill(run, record)
    run.say("Container was stopped")
    forget_running(run)
    if unmounts:
        mounting.unmount(run)


def kill(run, record):
    """Remove a container from the kernel, end what runs in it, give the node's devices back."""
    from vzsim import guest

    veth.release_all(run.node, run.ctid, record)
    kernel.set_live(run.node, run.ctid, None)
    guest.end(run.node, run.ctid)


def restart(run, waits=False, sets_up=True):
    """Stop the container if it runs, and start it."""
    run.say("Restart the Container")
    if run.is_running():
        halt(run)
    boot(run, waits, sets_up)
