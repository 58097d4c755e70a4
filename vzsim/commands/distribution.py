"""
The distribution of a container: vzctl picks a set of scripts by the template's name.
"""

import os

DEFAULT = "using defaults from /etc/vz/dists/default"

# Those that have a file below /etc/vz/dists.
KNOWN = (
    "altlinux", "arch", "busybox", "centos", "debian", "fedora", "gentoo", "mandrake", "opensuse", "owl", "redhat",
    "rhel", "scientific", "slackware", "suse", "ubuntu",
)  # fmt: skip


# The default scripts; Debian and its derivatives have their own.
SCRIPTS = {
    "add_ip": "redhat-add_ip.sh",
    "del_ip": "redhat-del_ip.sh",
    "set_hostname": "redhat-set_hostname.sh",
    "set_dns": "set_dns.sh",
    "set_ugid_quota": "set_ugid_quota.sh",
}
DEBIAN = ("debian", "ubuntu")


def say_script(run, action):
    """``--verbose`` names each script that runs in a container (other distributions: assumed)."""
    family = os.path.basename(run.conf.params.get("OSTEMPLATE") or "").partition("-")[0]
    script = SCRIPTS[action].replace("redhat-", "debian-" if family in DEBIAN else "redhat-")
    run.say(f"Running container script: /etc/vz/dists/scripts/{script}", level=1)


def check(run):
    """Warn that an unknown distribution, or none (read, not run), gets the default scripts."""
    template = run.conf.params.get("OSTEMPLATE")
    if template is None:
        run.complain(f"Warning: distribution not specified in CT config, {DEFAULT}")
    elif os.path.basename(template).partition("-")[0] not in KNOWN:
        run.complain(f"Warning: configuration file for distribution {template} not found, {DEFAULT}")
