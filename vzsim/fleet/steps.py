"""
The steps of the programs that move containers, in the order in which they come; ``--step`` takes them.

A step with a dash belongs to a group: ``--step checks`` strikes at the first of ``checks-exists``, ``checks-conf`` ...
"""

VZMIGRATE = (
    "name", "lock", "status", "ssh", "vz", "checks-cpt", "checks-rst", "checks-exists", "checks-cpu", "checks-ipv6",
    "source", "checks-conf", "checks-ploop", "checks-ips", "conf-copy", "set-paths", "apply", "scripts", "dump-copy",
    "mkdir-root", "mkdir-link", "mkdir-area", "quota-init", "quota-on", "compact", "snapshot", "rsync1", "fsync",
    "suspend", "dump", "stop", "copy", "umount", "rsync2", "quota-dump", "quota-copy", "quota-load", "restore",
    "resume", "start", "mount", "quota-off", "kill", "source-umount", "dump-remove", "destroy", "rename",
    "undo-restore", "undo-quota", "undo-start", "undo-mount", "undo-resume", "undo-root", "undo-area", "undo-dump",
    "undo-scripts", "undo-name", "undo-conf", "unlock",
)  # fmt: skip

# program -> its steps
STEPS = {"vzmigrate": VZMIGRATE}


def known(step):
    """Whether a program has this step, or steps of this group."""
    return any(one == step or one.startswith(f"{step}-") for steps in STEPS.values() for one in steps)
