"""
The distribution of a container: vzctl looks for a script collection by the template's name.
"""

# Those with a file of their own below /etc/vz/dists.
KNOWN = (
    "altlinux", "arch", "busybox", "centos", "debian", "fedora", "gentoo", "mandrake", "opensuse", "owl", "redhat",
    "rhel", "scientific", "slackware", "suse", "ubuntu",
)  # fmt: skip


def check(run):
    """Remark that the default scripts will do for an unknown distribution."""
    template = run.conf.params.get("OSTEMPLATE") or run.node.setting("DEF_OSTEMPLATE")
    if template.partition("-")[0] not in KNOWN:
        run.complain(
            f"Warning: configuration file for distribution {template} not found, "
            "using defaults from /etc/vz/dists/default"
        )
