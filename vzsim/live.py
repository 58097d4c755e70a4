"""
``vzctl set`` on a running container: what is applied at once, what needs a restart.
"""

import os

from vzsim import conf, netif, netvalues, network, power, ready
from vzsim import run as codes
from vzsim.run import Failed

CPU_KEYS = ("CPUUNITS", "CPUUWEIGHT", "CPULIMIT", "CPUS", "CPUMASK", "NODEMASK")
IO_KEYS = ("IOPRIO", "IOLIMIT", "IOPSLIMIT")

# Said for each CPU parameter on an OpenVZ kernel (read, not run).
CPU_LINES = {
    "CPUUNITS": "Setting CPU units: {}",
    "CPULIMIT": "Setting CPU limit: {}",
    "CPUS": "Setting CPUs: {}",
    "CPUMASK": "Setting CPU mask: {}",
}

NOT_CONFIGURED = "Container does not have configured veth: {}, skipped"
SECOND_LEVEL_QUOTA = "Unable to turn {} second-level disk quota on a running container"
LATE_WARNING = (
    "WARNING: Some of the parameters could not be applied to a running container.\n"
    "\tPlease consider using --setmode option"
)


def reset_ub(run):
    """``--reset_ub``: the limits of the conf once more."""
    if not run.is_running():
        raise Failed(codes.VE_NOT_RUNNING, "Container is not running")
    run.say("UB limits were set successfully")


def refuse_places(params):
    for key in ("VE_ROOT", "VE_PRIVATE"):
        if key in params:
            raise Failed(codes.VE_RUNNING, f"Unable to change {key} on a running container")


def needing_restart(run, wanted, params):
    """What would be said about the parameters that need a restart and are not those of the conf."""
    old, said = run.conf.params, []
    if changes_capabilities(wanted.params.get("CAPABILITY", {}), old.get("CAPABILITY", {})):
        said.append("Unable to set capability on a running container")
    if any(key in params and params[key] != old.get(key) for key in ("IPTABLES", "NETFILTER")):
        said.append("Unable to set iptables/netfilter on a running container")
    features = wanted.params.get("FEATURES", {})
    if features and switched(features, True) != switched(old.get("FEATURES", {}), True):
        said.append("Unable to set features on a running container")
    if "QUOTAUGIDLIMIT" in params and bool(params["QUOTAUGIDLIMIT"]) != bool(old.get("QUOTAUGIDLIMIT")):
        said.append(SECOND_LEVEL_QUOTA.format("on" if params["QUOTAUGIDLIMIT"] else "off"))
    if "DISK_QUOTA" in params and params["DISK_QUOTA"] != run.quota_enabled():
        said.append("Unable to switch DISK_QUOTA on or off on a running container")
    if "MOUNT_OPTS" in params and params["MOUNT_OPTS"] != old.get("MOUNT_OPTS"):
        said.append("Unable to change mount options on a running container")
    return said


def changes_capabilities(new, old):
    """Each side is compared by itself: to name one of two is a change as well (read, not run)."""
    return any(switched(new, state) and switched(new, state) != switched(old, state) for state in (True, False))


def switched(switches, state):
    return {name for name in switches if switches[name] is state}


def change(run, wanted, params):
    """Apply what can be applied at once; for the rest ``--setmode`` says what to do."""
    late, mode = needing_restart(run, wanted, params), wanted.texts.get("setmode")
    if late and mode == "ignore":
        raise Failed(codes.VE_RUNNING, "\n".join(late))
    if late and mode == "restart":
        restart(run, params)
        return
    if late:
        run.complain("\n".join(late))
        run.complain(LATE_WARNING)
    apply(run, wanted, params)


def restart(run, params):
    """Restart with the new parameters, but for features, which come into force with the next start only."""
    old = run.conf.params
    run.conf.params = {**old, **params, "FEATURES": old.get("FEATURES", {})}
    power.restart(run, set())
    run.conf.params = old


def apply(run, wanted, params):
    """Change the running container, in vzctl's order; what was applied before a failure stays applied."""
    live = run.node.running(run.ctid)
    if run.openvz_kernel:
        live.setdefault("limits", {}).update((key, params[key]) for key in power.KERNEL_KEYS if key in params)
    try:
        set_memory(run, params)
        set_addresses(run, live, wanted)
        set_netdev(run, live, wanted)
        set_cpu(run, live, params)
        if "DEVNODES" in params or "DEVICES" in params:
            run.say("Setting devices")
        for devices in (wanted.params.get("PCI"), wanted.pci_del):
            if devices:
                run.say("Setting PCI devices")
        set_io(run, params)
        if "HOSTNAME" in params:
            live["hostname"] = params["HOSTNAME"]
        look_for_runlevels(run, params)
        set_veth(run, live, wanted)
    finally:
        run.node.set_running(run.ctid, live)


def set_memory(run, params):
    merged = {**run.conf.params, **params}
    if ready.is_vswap(merged) or any(key in params for key in conf.UB_KEYS):
        run.say("UB limits were set successfully")


def set_cpu(run, live, params):
    limits = live.setdefault("cgroup", {})
    power.limit_cpu(limits, params)
    for key in CPU_KEYS:
        if key in params and run.openvz_kernel and key in CPU_LINES:
            run.say(CPU_LINES[key].format(params[key]))
    if not limits:
        del live["cgroup"]


# addresses


def set_addresses(run, live, wanted):
    """Remove first, then add; an address that is there already is taken away and added again."""
    if wanted.ip_del_all:
        delete_addresses(run, live, live["ip"][::-1], "Deleting all IP address(es): ")
    gone = [] if wanted.ip_del_all else with_known(run, wanted)
    if gone:
        delete_addresses(run, live, gone, "Deleting IP address(es): ")
    if wanted.ip_add:
        run.say("Adding IP address(es): " + " ".join(wanted.ip_add))
        added = [netvalues.host_part(address) for address in wanted.ip_add]
        live["ip"] = [address for address in live["ip"] if address not in added] + added
        live["venet0"] = True


def with_known(run, wanted):
    """The addresses to remove, and those of the conf that are to be added once more (the mask may be another)."""
    gone = list(wanted.ip_del)
    added = [netvalues.host_part(address) for address in wanted.ip_add]
    for address in run.conf.params.get("IP_ADDRESS", []):
        if netvalues.host_part(address) in added:
            netvalues.add_missing(gone, address)
    return gone


def delete_addresses(run, live, addresses, announcement):
    run.say(announcement + " ".join(addresses))
    hosts = [netvalues.host_part(address) for address in addresses]
    live["ip"] = [address for address in live["ip"] if address not in hosts]
    if run.openvz_kernel:
        return
    # On the foreign kernel each removal takes the whole device away.
    for _ in addresses:
        if not live.pop("venet0", False):
            run.complain('Cannot find device "venet0"')


# devices


def set_netdev(run, live, wanted):
    for name in wanted.netdev_del:
        network.take_back_netdev(run, live, name)
    for name in wanted.params.get("NETDEV", []):
        network.give_netdev(run, live, name)


def set_veth(run, live, wanted):
    """Remove first, then add: what is new is made, what is there is looked at once more."""
    delete_veths(run, live, wanted)
    adding = [_named(run, live, device) for device in netif.added_devices(wanted, netif.asked_change(wanted))]
    if adding:
        run.say("Configure veth devices: " + "".join(device["host_ifname"] + " " for device in adding))
    for device in adding:
        network.add_veth(run, live, device)


def _named(run, live, device):
    """A device with its name on the node; the OpenVZ kernel tells that of one that it has (read, not run)."""
    known = live.get("veth", {}) if run.openvz_kernel else {}
    if known and device["ifname"] not in known:
        run.complain(NOT_CONFIGURED.format(device["ifname"]))
    there = known.get(device["ifname"], {}).get("host_ifname", "")
    return {**device, "host_ifname": device.get("host_ifname") or there}


def delete_veths(run, live, wanted):
    """The foreign kernel does not know what there is: no names in the announcement, and ``all`` are none."""
    known = live.get("veth", {}) if run.openvz_kernel else {}
    gone = list(known) if wanted.netif_del_all else wanted.netif_del
    if gone:
        names = [known.get(ifname, {}).get("host_ifname", "") for ifname in gone]
        run.say("Deleting veth devices: " + "".join(name + " " for name in names))
    for ifname in gone:
        if ifname not in live.get("veth", {}):
            lost = NOT_CONFIGURED.format(ifname)
            run.complain(lost if run.openvz_kernel else f'Cannot find device "{ifname}"')
        network.remove_veth(run, live, ifname)


def set_io(run, params):
    """Only an OpenVZ kernel has these limits; that they succeed there is read, not run."""
    if "IOPRIO" in params:
        if run.openvz_kernel:
            run.say(f"Setting ioprio: {params['IOPRIO']}")
        else:
            run.complain("Warning: ioprio not supported by the kernel, skipping")
    for key, unit in (("IOLIMIT", "bytes/sec"), ("IOPSLIMIT", "iops")):
        if key in params:
            run.say(f"Setting {key.lower()}: {params[key]} {unit}")
            if not run.openvz_kernel:
                raise Failed(codes.SET_IO, f"Unable to set {key.lower()}: Bad file descriptor")


def look_for_runlevels(run, params):
    """Quota inside the container would need its init scripts."""
    found = any(os.path.isdir(f"{run.private}/{place}") for place in ("etc/rc.d/rc3.d", "etc/rc3.d"))
    if params.get("QUOTAUGIDLIMIT") and not found:
        run.say("Unable to find init.d runlevel directories (tried /etc/rc.d /etc)")
