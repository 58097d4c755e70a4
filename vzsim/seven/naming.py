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
    if name == run.ctid:
        return
    try:
        os.stat(run.node.conf_path(name))
    except FileNotFoundError:
        pass
    except OSError as error:
        run.complain(f"unable to stat {run.node.conf_path(name)}: {error.strerror}")
    else:
        raise Failed(PARAM_VALUE, f"Conflict: name {name} used as ctid")
    holder = ids.ctid_of_name(run.node, name)
    if holder not in (None, run.ctid):
        raise Failed(TAKEN, f"Conflict: name {name} already used by Container {holder}")


def change(run, name):
    """
    Give the run's container another name, or none for the empty text, and save that at once.

    The link of the old name goes if it is the container's own.
    """
    old = run.values.get("NAME")
    if name:
        check(run, name)
        if name == old and ids.ctid_of_name(run.node, name) == run.ctid:
            return
        link(run.node, name, f"{run.area}/ve.conf")
    if old and old != name and ids.ctid_of_name(run.node, old) == run.ctid:
        unlink(run.node, old)
    if run.save_conf({"NAME": name or None}):
        run.say(f"Name {name} assigned" if name else f"Name {old or ''} detached")
    elif name:
        unlink(run.node, name)


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
