"""
What keeps containers off the network: bridges, veth pairs, devices passed through, and what two containers both have.
"""

import os
import shlex

from ...host import files
from ...host.kernel.bridges import by_hand
from .reading import finding, named


def bridge_script(reading):
    """Nothing puts a veth into its bridge but the script that vznet.conf names."""
    name = reading.node.flavour.places.NETWORK_FILE
    if name is None:
        return
    path = reading.node.path(name)
    bridged = [ctid for ctid, domain in reading.domains.items() if any(one.bridge for one in domain.interfaces)]
    with reading.asking(path, *bridged):
        if bridged and not reading.node.flavour.reading.parse(files.text(path) or "").get("EXTERNAL_SCRIPT"):
            what = f"EXTERNAL_SCRIPT is not set in {path}: nothing puts the veths of {named(bridged)} into a bridge"
            remedy = f'write EXTERNAL_SCRIPT="/usr/sbin/vznetaddbr" to {path}, and restart the containers'
            yield finding("bridge_script", path, what, remedy, bridged)


def bridges(reading):
    """The bridges that configuration files name: there, bridges, and up."""
    for name, ctids in reading.holders(lambda domain: [one.bridge for one in domain.interfaces if one.bridge]).items():
        place = os.path.join(reading.node.sys_class_net, name)
        with reading.asking(place, *ctids):
            if not reading.node.has_device(name):
                what = f"there is no bridge {name}, which {named(ctids)} should be in"
                remedy = (
                    f"if it is libvirt's, virsh net-start its network; otherwise brctl addbr {shlex.quote(name)}, "
                    f"and add it to the node's own network configuration"
                )
                yield finding("bridge", place, what, remedy, ctids)
            elif not reading.node.has_bridge(name):
                what = f"{name}, which {named(ctids)} should be in, is not a Linux bridge"
                remedy = (
                    f"{_of_switch(reading)}stop it, and vzctl set {ctids[0]} --ifname eth0 "
                    f"{reading.node.flavour.pairs.BRIDGED} --save"
                )
                yield finding("bridge", place, what, remedy, ctids)
            elif not reading.node.is_up(name):
                what = f"the bridge {name} is down, and {named(ctids)} should be in it"
                yield finding("bridge_down", place, what, f"ip link set {shlex.quote(name)} up", ctids)


def veths(reading):
    """The veth pairs of running containers: each in its bridge."""
    for ctid in _running(reading):
        for one in reading.domains[ctid].interfaces:
            with reading.asking(reading.node.sys_class_net, ctid):
                if one.bridge and reading.node.has_bridge(one.bridge):
                    yield from _stray(reading, ctid, one.bridge, reading.node.flavour.pairs.target(ctid, one))


def host_devices(reading):
    """Devices of the node that a container which does not run would be given at its start."""
    running = set(_running(reading))
    for device, ctids in reading.holders(lambda domain: domain.hostdevs).items():
        waiting = [ctid for ctid in ctids if reading.statuses.get(ctid) in ("stopped", "mounted")]
        place = os.path.join(reading.node.sys_class_net, device)
        with reading.asking(place, *waiting):
            if waiting and not running.intersection(ctids) and not reading.node.has_device(device):
                what = f"the device {device}, which is passed through to {named(waiting)}, is not on this node"
                remedy = f"bring the device back, or vzctl set {waiting[0]} --netdev_del {shlex.quote(device)} --save"
                yield finding("netdev", place, what, remedy, waiting)


def addresses(reading):
    assigned = reading.holders(lambda domain: [address.partition("/")[0] for address in domain.addresses])
    for address, ctids in _shared(assigned):
        remedy = f"decide which one keeps it; vzctl set {ctids[-1]} --ipdel {address} --save takes it from the other"
        yield finding("duplicate_ip", address, f"{named(ctids)} have the address {address}", remedy, ctids)


def macs(reading):
    """MAC addresses of both ends. One pair may have the same twice, and every node's end vzctl's FE:FF:FF:FF:FF:FF."""
    pairs = {}
    for ctid, domain in reading.domains.items():
        for number, one in enumerate(domain.interfaces):
            for mac in {one.mac, one.host_mac} - {None, reading.node.flavour.pairs.HOST_MAC.lower()}:
                pairs.setdefault(mac, []).append((ctid, number, one.guest))
    for mac, ends in sorted(pairs.items()):
        if len(ends) > 1:
            ctids = sorted({ctid for ctid, _, _ in ends})
            ctid, _, guest = ends[-1]
            what = f"{len(ends)} interfaces of {named(ctids)} have the MAC address {mac}"
            remedy = f"stop container {ctid}, then vzctl set {ctid} --ifname {shlex.quote(guest)} --mac NEW --save"
            yield finding("duplicate_mac", mac, what, remedy, ctids)


def host_ends(reading):
    """Names of veth devices on the node: Linux has one device of a name."""
    pairs = {}
    for ctid, domain in reading.domains.items():
        for one in domain.interfaces:
            target = reading.node.flavour.pairs.target(ctid, one)
            if target:
                pairs.setdefault(target, []).append((ctid, one.guest))
    for device, ends in sorted(pairs.items()):
        if len(ends) > 1:
            ctids = sorted({ctid for ctid, _ in ends})
            ctid, guest = ends[-1]
            what = (
                f"{len(ends)} veth pairs of {named(ctids)} are called {device} on the node, so one of them cannot start"
            )
            remedy = f"stop container {ctid}, then vzctl set {ctid} --ifname {shlex.quote(guest)} --host_ifname NEW"
            yield finding("duplicate_veth", device, what, f"{remedy} --save", ctids)


def shared_devices(reading):
    for device, ctids in _shared(reading.holders(lambda domain: domain.hostdevs)):
        what = f"the device {device} is passed through to {named(ctids)}, and only the first that starts gets it"
        remedy = f"decide which one keeps it; vzctl set {ctids[-1]} --netdev_del {shlex.quote(device)} --save"
        yield finding("duplicate_netdev", device, what, remedy, ctids)


CHECKS = (bridge_script, bridges, veths, host_devices, addresses, macs, host_ends, shared_devices)


def _stray(reading, ctid, bridge, device):
    """The finding of a veth that is not in its bridge."""
    if device is None or reading.node.bridge_holds(bridge, device):
        return
    place = os.path.join(reading.node.sys_class_net, bridge, "brif", device)
    if reading.node.has_device(device):
        by_brctl = by_hand(reading.node, device, bridge)
        by_brctl = f"({by_brctl})" if "&&" in by_brctl else by_brctl
        by_ip = f"ip link set dev {shlex.quote(device)} master {shlex.quote(bridge)}"
        remedy = " || ".join(filter(None, (by_ip, by_brctl)))
        yield finding(
            "veth", place, f"{device} of container {ctid}, which is running, is not in {bridge}", remedy, [ctid]
        )
    else:
        what = f"container {ctid} is running, but its {device}, which should be in {bridge}, is not on the node"
        yield finding("veth", place, what, f"vzctl restart {ctid}", [ctid])


def _of_switch(reading):
    """What else a bridge may be that is none of the kernel's."""
    name = reading.node.flavour.places.NETWORK_FILE
    if name is None:
        return ""
    return f"if it belongs to Open vSwitch, check that the script in {reading.node.path(name)} adds to it; otherwise "


def _running(reading):
    return [ctid for ctid in reading.domains if reading.statuses.get(ctid) == "running"]


def _shared(holders):
    return [(thing, ctids) for thing, ctids in holders.items() if len(ctids) > 1]
