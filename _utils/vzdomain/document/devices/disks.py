"""
``<disk>`` <-> the disks of a container beside its root disk: images, and block devices of the node.

The root disk is a ``<filesystem>``: see `filesystems`.
"""

from string import ascii_lowercase

from ...model import names
from ...model.domain import Disk
from ...model.kinds.disks import ROOT_DISK
from ...model.kinds.scalars import Text
from ...model.units import UNLIMITED
from ..metadata import NAMESPACE, yes_no
from ..reader import Shape
from ..sizes import parse_size, render_size
from ..writer import add
from . import virtuozzo
from .interfaces import refuse_twins

_IMAGE, _SIZE, _MOUNT, _ENABLED = (f"{{{NAMESPACE}}}{tag}" for tag in ("image", "size", "mount", "enabled"))
_OF_VZ = Shape(
    attributes="type device",
    once=f"driver source target serial address alias backingStore boot {_IMAGE} {_SIZE} {_MOUNT} {_ENABLED}",
)
_DRIVER = Shape(attributes="name type")
_DISK = Shape(attributes="type device", once=f"source target serial {_IMAGE} {_SIZE} {_MOUNT} {_ENABLED}")
_TARGET = Shape(attributes="dev bus")
_SOURCES = {"file": (Shape(attributes="file"), "image"), "block": (Shape(attributes="dev"), "device")}
IMAGE, PLACE, _UUID = Text(names.image), Text(names.place), Text(names.uuid)
_OWN = {"uuid": "the serial", "image": "the image", "device": "the device", "mount": "the mount point"}
_NO_ROOT = "this is the container's own disk; its size is the <space_hard_limit> of its <filesystem>"
_UNSAID = dict.fromkeys(vars(Disk()))


def parse_disks(reader, found, elements):
    """Read all of them; `found` are those that ``<filesystem>`` elements have said, as (disk, element) pairs."""
    pairs = list(found)
    for element in elements:
        pairs.append((_parse_disk(reader, element), element))
        reader.means(element, "disks")
    for name, what in _OWN.items():
        refuse_twins(reader, [(value, at) for disk, at in pairs if (value := getattr(disk, name)) is not None], what)
    reader.fields["disks"] = tuple(disk for disk, _ in pairs)


def _parse_disk(reader, element):
    """``<disk type='file' device='disk'><source file='/vz/data.hdd'/>...</disk>`` -> Disk(image="/vz/data.hdd")."""
    kind, device = element.get("type", "file"), element.get("device", "disk")
    if kind not in _SOURCES:
        raise reader.error(element, f"a disk of type {kind!r} is not supported by vzctl; use file or block", "type")
    if device != "disk":
        raise reader.error(element, f"a container has no {device!r}; use device='disk'", "device")
    is_vz = virtuozzo.is_vz(reader)
    parts, values = reader.parts(element, _OF_VZ if is_vz else _DISK), dict(_UNSAID)
    if "driver" in parts:
        reader.parts(parts["driver"], _DRIVER)
    if "source" in parts:
        values |= parse_source(reader, parts["source"], kind)
    elif kind == "block":
        raise reader.error(element, "needs a <source dev=> with the node's block device")
    if _IMAGE in parts:
        if "source" in parts:
            raise reader.error(parts[_IMAGE], "<source> already says where the disk is; keep one")
        values["image"] = reader.taken(parts[_IMAGE], "disks", IMAGE, reader.words(parts[_IMAGE]))
    if "target" in parts:
        reader.parts(parts["target"], _TARGET)
    if "serial" in parts and is_vz and not _is_uuid(reader.words(parts["serial"])):
        reader.warn(parts["serial"], "is not the UUID of a disk; it is not used")
    elif "serial" in parts:
        values["uuid"] = reader.taken(parts["serial"], "disks", _UUID, reader.words(parts["serial"]))
        if values["uuid"] == ROOT_DISK:
            raise reader.error(parts["serial"], _NO_ROOT)
    if _SIZE in parts:
        values["size"] = parse_disk_size(reader, parts[_SIZE], "KiB")
    if _MOUNT in parts:
        values["mount"] = reader.taken(parts[_MOUNT], "disks", PLACE, reader.words(parts[_MOUNT]))
        if not values["mount"].strip("/"):
            reader.unwritable.setdefault("disks", reader.error(parts[_MOUNT], _NO_ROOT))
    if _ENABLED in parts:
        values["enabled"] = reader.checked(parts[_ENABLED], yes_no, reader.words(parts[_ENABLED]))
    if set(values.values()) <= {None}:
        raise reader.error(element, "says nothing; give a <source file=>, or an <openvz:size> for a new image")
    return Disk.of(values)


def _is_uuid(text):
    try:
        return bool(names.uuid(text))
    except ValueError:
        return False


def parse_source(reader, element, kind):
    """``<source file='data.hdd'/>`` -> {"image": "data.hdd"}; ``<source dev='/dev/sdb'/>`` for a block device."""
    shape, name = _SOURCES[kind]
    text = reader.only(element, shape)
    rule = IMAGE if kind == "file" else PLACE
    return {name: reader.taken(element, "disks", rule, text, shape.attributes[0])}


def parse_disk_size(reader, element, unit):
    """KiB."""
    size = parse_size(reader, element, unit)
    if not 0 < size < UNLIMITED:
        sentence = f"{(element.text or '').strip()} is not the size of a disk; give its size"
        reader.unwritable.setdefault("disks", reader.error(element, sentence))
    return size


def render_disks(devices, left, dialect):
    """
    A ``<disk>`` for each; libvirt wants a name for it, which means nothing here.

    An image below the private area is no file of the node to libvirt.
    """
    for number, disk in enumerate(left.pop("disks", None) or (), 1):
        kind = "file" if disk.device is None else "block"
        element = add(devices, "disk", type=kind, device="disk")
        if dialect == "vz" and kind == "file":
            add(element, "driver", name="vz", type="ploop")
        is_below = disk.image is not None and not disk.image.startswith("/")
        if disk.device is not None or (disk.image is not None and not is_below):
            add(element, "source", file=disk.image, dev=disk.device)
        add(element, "target", dev=_name(number), bus="sata" if dialect == "vz" else None)
        if disk.uuid is not None:
            add(element, "serial", disk.uuid)
        if is_below:
            add(element, "openvz:image", disk.image)
        if disk.size is not None:
            render_size(element, "openvz:size", disk.size, "KiB")
        if disk.mount is not None:
            add(element, "openvz:mount", disk.mount)
        if disk.enabled is not None:
            add(element, "openvz:enabled", "yes" if disk.enabled else "no")


def _name(number):
    """1 -> "sdb", 26 -> "sdaa"."""
    first, last = divmod(number, len(ascii_lowercase))
    return "sd" + (ascii_lowercase[first - 1] if first else "") + ascii_lowercase[last]
