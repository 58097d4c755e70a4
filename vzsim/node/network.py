"""
Network devices of containers, as the node's kernel handles them.

A running container's devices are in its live record and, on a node made by
``vzsim init``, below sys/class/net; :mod:`vzsim.node.bridges` puts them into bridges.
"""

import os

from vzsim.codes import IP_INUSE, NETDEV_ERROR, PARAM_SYNTAX, VETH_ERROR, Failed
from vzsim.files import read_text, write_text
from vzsim.grammar import netvalues
from vzsim.node import bridges

OWNER = "vzsim_container"  # file in the directory of the node's end of a pair: the owner

NO_IPV6 = "WARNING: IPv6 support is disabled"

# Device names are unique inside a container too (assumed).
SAME_NAME = "Unable to add {} {}: File exists"


def complete(device, ctid):
    """Fill in what a veth device of the conf lacks: one MAC for both ends, derived from the node's name for it."""
    host_ifname = device.get("host_ifname") or netvalues.default_host_ifname(ctid, device["ifname"])
    mac = device.get("mac") or netvalues.generate_mac(ctid, host_ifname)
    return {**device, "mac": mac, "host_ifname": host_ifname, "host_mac": device.get("host_mac") or mac}


# addresses


def has_ipv6(run):
    """IPV6 of the conf, or of vz.conf; the default is no."""
    said = run.conf.params.get("IPV6")
    return said if said is not None else run.node.setting("IPV6") == "yes"


def add_addresses(run, live, addresses):
    """
    Give addresses to venet0.

    An OpenVZ kernel has each address once, whatever the container; on a conflict all addresses of the call are removed
    again, even those the container had before (read, not run).
    """
    hosts = [netvalues.host_part(address) for address in addresses]
    taken = _taken_addresses(run, live) if run.openvz_kernel else set()
    for address, host in zip(addresses, hosts, strict=True):
        if host in taken:
            run.complain(f"Unable to add IP {address}: Address already in use")
            live["ip"] = [known for known in live["ip"] if known not in hosts]
            raise Failed(IP_INUSE)
        taken.add(host)
    live["ip"] = [address for address in live["ip"] if address not in hosts] + hosts
    live["venet0"] = True


def _taken_addresses(run, live):
    others = (run.node.running(ctid) for ctid in run.node.running_ctids() if ctid != run.ctid)
    return {*live["ip"], *(address for other in others for address in (other or {}).get("ip", []))}


# veth pairs


def add_veth(run, live, device):
    """
    Make a veth pair of a running container, or set up an existing one, and run the bridge script.

    If the script fails, a new pair stays and one that existed before is removed (read, not run: vzctl's rollback
    removes only pairs that it found in the kernel).
    """
    if not run.openvz_kernel:
        add_foreign_veth(run, live, device)
        return
    if device["ifname"] in live.get("netdev", ()):
        raise Failed(NETDEV_ERROR, SAME_NAME.format("veth", device["ifname"]))
    known = device["ifname"] in live.get("veth", {})
    if not known:
        if not device["ifname"]:  # assumed
            raise Failed(VETH_ERROR, "Unable to create veth: Invalid argument")
        _refuse_taken(run, device["host_ifname"])
        _make_host_side(run, device)
        note_veth(live, device)
    try:
        bridges.run_script(run, device["host_ifname"])
    except Failed:
        if known:
            remove_veth(run, live, device["ifname"])
        raise


def note_veth(live, device):
    """Record a pair as live."""
    pair = {key: device[key] for key in ("mac", "host_ifname", "host_mac")}
    live.setdefault("veth", {})[device["ifname"]] = pair


def add_foreign_veth(run, live, device):
    """
    What the helper script of the foreign kernel does: make the pair if the node has no device of that name, then
    set both MACs whether the devices exist or not (a name in use inside: read, not run).
    """
    for variable, key in (("VNAME", "ifname"), ("HNAME", "host_ifname")):
        if not device[key]:
            raise Failed(PARAM_SYNTAX, f"vps-netns_dev_add ERROR: Missing parameter: {variable}")
    ifname, host_ifname, pairs = device["ifname"], device["host_ifname"], live.get("veth", {})
    if ifname == "venet0":  # a pair like any other there, but the one that carries the addresses
        live["venet0"] = True
        return
    on_host = [pair for pair in pairs.values() if pair["host_ifname"] == host_ifname]
    if not on_host and ifname not in pairs:
        made_up = {
            "mac": netvalues.generate_mac(run.ctid, ifname),
            "host_mac": netvalues.generate_mac(run.ctid, host_ifname),
        }
        note_veth(live, {**made_up, **device})
        return
    lost = f'Cannot find device "{host_ifname}"'
    if not on_host:
        run.complain(f"RTNETLINK answers: File exists\n{lost}\n{lost}")
    _set_address(run, on_host, "host_mac", device, lost)
    there = [pairs[ifname]] if ifname in pairs else []
    _set_address(run, there, "mac", device, f'Cannot find device "{ifname}"')


def _set_address(run, pairs, key, device, lost):
    if key in device and not pairs:
        run.complain(lost)
    for pair in pairs if key in device else ():
        pair[key] = device[key]


def _refuse_taken(run, host_ifname):
    """Linux has one device of a name (assumed: what vzctl says then was not recorded), but for a pair of our own."""
    if bridges.is_device(run.node, host_ifname) and not _is_orphan(run, host_ifname):
        raise Failed(VETH_ERROR, f"Unable to create veth device {host_ifname}: File exists")


def _is_orphan(run, host_ifname):
    """
    The end of a pair that a killed vzctl had made for this container.

    A real kernel knows its owner, and vzctl finds it (read, not run): it stays, and stays in its bridge.
    """
    try:
        return read_text(f"{run.node.sys_class_net}/{host_ifname}/{OWNER}") == f"{run.ctid}\n"
    except OSError:
        return False


def remove_veth(run, live, ifname):
    """Remove a veth pair; nothing happens if there is none."""
    device = live.get("veth", {}).pop(ifname, None)
    if device:
        _remove_host_side(run.node, device["host_ifname"])
    if not live.get("veth"):
        live.pop("veth", None)


def _make_host_side(run, device):
    place = f"{run.node.sys_class_net}/{device['host_ifname']}"
    if not os.path.isdir(run.node.sys_class_net):
        return
    if os.path.isdir(place):
        write_text(f"{place}/address", device["host_mac"].lower() + "\n")
        return
    scratch = _scratch(run.node)
    os.makedirs(scratch)
    write_text(f"{scratch}/{OWNER}", f"{run.ctid}\n")
    write_text(f"{scratch}/address", device["host_mac"].lower() + "\n")
    os.rename(scratch, place)


def _remove_host_side(node, host_ifname):
    if not bridges.is_device(node, host_ifname):
        return
    import shutil

    bridges.leave(node, host_ifname)
    scratch = _scratch(node)
    os.rename(f"{node.sys_class_net}/{host_ifname}", scratch)
    shutil.rmtree(scratch)


def _scratch(node):
    """Devices appear and disappear in one step, even if the run is killed."""
    os.makedirs(node.path("/tmp"), exist_ok=True)
    return node.path(f"/tmp/device.{os.getpid()}")


# physical devices


def give_netdev(run, live, name):
    """Move a device of the node into the container (read, not run)."""
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
    """Move the device back to the node."""
    import shutil

    if name in live.get("netdev", ()):
        live["netdev"].remove(name)
        away = f"{_away(run.node, run.ctid)}/{name}"
        if os.path.isdir(away):
            shutil.move(away, f"{run.node.sys_class_net}/{name}")


def _away(node, ctid):
    return node.path(f"/proc/vz/netdev/{ctid}")


def take_down(run):
    """Remove the container from the kernel, end what runs in it, give its devices back."""
    from vzsim import guest

    release_all(run, run.node.running(run.ctid) or {})
    run.node.set_running(run.ctid, None)
    guest.end(run.node, run.ctid)


def release_all(run, live):
    """Remove or give back the devices of a stopping container."""
    for ifname in list(live.get("veth", {})):
        remove_veth(run, live, ifname)
    for name in list(live.get("netdev", [])):
        take_back_netdev(run, live, name)
