"""
Apply parameters to a container that starts or runs, in vzctl's order: memory, processes, mounts, disks, CPUs, I/O,
devices, networks, names. The first failure ends it.
"""

import os

from vzsim.codes import CANNOT_MOUNT, SETUBC_ERROR, VE_RUNNING, Failed
from vzsim.seven.commands.power import mounting
from vzsim.seven.live import limits, veth

QUOTA_NOT_READY = 67
BIND_FOLDER = ".bindmount"  # in the container: where a mount without a source has its files (read, not run)
NEEDS_SETMODE = (
    "WARNING: Some of the parameters could not be applied to a running container.\n"
    "\tPlease consider using --setmode option"
)


class Wanted:
    """
    What is to be applied.

    ``values``: keys of the conf with their new texts, complete ones for keys that hold lists. ``devices``: the names of
    the veth devices that are new or changed, ``removed`` of those to remove; ``addresses``: whether venet addresses
    were added or removed. ``mounts``: ``[(source, destination), ...]``; ``unmounts``: destinations. ``netdevs`` and
    ``lost_netdevs``: names. ``setmode``: None, "ignore" or "restart".
    """

    def __init__(self, values, **more):
        self.values = dict(values)
        self.devices = list(more.get("devices", ()))
        self.removed = list(more.get("removed", ()))
        self.addresses = more.get("addresses", False)
        self.mounts = list(more.get("mounts", ()))
        self.unmounts = list(more.get("unmounts", ()))
        self.netdevs = list(more.get("netdevs", ()))
        self.lost_netdevs = list(more.get("lost_netdevs", ()))
        self.setmode = more.get("setmode")


def of_conf(values):
    """What a starting container wants: everything in its conf."""
    mounts = [mount_of(word) for word in values.get("BINDMOUNT", "").split()]
    return Wanted(
        values,
        devices=[device["ifname"] for device in veth.parse(values.get("NETIF", ""))],
        addresses=bool(values.get("IP_ADDRESS", "").strip()),
        mounts=mounts,
        netdevs=values.get("NETDEV", "").replace(",", " ").split(),
    )


def mount_of(word):
    """``"/srv:/mnt/x,ro"`` -> ``("/srv", "/mnt/x")``; without a source ``("", "/mnt/x")``."""
    source, colon, target = word.partition(",")[0].partition(":")
    return (source, target) if colon else ("", source)


def needing_restart(run, wanted):
    """The code for what cannot change while the container runs, after saying which; 0 if there is nothing."""
    rc, quota = 0, wanted.values.get("QUOTAUGIDLIMIT")
    if quota not in (None, "0"):
        run.complain("Unable to turn ugid quota on: quota is not initialized")
        rc = QUOTA_NOT_READY
    journaled = wanted.values.get("JOURNALED_QUOTA")
    if journaled is not None and journaled != run.values.get("JOURNALED_QUOTA"):
        run.complain("Unable to change quota mode for the running Container")
        rc = VE_RUNNING
    if wanted.values.get("FEATURES") is not None:
        run.complain("Unable to set features for the running Container")
        rc = VE_RUNNING
    return rc


def apply(run, record, wanted, is_new=False):
    """
    Change the live record as far as it goes; a Failed tells how far.

    A failed device is in ``wanted.devices`` no longer, a failed mount not in ``wanted.mounts``: they are not saved.
    """
    values = wanted.values
    if not is_new:
        limits.apply_memory(run, record, values)
    limits.apply_processes(run, record, values, is_new)
    if is_new:
        for image in mounting.enabled(run):
            run.say(f"Setting permissions for image={image}")
    else:
        mount_all(run, wanted)
    limits.apply_cpu(run, record, values, is_new)
    limits.apply_io(run, record, values, is_new)
    for keys, what in ((("DEVICES", "DEVNODES"), "devices"), (("PCI",), "PCI devices")):
        if any(values.get(key) if is_new else key in values for key in keys):
            run.say(f"Setting {what}")
    _apply_networks(run, record, wanted)
    if not is_new:
        _apply_quota(run, values)
    _apply_names(run, record, values, is_new)


def mount_all(run, wanted):
    """Bind mounts; the one that failed is taken out of `wanted`."""
    root = run.node.strip(run.root)
    for target in wanted.unmounts:
        run.say(f"Unmount {root}/{target}")
    for source, target in list(wanted.mounts):
        place = f"{root}/{target}"
        run.say(f"Set up the bind mount: {source or f'{root}/{BIND_FOLDER}/{target}'} at {place}")
        if source and not os.path.exists(run.node.path(source)):
            wanted.mounts.remove((source, target))
            if run.is_running():
                raise Failed(CANNOT_MOUNT, f"vz_open_tree({source}): No such file or directory")
            raise Failed(CANNOT_MOUNT, f"Cannot bind-mount: {source} {place}: No such file or directory")


def _apply_networks(run, record, wanted):
    values = {"NETIF": run.values.get("NETIF", ""), **wanted.values}
    if wanted.addresses and not run.node.is_old:
        veth.add_venet(run, values)
    if "NETIF" in wanted.values:
        wanted.values["NETIF"] = values["NETIF"]
    devices = {device["ifname"]: device for device in veth.parse(values["NETIF"])}
    plugged = [device["ifname"] for device in veth.parse(run.values.get("NETIF", "")) if device.get("network")]
    for name in wanted.removed:
        veth.remove(run, record, name)
    touched = [name for name in wanted.devices if name in devices]  # not one that the same call deletes (assumed)
    if wanted.addresses and veth.VENET in devices and veth.VENET not in touched:
        touched.append(veth.VENET)
    for name in touched:
        try:
            veth.configure(run, record, devices[name])
            if name in plugged and not devices[name].get("network"):
                veth.unplug(run, devices[name])
        except Failed:
            if name in wanted.devices:
                wanted.devices.remove(name)
            raise
    if wanted.addresses:
        veth.set_addresses(run, record, values.get("IP_ADDRESS", ""))
    for name in wanted.lost_netdevs:
        veth.take_back(run, record, name)
    for name in wanted.netdevs:
        veth.give(run, record, name)


def check_quota(run, values):
    """Quotas for users are set up while the container starts; quotacheck is a program of the node."""
    if values.get("QUOTAUGIDLIMIT") in (None, "0"):
        return
    run.say("Running quotacheck ...")
    if "quotacheck" not in run.node.kernel.get("tools", ()):
        raise Failed(SETUBC_ERROR, "Error exec quotacheck: No such file or directory")


def _apply_quota(run, values):
    """A running container cannot get quotas any more."""
    if values.get("QUOTAUGIDLIMIT") not in (None, "0"):
        run.say(f"Setting quota ugidlimit: {values['QUOTAUGIDLIMIT']}")
        raise Failed(QUOTA_NOT_READY)


def _apply_names(run, record, values, is_new):
    """An empty host name counts on the command line, not in a conf (assumed)."""
    if values.get("HOSTNAME") or "HOSTNAME" in values and not is_new:
        run.say(f"Set hostname: {values['HOSTNAME']}")
        record["hostname"] = values["HOSTNAME"]
    if values.get("NAMESERVER") or values.get("SEARCHDOMAIN"):
        run.say("File resolv.conf was modified")
