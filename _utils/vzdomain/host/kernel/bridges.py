"""
Which bridges hold the node's ends of running containers' veth pairs. Looks, and changes nothing.
"""

import shlex


def held(node, container):
    """
    The node's end of each pair of a running container -> the bridge that holds it, or ``None``.

    Only pairs that are to be in a bridge, and of these not those that nothing can be done for: where the bridge or the
    device is not on the node.
    """
    pairs = bridged(node, container) if container and container.running else ()
    return {
        device: _holder(node, device, bridge)
        for _, device, bridge in pairs
        if node.has_bridge(bridge) and node.has_device(device)
    }


def strays(node, container):
    """``{"eth0": ("br1", "br0")}``: the pairs of a running container that are not where the file says, and where."""
    found = {guest: (bridge, _holder(node, device, bridge)) for guest, device, bridge in bridged(node, container)}
    return {
        guest: pair for guest, pair in found.items() if pair[0] != pair[1] and not node.is_foreign(pair[0])
    }  # fmt: skip


def hopeless(node, container):
    """Sentences about the pairs of a running container that no run can bring into their bridges."""
    for guest, device, bridge in bridged(node, container) if container and container.running else ():
        what = f"container {container.ctid} runs, and its interface {guest} is in no bridge"
        if not node.has_device(bridge):
            yield f"{what}: {bridge} is not on this node; make the bridge, or say another"
        elif node.has_bridge(bridge) and not node.has_device(device):
            yield f"{what}: {device} is not on this node; restart the container"


def bridged(node, container):
    """Guest device, device of the node and bridge of each pair that its file has in a bridge."""
    return _pairs(node, container.ctid, container.domain)


def in_file(node, ctid):
    """The same, read from the file alone: vzctl is not asked for the status."""
    its = node.flavour.reading
    return _pairs(node, ctid, its.network(its.parse(node.text(ctid) or "")))


def _pairs(node, ctid, domain):
    for one in domain.interfaces or ():
        target = node.flavour.pairs.target(ctid, one)
        if one.bridge and target:
            yield one.guest, target, one.bridge


def by_hand(node, device, bridge):
    """``"brctl delif br7 veth209.0 && brctl addif br0 veth209.0"``: for people; ``""`` where there is nothing to do."""
    return " && ".join(shlex.join(("brctl", *words)) for words in by_brctl(node, device, bridge))


def by_brctl(node, device, bridge):
    """The words of the calls of brctl that put a device into a bridge; it takes no device out of another one."""
    old = node.bridge_of(device)
    if old != bridge:
        if old:
            yield "delif", old, device
        yield "addif", bridge, device


def _holder(node, device, bridge):
    """The bridge that holds a device: mostly the one where it should be."""
    return bridge if node.bridge_holds(bridge, device) else node.bridge_of(device)
