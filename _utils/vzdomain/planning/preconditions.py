"""
What a plan needs of the node's network devices and disk images: that must be there, and of the right kind, before
anything runs.
"""

import contextlib

from ..errors import (
    BridgeMissingError,
    LibvirtMissingError,
    LibvirtUnreachableError,
    NetworkWithoutBridgeError,
    RefusedError,
)
from ..model.actions import AddDisk, AddVeth, Bridge, ChangeVeth, Create, PassThrough, RemoveVeth
from ..model.domain import Disk
from ..model.exclusive import storage
from ..model.kinds.disks import disk_name

# What says nothing of whether vzctl would find a network.
_UNKNOWN = (LibvirtMissingError, LibvirtUnreachableError, NetworkWithoutBridgeError)


def check(made, node, networks, freed, is_ours=False):
    """
    Bridges and devices that the plan needs must be there before anything runs; returns warnings.

    `freed` are those that a dry run has taken from other containers, and that this one may have already. `is_ours`: an
    earlier run has begun to create the container.
    """
    warnings = []
    leaving = {action.old.target for action in made.actions if isinstance(action, RemoveVeth)} | freed
    for action in made.actions:
        if isinstance(action, (AddVeth, ChangeVeth)):
            what = f"interface {action.new.guest}"
            _check_target(node, what, action, leaving)
            warnings += _check_bridge(node, networks, what, action.new.bridge, action.new.network)
        elif isinstance(action, Bridge):
            _check_bridge(node, networks, f"interface {action.guest}", action.new)
        elif isinstance(action, PassThrough) and action.field == "hostdevs":
            for device in action.added:
                _check_hostdev(node, device, freed)
        elif isinstance(action, Create) and not is_ours:
            _check_area(node, made.ctid)
        elif isinstance(action, AddDisk):
            _check_image(node, made.ctid, action.new)
    return warnings


def _check_area(node, ctid):
    """One family takes an empty directory for the private area of a new container, another ends with 44."""
    path = node.private(ctid)
    if not node.flavour.places.FILLS_EMPTY_AREAS and node.has_path(path) and not node.is_unpacked(ctid):
        raise RefusedError(f"{path} exists, and vzctl creates no container over it, though it is empty; rmdir {path}")


def _check_image(node, ctid, disk):
    """An image is of this container's own, or is to be made; vzctl looks at neither before it takes or makes it."""
    path = storage(disk, node.private(ctid))
    if path == storage(Disk(image=node.flavour.places.ROOT_IMAGE), node.private(ctid)):
        raise RefusedError(f"disk {disk_name(disk)}: {path} is the root disk of container {ctid}; name another image")
    owner = node.owner_of(path) if path and not disk.device else None
    if owner not in (None, ctid):
        raise RefusedError(
            f"disk {disk_name(disk)}: {path} lies in the private area of container {owner}; choose another place"
        )
    if disk.size is None and not disk.device and not (path and node.has_path(path)):
        raise RefusedError(
            f"disk {disk_name(disk)} of container {ctid} needs an <openvz:size>: its image {path} is not there yet"
        )


def _check_hostdev(node, device, freed):
    """A device of the node, and none that other containers or the node itself cannot be without."""
    if device not in freed and not node.has_device(device):
        raise RefusedError(f"network device {device} is not in {node.sys_class_net} of this node")
    if node.has_bridge(device):
        raise RefusedError(
            f"network device {device} is a bridge and cannot be passed through; for a veth pair in it write "
            f"<interface type='bridge'><source bridge='{device}'/></interface>"
        )
    if device == "lo" or device.startswith("venet"):
        raise RefusedError(f"network device {device} is the node's own and cannot be passed through")


def _check_bridge(node, networks, name, bridge, network=None):
    """
    The bridge is there, and is up; that of a network has libvirt to ask for the reason.

    What is not a bridge of the kernel may be one of Open vSwitch, and is left to the node's own bridge script.
    """
    if network and node.flavour.pairs.HAS_NETWORKS:
        with contextlib.suppress(*_UNKNOWN):  # vzctl itself asks later
            networks.bridge(network)
        return []
    if not bridge:
        return []
    if not node.has_device(bridge) and network:
        raise networks.why_without(network, bridge)
    if not node.has_device(bridge):
        raise BridgeMissingError(f"{name} needs bridge {bridge}, which is not on this node (see {node.sys_class_net})")
    if node.is_foreign(bridge):
        return [
            f"{name} needs bridge {bridge}, which is not a Linux bridge; vzctl's own script cannot add to it "
            f"(Open vSwitch needs your own script, EXTERNAL_SCRIPT in {node.path('vznet.conf')})"
        ]
    if not node.is_up(bridge):
        raise BridgeMissingError(f"{name} needs bridge {bridge}, which is down; ip link set {bridge} up")
    return []


def _check_target(node, name, action, leaving):
    """A device that is on the node already would be taken over; one of a pair that is `leaving` makes room."""
    old, new = action.old and action.old.target, action.new.target
    if not new or new == old or new in leaving or not node.has_device(new):
        return
    if node.has_bridge(new):
        raise RefusedError(
            f"{name}: <target dev='{new}'> names the node's end of the veth pair, and {new} is a bridge; "
            f"for a pair in that bridge write <source bridge='{new}'/>, for a libvirt network <source network=>"
        )
    raise RefusedError(f"{name} needs the device name {new} on the node, which is already in use")
