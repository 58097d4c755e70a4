"""
Names of containers: links in /etc/vz/names, and how a word on the command line becomes a CT ID.
"""

import contextlib
import errno
import os

from vzsim.codes import PARAM_VALUE, SET_NAME_ERROR, Failed
from vzsim.grammar import values as v

CTID_MAX = 2147483644


def find_ctid(run, word):
    """``"101"`` -> ``(101, None)``, ``"web1"`` -> ``(101, "web1")``; a number too large for an int is a name."""
    number, tail = v.scan_int(word)
    if not tail and -v.INT_MAX <= number <= v.INT_MAX:
        ctid, name = number, None
    else:
        ctid, name = linked_ctid(run, word), word
    if ctid is None or not 0 <= ctid <= CTID_MAX:
        raise Failed(PARAM_VALUE, f"Bad CT ID {word}", loud=True)
    return ctid, name


def linked_ctid(run, name):
    """The CT ID a name points to, ``None`` if there is none."""
    try:
        return ctid_of_link(run.node, name)
    except OSError as error:
        run.complain(f"Can't access file {run.node.names_dir}/{name}: {os.strerror(error.errno)}")
        return None


def ctid_of_link(node, name):
    """The CT ID a name's link points to; ``None`` without a link or without the conf it points to."""
    try:
        target = os.readlink(f"{node.names_dir}/{name}")
        os.stat(node.path(os.path.join("/etc/vz/names", target)))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINVAL):  # nothing there, no link
            return None
        raise
    return ctid_of_conf(target)


def ctid_of_conf(path):
    """``"/etc/vz/conf/101.conf"`` -> 101"""
    name = os.path.basename(path)
    number, tail = v.scan_int(name)
    return number if tail != name else None


def check_name(run, name):
    """Fail if the conf of a container found by name has another name."""
    known = run.conf.params.get("NAME")
    if name is not None and known is not None and known != name:
        raise Failed(PARAM_VALUE, f"Unable to find container by name {name}")


def assign(run, new, old):
    """Create the link of the new name and remove the old one."""
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
    """Remove every link that points to the run's container."""
    for entry in os.listdir(run.node.names_dir):
        link = f"{run.node.names_dir}/{entry}"
        if os.path.islink(link) and ctid_of_conf(os.readlink(link)) == run.ctid:
            os.unlink(link)
