"""
``vzctl set``: all or nothing, first to the running container, then to its conf.

The options come from :mod:`vzsim.options`; what changes in a running container
is in :mod:`vzsim.live`.
"""

import os

from vzsim import conf, live, names, netvalues, network, password, power, store
from vzsim import run as codes
from vzsim.create import sample_path
from vzsim.node import read_text
from vzsim.run import Failed

NOT_SAVED = "Error: failed to apply some parameters, not saving configuration file!"

# Keys that no sample brings along; AVNUMPROC is simply forgotten.
OWN_KEYS = ("VE_ROOT", "VE_PRIVATE", "OSTEMPLATE", "HOSTNAME", "DESCRIPTION", "IP_ADDRESS", "AVNUMPROC")

# Lists that replace what the conf has, or are merged with it in a way of their own.
REPLACING = ("NAMESERVER", "SEARCHDOMAIN", "IPTABLES", "NETDEV", "PCI", "DEVNODES", "DEVICES")


def set_(run, wanted):
    """``vzctl set 101 --cpus 2 --save``"""
    if "reset_ub" in wanted.flags and len(wanted.given) == 1:
        live.reset_ub(run)
        return
    try:
        params = decide(run, wanted)
        apply_changes(run, wanted, params)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        raise Failed(failure.rc, NOT_SAVED if wanted.save else None) from None
    if wanted.save:
        save(run, params)


def save(run, params):
    """The layout and the devices of a conf are always written again, whatever was asked for."""
    for key in ("VE_LAYOUT", "DEVNODES", "DEVICES"):
        if run.conf.params.get(key):
            params.setdefault(key, run.conf.params[key])
    if not os.path.exists(run.conf_path):
        run.complain(f"WARNING: {run.conf_path} not found: No such file or directory")
    if params:
        run.save_conf(store.changes(params))
    else:
        run.say("No changes in CT configuration, not saving")


def decide(run, wanted):
    """Everything that needs no kernel: the name, a sample, what the lists become. Returns what will be saved."""
    if "reset_ub" in wanted.flags:
        raise Failed(codes.PARAM_SYNTAX, "Error: option --reset_ub is exclusive")
    if wanted.texts.get("setmode") == "restart" and not wanted.save:
        reason = "Error: --setmode restart doesn't make sense without --save flag"
        raise Failed(codes.PARAM_SYNTAX, reason)
    devices = new_devices(run, run.conf.params.get("NETIF", []), wanted) if wanted.changes_netif else None
    if "NAME" in wanted.params:
        if not wanted.save:
            raise Failed(codes.SET_NAME_ERROR, "Error: unable to use --name option without --save")
        names.assign(run, wanted.params["NAME"], run.conf.params.get("NAME"))
    params = {**sample_params(run, wanted), **wanted.params}
    check_masks(params)
    check_swap(run, params)
    merge_lists(run, wanted, params)
    if devices is not None:
        params["NETIF"] = devices
    return params


def sample_params(run, wanted):
    """The keys of ``--applyconfig``'s sample, but for those that make a container that one and no other."""
    sample = wanted.texts.get("applyconfig")
    if sample is None:
        return {}
    path = sample_path(run.node, sample)
    try:
        params = conf.parse(read_text(path), path).params
    except OSError:
        raise Failed(codes.APPLY_CONFIG_ERROR, f"Sample config file not found: {path}") from None
    params = {key: value for key, value in params.items() if key not in OWN_KEYS}
    return {"ORIGIN_SAMPLE": sample, **params}


def check_masks(params):
    if params.get("CPUMASK") == "auto" and "NODEMASK" not in params:
        raise Failed(codes.PARAM_SYNTAX, "Error: --cpumask auto requires --nodemask")
    if "NODEMASK" in params and "CPUMASK" not in params:
        raise Failed(codes.PARAM_SYNTAX, "Error: option --nodemask requires --cpumask")


def check_swap(run, params):
    """A conf with beancounters becomes one with RAM and swap only by both at once."""
    switches = power.is_vswap(params) and not power.is_vswap(run.conf.params)
    if switches and "SWAPPAGES" not in {**run.conf.params, **params}:
        raise Failed(codes.NOTENOUGHUBCPARAMS, "Error: required UB parameter (swap) not set")


def merge_lists(run, wanted, params):
    """Turn what adds and removes into what the conf will say."""
    known = run.conf.params
    for key, (_, second) in conf.KEYS.items():
        if key in params and key in known and second == conf.MERGE and key not in REPLACING:
            params[key] = conf.merged(key, known[key], params[key])
    if wanted.changes_ip:
        params["IP_ADDRESS"] = new_addresses(known.get("IP_ADDRESS", []), wanted)
    for key, removed in (("NETDEV", wanted.netdev_del), ("PCI", wanted.pci_del)):
        if removed or key in params:
            added = params.get(key, [])
            params[key] = [item for item in known.get(key, []) if item not in (*removed, *added)] + added
    merge_device_permissions(known, params)


def new_addresses(known, wanted):
    """Remove first, then add: an address that is both removed and added stays."""
    addresses = [] if wanted.ip_del_all else list(known)
    for address in wanted.ip_del:
        netvalues.remove_address(addresses, address)
    for address in wanted.ip_add:
        netvalues.add_address(addresses, address)
    return addresses


def new_devices(run, known, wanted):
    """Add first, then remove: a device that is both removed and added is gone. ``all`` goes first."""
    devices = [] if wanted.netif_del_all else [network.complete(device, run.ctid, True) for device in known]
    old = {device["ifname"]: device for device in devices}
    for device in wanted.netif_add:
        if device["ifname"] in old:
            old[device["ifname"]].update(device)
        else:
            devices.append(dict(device))
    devices = [device for device in devices if device["ifname"] not in wanted.netif_del]
    if wanted.netif_change:
        change_device(devices, wanted.netif_change)
    return [network.complete(device, run.ctid) for device in devices]


def change_device(devices, change):
    if "ifname" not in change:
        raise Failed(codes.PARAM_SYNTAX, "Invalid usage.  Option --ifname not specified")
    for device in devices:
        if device["ifname"] == change["ifname"]:
            device.update({key: text for key, text in change.items() if text})
            return
    reason = f"veth device {change['ifname']} is not configured, use --netif_add option first"
    raise Failed(codes.PARAM_SYNTAX, f"Invalid usage: {reason}")


def merge_device_permissions(known, params):
    """Changed devices go to the end. Once any device is in the conf, a change of one kind writes both kinds."""
    changed = "DEVNODES" in params or "DEVICES" in params
    for key in ("DEVNODES", "DEVICES"):
        if changed and (known.get("DEVNODES") or known.get("DEVICES") or key in params):
            added = params.get(key, {})
            kept = {name: mode for name, mode in known.get(key, {}).items() if name not in added}
            params[key] = {**kept, **added}


# applying


def apply_changes(run, wanted, params):
    """Change the running container; a stopped one refuses if nothing is to be saved."""
    running = run.is_running()
    if running:
        live.refuse_places(params)
        late = live.needing_restart(run, wanted, params)
        if live.handle_late(run, wanted, late, params):
            warn_unsaved(run, wanted, running)
            return
    if wanted.passwords:
        password.change(run, wanted.passwords)
        if not running and set(wanted.given) == {"userpasswd"}:
            return
    if run.ctid == 0:
        apply_to_node(run, params)
    elif running:
        live.apply(run, wanted, params)
        live.warn_late(run, wanted, late)
    elif not wanted.save:
        refuse_stopped(run, wanted, params)
    warn_unsaved(run, wanted, running)


def apply_to_node(run, params):
    if "CPUUNITS" in params:
        run.say(f"Setting CPU units: {params['CPUUNITS']}")


def refuse_stopped(run, wanted, params):
    """Name the first thing that would have to reach the kernel; descriptions and the like do not."""
    merged = {**run.conf.params, **params}
    asked = [
        ("apply UBC parameters", power.is_vswap(merged) or any(key in params for key in conf.UB_KEYS)),
        ("apply network parameters", wanted.changes_ip),
        ("setup network devices", "NETDEV" in params),
        ("apply CPU parameters", any(key in params for key in live.CPU_KEYS)),
        ("apply devperm", "DEVNODES" in params or "DEVICES" in params),
        ("configure PCI", "PCI" in params),
        ("set I/O parameters", any(key in params for key in live.IO_KEYS)),
        ("configure", any(key in params for key in ("HOSTNAME", "NAMESERVER", "SEARCHDOMAIN"))),
        ("create veth", "NETIF" in params),
    ]
    for what, needed in asked:
        if needed:
            raise Failed(codes.VE_NOT_RUNNING, f"Unable to {what}: container is not running")


def warn_unsaved(run, wanted, running):
    if wanted.save or set(wanted.given) == {"userpasswd"}:
        return
    lost = " and will be lost after CT restart" if running else ""
    run.say(f"WARNING: Settings were not saved to config{lost} (use --save flag)")
