"""
Veth pairs as vzctl has them: its own names for the node's ends, and the arguments of its options.
"""

import itertools
import re
from dataclasses import replace

from ...model import names

# vzctl(8): keeps a bridge from taking over a veth's address. Left out, vzctl copies the container's to this end.
HOST_MAC = "FE:FF:FF:FF:FF:FF"
BRIDGED = "--bridge BRIDGE"  # how an operator puts a pair into one
ATTRIBUTES = frozenset("bridge network mac target guest host_mac mac_filter".split())
INSTEAD = {
    "addresses": "; routed addresses are <interface type='ethernet'><ip address='192.0.2.4'/></interface>, and others "
    "are set inside the container"
}
COMPARED = ("mac", "target", "bridge", "host_mac")
LIVE = frozenset({"bridge"})
HAS_NETWORKS = MOVES = False


def as_read(ctid, live):
    """
    A live interface as vzctl reads its line of the configuration file.

    Without ``host_ifname`` it has vzctl's own name on the node, without ``host_mac`` the container's MAC at both ends
    (recorded: vzctl writes it so into the file). A MAC that the line lacks is made up, and stays unknown here.
    """
    if live.target and (live.host_mac or not live.mac):
        return live
    return replace(live, target=target(ctid, live), host_mac=live.host_mac or live.mac)


def settled(interface):
    """An interface as vzctl saves it: it takes nothing away."""
    return interface


def vzctls_target(ctid, guest, mac):
    """``veth209.0`` for eth0: vzctl's own name for the node's end. ``None`` for a device without number."""
    number = re.fullmatch(r"\D+(0|[1-9]\d*)", guest)
    return f"veth{ctid}.{number.group(1)}" if number else None


def other_targets(ctid, guest):
    """``v209.0``, ``v209.1``, ...: names that vzctl never gives."""
    return (f"v{ctid}.{number}" for number in itertools.count())


def target(ctid, interface):
    """The node's end of a pair: what its file says, or the name that vzctl gives it; without number it counts as 0."""
    number = re.search("[0-9]+", interface.guest)
    return interface.target or f"veth{ctid}.{int(number.group()) if number else 0}"[: names.DEVICE_MAX]


def is_conventional(interface):
    """Whether the node's end has the MAC that any gets."""
    return (interface.host_mac or "").upper() == HOST_MAC


def netif_add(interface):
    """
    ``eth0,02:..:01,veth209.0,FE:FF:FF:FF:FF:FF,br0``: the argument of ``--netif_add``.

    For a device that exists vzctl generates each MAC that is not given (recorded): `interface` has all of it.
    """
    return _join(interface.guest, interface.mac, interface.target, interface.host_mac or HOST_MAC, interface.bridge)


def ifname_change(change):
    """
    The arguments of ``--ifname`` for a `ChangeVeth`: it touches nothing else, and takes one device in a call.

    For a stopped container alone: a running one is not recorded to take it.
    """
    options = {"mac": "--mac", "target": "--host_ifname", "host_mac": "--host_mac", "bridge": "--bridge"}
    changed = {name: getattr(change.new, name) for name in change.differing}
    words = {name: value.upper() if name in ("mac", "host_mac") else value for name, value in changed.items()}
    return ["--ifname", change.old.guest, *(part for name in words for part in (options[name], words[name]))]


def _join(guest, mac, target, host_mac, bridge):
    fields = (guest, (mac or "").upper(), target or "", (host_mac or "").upper(), bridge or "")
    return ",".join(fields).rstrip(",")
