"""
``vzctl set`` on a running container: what is applied at once, what needs a restart.
"""

import os

from vzsim import codes
from vzsim.codes import Failed
from vzsim.commands import distribution, power
from vzsim.commands.setting import limits, netif
from vzsim.grammar import conf, merging, netvalues
from vzsim.node import network

# What the scripts of the container's distribution take care of.
CONFIGURED = ("HOSTNAME", "NAMESERVER", "SEARCHDOMAIN", "QUOTAUGIDLIMIT")

UGID_QUOTA_STAYS = "WARNING: Unable to turn ugid quota off. New parameters will be applied during the next start"

NOT_CONFIGURED = "Container does not have configured veth: {}, skipped"
SECOND_LEVEL_QUOTA = "Unable to turn {} second-level disk quota on a running container"
LATE_WARNING = (
    "WARNING: Some of the parameters could not be applied to a running container.\n"
    "\tPlease consider using --setmode option"
)


def reset_ub(run):
    """``--reset_ub``: apply the limits of the conf again."""
    if not run.is_running():
        raise Failed(codes.VE_NOT_RUNNING, "Container is not running")
    if any(key in run.conf.params for key in conf.UB_KEYS):
        run.say(limits.LIMITS_SET)


def refuse_places(params):
    for key in ("VE_PRIVATE", "VE_ROOT"):
        if key in params:
            raise Failed(codes.VE_RUNNING, f"Unable to change {key} on a running container")


def needing_restart(run, asked):
    """Messages about changed parameters that need a restart."""
    old, said = run.conf.params, []
    if changes_capabilities(asked.get("CAPABILITY", {}), old.get("CAPABILITY", {})):
        said.append("Unable to set capability on a running container")
    if any(asked.get(key) and asked[key] != old.get(key) for key in ("IPTABLES", "NETFILTER")):
        said.append("Unable to set iptables/netfilter on a running container")
    features = asked.get("FEATURES", {})
    if features and switched(features, True) != switched(old.get("FEATURES", {}), True):
        said.append("Unable to set features on a running container")
    if "QUOTAUGIDLIMIT" in asked and bool(asked["QUOTAUGIDLIMIT"]) != bool(old.get("QUOTAUGIDLIMIT")):
        said.append(SECOND_LEVEL_QUOTA.format("on" if asked["QUOTAUGIDLIMIT"] else "off"))
    if "DISK_QUOTA" in asked and asked["DISK_QUOTA"] != run.quota_enabled():
        said.append("Unable to switch DISK_QUOTA on or off on a running container")
    if "MOUNT_OPTS" in asked and asked["MOUNT_OPTS"] != old.get("MOUNT_OPTS"):
        said.append("Unable to change mount options on a running container")
    return said


def changes_capabilities(new, old):
    """Each switch is compared by itself: naming one of two is a change too (read, not run)."""
    return any(switched(new, state) and switched(new, state) != switched(old, state) for state in (True, False))


def switched(switches, state):
    return {name for name in switches if switches[name] is state}


def change(run, wanted, asked, params):
    """Apply what can be applied at once; for the rest ``--setmode`` says what to do."""
    late, mode = needing_restart(run, asked), wanted.texts.get("setmode")
    if late and mode == "ignore":
        raise Failed(codes.VE_RUNNING, "\n".join(late))
    if late and mode == "restart":
        restart(run, params)
        return
    if late:
        run.complain("\n".join(late))
        run.complain(LATE_WARNING)
    if wanted.changes_ip and drop_ipv6(run, wanted):
        params["IP_ADDRESS"] = merging.new_addresses(run.conf.params.get("IP_ADDRESS", []), wanted)
    apply(run, wanted, asked)


def restart(run, params):
    """Restart with the new parameters, except features, which apply from the next start."""
    old = run.conf.params
    run.conf.params = {**old, **params, "FEATURES": old.get("FEATURES", {})}
    power.restart(run, set())
    run.conf.params = old


def apply(run, wanted, asked):
    """Change the running container, in vzctl's order; what was applied before a failure stays applied."""
    live = run.node.running(run.ctid)
    if run.openvz_kernel:
        live.setdefault("limits", {}).update((key, asked[key]) for key in limits.KERNEL_KEYS if key in asked)
    try:
        limits.set_memory(run, asked)
        set_addresses(run, live, wanted)
        set_netdev(run, live, wanted)
        limits.set_cpu(run, live, asked)
        if "DEVNODES" in asked or "DEVICES" in asked:
            run.say("Setting devices")
        for devices in (wanted.params.get("PCI"), wanted.pci_del):
            if devices:
                run.say("Setting PCI devices")
        limits.set_io(run, asked)
        configure(run, live, asked)
        warn_of_quota(run, asked)
        set_veth(run, live, wanted)
    finally:
        run.node.set_running(run.ctid, live)


def configure(run, live, asked):
    """The scripts of the distribution, inside the container."""
    if "HOSTNAME" in asked:
        live["hostname"] = asked["HOSTNAME"]
        distribution.say_script(run, "set_hostname")
    if asked.get("NAMESERVER") or asked.get("SEARCHDOMAIN"):
        distribution.say_script(run, "set_dns")
    if "QUOTAUGIDLIMIT" in asked:
        distribution.say_script(run, "set_ugid_quota")
        if asked["QUOTAUGIDLIMIT"]:
            look_for_runlevels(run)


def look_for_runlevels(run):
    """Quota inside the container would need its init scripts."""
    if not os.path.isdir(f"{run.content}/etc/init.d"):
        run.complain("/bin/sh: can't create /etc/init.d/vzquota: nonexistent directory")
    elif not any(os.path.isdir(f"{run.content}/{place}") for place in ("etc/rc.d/rc3.d", "etc/rc3.d")):
        run.say("Unable to find init.d runlevel directories (tried /etc/rc.d /etc)")


def warn_of_quota(run, asked):
    """Per-user quota stays on until the next start; the foreign kernel cannot tell whether it is on."""
    was_on = run.conf.params.get("QUOTAUGIDLIMIT") or not run.openvz_kernel
    if asked.get("QUOTAUGIDLIMIT") == 0 and was_on:
        run.complain(UGID_QUOTA_STAYS)


# addresses


def drop_ipv6(run, wanted):
    """A node without IPv6 drops such addresses, and does not save them either (read, not run)."""
    lists = (wanted.ip_add, wanted.ip_del)
    dropped = not network.has_ipv6(run) and any(":" in address for addresses in lists for address in addresses)
    for addresses in lists if dropped else ():
        addresses[:] = [address for address in addresses if ":" not in address]
    if dropped:
        run.say(network.NO_IPV6)
    return dropped


def set_addresses(run, live, wanted):
    """Remove first, then add; an existing address is removed and added again."""
    gone = with_known(run, wanted)
    first = not (gone or wanted.ip_del_all or live["ip"] or live.get("venet0"))
    if gone or wanted.ip_del_all:
        every = "all " if wanted.ip_del_all else ""
        gone += live["ip"][::-1] if wanted.ip_del_all else []
        delete_addresses(run, live, gone, f"Deleting {every}IP address(es): ")
        distribution.say_script(run, "del_ip")
    if wanted.ip_add:
        run.say("Adding IP address(es): " + " ".join(wanted.ip_add))
        network.add_addresses(run, live, wanted.ip_add)
        distribution.say_script(run, "add_ip")
        if first and not run.openvz_kernel:  # the tiny template of the records has no such script
            run.complain("/bin/sh: /etc/init.d/network: not found")


def with_known(run, wanted):
    """The addresses to remove, including those of the conf that are added again (the mask may differ)."""
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
    # On the foreign kernel each removal deletes the whole device.
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
    """Remove first, then add: new devices are made, existing ones set up again."""
    delete_veths(run, live, wanted)
    adding = [_named(run, live, device) for device in netif.added_devices(wanted, netif.asked_change(wanted))]
    if adding:
        run.say("Configure veth devices: " + "".join(device["host_ifname"] + " " for device in adding))
    for device in adding:
        network.add_veth(run, live, device)


def _named(run, live, device):
    """A device with its name on the node; the OpenVZ kernel knows it for existing ones (read, not run)."""
    known = live.get("veth", {}) if run.openvz_kernel else {}
    if known and device["ifname"] not in known:
        run.complain(NOT_CONFIGURED.format(device["ifname"]))
    there = known.get(device["ifname"], {}).get("host_ifname", "")
    return {**device, "host_ifname": device.get("host_ifname") or there}


def delete_veths(run, live, wanted):
    """The foreign kernel cannot list devices: no names in the message, and ``all`` matches none."""
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


# stopped containers


def refuse_stopped(run, wanted, asked):
    """Without ``--save``: fail on the first change meant for the kernel; descriptions and the like are not."""
    needed = [
        ("apply UBC parameters", limits.limits_memory(run, asked)),
        ("apply network parameters", wanted.changes_ip),
        ("setup network devices", wanted.netdev_del or "NETDEV" in asked),
        ("apply CPU parameters", any(key in asked for key in limits.CPU_KEYS)),
        ("apply devperm", "DEVNODES" in asked or "DEVICES" in asked),
        ("configure PCI devices", wanted.pci_del or "PCI" in asked),
    ]
    for what, asks in needed:
        if asks:
            raise Failed(codes.VE_NOT_RUNNING, f"Unable to {what}: container is not running")
    refuse_io(run, asked)
    refuse_late(run, wanted, asked)


def refuse_io(run, asked):
    """vzctl does not check whether the container runs, the kernel does (except for priority; read, not run)."""
    if "IOPRIO" in asked and run.openvz_kernel:
        raise Failed(codes.SET_IO, "Unable to set ioprio: No such process")
    if "IOPRIO" in asked:
        run.complain(limits.NO_IOPRIO)
    for key in limits.IO_UNITS:
        if key in asked:
            limits.say_io(run, key, asked[key])
            raise Failed(codes.VE_NOT_RUNNING, "Container is not running")


def refuse_late(run, wanted, asked):
    """What the kernel has no part in: not all of it is an error (read, but for the quota that is turned off)."""
    if asked.get("QUOTAUGIDLIMIT"):
        if not os.path.exists(run.root):
            reason = f"fill_2quota_param: Can't stat {run.root}: No such file or directory"
            raise Failed(codes.USER_QUOTA_ERROR, reason)
        raise Failed(codes.VE_NOT_RUNNING, "Container is not running")
    if any(key in asked for key in CONFIGURED):
        run.say("Unable to configure container: not running")
    warn_of_quota(run, asked)
    if wanted.netif_del and not wanted.netif_del_all:
        run.complain("Unable to remove veth: container is not running")
    if wanted.netif_add or wanted.netif_change:
        raise Failed(codes.VE_NOT_RUNNING, "Unable to create veth: container is not running")
