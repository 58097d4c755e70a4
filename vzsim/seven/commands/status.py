"""``vzctl status``: one line on standard output, even with ``--quiet``. It takes no lock and ignores further words."""

import os

from vzsim.codes import write
from vzsim.seven import owner

DUMP = "dump/Dump"


def read(run, argv):
    """No options: anything is ignored."""


def act(run, options):
    """Print the line; 0 even for a container that never was."""
    if not run.has_conf and os.path.islink(run.conf_path):
        run.complain(f"Unable to open {run.conf_path}: No such file or directory")
    words = ["exist" if exists(run) else "deleted"]
    words.append("mounted" if words[0] == "exist" and run.is_mounted() else "unmounted")
    words.append(state(run, words[0] == "exist"))
    write(1, f"VEID {run.ctid} {' '.join(words)}\n")
    return 0


def exists(run):
    """Whether there are a conf and a private area, which belongs to this node."""
    if not run.has_conf or not os.path.exists(run.area):
        return False
    if run.skip_owner:
        return True
    other = owner.foreign(run.node, run.area)
    if other is not None:
        run.complain(owner.message(run.node, run.area, other))
    return other is None


def state(run, has_area):
    """``running``, ``paused``, ``suspended`` or ``down``."""
    if run.has_conf and run.is_running():
        return "paused" if run.node.is_paused(run.ctid) else "running"
    return "suspended" if has_area and os.path.lexists(f"{run.area}/{DUMP}") else "down"
