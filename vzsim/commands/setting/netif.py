"""
The veth devices of a conf: how ``--netif_add``, ``--netif_del`` and ``--ifname`` change NETIF.
"""

from vzsim import codes
from vzsim.codes import Failed
from vzsim.node import network


def new_devices(run, known, wanted):
    """
    A device of the conf that is both removed and added is lost; a new one stays (read, not run).

    If one device is added several times, the first changes the one in the conf; without one, all are new devices.
    """
    change = asked_change(wanted)
    old = [] if wanted.netif_del_all else [network.complete(device, run.ctid) for device in known]
    added = added_devices(wanted, change)
    first = {device["ifname"]: device for device in reversed(added)}
    devices = []
    for device in old:
        update = first.get(device["ifname"], {})
        if device["ifname"] not in wanted.netif_del:
            devices.append({**device, **update})
    there = {device["ifname"] for device in old}
    return devices + [device for device in added if device["ifname"] not in there]


def added_devices(wanted, change):
    """
    The devices of ``--netif_add`` and, at the place of its first option, the one of ``--ifname``.

    If both are the same device, the values of ``--netif_add`` win, even generated ones.
    """
    devices = list(wanted.netif_add)
    if change:
        same = [device for device in devices if device["ifname"] == change["ifname"]]
        devices.insert(wanted.netif_change_at, {**change, **same[0]} if same else change)
        if same:
            devices = [device for device in devices if device is not same[0]]
    return devices


def change_of_device(known, wanted):
    """What ``--ifname`` and its companions change; the device must be in the conf or be added in the same call."""
    if not wanted.netif_change:
        return {}
    change = asked_change(wanted)
    if "ifname" not in change:
        raise Failed(codes.PARAM_SYNTAX, "Invalid usage.  Option --ifname not specified")
    if change["ifname"] not in [device["ifname"] for device in (*known, *wanted.netif_add)]:
        reason = f"veth device {change['ifname']} is not configured, use --netif_add option first"
        raise Failed(codes.PARAM_SYNTAX, f"Invalid usage: {reason}")
    return change


def asked_change(wanted):
    """``--ifname eth0 --bridge ""`` -> ``{"ifname": "eth0"}``: an empty text changes nothing."""
    return {key: text for key, text in wanted.netif_change.items() if text}
