"""
``<devices>`` <-> the fields of ``Domain``: the filesystem, devices of the node, and the order of it all.

Interfaces are in ``codec_interfaces``. The forms are those of https://libvirt.org/formatdomain.html and of the OpenVZ
proposal of 2008.
"""

import re

from ..model import fields
from ..model.domain import Limit
from ..model.kinds import veths
from ..model.units import bounded
from . import interfaces
from .metadata import add_pair
from .reader import Shape
from .sizes import ordered, parse_number, parse_size, render_size
from .writer import Element, add

_GENERIC = re.compile(r"[A-Za-z0-9_+-]+")  # what libvirt's schema takes for the name of a template
_BLOCK = re.compile(r"(?:[hsv]|xv)d[a-z]+[0-9]*|(?:dm-|md|nbd|nvme|ram|sr|ploop|mmcblk).*|mapper/.*")
_DISK = fields.BY_NAME["diskspace"].kind
_DEVNODES = fields.BY_NAME["devnodes"]
_DEVICES = Shape(once="filesystem", many="interface hostdev")
_FILESYSTEM = Shape(attributes="type", once="source target space_hard_limit space_soft_limit", many="quota")
_SOURCES = {
    "template": (Shape(attributes="name"), fields.BY_NAME["template"]),
    "mount": (Shape(attributes="dir"), fields.BY_NAME["private"]),
}
_TARGET = Shape(attributes="dir")
_QUOTAS = {"size": fields.BY_NAME["diskspace"], "inodes": fields.BY_NAME["diskinodes"]}
_QUOTA = Shape(attributes="type max")
_HOSTDEV = Shape(attributes="mode type", once="source")
_HOLDERS = {"net": "interface", "misc": "char", "storage": "block"}
_HELD = {kind: Shape(once=holder) for kind, holder in _HOLDERS.items()}


def parse_devices(reader, element):
    """Read ``<devices>...</devices>``; only what it says."""
    parts = reader.parts(element, _DEVICES)
    if "filesystem" in parts:
        _parse_filesystem(reader, parts["filesystem"])
    hostdevs = interfaces.parse_interfaces(reader, parts.get("interface", ()))
    for each in parts.get("hostdev", ()):
        hostdevs += _parse_hostdev(reader, each)
    if hostdevs:
        interfaces.refuse_twins(reader, hostdevs, "the device")
        reader.fields["hostdevs"] = tuple(sorted(device for device, _ in hostdevs))


def render_devices(root, left, dialect):
    """``<devices>``, if there is any; in the order of virsh dumpxml, or of the proposal."""
    devices = Element("devices")
    _render_filesystem(devices, left, dialect)
    if dialect == "2008":
        interfaces.render_2008(devices, left)
    else:
        interfaces.render_libvirt(devices, left)
        for device in left.pop("hostdevs", None) or ():
            _render_hostdev(devices, "net", "interface", device)
    _render_devnodes(devices, left)
    if devices.children:
        root.children.append(devices)


def _parse_filesystem(reader, element):
    """``<filesystem type='template'><source name='debian-12-x86_64'/></filesystem>``, or ``type='mount'``."""
    kind = element.get("type", "mount")
    if kind not in _SOURCES:
        raise reader.error(element, f"a filesystem of type {kind!r} is not supported by vzctl; use template or mount")
    parts = reader.parts(element, _FILESYSTEM)
    shape, field = _SOURCES[kind]
    attribute = shape.attributes[0]
    source = parts.get("source")
    if source is None:
        what = "the OS template" if kind == "template" else "the private area"
        raise reader.error(element, f"needs a <source {attribute}=> with {what}")
    reader.put(source, field.name, reader.value(source, shape, field.name, field.kind), attribute)
    if "target" in parts and reader.only(parts["target"], _TARGET) != "/":
        sentence = "vzctl mounts only the container's root; use '/'"
        raise reader.error(parts["target"], sentence, "dir")
    for quota in parts.get("quota", ()):
        _parse_quota(reader, quota)
    if "space_hard_limit" in parts or "space_soft_limit" in parts:
        _parse_space(reader, parts.get("space_hard_limit"), parts.get("space_soft_limit"))


def _parse_quota(reader, element):
    """``<quota type='size' max='10000'/>`` -> diskspace 10000 KiB, soft and hard; ``type='inodes'`` is a count."""
    reader.parts(element, _QUOTA)
    kind = reader.attribute(element, "type")
    field = _QUOTAS.get(kind)
    if field is None:
        raise reader.error(element, f"{kind!r} is not a quota type; use 'size' (KiB) or 'inodes'", "type")
    number = parse_number(reader, element, reader.attribute(element, "max"), "max")
    number = bounded(number) if kind == "size" else number
    reader.put(element, field.name, ordered(reader, element, Limit(number, number), field.kind))


def _parse_space(reader, hard, soft):
    """``<space_hard_limit unit='KiB'>1000</space_hard_limit>`` -> diskspace; without a unit it counts bytes."""
    if hard is None:
        raise reader.error(soft, "needs a <space_hard_limit> too")
    most = parse_size(reader, hard, "bytes")
    least = most if soft is None else parse_size(reader, soft, "bytes")
    reader.put(hard, "diskspace", ordered(reader, hard if soft is None else soft, Limit(least, most), _DISK))
    if soft is not None:
        reader.means(soft, "diskspace")


def _render_filesystem(devices, left, dialect):
    """
    Quotas where the proposal of 2008 has words for them, libvirt's limits elsewhere.

    Without a ``<filesystem>`` to stand in, and for the name of a template that libvirt's schema has no room for, there
    is ``<metadata>``.
    """
    template, private = left.get("template"), left.get("private")
    if template and (dialect == "2008" or _GENERIC.fullmatch(template)):
        filesystem = add(devices, "filesystem", type="template")
        add(filesystem, "source", name=left.pop("template"))
    elif private and not template and "$" not in private and private.startswith("/"):
        filesystem = add(devices, "filesystem", type="mount")
        add(filesystem, "source", dir=left.pop("private"))
    else:
        return
    add(filesystem, "target", dir="/")
    space, inodes = left.get("diskspace"), left.get("diskinodes")
    if space is not None and _quota_fits(space, dialect):
        add(filesystem, "quota", type="size", max=left.pop("diskspace").hard)
    elif space is not None:
        render_size(filesystem, "space_hard_limit", space.hard, "bytes")
        render_size(filesystem, "space_soft_limit", left.pop("diskspace").soft, "bytes")
    if inodes is not None and _quota_fits(inodes, dialect):
        add(filesystem, "quota", type="inodes", max=left.pop("diskinodes").hard)


def _quota_fits(limit, dialect):
    """``<quota max=>`` has one number for both halves of a limit."""
    return dialect == "2008" and limit.soft == limit.hard


def _parse_hostdev(reader, element):
    """
    A network device of the node as [("eth1", element)]; a device node goes to ``devnodes``.

    ``<hostdev mode='capabilities' type='net'><source><interface>eth1</interface></source></hostdev>``
    """
    kind = element.get("type")
    if element.get("mode") != "capabilities" or kind not in _HOLDERS:
        raise reader.error(element, "vzctl supports only mode='capabilities' with type net, misc or storage")
    source = reader.parts(element, _HOSTDEV).get("source")
    holder = None if source is None else reader.parts(source, _HELD[kind]).get(_HOLDERS[kind])
    if holder is None:
        at = element if source is None else source
        raise reader.error(at, f"needs <{_HOLDERS[kind]}> with the node's device")
    if kind == "net":
        reader.means(element, "hostdevs")
        return [(reader.taken(holder, "hostdevs", veths.PASSED_THROUGH, reader.words(holder)), element)]
    path = reader.words(holder)
    if not path.startswith("/dev/"):
        raise reader.error(holder, f"{path!r} is not a device path; it must begin with /dev/")
    add_pair(reader, holder, _DEVNODES, path, "rw")
    reader.means(element, "devnodes")
    return []


def _render_hostdev(devices, kind, holder, device):
    """ "eth1" -> ``<hostdev mode="capabilities" type="net"><source><interface>eth1</interface></source></hostdev>``."""
    hostdev = add(devices, "hostdev", mode="capabilities", type=kind)
    add(add(hostdev, "source"), holder, device)


def _render_devnodes(devices, left):
    """libvirt passes a device through for reading and writing; any other access goes to ``<metadata>``."""
    devnodes = left.get("devnodes") or ()
    for name in (name for name, access in devnodes if access == "rw"):
        kind, holder = ("storage", "block") if _BLOCK.fullmatch(name) else ("misc", "char")
        _render_hostdev(devices, kind, holder, f"/dev/{name}")
    left["devnodes"] = tuple(pair for pair in devnodes if pair[1] != "rw") or None
