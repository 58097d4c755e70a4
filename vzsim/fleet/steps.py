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

# of family 7; source-umount and destroy are those of vzctl there too
SEVEN = (
    "lock", "connect", "checks-exists", "checks-shared", "checks-keep", "checks-technologies", "checks-space",
    "checks-name", "conf-copy", "checks-rate", "umount", "place", "copy", "copied", "haul-place", "contents1",
    "stop", "dump", "contents2", "start", "restore", "restart", "kill", "source-umount", "final", "rename",
    "destroy-umount", "destroy",
)  # fmt: skip
# what vzctl is called for on the other node: by requests, and to take things back
VZMDEST = ("start", "resume", "mount", "undo-destroy-stop", "undo-destroy-umount", "undo-destroy")

# of a clone up to umount; of a move the rest too
VZMLOCAL = (
    "lock", "lock-there", "conf-copy", "snapshot", "copy", "content", "snapshot-delete", "register", "mac-renew",
    "mount", "umount", "suspend", "stop", "rename", "start", "resume", "undo-start", "undo-resume", "undo-mount",
)  # fmt: skip

# program -> its steps, of both families
STEPS = {"vzmigrate": tuple(dict.fromkeys((*VZMIGRATE, *SEVEN))), "vzmdest": VZMDEST, "vzmlocal": VZMLOCAL}
# for the help
BY_FAMILY = {
    "vzmigrate": VZMIGRATE,
    "vzmigrate of family 7": SEVEN,
    "vzmdest (family 7)": VZMDEST,
    "vzmlocal (family 7)": VZMLOCAL,
}


def known(step):
    """Whether a program has this step, or steps of this group."""
    return any(one == step or one.startswith(f"{step}-") for steps in STEPS.values() for one in steps)
