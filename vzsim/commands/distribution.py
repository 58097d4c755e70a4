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


# The scripts of those that have no others; Debian and its children have their own for these.
SCRIPTS = {
    "add_ip": "redhat-add_ip.sh",
    "del_ip": "redhat-del_ip.sh",
    "set_hostname": "redhat-set_hostname.sh",
    "set_dns": "set_dns.sh",
    "set_ugid_quota": "set_ugid_quota.sh",
}
DEBIAN = ("debian", "ubuntu")


def say_script(run, action):
    """``--verbose`` tells of each script that runs in a container (those of other distributions: assumed)."""
    family = os.path.basename(run.conf.params.get("OSTEMPLATE") or "").partition("-")[0]
    script = SCRIPTS[action].replace("redhat-", "debian-" if family in DEBIAN else "redhat-")
    run.say(f"Running container script: /etc/vz/dists/scripts/{script}", level=1)


def check(run):
    """Remark that the default scripts will do for an unknown distribution, or for none (that: read, not run)."""
    template = run.conf.params.get("OSTEMPLATE")
    if template is None:
        run.complain(f"Warning: distribution not specified in CT config, {DEFAULT}")
    elif os.path.basename(template).partition("-")[0] not in KNOWN:
        run.complain(f"Warning: configuration file for distribution {template} not found, {DEFAULT}")
