"""
``<devices>`` <-> the fields of ``Domain``: the filesystem, devices of the node, and the order of it all.

Interfaces are in ``codec_interfaces``. The forms are those of https://libvirt.org/formatdomain.html and of the OpenVZ
proposal of 2008.
"""

from . import codec_interfaces, names
from .codec_sizes import bounded, ordered, parse_number, parse_size, render_size
from .codec_xml import add
from .domain import Limit


def parse_devices(reader, element):
    """``<devices>...</devices>`` -> {"template": ..., "interfaces": ..., ...}; only what it says."""
    if element is None:
        return {}
    parts = reader.parts(element, once="filesystem", many="interface hostdev")
    fields = {} if parts["filesystem"] is None else _parse_filesystem(reader, parts["filesystem"])
    interfaces, addresses, hostdevs = codec_interfaces.parse_interfaces(reader, parts["interface"])
    hostdevs += [(_parse_hostdev(reader, each), each) for each in parts["hostdev"]]
    codec_interfaces.refuse_twins(reader, hostdevs, "the device")
    fields |= {"interfaces": tuple(interfaces)} if interfaces else {}
    fields |= {"hostdevs": tuple(sorted(device for device, _ in hostdevs))} if hostdevs else {}
    return fields | ({} if addresses is None else {"addresses": addresses})


def render_devices(root, domain, dialect):
    """The ``<devices>`` of `domain`, if there is any; in the order of virsh dumpxml, or of the proposal."""
    devices = add(root, "devices")
    if domain.template is not None:
        _render_filesystem(devices, domain, dialect)
    if dialect == "2008":
        codec_interfaces.render_2008(devices, domain)
    else:
        codec_interfaces.render_libvirt(devices, domain)
        for device in domain.hostdevs or ():
            _render_hostdev(devices, device)
    if not len(devices):
        root.remove(devices)


def _parse_filesystem(reader, element):
    """``<filesystem type='template'><source name='debian-12-x86_64'/></filesystem>`` -> {"template": ...}."""
    kind = element.get("type", "mount")
    if kind != "template":
        raise reader.error(element, f"a filesystem of type {kind!r} is not supported yet; use type='template'")
    parts = reader.parts(
        element, attributes="type", once="source target space_hard_limit space_soft_limit", many="quota"
    )
    if parts["source"] is None:
        raise reader.error(element, "needs a <source name=> with the OS template")
    if parts["target"] is not None:
        _check_target(reader, parts["target"])
    fields = {"template": _parse_source(reader, parts["source"])}
    for quota in parts["quota"]:
        _parse_quota(reader, quota, fields)
    _parse_space(reader, parts["space_hard_limit"], parts["space_soft_limit"], fields)
    return fields


def _parse_source(reader, element):
    """``<source name='fedora-core-5-i386'/>`` -> "fedora-core-5-i386"."""
    reader.parts(element, attributes="name")
    return reader.checked(element, names.template, reader.attribute(element, "name"), "name")


def _check_target(reader, element):
    """``<target dir='/'/>`` is all that a template can have."""
    reader.parts(element, attributes="dir")
    if reader.attribute(element, "dir") != "/":
        raise reader.error(element, "a template is the container's root; use '/'", "dir")


def _parse_quota(reader, element, fields):
    """``<quota type='size' max='10000'/>`` -> diskspace 10000 KiB, soft and hard; ``type='inodes'`` is a count."""
    reader.parts(element, attributes="type max")
    kind = reader.attribute(element, "type")
    field = {"size": "diskspace", "inodes": "diskinodes"}.get(kind)
    if field is None:
        raise reader.error(element, f"{kind!r} is no quota; use 'size' (KiB) or 'inodes'", "type")
    number = parse_number(reader, element, reader.attribute(element, "max"), "max")
    number = bounded(number) if kind == "size" else number
    _agree(reader, element, field, Limit(number, number), fields)


def _parse_space(reader, hard, soft, fields):
    """``<space_hard_limit unit='KiB'>1000</space_hard_limit>`` -> diskspace; without a unit it counts bytes."""
    if hard is None and soft is not None:
        raise reader.error(soft, "needs a <space_hard_limit> beside it")
    if hard is None:
        return
    most = parse_size(reader, hard, "bytes")
    least = most if soft is None else parse_size(reader, soft, "bytes")
    limit = ordered(reader, hard if soft is None else soft, Limit(least, most))
    _agree(reader, hard, "diskspace", limit, fields)


def _agree(reader, element, field, limit, fields):
    """Keep a limit; one that was said before must be the same."""
    other = fields.setdefault(field, limit)
    if other != limit:
        said = f"{limit.soft} and {limit.hard} here, {other.soft} and {other.hard} before it"
        raise reader.error(element, f"this limit is said twice and differs: {said} (soft and hard)")


def _render_filesystem(devices, domain, dialect):
    """Quotas where the proposal of 2008 has words for them, libvirt's limits elsewhere."""
    filesystem = add(devices, "filesystem", type="template")
    add(filesystem, "source", name=domain.template)
    add(filesystem, "target", dir="/")
    if domain.diskspace is not None and quota_fits(domain.diskspace, dialect):
        add(filesystem, "quota", type="size", max=domain.diskspace.hard)
    elif domain.diskspace is not None:
        render_size(filesystem, "space_hard_limit", domain.diskspace.hard, "bytes")
        render_size(filesystem, "space_soft_limit", domain.diskspace.soft, "bytes")
    if domain.diskinodes is not None and quota_fits(domain.diskinodes, dialect):
        add(filesystem, "quota", type="inodes", max=domain.diskinodes.hard)


def quota_fits(limit, dialect):
    """``<quota max=>`` has one number for both halves of a limit."""
    return dialect == "2008" and limit.soft == limit.hard


def metadata_limits(domain, dialect):
    """The limits that ``<filesystem>`` cannot say, by field: they are said in our metadata."""
    limits = {}
    if domain.diskspace is not None and domain.template is None:
        limits["diskspace"] = domain.diskspace
    if domain.diskinodes is not None and (domain.template is None or not quota_fits(domain.diskinodes, dialect)):
        limits["diskinodes"] = domain.diskinodes
    return limits


def _parse_hostdev(reader, element):
    """``<hostdev mode='capabilities' type='net'><source><interface>eth1</interface></source></hostdev>`` -> "eth1"."""
    if (element.get("mode"), element.get("type")) != ("capabilities", "net"):
        raise reader.error(element, "only mode='capabilities' type='net', a network device, is supported yet")
    source = reader.parts(element, attributes="mode type", once="source")["source"]
    if source is None:
        raise reader.error(element, "needs a <source><interface> with the device of the node")
    interface = reader.parts(source, once="interface")["interface"]
    if interface is None:
        raise reader.error(source, "needs an <interface> with the device of the node")
    return reader.checked(interface, names.device, reader.words(interface))


def _render_hostdev(devices, device):
    """ "eth1" -> ``<hostdev mode="capabilities" type="net"><source><interface>eth1</interface></source></hostdev>``."""
    hostdev = add(devices, "hostdev", mode="capabilities", type="net")
    add(add(hostdev, "source"), "interface", device)
