"""
Names of containers: links in /etc/vz/names, and how a word on the command line becomes a CT ID.
"""

import contextlib
import os

from vzsim import values as v
from vzsim.run import PARAM_VALUE, SET_NAME_ERROR, Failed

CTID_MAX = 2147483644


def find_ctid(run, word):
    """``"101"`` -> ``(101, None)``, ``"web1"`` -> ``(101, "web1")``"""
    number, tail = v.scan_int(word)
    if not tail:
        if not 0 <= number <= CTID_MAX:
            raise Failed(PARAM_VALUE, f"Bad CT ID {word}", loud=True)
        return number, None
    ctid = linked_ctid(run, word)
    if ctid is None:
        raise Failed(PARAM_VALUE, f"Bad CT ID {word}", loud=True)
    return ctid, word


def linked_ctid(run, name):
    """The CT ID a name leads to; a link to a conf that is not there leads nowhere."""
    link = f"{run.node.names_dir}/{name}"
    try:
        target = os.readlink(link)
        os.stat(run.node.path(os.path.join("/etc/vz/names", target)))
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno != 22:  # EINVAL: no link
            run.complain(f"Can't access file {link}: {os.strerror(error.errno)}")
        return None
    return _ctid_of(target)


def _ctid_of(target):
    number, tail = v.scan_int(os.path.basename(target))
    return number if tail != os.path.basename(target) else None


def check_name(run, name):
    """A container found by name must not have another one in its conf."""
    known = run.conf.params.get("NAME")
    if name is not None and known is not None and known != name:
        raise Failed(PARAM_VALUE, f"Unable to find container by name {name}")


def assign(run, new, old):
    """Make the link of a new name and remove the old one's."""
    if new:
        holder = linked_ctid(run, new)
        if holder not in (None, run.ctid):
            raise Failed(SET_NAME_ERROR, f"Conflict: name {new} already used by container {holder}")
        if new == old and holder == run.ctid:
            return
        _link(run, new)
    if old and old != new and linked_ctid(run, old) == run.ctid:
        os.unlink(f"{run.node.names_dir}/{old}")
    run.say(f"Name {new} assigned")


def _link(run, name):
    link = f"{run.node.names_dir}/{name}"
    with contextlib.suppress(OSError):
        os.unlink(link)
    try:
        os.symlink(run.conf_path, link)
    except OSError as error:
        raise Failed(SET_NAME_ERROR, f"Unable to create link {link}: {os.strerror(error.errno)}") from None


def remove_all(run):
    """Remove every link that leads to the run's container."""
    for entry in os.listdir(run.node.names_dir):
        target = run.node.link_target(entry)
        if target is not None and _ctid_of(target) == run.ctid:
            os.unlink(f"{run.node.names_dir}/{entry}")
