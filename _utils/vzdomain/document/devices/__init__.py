"""
``<devices>`` <-> the fields of ``Domain``: file systems, disks, interfaces, devices of the node, and the order of all.

The forms are those of https://libvirt.org/formatdomain.html and of the OpenVZ proposal of 2008. What neither has a word
for stands inside them as elements of our namespace; libvirt ignores these.
"""

from ..metadata import NAMESPACE
from ..reader import Shape
from ..writer import Element
from . import disks, filesystems, hostdevs, interfaces, virtuozzo

_DEVICES = Shape(many="filesystem disk interface hostdev")
_OF_VZ = Shape(many=f"filesystem disk interface hostdev {virtuozzo.IDLE}")


def parse_devices(reader, element):
    """Read ``<devices>...</devices>``; only what it says."""
    is_vz = virtuozzo.is_vz(reader)
    parts = reader.parts(element, _OF_VZ if is_vz else _DEVICES)
    if is_vz:
        virtuozzo.warn_of_idle(reader, parts)
    found = filesystems.parse_filesystems(reader, parts["filesystem"]) if "filesystem" in parts else []
    if found or "disk" in parts:
        disks.parse_disks(reader, found, parts.get("disk", ()))
    held = interfaces.parse_interfaces(reader, parts.get("interface", ()))
    hostdevs.parse_hostdevs(reader, held, parts.get("hostdev", ()))


def render_devices(root, left, dialect):
    """``<devices>``, if there is any; in the order of virsh dumpxml, or of the proposal."""
    devices = Element("devices")
    filesystems.render_root(devices, left, dialect)
    disks.render_disks(devices, left, dialect)
    filesystems.render_mounts(devices, left, dialect)
    if dialect == "2008":
        interfaces.render_2008(devices, left)
    else:
        interfaces.render_libvirt(devices, left, dialect)
    if dialect == "libvirt":
        hostdevs.render_passed_through(devices, left)
    if dialect != "vz":
        hostdevs.render_devnodes(devices, left)
    if not devices.children:
        return
    if any(child.tag.startswith("openvz:") for device in devices.children for child in device.children):
        devices.attributes["xmlns:openvz"] = NAMESPACE
    root.children.append(devices)
