"""
What is checked before a container starts: its owner, its layout, its memory limits.
"""

import os

from vzsim import codes
from vzsim.codes import Failed
from vzsim.commands import distribution, ploop
from vzsim.grammar import conf
from vzsim.grammar import values as v

# A container with beancounters needs all of these, one with vswap just two.
BEANCOUNTERS = [key for key in conf.UB_KEYS if key not in ("AVNUMPROC", "SWAPPAGES")]
VSWAP_KEYS = ["PHYSPAGES", "SWAPPAGES"]
MIN_NUMIPTENT = 16


def check(run):
    """Fail if the container cannot be started or resumed; a missing layout is saved into the conf."""
    check_owner(run)
    save_layout(run)
    check_memory(run)
    ploop.require_support(run)
    distribution.check(run)


def check_owner(run):
    """Without user namespaces a container cannot be mapped to another user (read, not run)."""
    if run.openvz_kernel:
        return
    if not os.path.exists(run.private):
        raise Failed(codes.SYSTEM_ERROR, f"Can't stat {run.private}: No such file or directory")
    uid, gid = (run.conf.params.get(key) or 0 for key in ("LOCAL_UID", "LOCAL_GID"))
    if uid or gid:
        told = f"configuration file says we should run with {uid}:{gid}.\nRefusing to run."
        raise Failed(codes.BAD_TEMPLATE, f"Container private area is owned by 0:0, but {told}")


def save_layout(run):
    """Save the guessed layout into a conf that has none."""
    if "VE_LAYOUT" not in run.conf.params:
        layout = "ploop" if run.is_ploop else "simfs"
        run.say(f"Saving VE layout '{layout}' to the VE config file")
        run.save_conf([("VE_LAYOUT", layout)])
        run.conf.params["VE_LAYOUT"] = layout


def check_memory(run):
    """Fail if a memory limit that this kind of conf needs is missing."""
    params = run.conf.params
    needed = VSWAP_KEYS if is_vswap(params) else BEANCOUNTERS
    missing = [key for key in needed if key not in params]
    for key in missing:
        run.complain(f"Error: required UB parameter {key.lower()} not set")
    if missing:
        raise Failed(codes.NOTENOUGHUBCPARAMS)


def is_vswap(params):
    """A conf is a vswap one if its physical memory is limited."""
    return "PHYSPAGES" in params and params["PHYSPAGES"][1] not in (v.LONG_MAX, v.INT_MAX)


def warn_of_numiptent(run):
    """A container that may have no netfilter rule would not start (read, not run)."""
    limits = run.conf.params.get("NUMIPTENT")
    if limits and min(limits) < MIN_NUMIPTENT:
        known, least = "{}:{}".format(*limits), f"{MIN_NUMIPTENT}:{MIN_NUMIPTENT}"
        run.complain(f"Warning: NUMIPTENT {known} is less than minimally allowable value, set to {least}")
