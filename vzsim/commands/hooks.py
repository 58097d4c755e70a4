"""
The action scripts of a container, see ``vzctl(8)``.

CTID.start and CTID.stop run inside the container, the others on the node (premount and postumount: read, not run).
"""

import os

from vzsim.codes import ACTIONSCRIPT_ERROR, Failed
from vzsim.files import read_text

SUFFIXES = ("premount", "mount", "umount", "postumount", "start", "stop")


def run_on_node(run, kind):
    """Run vps.KIND, then CTID.KIND, the operator's own programs; in reverse order on umount."""
    for stem in ("vps", run.ctid) if kind.endswith("premount") or kind == "mount" else (run.ctid, "vps"):
        path = f"{run.node.conf_dir}/{stem}.{kind}"
        if os.path.exists(path) and _execute(run, path) != 0:
            raise Failed(ACTIONSCRIPT_ERROR, f"Error executing {kind} script {path}")


def _execute(run, path):
    environment = {**os.environ, "VEID": str(run.ctid), "VE_CONFFILE": run.conf_path, "VE_ROOT": run.root}
    try:
        pid = os.posix_spawn(path, [path], environment)
    except OSError:
        return 1
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run_inside(run, kind):
    """Run CTID.KIND inside the container and return its status; 0 if there is none."""
    path = f"{run.node.conf_dir}/{run.ctid}.{kind}"
    if not os.path.exists(path):
        return 0
    from vzsim import guest
    from vzsim.commands import inside

    hostname = (run.node.running(run.ctid) or {}).get("hostname", "")
    return inside.ended(run, guest.Guest(run, hostname).shell, stdin=read_text(path))
