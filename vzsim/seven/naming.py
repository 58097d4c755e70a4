"""Names of containers of vzctl 7 to 9: whether one may be given, and the links in /etc/vz/names."""

import contextlib
import os

from vzsim.codes import PARAM_VALUE, Failed
from vzsim.seven import ids

TAKEN = 137


def check(run, name):
    """Fail with 21 for a name that is invalid or another container's CT ID, with 137 for another container's name."""
    if not ids.is_valid_name(name):
        raise Failed(PARAM_VALUE, f"Error: invalid name {name}")
    holder = ids.ctid_of_name(run.node, name)
    if holder not in (None, run.ctid):
        raise Failed(TAKEN, f"Conflict: name {name} already used by Container {holder}")
    ctid = ids.read_ctid(name)
    if ctid not in (None, run.ctid) and os.path.exists(run.node.conf_path(ctid)):
        raise Failed(PARAM_VALUE, f"Conflict: name {name} used as ctid")


def link(node, name, conf):
    """Let a name lead to a conf; ``link(node, "web1", "/srv/n1/vz/private/101/ve.conf")``."""
    place = f"{node.names_dir}/{name}"
    unlink(node, name)
    os.symlink(conf, place)


def unlink(node, name):
    """Remove a name's link, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{node.names_dir}/{name}")


def leads_to(node, name, conf):
    """Whether a name's link leads to this conf."""
    try:
        return os.path.samefile(f"{node.names_dir}/{name}", conf)
    except OSError:
        return False


def other(node, name):
    """``web1-(0)``, or the first such name that no link has."""
    number = 0
    while os.path.lexists(f"{node.names_dir}/{name}-({number})"):
        number += 1
    return f"{name}-({number})"
