"""
``<filesystem>`` <-> the root file system, disks that are mounted, and directories of the node that are.

What is mounted at ``/`` is the container's own: its template, its private area, and the limits of its disk.
"""

import re

from ...model import fields
from ...model.domain import BindMount, Disk, Limit
from ...model.kinds.disks import MOUNT_OPTIONS
from ...model.units import bounded
from ..metadata import NAMESPACE
from ..reader import Shape
from ..sizes import ordered, parse_number, parse_size, render_size
from ..writer import add
from .disks import PLACE, parse_disk_size, parse_source
from .interfaces import refuse_twins

_GENERIC = re.compile(r"[A-Za-z0-9_+-]+")  # what libvirt's schema takes for the name of a template
_SPACE = fields.BY_NAME["diskspace"].kind
_ROOT = Shape(attributes="type accessmode", once="source target space_hard_limit space_soft_limit", many="quota")
_SOURCES = {
    "template": (Shape(attributes="name"), fields.BY_NAME["template"]),
    "mount": (Shape(attributes="dir"), fields.BY_NAME["private"]),
}
_DIRECTORY, _FILE = Shape(attributes="dir"), Shape(attributes="file")
_QUOTAS = {"size": fields.BY_NAME["diskspace"], "inodes": fields.BY_NAME["diskinodes"]}
_QUOTA = Shape(attributes="type max")
_OPTIONS = f"{{{NAMESPACE}}}options"
_MOUNT = Shape(attributes="type accessmode", once=f"source target readonly {_OPTIONS}")
_ROOT_DISK = Shape(attributes="type accessmode", once="driver source target space_hard_limit space_soft_limit")
_DISK = Shape(attributes="type accessmode", once="driver source target space_hard_limit")
_DRIVER = Shape(attributes="type format")


def parse_filesystems(reader, elements):
    """Read all of them; returns the disks as [(disk, element), ...]."""
    root, mounts, disks = None, [], []
    for element in elements:
        kind, target = element.get("type", "mount"), element.find("target")
        if element.get("accessmode", "passthrough") != "passthrough":
            raise reader.error(element, "vzctl supports only 'passthrough'", "accessmode")
        if target is None or target.get("dir") in ("/", None) or kind not in ("mount", "bind", "file", "block"):
            if root is not None:
                raise reader.error(element, f"appears twice; the first is in line {reader.line(root)}")
            root = element
            _parse_root(reader, element, kind)
        elif kind in ("mount", "bind"):
            mounts.append((_parse_mount(reader, element), element))
            reader.means(element, "bindmounts")
        else:
            disks.append((_parse_disk(reader, element, kind), element))
            reader.means(element, "disks")
    if mounts:
        refuse_twins(reader, [(mount.target, at) for mount, at in mounts], "the target")
        reader.fields["bindmounts"] = tuple(mount for mount, _ in mounts)
    return disks


def _parse_root(reader, element, kind):
    """``<filesystem type='template'><source name='debian-12-x86_64'/></filesystem>``, or ``type='mount'``."""
    if kind == "file" and target_is_root(element):
        _parse_root_disk(reader, element)
        return
    if kind not in _SOURCES:
        raise reader.error(element, f"a filesystem of type {kind!r} is not supported by vzctl; use template or mount")
    parts = reader.parts(element, _ROOT)
    shape, field = _SOURCES[kind]
    attribute = shape.attributes[0]
    source = parts.get("source")
    if source is None:
        what = "the OS template" if kind == "template" else "the private area"
        raise reader.error(element, f"needs a <source {attribute}=> with {what}")
    reader.put(source, field.name, reader.value(source, shape, field.name, field.kind), attribute)
    if "target" in parts and reader.only(parts["target"], _DIRECTORY) != "/":
        sentence = "a template becomes the container's root; use '/'"
        raise reader.error(parts["target"], sentence, "dir")
    for quota in parts.get("quota", ()):
        _parse_quota(reader, quota)
    if "space_hard_limit" in parts or "space_soft_limit" in parts:
        _parse_space(reader, parts.get("space_hard_limit"), parts.get("space_soft_limit"))


def target_is_root(element):
    """Whether ``<target dir='/'/>`` is said."""
    target = element.find("target")
    return target is not None and target.get("dir") == "/"


def _parse_root_disk(reader, element):
    """The root disk as libvirt's Virtuozzo driver prints it: its size counts, and vzctl knows where the image is."""
    parts = reader.parts(element, _ROOT_DISK)
    if "driver" in parts:
        _check_driver(reader, parts["driver"])
    if "source" in parts:
        reader.only(parts["source"], _FILE)
        reader.warn(parts["source"], "has no effect: vzctl keeps the image of the root disk in the private area")
    reader.only(parts["target"], _DIRECTORY)
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
    reader.put(hard, "diskspace", ordered(reader, hard if soft is None else soft, Limit(least, most), _SPACE))
    if soft is not None:
        reader.means(soft, "diskspace")


def _parse_mount(reader, element):
    """``<filesystem type='mount'><source dir='/srv'/><target dir='/mnt'/></filesystem>`` -> `BindMount`."""
    parts = reader.parts(element, _MOUNT)
    source = reader.value(parts["source"], _DIRECTORY, "bindmounts", PLACE) if "source" in parts else None
    options = ["ro"] if "readonly" in parts else []
    if "readonly" in parts:
        reader.words(parts["readonly"])
    if _OPTIONS in parts:
        options += reader.checked(parts[_OPTIONS], _mount_options, reader.words(parts[_OPTIONS]))
    target = reader.value(parts["target"], _DIRECTORY, "bindmounts", PLACE)
    if not target.strip("/"):
        raise reader.error(parts["target"], "nothing can be mounted over the container's root", "dir")
    return BindMount(source, target, tuple(sorted(set(options))))


def _mount_options(text):
    """``"nosuid,noexec"`` -> ["nosuid", "noexec"]"""
    words = text.split(",")
    strange = [word for word in words if word not in MOUNT_OPTIONS]
    if strange:
        raise ValueError(f"{strange[0]!r} is not an option of a bind mount; use {', '.join(MOUNT_OPTIONS)}")
    return words


def _parse_disk(reader, element, kind):
    """``<filesystem type='file'><source file='/vz/data.hdd'/><target dir='/data'/></filesystem>`` -> `Disk`."""
    parts = reader.parts(element, _DISK)
    if "source" not in parts:
        attribute = "file" if kind == "file" else "dev"
        raise reader.error(element, f"needs a <source {attribute}=>")
    if "driver" in parts:
        _check_driver(reader, parts["driver"])
    values = parse_source(reader, parts["source"], kind)
    if "space_hard_limit" in parts:
        values["size"] = parse_disk_size(reader, parts["space_hard_limit"], "bytes")
    values["mount"] = reader.value(parts["target"], _DIRECTORY, "disks", PLACE)
    return Disk(**values)


def _check_driver(reader, element):
    reader.parts(element, _DRIVER)
    for name in ("type", "format"):
        if element.get(name, "ploop") != "ploop":
            raise reader.error(element, f"{element.get(name)!r} is not how vzctl stores disks; use ploop", name)


def render_root(devices, left, dialect):
    """
    Quotas where the proposal of 2008 has words for them, libvirt's limits elsewhere.

    Without a ``<filesystem>`` to stand in, and for the name of a template that libvirt's schema has no room for, there
    is ``<metadata>``.
    """
    template, private = left.get("template"), left.get("private")
    if template and (dialect == "2008" or _GENERIC.fullmatch(template)):
        filesystem = add(devices, "filesystem", type="template")
        add(filesystem, "source", name=left.pop("template"))
    elif dialect != "vz" and private and not template and "$" not in private and private.startswith("/"):
        filesystem = add(devices, "filesystem", type="mount")
        add(filesystem, "source", dir=left.pop("private"))
    else:
        return
    add(filesystem, "target", dir="/")
    if dialect == "vz":
        return
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


def render_mounts(devices, left, dialect):
    """``<readonly/>`` is libvirt's word; it has none for the other options, and its Virtuozzo driver none at all."""
    mounts = left.get("bindmounts") or ()
    if dialect == "vz" or any(mount.source is None for mount in mounts):
        return
    for mount in left.pop("bindmounts", None) or ():
        filesystem = add(devices, "filesystem", type="mount")
        add(filesystem, "source", dir=mount.source)
        add(filesystem, "target", dir=mount.target)
        if "ro" in mount.options:
            add(filesystem, "readonly")
        options = [one for one in mount.options if one != "ro"]
        if options:
            add(filesystem, "openvz:options", ",".join(options))
