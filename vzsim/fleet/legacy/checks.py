"""
What vzmigrate looks at before it changes anything; see the list of what it does not look at in docs/vzsim.md.
"""

import os
import re

from vzsim.fleet.legacy import locking, script, sourcing

PREFIX_LENGTH = re.compile(r"/[0-9]+(?=\s)")


def refuse(move, rc, *lines):
    """Say why, unlock and leave."""
    for line in lines:
        move.error(line)
    locking.drop(move)
    raise script.Exit(rc)


def status(move):
    """Whether the container is there, and how it is: ``CTID 101 exist mounted running``."""
    words = [*move["VZCTL_L"].split(), "--quiet", "status", move.ctid]
    said = move.calls.run("status", words, capture=True).text.split()
    names = ("exist", "mounted", "state", "suspended")
    move.values.update(zip(names, [*said[2:6], "", "", "", ""], strict=False))
    if move["exist"] == "deleted":
        refuse(move, script.NO_SUCH, f"CT #{move.ctid} doesn't exist")
    if move.is_on("online") and move["state"] != "running":
        refuse(move, script.STOPPED, "Can't perform live migration of a stopped container")


def announce(move):
    begin = "Checking" if move.is_on("check_only") else "Starting"
    kind = "live migration" if move.is_on("online") else "migration"
    move.say(f"{begin} {kind} of CT {move.ctid} to {move['host']}")


def connection(move):
    if move.ssh("ssh", "/bin/true"):
        refuse(
            move,
            script.CANNOT_CONNECT,
            "Can't connect to destination address using public key",
            "Please put your public key to destination node",
        )
    if move.ssh("vz", "/etc/init.d/vz status"):
        refuse(move, script.NOT_RUNNING, "OpenVZ is not running on the target machine", "Can't continue migration")


def checkpointing(move):
    """Files that the modules for checkpoints make in /proc."""
    failed = move.calls.here("checks-cpt")
    if failed or not os.path.isfile(move.node.path("/proc/cpt")):
        _no_module(move, "vzcpt module is not loaded on the source node")
    if move.ssh("checks-rst", "test -f /proc/rst"):
        _no_module(move, "vzrst module is not loaded on the destination node")


def _no_module(move, text):
    refuse(move, script.NOT_RUNNING, text, "Can't continue live migration")


def existence(move):
    """A conf and an area there; either alone is overwritten, and an answer that is none counts as no container."""
    said = move.ask("checks-exists", f"{move['VZCTL']} --quiet status {move.ctid}").split()
    if said[2:3] == ["exist"]:
        refuse(move, script.EXISTS, f"CT #{move.ctid} already exists on destination node")


def kernels(move):
    """For a container with processes to take along; vzcptcheck is a program that vzsim has not (read, not run)."""
    if not os.access(move.node.path("/bin/vzcptcheck"), os.X_OK):
        move.say("Warning: no vzcptcheck binary on local node,")
        move.say("skipping CPT version and CPU caps checks")
    elif move.ssh("checks-cpu", "which vzcptcheck >/dev/null"):
        move.say("Warning: no vzcptcheck binary on destination node,")
        move.say("skipping CPT version and CPU caps checks")
    else:
        _compare_kernels(move)
    if os.path.isdir(move.node.path("/sys/module/ipv6")) and move.ssh(
        "checks-ipv6", "test -d /sys/module/ipv6", shown=True
    ):
        move.error("Module ipv6 is not loaded on the destination node")
        if not move.is_on("ignore_ipv6"):
            refuse(move, script.NOT_RUNNING)
        _ignore(move)


def _ignore(move):
    move.say("Ignoring the above error (migration can fail)...")


def _compare_kernels(move):
    """(read, not run)"""
    move.debug("Checking for CPT version compatibility")
    version = move.calls.run("checks-cpu", ["vzcptcheck", "version"], capture=True)
    if version.rc or not version.text.strip():
        move.say("Warning: can't get local CPT version, skipping check")
    elif move.ssh("checks-cpu", f"vzcptcheck version {version.text.strip()}", shown=True):
        refuse(
            move,
            script.CPT_VERSION,
            "CPT version check failed on destination node!",
            "Destination node kernel is too old, please upgrade",
            "Can't continue live migration",
        )
    move.debug("Checking for CPU flags compatibility")
    caps = move.ask("checks-cpu", "vzcptcheck caps").strip()
    move.values["CPU_CAPS"] = caps
    ctid = [move.ctid] if move["state"] == "running" else []
    if not caps:
        move.say("Warning: can't get remote CPU caps, skipping check")
    elif move.calls.run("checks-cpu", ["vzcptcheck", "caps", *ctid, *caps.split()]).rc:
        move.error("CPU capabilities check failed!")
        move.error("Destination node CPU is not compatible")
        if not move.is_on("ignore_cpu"):
            refuse(move, script.CPU, "Can't continue live migration")
        _ignore(move)


def configuration(move):
    """Run the container's file as code; the lock stays if the shell gives up on it."""
    move.debug(f"Loading {move.conf_path}")
    failed = move.calls.here("source")
    if failed:
        raise script.Exit(failed)
    move.values.update(sourcing.source(move.node, move.conf_path, move.values))


def other_configuration(move):
    """Where the other node's vz.conf puts the container: the paths on this node do not count."""
    move.debug("Getting remote VE_ROOT and VE_PRIVATE")
    names = ("VE_ROOT", "VE_PRIVATE", "DUMPDIR")
    shown = " && ".join(f"\techo {name}_REMOTE=${name}" for name in names)
    said = move.ask("checks-conf", f"sh -c 'VEID='{move.ctid}'; . /etc/vz/vz.conf && {shown}'")
    pairs = (line.partition("=")[::2] for line in said.splitlines())
    move.remote = {name.removesuffix("_REMOTE"): value for name, value in pairs}
    if not move.remote.get("VE_ROOT") or not move.remote.get("VE_PRIVATE"):
        refuse(move, script.NO_REMOTE_CONF, "Failed to get remote VE_ROOT/VE_PRIVATE")
    for name, place in (("VE_PRIVATE", move.area_there), ("VE_ROOT", move.root_there)):
        if move.there(move.node.strip(move[name])) != place:
            move.say(f"Remote {name} path differs from local {move.ctid}.conf")
            move.say(f"Using {move.remote[name]} for syncing")


def images(move):
    if os.path.isfile(f"{move.area}/root.hdd/DiskDescriptor.xml"):
        move.values |= {"PLOOP": "yes", "DISK_QUOTA": "no"}
    if not move.is_ploop:
        move.values |= {"RSYNC1_OPTIONS": "--sparse", "compact": 0, "snapshot": 0}
        return
    move.debug("Checking if ploop is supported on destination node")
    if move.ssh("checks-ploop", "ploop getdev >/dev/null"):
        refuse(move, script.NO_PLOOP, "Destination node does not support ploop, can't migrate")


def addresses(move):
    """Those of running containers of the other node only."""
    known = PREFIX_LENGTH.sub("", f"{move['IP_ADDRESS']} ").split()
    if not re.search("[0-9a-f]", " ".join(known)):
        return
    move.debug(f"Checking IPs on destination node: {' '.join(known)}")
    counted = move.ask("checks-ips", f'grep -cwE "{"|".join(known)}" /proc/vz/veip').strip()
    if counted.isdigit() and int(counted) > 0:
        refuse(move, script.IP_IN_USE, "IP address(es) already in use on destination node")
