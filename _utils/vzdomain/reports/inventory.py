"""
What a node has, for people and for what the master knows of its nodes.
"""

import os
import time

from ..document.entries import ABSENT, free_label
from ..model.exclusive import host
from ..model.kinds import scalars
from ..model.units import UNLIMITED, pages_kib, show_kib


def listing(reconciler):
    """All whole containers by CTID: name -> status, ownership and what tells one from another."""
    found = {}
    for container in reconciler.node.containers():
        found[free_label(container.domain.name, container.ctid, found)] = _line(container)
    return found


def words(one):
    """The words of `selection.LIST` that a line of the listing answers to."""
    found = {one["status"], "managed" if one["managed"] else "unmanaged"}
    return found | ({"copy"} if one.get("mark") else set())


def facts(reconciler, entries=(), machine=None):
    """
    What documents for this node can count on, and what other nodes must not have as well.

    That is templates, samples, bridges, networks, the containers there are, and those that the `entries` of the node's
    pillar want. No vzlist is run. A libvirt that does not answer has no networks beside those of the configuration.
    `machine` tells this node from others whatever its id.
    """
    node, networks = reconciler.node, reconciler.networks
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine,
        "version": node.vzctl.version(),
        "templates": templates(node),
        "samples": _matching(node.flavour.places.of_sample, node.containers_dir),
        "bridges": [name for name in _names(node.sys_class_net) if node.has_bridge(name)],
        "networks": networks.known(),
        "containers": _identities(node),
        "wanted": {entry.label: _wish(entry.domain) for entry in entries if _is_wish(entry)},
    }


def templates(node):
    """The names of the templates in the node's cache."""
    return _matching(node.flavour.places.of_template, os.path.join(node.vz_conf["TEMPLATE"], "cache"))


def _line(container):
    domain = container.domain
    return {
        "ctid": container.ctid.data,
        "uuid": domain.uuid,
        "status": container.status,
        **({"error": container.trouble} if container.trouble else {}),
        "managed": container.managed,
        **({"mark": container.mark} if container.mark else {}),
        "hostname": domain.hostname,
        "addresses": [*domain.addresses, *(one for pair in domain.interfaces for one in pair.addresses or ())],
        "macs": [mac for pair in domain.interfaces for mac in (pair.mac, pair.host_mac) if mac],
        "memory": show_kib(memory(domain)),
        "vcpu": domain.vcpu,
        "template": domain.template,
    }


def memory(domain):
    """KiB that a container may have: of one of the beancounter age what it may allocate."""
    if domain.memory is not None:
        return domain.memory
    limit = domain.physpages
    if limit is None or limit.hard in scalars.NO_LIMIT:
        limit = domain.privvmpages
    if limit is None:
        return None
    return UNLIMITED if limit.hard in scalars.NO_LIMIT else pages_kib(limit.hard)


def _identities(node):
    """Name -> CTID, UUID, name and addresses of every whole container, without asking how it is."""
    found = {}
    for ctid, its in node.identities().items():
        if not node.leftovers(ctid):
            name = scalars.plain(its.name) if its.name and not its.name.isdecimal() else None
            inside = tuple(one.partition(" ")[0] for one in its.inside)
            label = free_label(name or str(ctid), ctid, found)
            found[label] = _identity(ctid, its.uuid, name, its.addresses, inside)
    return found


def _is_wish(entry):
    """Whether a pillar wants a container made, if there is none: it says what it is to be."""
    return bool(entry.domain) and not entry.error and entry.state != ABSENT


def _wish(domain):
    name = None if domain.name.isdecimal() else domain.name
    inside = [host(one) for pair in domain.interfaces or () for one in pair.addresses or ()]
    return _identity(domain.stated_ctid, domain.uuid, name, map(host, domain.addresses or ()), inside)


def _identity(ctid, uuid, name, addresses, inside):
    """What no other node may have as well; addresses are without prefix, those of veth pairs are `inside`."""
    found = {"ctid": ctid and ctid.data, "uuid": uuid, "name": name, "addresses": list(addresses)}
    return {**found, "inside": list(inside)} if inside else found


def _matching(of, directory):
    """What `of` makes of the names in a directory, without those of which it makes nothing."""
    return sorted({scalars.plain(found) for found in map(of, _names(directory)) if found})


def _names(directory):
    """The names in a directory; one that cannot be listed has none."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []
