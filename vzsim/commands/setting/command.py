"""
``vzctl set``: all or nothing, applied to the running container, then saved.

The options come from :mod:`vzsim.grammar.options`; what changes in a running container
is in :mod:`vzsim.commands.setting.live`.
"""

import os

from vzsim import codes
from vzsim.codes import Failed
from vzsim.commands import distribution, ploop, ready
from vzsim.commands.create import sample_path
from vzsim.commands.setting import live, netif, node0
from vzsim.files import read_text
from vzsim.grammar import conf, merging, store
from vzsim.node import names

NO_SWAP = "Error: required UB parameter (swap) not set"
NOT_SAVED = "Error: failed to apply some parameters, not saving configuration file!"

# Keys that no sample sets; vzctl just forgets AVNUMPROC.
OWN_KEYS = ("VE_ROOT", "VE_PRIVATE", "OSTEMPLATE", "HOSTNAME", "DESCRIPTION", "IP_ADDRESS", "AVNUMPROC")


def set_(run, wanted):
    """``vzctl set 101 --cpus 2 --save``"""
    try:
        params = node0.apply(run, wanted) if run.ctid == 0 else apply_changes(run, wanted)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        raise Failed(failure.rc, NOT_SAVED if wanted.save else None) from None
    if wanted.save:
        save(run, params)
    elif not says_enough(wanted):
        lost = "and will be lost after CT restart " if run.ctid == 0 or run.is_running() else ""
        run.say(f"WARNING: Settings were not saved to config {lost}(use --save flag)")


def says_enough(wanted):
    """No warning for a password or ``--reset_ub``: neither is saved in the conf."""
    return "reset_ub" in wanted.flags or (wanted.passwords and wanted.argc == 2)  # by the words: read, not run


def save(run, params):
    """VE_LAYOUT and NETIF are always rewritten, whatever was asked for."""
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
    known = run.conf.params.get("NETIF", [])
    netif.change_of_device(known, wanted)
    check_options(run, wanted)
    running = run.is_running()
    if "reset_ub" in wanted.flags:
        live.reset_ub(run)
        return {}
    assign_name(run, wanted)
    if running:
        live.refuse_places(wanted.params)
    if wanted.changes_ip or wanted.passwords or any(key in wanted.params for key in live.CONFIGURED):
        distribution.check(run)
    if wanted.passwords:
        from vzsim.commands.setting import password  # imported late: most runs do not need it

        password.change(run, wanted.passwords)
    asked = {**wanted.params, **sample_params(run, wanted)}
    params = decide(run, wanted, asked)
    if run.is_ploop:
        change_image(run, wanted, params)
    if running:
        live.change(run, wanted, asked, params)
    elif not wanted.save and set(wanted.given) != {"userpasswd"}:
        live.refuse_stopped(run, wanted, asked)
    return params


def change_image(run, wanted, params):
    """The disk of a container in an image (read, not run)."""
    if "DISKSPACE" in params:
        ploop.resize(run, params["DISKSPACE"][1], "offline-resize" in wanted.flags)
    if "DISKINODES" in params:
        run.say("Warning: --diskinodes is ignored for ploop-based container")


def check_options(run, wanted):
    """Options that do not go together, in vzctl's order; samples are checked later."""
    params = wanted.params
    if "reset_ub" in wanted.flags and wanted.argc > 1:
        raise Failed(codes.PARAM_SYNTAX, "Error: option --reset_ub is exclusive")
    limited = ready.is_vswap(params) or ready.is_vswap(run.conf.params)
    if limited and "SWAPPAGES" not in {**run.conf.params, **params}:
        raise Failed(codes.NOTENOUGHUBCPARAMS, NO_SWAP)
    if "offline-resize" in wanted.flags:
        if "DISKSPACE" not in params:
            raise Failed(codes.PARAM_SYNTAX, "Error: option --offline-resize can only be used with --diskspace")
        if not run.is_ploop:
            run.say("Warning: option --offline-resize only makes sense for a ploop CT")
    if "NODEMASK" in params and "CPUMASK" not in params:
        raise Failed(codes.PARAM_SYNTAX, "Error: option --nodemask requires --cpumask")
    if params.get("CPUMASK") == "auto" and "NODEMASK" not in params:
        raise Failed(codes.PARAM_SYNTAX, "Error: --cpumask auto requires --nodemask")
    if not wanted.save:
        refuse_unsaved(run, wanted)


def refuse_unsaved(run, wanted):
    """Options that need ``--save`` (other than ``--name``: read, not run)."""
    if "NAME" in wanted.params:
        raise Failed(codes.SET_NAME_ERROR, "Error: unable to use --name option without --save")
    for key, option in (("OSTEMPLATE", "--ostemplate"), ("STOP_TIMEOUT", "--stop-timeout")):
        if key in wanted.params:
            raise Failed(codes.PARAM_SYNTAX, f"Error: unable to use {option} option without --save")
    if "force" in wanted.flags:
        raise Failed(codes.PARAM_SYNTAX, "Error: --force is useless without --save")
    if "DISKSPACE" in wanted.params and run.is_ploop:
        complaint = "Error: can't use --diskspace without --save for a ploop-based container"
        raise Failed(codes.PARAM_SYNTAX, complaint)
    if wanted.texts.get("setmode") == "restart":
        raise Failed(codes.PARAM_SYNTAX, "Error: --setmode restart doesn't make sense without --save flag")


def assign_name(run, wanted):
    """Set a new name; ``--applyconfig_map name`` makes the old one's link again (read, not run)."""
    known = run.conf.params.get("NAME")
    if known is not None and wanted.texts.get("applyconfig_map") == "name":
        names.assign(run, known, known)
    if "NAME" in wanted.params:
        names.assign(run, wanted.params["NAME"], known)


def decide(run, wanted, asked):
    """The future conf: sample over options, lists merged."""
    params = dict(asked)
    merging.merge_lists(run, wanted, params)
    if wanted.changes_netif:
        params["NETIF"] = netif.new_devices(run, run.conf.params.get("NETIF", []), wanted)
    return params


def sample_params(run, wanted):
    """The keys of ``--applyconfig``'s sample, without those that identify a container."""
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
