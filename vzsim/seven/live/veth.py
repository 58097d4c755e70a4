"""
Network devices of a running container: veth pairs, the pseudo device venet0, devices of the node.

Pairs are in the live record and, on a node made by ``vzsim init``, below sys/class/net, where the node's end of one is
a port of its bridge.
"""

import contextlib
import os

from vzsim.codes import SYSTEM_ERROR, Failed
from vzsim.files import read_text, write_text
from vzsim.node import bridges
from vzsim.seven.grammar import macs

VENET = "venet0"
FAILED = 136
OWNER = "vzsim_container"  # file in the directory of the node's end of a pair: the CT ID
CONFIGURE = "Configure veth device: {}"
NET_CONFIGURE = "/usr/libexec/libvzctl/scripts/vznetcfg exited with error"
NET_ADD = "vz-netns_dev_add ERROR: Unable to create veth pair ({}, {})"
NO_CLIENT = "Warning: DHCP client daemon not found"


def parse(netif):
    """``"ifname=eth0,mac=..;ifname=eth1"`` -> ``[{"ifname": "eth0", "mac": ..}, {"ifname": "eth1"}]``"""
    devices = [dict(field.partition("=")[::2] for field in text.split(",")) for text in netif.split(";") if text]
    return [device for device in devices if device.get("ifname")]


def hosts(ip_address):
    """``"10.0.0.1/255.255.255.0 10.0.0.2 "`` -> ``["10.0.0.1", "10.0.0.2"]``; 0.0.0.0 is no address."""
    addresses = [address.partition("/")[0] for address in ip_address.replace(",", " ").split()]
    return [address for address in addresses if address != "0.0.0.0"]


def add_venet(run, values):
    """
    Give a container with addresses the pseudo device venet0, which is saved at once and stays in its conf.

    ``values`` are those that count; NETIF changes in them.
    """
    netif = values.get("NETIF", "")
    if not hosts(values.get("IP_ADDRESS", "")) or any(device["ifname"] == VENET for device in parse(netif)):
        return
    fields = {**macs.new_pair(VENET), "type": "routed"}
    device = ",".join(f"{key}={fields[key]}" for key in ("ifname", "mac", "host_mac", "host_ifname", "type"))
    run.save_conf({"NETIF": _joined(run.values.get("NETIF", ""), device)})
    values["NETIF"] = _joined(netif, device)


def _joined(netif, device):
    return ";".join(text for text in (netif.rstrip(";"), device) if text)


def configure(run, record, device):
    """
    Make a pair, or set up one that is there; fails with 136.

    A pair whose bridge cannot be found stays inside all the same.
    """
    name, pairs = device["ifname"], record.setdefault("netif", {})
    run.say(CONFIGURE.format(name))
    known = pairs.get(name)
    if known is not None and known.get("host_ifname") != device.get("host_ifname"):
        run.complain(f"RTNETLINK answers: File exists\n{NET_ADD.format(device.get('host_ifname', ''), name)}")
        raise Failed(FAILED)
    if known is None and _is_taken(run, device.get("host_ifname", "")):  # (assumed)
        run.complain(f'Cannot find device "{name}"')
        raise Failed(FAILED)
    pairs[name] = {key: device[key] for key in ("mac", "host_ifname", "host_mac") if key in device}
    _make_host_side(run, device)
    _attach(run, device)
    if device.get("dhcp") == "yes":
        run.say(NO_CLIENT)


def _is_taken(run, host_ifname):
    """
    Whether the node has a device of that name that belongs to somebody else.

    A killed vzctl leaves the end of a pair of its own container, and a container that stopped has none left.
    """
    if not bridges.is_device(run.node, host_ifname):
        return False
    try:
        owner = read_text(f"{run.node.sys_class_net}/{host_ifname}/{OWNER}").strip()
    except OSError:
        return True
    return owner != run.ctid and run.node.is_running(owner)


def _make_host_side(run, device):
    place = f"{run.node.sys_class_net}/{device.get('host_ifname', '')}"
    if not os.path.isdir(run.node.sys_class_net) or not device.get("host_ifname"):
        return
    is_new = not os.path.isdir(place)
    made = _scratch(run.node) if is_new else place
    os.makedirs(made, exist_ok=True)
    write_text(f"{made}/{OWNER}", f"{run.ctid}\n")
    write_text(f"{made}/address", device.get("host_mac", "00:00:00:00:00:00").lower() + "\n")
    if is_new:
        os.rename(made, place)


def _scratch(node):
    """Devices appear and disappear in one step, even if the run is killed."""
    os.makedirs(node.path("/tmp"), exist_ok=True)
    return node.path(f"/tmp/device.{os.getpid()}")


def _attach(run, device):
    """Put the node's end into the bridge that the device's network means."""
    network, host = device.get("network"), device.get("host_ifname", "")
    if not network or device.get("type") == "routed":
        return
    known = run.node.kernel.get("networks", {})
    bridge = network if device.get("type") == "bridge" else known.get(network)
    if bridge is None:
        run.complain(f"error: failed to get network '{network}'\nCannot find bridge interface for {network} network")
        raise Failed(FAILED, NET_CONFIGURE)
    if not os.path.isdir(run.node.sys_class_net):
        is_there = bridge in known.values()
    else:
        is_there = bridges.is_bridge(run.node, bridge)
    if not is_there:
        run.complain(f"bridge {bridge} does not exist!\nUnable to attach {host} to bridge {bridge}/{bridge}")
        raise Failed(FAILED, NET_CONFIGURE)
    if bridges.is_device(run.node, host) and bridges.master(run.node, host) != bridge:
        bridges.leave(run.node, host)
        bridges.enter(run.node, host, bridge)


def unplug(run, device):
    """``vznetcfg delif`` takes the node's end out of its bridge (read, not run)."""
    if bridges.is_device(run.node, device.get("host_ifname", "")):
        bridges.leave(run.node, device["host_ifname"])


def remove(run, record, name):
    """Remove a pair; one that is not there is only complained of."""
    run.say(f"Deleting veth device: {name}")
    pair = record.get("netif", {}).pop(name, None)
    if pair is None:
        run.complain(f'Cannot find device "{name}"')
    else:
        _remove_host_side(run.node, pair.get("host_ifname", ""))
    if not record.get("netif"):
        record.pop("netif", None)


def _remove_host_side(node, host_ifname):
    if bridges.is_device(node, host_ifname):
        import shutil

        bridges.leave(node, host_ifname)
        scratch = _scratch(node)
        os.rename(f"{node.sys_class_net}/{host_ifname}", scratch)
        shutil.rmtree(scratch)


def set_addresses(run, record, ip_address):
    """Give venet0 the addresses of the conf; without IPV6 those of IPv6 are left out (read, not run)."""
    addresses = hosts(ip_address)
    if run.all_values.get("IPV6") != "yes" and any(":" in address for address in addresses):
        run.say("Warning: ipv6 support disabled")
        addresses = [address for address in addresses if ":" not in address]
    if run.node.is_old:
        _say_addresses(run, record.get("ip", []), addresses)
    record["ip"] = addresses


def _say_addresses(run, old, new):
    """vzctl 7.0 has no pseudo device, and says which addresses come and go (read, not run)."""
    for verb, changed in (("Deleting", [a for a in old if a not in new]), ("Adding", [a for a in new if a not in old])):
        if changed:
            run.say(f"{verb} ip address(es): {' '.join(changed)}")


# devices of the node


def give(run, record, name):
    """Move a device of the node into the container (read, not run); fails with 3 if there is none."""
    run.say(f"Add the network device: {name}")
    source = f"{run.node.sys_class_net}/{name}"
    if name in record.get("netdev", ()):
        return
    if not os.path.isdir(source):
        raise Failed(SYSTEM_ERROR, f"Failed to read /sys/class/net/{name}: No such file or directory")
    os.makedirs(_away(run.node, run.ctid), exist_ok=True)
    os.rename(source, f"{_away(run.node, run.ctid)}/{name}")
    record.setdefault("netdev", []).append(name)


def take_back(run, record, name):
    """Move a device back to the node (read, not run)."""
    run.say(f"Delete the network device: {name}")
    _take_back(run.node, run.ctid, record, name)


def _take_back(node, ctid, record, name):
    if name in record.get("netdev", ()):
        record["netdev"].remove(name)
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{_away(node, ctid)}/{name}", f"{node.sys_class_net}/{name}")


def _away(node, ctid):
    return node.path(f"/proc/vz/netdev/{ctid}")


def release_all(node, ctid, record):
    """What becomes of a stopping container's devices: pairs are gone, the node gets its own back."""
    for pair in record.get("netif", {}).values():
        _remove_host_side(node, pair.get("host_ifname", ""))
    for name in list(record.get("netdev", ())):
        _take_back(node, ctid, record, name)
