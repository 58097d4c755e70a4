"""
``vzctl set``: all or nothing, first to the running container, then to its conf.

The options come from :mod:`vzsim.options`; what changes in a running container
is in :mod:`vzsim.live`.
"""

import os

from vzsim import conf, distribution, live, names, netif, netvalues, ploop, ready, store
from vzsim import run as codes
from vzsim.create import sample_path
from vzsim.files import read_text
from vzsim.run import Failed

NOT_SAVED = "Error: failed to apply some parameters, not saving configuration file!"

# Keys that no sample brings along; AVNUMPROC is simply forgotten.
OWN_KEYS = ("VE_ROOT", "VE_PRIVATE", "OSTEMPLATE", "HOSTNAME", "DESCRIPTION", "IP_ADDRESS", "AVNUMPROC")

# What the scripts of the container's distribution take care of.
CONFIGURED = ("HOSTNAME", "NAMESERVER", "SEARCHDOMAIN", "QUOTAUGIDLIMIT")


def set_(run, wanted):
    """``vzctl set 101 --cpus 2 --save``"""
    if "reset_ub" in wanted.flags and len(wanted.given) == 1:
        live.reset_ub(run)
        return
    try:
        params = apply_to_node(run, wanted) if run.ctid == 0 else apply_changes(run, wanted)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        raise Failed(failure.rc, NOT_SAVED if wanted.save else None) from None
    if wanted.save:
        save(run, params)
    else:
        warn_unsaved(run, wanted)


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


def apply_changes(run, wanted):
    """In vzctl's order: names, passwords, then the rest. Returns what will be saved."""
    devices = netif.new_devices(run, run.conf.params.get("NETIF", []), wanted) if wanted.changes_netif else None
    check_options(run, wanted)
    assign_name(run, wanted)
    running = run.is_running()
    if running:
        live.refuse_places(wanted.params)
    if wanted.changes_ip or wanted.passwords or any(key in wanted.params for key in CONFIGURED):
        distribution.check(run)
    if wanted.passwords:
        from vzsim import password  # brings a shell along, which most runs need not wait for

        password.change(run, wanted.passwords)
    params = decide(run, wanted, devices)
    if ploop.is_ploop(run):  # read, not run
        if "DISKSPACE" in params:
            raise Failed(codes.PLOOP_UNSUP, ploop.NO_PLOOP)
        if "DISKINODES" in params:
            run.say("Warning: --diskinodes is ignored for ploop-based container")
    if running:
        live.change(run, wanted, params)
    elif not wanted.save and set(wanted.given) != {"userpasswd"}:
        refuse_stopped(run, wanted, params)
    return params


def check_options(run, wanted):
    """Options that do not go together."""
    params, restart = wanted.params, wanted.texts.get("setmode") == "restart"
    if "reset_ub" in wanted.flags:
        raise Failed(codes.PARAM_SYNTAX, "Error: option --reset_ub is exclusive")
    if "NAME" in params and not wanted.save:
        raise Failed(codes.SET_NAME_ERROR, "Error: unable to use --name option without --save")
    if not wanted.save:
        refuse_unsaved(run, wanted)
    if restart and not wanted.save:
        raise Failed(codes.PARAM_SYNTAX, "Error: --setmode restart doesn't make sense without --save flag")
    if params.get("CPUMASK") == "auto" and "NODEMASK" not in params:
        raise Failed(codes.PARAM_SYNTAX, "Error: --cpumask auto requires --nodemask")
    if "NODEMASK" in params and "CPUMASK" not in params:
        raise Failed(codes.PARAM_SYNTAX, "Error: option --nodemask requires --cpumask")


def refuse_unsaved(run, wanted):
    """What makes no sense without ``--save`` (read, not run; the wording for the template is not known)."""
    if "OSTEMPLATE" in wanted.params:
        raise Failed(codes.PARAM_SYNTAX, "Error: unable to use --ostemplate option without --save")
    if "force" in wanted.flags:
        raise Failed(codes.PARAM_SYNTAX, "Error: --force is useless without --save")
    if "DISKSPACE" in wanted.params and ploop.is_ploop(run):
        complaint = "Error: can't use --diskspace without --save for a ploop-based container"
        raise Failed(codes.PARAM_SYNTAX, complaint)


def assign_name(run, wanted):
    """A new name; with ``--applyconfig_map name`` the link of the old one is made again (read, not run)."""
    known = run.conf.params.get("NAME")
    if known is not None and wanted.texts.get("applyconfig_map") == "name":
        names.assign(run, known, known)
    if "NAME" in wanted.params:
        names.assign(run, wanted.params["NAME"], known)


def decide(run, wanted, devices):
    """What the conf will say: the options over the sample, lists as they become."""
    params = {**sample_params(run, wanted), **wanted.params}
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
        found = conf.parse(read_text(path), path)
    except OSError:
        raise Failed(codes.APPLY_CONFIG_ERROR, f"Sample config file not found: {path}") from None
    run.repeat(found.messages)
    params = {key: value for key, value in found.params.items() if key not in OWN_KEYS}
    return {"ORIGIN_SAMPLE": sample, **params}


def check_swap(run, params):
    """RAM goes with swap only: in what the options ask for (recorded), and in what the conf has (read, not run)."""
    limited = ready.is_vswap(run.conf.params) or ready.is_vswap(params)
    if limited and "SWAPPAGES" not in {**run.conf.params, **params}:
        raise Failed(codes.NOTENOUGHUBCPARAMS, "Error: required UB parameter (swap) not set")


def merge_lists(run, wanted, params):
    """Turn what adds and removes into what the conf will say."""
    known = run.conf.params
    for key in ("CAPABILITY", "FEATURES"):
        if key in params:
            params[key] = {**known.get(key, {}), **params[key]}
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


def merge_device_permissions(known, params):
    """Changed devices go to the end. Once any device is in the conf, a change of one kind writes both kinds."""
    changed = "DEVNODES" in params or "DEVICES" in params
    for key in ("DEVNODES", "DEVICES"):
        if changed and (known.get("DEVNODES") or known.get("DEVICES") or key in params):
            added = params.get(key, {})
            kept = {name: mode for name, mode in known.get(key, {}).items() if name not in added}
            params[key] = {**kept, **added}
    if changed and not (known.get("DEVNODES") or known.get("DEVICES")):  # nothing to take away from (read, not run)
        for key in ("DEVNODES", "DEVICES"):
            if not any(params.get(key, {}).values()):
                params.pop(key, None)


def apply_to_node(run, wanted):
    """CT 0 is the node itself: it has processors, and no names, devices or passwords to look after."""
    params = dict(wanted.params)
    merge_lists(run, wanted, params)
    if "CPUUNITS" in params:
        run.say(f"Setting CPU units: {params['CPUUNITS']}")
    return params


def refuse_stopped(run, wanted, params):
    """Name the first thing that would have to reach the kernel; descriptions and the like do not."""
    merged = {**run.conf.params, **params}
    asked = [
        ("apply UBC parameters", ready.is_vswap(merged) or any(key in params for key in conf.UB_KEYS)),
        ("apply network parameters", wanted.changes_ip),
        ("setup network devices", "NETDEV" in params),
        ("apply CPU parameters", any(key in params for key in live.CPU_KEYS)),
        ("apply devperm", "DEVNODES" in params or "DEVICES" in params),
        ("configure PCI devices", "PCI" in params),
        ("set I/O parameters", any(key in params for key in live.IO_KEYS)),
    ]
    for what, needed in asked:
        if needed:
            raise Failed(codes.VE_NOT_RUNNING, f"Unable to {what}: container is not running")
    refuse_late(run, wanted, params)


def refuse_late(run, wanted, params):
    """What the kernel has no part in: not all of it is an error (read, not run)."""
    if params.get("QUOTAUGIDLIMIT"):
        raise Failed(codes.VE_NOT_RUNNING, "Container is not running")
    if any(key in params for key in CONFIGURED):
        run.say("Unable to configure container: not running")
    if wanted.netif_del and not wanted.netif_del_all:
        run.complain("Unable to remove veth: container is not running")
    if wanted.netif_add or wanted.netif_change:
        raise Failed(codes.VE_NOT_RUNNING, "Unable to create veth: container is not running")


def warn_unsaved(run, wanted):
    if set(wanted.given) != {"userpasswd"}:
        lost = " and will be lost after CT restart" if run.is_running() else ""
        run.say(f"WARNING: Settings were not saved to config{lost} (use --save flag)")
