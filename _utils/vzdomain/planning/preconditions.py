"""
What a plan needs of the node's network devices: that must be there, and of the right kind, before anything runs.
"""

from ..errors import BridgeMissingError, RefusedError


def check(made, node, networks, freed):
    """
    Bridges and devices that the plan needs must be there before anything runs; returns warnings.

    `freed` are those that a dry run has taken from other containers, and that this one may have already.
    """
    warnings = []
    pairs = {name: change for name, change in made.changes.items() if name.startswith("interface ")}
    leaving = {change["old"].get("target") for change in pairs.values() if not change["new"]} | freed
    for name, change in pairs.items():
        if change["new"]:
            _check_target(node, name, change, leaving)
            warnings += _check_bridge(node, networks, name, change["new"])
    for name, change in made.changes.items():
        if name.startswith("bridge "):
            _check_bridge(node, networks, f"interface {name.removeprefix('bridge ')}", {"bridge": change["new"]})
    hostdevs = made.changes.get("hostdevs", {"old": None, "new": ()})
    for device in hostdevs["new"]:
        if device not in (hostdevs["old"] or ()):
            _check_hostdev(node, device, freed)
    return warnings


def _check_hostdev(node, device, freed):
    """A device of the node, and none that other containers or the node itself cannot be without."""
    if device not in freed and not node.has_device(device):
        raise RefusedError(f"network device {device} is not in {node.sys_class_net} of this node")
    if node.has_bridge(device):
        raise RefusedError(
            f"network device {device} is a bridge, and not passed through; for a pair in it write "
            f"<interface type='bridge'><source bridge='{device}'/></interface>"
        )
    if device == "lo" or device.startswith("venet"):
        raise RefusedError(f"network device {device} is the node's own, and not passed through")


def _check_bridge(node, networks, name, new):
    """
    The bridge is there, and is up; that of a network has libvirt to ask for the reason.

    What is not a bridge of the kernel may be one of Open vSwitch, and is left to the node's own bridge script.
    """
    bridge, network = new.get("bridge"), new.get("network")
    if not bridge:
        return []
    if not node.has_device(bridge) and network:
        raise networks.why_without(network, bridge)
    if not node.has_device(bridge):
        raise BridgeMissingError(f"{name} wants bridge {bridge}, which is not on this node (see {node.sys_class_net})")
    if node.is_foreign(bridge):
        return [
            f"{name} wants bridge {bridge}, which is not a bridge of the kernel; vzctl's own script cannot add to it "
            f"(one of Open vSwitch needs a script of yours, EXTERNAL_SCRIPT in {node.path('vznet.conf')})"
        ]
    if not node.is_up(bridge):
        raise BridgeMissingError(
            f"{name} wants bridge {bridge}, which is down and carries nothing; ip link set {bridge} up"
        )
    return []


def _check_target(node, name, change, leaving):
    """A device that is on the node already would be taken over; one of a pair that is `leaving` makes room."""
    old, new = ((change[side] or {}).get("target") for side in ("old", "new"))
    if not new or new == old or new in leaving or not node.has_device(new):
        return
    if node.has_bridge(new):
        raise RefusedError(
            f"{name}: <target dev='{new}'> names the node's end of the veth pair, and {new} is a bridge; "
            f"for a pair in that bridge write <source bridge='{new}'/>, for a network of libvirt <source network=>"
        )
    raise RefusedError(f"{name} wants the device {new} on the node, and there is one of that name already")
