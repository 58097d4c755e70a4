"""
Getting the node's ends of running containers' veth pairs into their bridges.

A bridge script that vzctl calls takes no device out of another bridge, and reads the configuration file as it was
before the call; a node may have no script at all. So the kernel is looked at, and ``ip link set DEVICE master BRIDGE``
does what is left to do: unlike deleting and adding the pair it leaves the container its device, and what is configured
on it. The iproute2 of CentOS 6 has no ``master`` (read, not run): where ip fails, brctl does it.
"""

from ..errors import BridgeMissingError, CannotAskError, LinkError, MissingProgramError, NotTakenError
from ..flavours.calls import into_bridge
from ..host.kernel.bridges import by_brctl, by_hand, in_file


def move(node, ctid, device, bridge):
    """Put the node's end of a pair into a bridge; NotTakenError where that does not hold it afterwards."""
    try:
        program = _put(node, device, bridge)
    except (CannotAskError, LinkError) as err:
        typed = by_hand(node, device, bridge)
        rest = f"by hand: {typed}" if typed else f"and {device} is there"
        err.args = (f"{err}; the file of container {ctid} already names {bridge}, {rest}",)
        raise
    if not node.bridge_holds(bridge, device):
        raise NotTakenError(
            f"{program} put {device} of container {ctid} into {bridge}, but {bridge} does not hold it; something on "
            f"this node takes it out again: see EXTERNAL_SCRIPT in {node.path('vznet.conf')}"
        )


def _put(node, device, bridge):
    """
    Run ip, and brctl where ip is missing or fails; the name of the one that has done it.

    Where both fail the error is that of ip, with what brctl said and where the device is now. An ip that hangs is
    not followed by brctl: what it has done is not known.
    """
    try:
        node.vzctl.link(*into_bridge(device, bridge))
        return "ip"
    except (LinkError, MissingProgramError) as err:
        failure = err
    old = node.bridge_of(device)
    try:
        for words in by_brctl(node, device, bridge):
            node.vzctl.bridge(*words)
        return "brctl"
    except (CannotAskError, LinkError) as err:
        now = node.bridge_of(device)
        if now == bridge:
            return "brctl"
        failure.args = (f"{failure}; {err}; {_left(device, old, now)}",)
    raise failure


def _left(device, old, now):
    """Where a device is that was in `old` (or in no bridge, ``None``) before it was to be moved."""
    if now:
        return f"{device} is in {now}"
    return f"{device} {f'was taken out of {old} and ' if old else ''}is in no bridge now, and the next run tries again"


def see_new(node, ctid, guest, bridge):
    """
    Make sure that a pair added to a running container is in its bridge.

    vzctl runs the node's bridge script before it saves the file that the script reads; a second call finds it there.
    """
    found = next((one for one in node.there(ctid).domain.interfaces or () if one.guest == guest), None)
    if found is None:  # not saved, which `verifying.verify` will say
        return
    whole = node.flavour.pairs.as_read(ctid, found)
    if node.is_foreign(bridge) or node.bridge_holds(bridge, whole.target):
        return
    if node.has_bridge_script and whole.mac:
        node.vzctl.run(*node.flavour.spelling.again(whole, ctid))
    _see(node, ctid, guest, whole.target, bridge)


def see_all(node, ctid):
    """Make sure that all pairs of a container that was started are in their bridges; the first error is raised last."""
    failure = None
    for guest, device, bridge in in_file(node, ctid):
        try:
            if not node.is_foreign(bridge):
                _see(node, ctid, guest, device, bridge)
        except (BridgeMissingError, CannotAskError, LinkError, NotTakenError) as err:
            failure = failure or err
    if failure and node.status(ctid) == "running":  # else that is what is wrong, and the caller says it
        failure.args = (f"container {ctid} runs, but not all of its interfaces are in their bridges: {failure}",)
        raise failure


def _see(node, ctid, guest, device, bridge):
    if node.bridge_holds(bridge, device):
        return
    if not node.has_bridge(bridge):
        raise BridgeMissingError(f"interface {guest} should be in bridge {bridge}, which is not on this node")
    if not node.has_device(device):
        raise NotTakenError(
            f"{device}, the node's end of interface {guest}, is not on this node; restart the container"
        )
    move(node, ctid, device, bridge)
