"""
What would keep the containers of a node off the network or from starting: each thing with its place and its remedy.

Nothing is changed. What cannot be read is a finding too, since "could not ask" is not "nothing wrong".
"""

import os
from dataclasses import asdict

from ... import errors
from . import files, lines, moving, network, system
from .reading import Finding, Reading

__all__ = ["ORDER", "Finding", "as_data", "examine"]

# What keeps most containers from working comes first.
ORDER = """
    vzctl vzlist kernel vz_conf cannot_ask ip_forward ipv6_forward bridge_script proxy_arp network_inactive bridge
    bridge_down veth
    netdev move half unusable owner conf_link unregistered conf_file
    memory conf_value duplicate_ip duplicate_mac duplicate_veth duplicate_netdev duplicate_name
    duplicate_uuid mark name_link conf_line conf_ignored conf_key document lock old_copy template_cache
    default_template libvirt setting
""".split()
_CHECKS = (*system.CHECKS, *network.CHECKS, *files.CHECKS, *lines.CHECKS, *moving.CHECKS)


def examine(node, proc_dir="/proc", networks=None, uri=None, virsh="virsh", wanted=None, settings=(), moves=None):
    """
    Every `Finding` on a node, what keeps most containers from working first.

    node
        The `Node`; nothing of it may have been read before.

    proc_dir
        The kernel's ``/proc``.

    networks, uri, virsh
        ``openvz:networks``, ``openvz:libvirt_uri`` and the program to ask libvirt with.

    wanted
        The names of networks that documents for this node name: libvirt matters for these, and for bridges that
        containers are in. ``None``: that is not known, and all that libvirt has matters.

    settings
        Pairs of the place of a key that is not a setting, and what may be meant.

    moves
        Called for what `execution.moving.closing.moves` says: moves under way, and old copies.

    ConfigurationError where the node's configuration directory does not exist.
    """
    if not os.path.lexists(node.config_dir):
        raise errors.ConfigurationError(
            f"{node.config_dir} does not exist; is vzctl installed, and openvz:config_dir right?"
        )
    reading = Reading(node, proc_dir, moves)
    found = [finding for check in _CHECKS for finding in reading.judge(check)]
    found += system.inactive_networks(reading, uri, networks, virsh, wanted)
    found += system.unknown_settings(settings)
    return sorted({*found, *reading.findings}, key=_rank)


def as_data(findings):
    """The same as dictionaries."""
    return [{**asdict(finding), "containers": [ctid.data for ctid in finding.containers]} for finding in findings]


def _rank(finding):
    return ORDER.index(finding.check), -len(finding.containers), finding.containers, finding.where, finding.what
