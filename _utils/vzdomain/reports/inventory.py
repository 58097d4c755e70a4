"""
What a node has, for people and for what the master knows of its nodes.
"""

import os

from ..document.entries import free_label
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


def facts(reconciler):
    """
    What documents for this node can count on: templates, samples, bridges, networks, and the containers there are.

    No vzlist is run. A libvirt that does not answer has no networks beside those of the configuration.
    """
    node, networks = reconciler.node, reconciler.networks
    return {
        "version": node.vzctl.version(),
        "templates": _matching(node.flavour.places.of_template, os.path.join(node.vz_conf["TEMPLATE"], "cache")),
        "samples": _matching(node.flavour.places.of_sample, node.containers_dir),
        "bridges": [name for name in _names(node.sys_class_net) if node.has_bridge(name)],
        "networks": networks.known(),
        "containers": _identities(node),
    }


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
    """Name -> CTID and UUID of every whole container, without asking how it is."""
    found = {}
    for ctid, its in node.identities().items():
        if not node.leftovers(ctid):
            name = scalars.plain(its.name) if its.name and not its.name.isdecimal() else str(ctid)
            found[free_label(name, ctid, found)] = {"ctid": ctid.data, "uuid": its.uuid}
    return found


def _matching(of, directory):
    """What `of` makes of the names in a directory, without those of which it makes nothing."""
    return sorted({scalars.plain(found) for found in map(of, _names(directory)) if found})


def _names(directory):
    """The names in a directory; one that cannot be listed has none."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []
