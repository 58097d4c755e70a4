"""
The distribution of a container: vzctl looks for a script collection by the template's name.
"""

import os

DEFAULT = "using defaults from /etc/vz/dists/default"

# Those with a file of their own below /etc/vz/dists.
KNOWN = (
    "altlinux", "arch", "busybox", "centos", "debian", "fedora", "gentoo", "mandrake", "opensuse", "owl", "redhat",
    "rhel", "scientific", "slackware", "suse", "ubuntu",
)  # fmt: skip


def check(run):
    """Remark that the default scripts will do for an unknown distribution, or for none (that: read, not run)."""
    template = run.conf.params.get("OSTEMPLATE")
    if template is None:
        run.complain(f"Warning: distribution not specified in CT config, {DEFAULT}")
    elif os.path.basename(template).partition("-")[0] not in KNOWN:
        run.complain(f"Warning: configuration file for distribution {template} not found, {DEFAULT}")
