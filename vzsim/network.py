"""
Network devices of containers: what the kernel and the bridge script of the node do.

A running container's devices are in its live record and, on a node made by
``vzsim init``, below sys/class/net. vznet.conf with an EXTERNAL_SCRIPT stands
for the script that puts veth devices into bridges (read, not run: no recorded
run had one).
"""

import os

from vzsim import conf, netvalues
from vzsim.files import read_text, write_text
from vzsim.run import NETDEV_ERROR, VETH_ERROR, Failed
from vzsim.values import scan_int

DEFAULT_BRIDGE = "vmbr0"
OWNER = "vzsim_container"  # in the directory of the node's end of a pair: whose it is

# Inside a container, too, a name stands for one device (assumed).
SAME_NAME = "Unable to add {} {}: File exists"


def generate_mac(ctid, ifname, side):
    """A MAC address of the SWsoft range, the same for the same device every time."""
    import zlib  # like the other imports here: most runs need not wait for it

    number = zlib.crc32(f"{ctid}/{ifname}/{side}".encode("utf-8", "surrogateescape"))
    return "00:18:51:" + number.to_bytes(4, "big")[1:].hex(":").upper()


def default_host_ifname(ctid, ifname):
    """``default_host_ifname(101, "eth0")`` -> ``"veth101.0"``"""
    at = 0
    while at < len(ifname) and ifname[at] not in "0123456789":
        at += 1
    number = scan_int(ifname[at:])[0] if at else 0
    return f"veth{ctid}.{number}"[: netvalues.NAME_LIMIT]


def complete(device, ctid, saved=False):
    """Fill in what a veth device lacks; one that stands in the conf (``saved``) has one MAC for both sides."""
    ifname = device["ifname"]
    mac = device.get("mac") or generate_mac(ctid, ifname, "container")
    host_mac = device.get("host_mac") or (netvalues.SAME_MAC if saved else generate_mac(ctid, ifname, "host"))
    host_ifname = device.get("host_ifname") or default_host_ifname(ctid, ifname)
    host_mac = mac if host_mac == netvalues.SAME_MAC else host_mac
    return {**device, "mac": mac, "host_ifname": host_ifname, "host_mac": host_mac}


# veth pairs


def add_veth(run, live, device):
    """
    Make a veth pair of a running container and let the bridge script see it.

    A pair that is there keeps its addresses and its name on the node (assumed: the kernel has made it already).
    """
    if device["ifname"] in live.get("netdev", ()):
        raise Failed(NETDEV_ERROR, SAME_NAME.format("veth", device["ifname"]))
    known = live.setdefault("veth", {}).get(device["ifname"])
    if not known or not os.path.isdir(run.node.sys_class_net):
        _clear_orphan(run, device["host_ifname"], known)
        _refuse_taken(run, device["host_ifname"], known)
        live["veth"][device["ifname"]] = {key: device[key] for key in ("mac", "host_ifname", "host_mac")}
        _make_host_side(run, device)
    try:
        _run_bridge_script(run, device["host_ifname"])
    except Failed:
        if not known:
            remove_veth(run, live, device["ifname"])
        raise


def _clear_orphan(run, host_ifname, known):
    """
    The end of a pair that a vzctl had made for this container when it was killed.

    A real kernel knows whose it is, and vzctl finds it (read, not run); here it is made once more.
    """
    try:
        owner = read_text(f"{run.node.sys_class_net}/{host_ifname}/{OWNER}")
    except OSError:
        return
    if not known and owner == f"{run.ctid}\n":
        _remove_host_side(run.node, host_ifname)


def _refuse_taken(run, host_ifname, known):
    """Linux has one device of a name (assumed: what vzctl says then was not recorded)."""
    if not known and os.path.isdir(f"{run.node.sys_class_net}/{host_ifname}"):
        raise Failed(VETH_ERROR, f"Unable to create veth device {host_ifname}: File exists")


def remove_veth(run, live, ifname):
    """Remove a veth pair; nothing happens if there is none."""
    device = live.get("veth", {}).pop(ifname, None)
    if device:
        _remove_host_side(run.node, device["host_ifname"])
    if not live.get("veth"):
        live.pop("veth", None)


def _make_host_side(run, device):
    if os.path.isdir(run.node.sys_class_net):
        scratch = _scratch(run.node)
        os.makedirs(scratch)
        write_text(f"{scratch}/{OWNER}", f"{run.ctid}\n")
        write_text(f"{scratch}/address", device["host_mac"].lower() + "\n")
        os.rename(scratch, f"{run.node.sys_class_net}/{device['host_ifname']}")


def _remove_host_side(node, host_ifname):
    if not host_ifname or not os.path.isdir(f"{node.sys_class_net}/{host_ifname}"):
        return
    import shutil

    _leave_bridge(node, host_ifname)
    scratch = _scratch(node)
    os.rename(f"{node.sys_class_net}/{host_ifname}", scratch)
    shutil.rmtree(scratch)


def _scratch(node):
    """A device comes and goes at once, also where a run is killed in between."""
    os.makedirs(node.path("/tmp"), exist_ok=True)
    return node.path(f"/tmp/device.{os.getpid()}")


def _leave_bridge(node, host_ifname):
    master = f"{node.sys_class_net}/{host_ifname}/master"
    if os.path.islink(master):
        port = f"{node.sys_class_net}/{os.path.basename(os.readlink(master))}/brif/{host_ifname}"
        if os.path.islink(port):
            os.unlink(port)
        os.unlink(master)


def _run_bridge_script(run, host_ifname):
    """
    Put a device into the bridge that the saved conf names for it.

    The script reads the conf as it is on disk: a device that has not been saved yet is not found, and a conf
    without any device makes the script fail.
    """
    if not _has_bridge_script(run.node):
        return
    saved = _saved_devices(run)
    if not saved:
        raise Failed(VETH_ERROR, f"Script /usr/sbin/vznetaddbr failed for {host_ifname}: no NETIF in the conf")
    for device in saved:
        if device.get("host_ifname") == host_ifname:
            _leave_bridge(run.node, host_ifname)
            _enter_bridge(run.node, host_ifname, device.get("bridge") or DEFAULT_BRIDGE)


def _saved_devices(run):
    try:
        return conf.load(run.node, run.ctid).params.get("NETIF", [])
    except OSError:
        return []


def _has_bridge_script(node):
    try:
        return bool(conf.first_values(read_text(node.vznet_conf_path)).get("EXTERNAL_SCRIPT"))
    except OSError:
        return False


def _enter_bridge(node, host_ifname, bridge):
    if os.path.isdir(f"{node.sys_class_net}/{bridge}/bridge"):
        os.symlink(f"../{bridge}", f"{node.sys_class_net}/{host_ifname}/master")
        os.symlink(f"../../{host_ifname}", f"{node.sys_class_net}/{bridge}/brif/{host_ifname}")


# physical devices


def give_netdev(run, live, name):
    """Hand a device of the node to the container (read, not run)."""
    import shutil

    source = f"{run.node.sys_class_net}/{name}"
    if name in live.get("netdev", ()):
        return
    if name in live.get("veth", {}):
        raise Failed(NETDEV_ERROR, SAME_NAME.format("netdev", name))
    if not os.path.isdir(source):
        raise Failed(NETDEV_ERROR, f"Unable to add netdev {name}: No such device")
    os.makedirs(_away(run.node, run.ctid), exist_ok=True)
    shutil.move(source, f"{_away(run.node, run.ctid)}/{name}")
    live.setdefault("netdev", []).append(name)


def take_back_netdev(run, live, name):
    """The device returns to the node."""
    import shutil

    if name in live.get("netdev", ()):
        live["netdev"].remove(name)
        away = f"{_away(run.node, run.ctid)}/{name}"
        if os.path.isdir(away):
            shutil.move(away, f"{run.node.sys_class_net}/{name}")


def _away(node, ctid):
    return node.path(f"/proc/vz/netdev/{ctid}")


def take_down(run):
    """The container is gone from the kernel, its devices are back."""
    release_all(run, run.node.running(run.ctid) or {})
    run.node.set_running(run.ctid, None)


def release_all(run, live):
    """What a stopping container had goes back or away."""
    for ifname in list(live.get("veth", {})):
        remove_veth(run, live, ifname)
    for name in list(live.get("netdev", [])):
        take_back_netdev(run, live, name)
