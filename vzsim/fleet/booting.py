"""
A power cut and the boot after it: whatever runs on a node is gone, then containers with ONBOOT start.

Read, not run: the init script of vzctl 4.11 starts those with ``ONBOOT="yes"``, the service of vzctl 7 also those with
``auto`` that ran before. Locks of dead processes stay until a vzctl finds them.
"""

import contextlib
import os

from vzsim import programs
from vzsim.files import read_text
from vzsim.fleet import processes
from vzsim.grammar import conf

SIGKILL = 9


def reboot(directory):
    """Cut the power of the node in a directory and boot it; the CT IDs that were started, whether or not they run."""
    node = programs.node_at(directory)
    family = programs.family_of(directory)
    _kill_all(directory)
    ran = [str(ctid) for ctid in node.running_ctids()]
    for ctid in ran:
        _drop(node, family, ctid)
    for ctid in node.mounts():
        node.set_mounted(ctid)
    wanted = [ctid for ctid, onboot in _onboot(node) if onboot == "yes" or (onboot == "auto" and ctid in ran)]
    for ctid in wanted:
        words = ["--quiet", "start", ctid]
        processes.run(
            [f"{directory}/bin/vzctl", *words], lambda words=words: programs.main("vzctl", directory, words), quiet=True
        )
    return wanted


def _kill_all(directory):
    """What is at work on the node: each of its processes is linked in its proc."""
    for name in filter(str.isdigit, os.listdir(f"{directory}/proc")):
        with contextlib.suppress(OSError):
            if int(name) != os.getpid() and os.path.exists(f"{directory}/proc/{name}"):
                os.kill(int(name), SIGKILL)
        with contextlib.suppress(OSError):
            os.unlink(f"{directory}/proc/{name}")


def _drop(node, family, ctid):
    """Forget what the kernel had of a container."""
    live = node.running(ctid) or {}
    if family == programs.SEVEN:
        from vzsim.seven import kernel
        from vzsim.seven.live import veth

        veth.release_all(node, ctid, live)
        kernel.set_live(node, ctid, None)
        return
    from vzsim.commands.run import Run
    from vzsim.node import network

    run = Run(node)
    run.ctid = int(ctid)
    network.release_all(run, live)
    node.set_running(ctid, None)


def _onboot(node):
    """CT IDs with their ONBOOT, in the order of their names."""
    for name in sorted(os.listdir(node.conf_dir)):
        ctid, suffix = os.path.splitext(name)
        if suffix == ".conf" and ctid != "0":
            with contextlib.suppress(OSError):
                yield ctid, conf.first_values(read_text(f"{node.conf_dir}/{name}")).get("ONBOOT", "no").strip('"')
