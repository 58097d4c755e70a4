"""
Domain XML <-> ``Domain``: the elements of the domain itself. Devices are in ``codec_devices`` and ``codec_interfaces``.

The vocabulary is that of https://libvirt.org/formatdomain.html as far as OpenVZ can honour it, and of the OpenVZ
proposal of 2008 (``<quota>``, ``<interface type='route'>``, ...). Both are read in any mixture, element by element.
What is not understood is refused: an element that is skipped is a promise to its author that is broken.
"""

from lxml import etree

from . import names
from .codec_devices import metadata_limits, parse_devices, render_devices
from .codec_sizes import parse_limit, parse_number, parse_size, render_size
from .codec_xml import Reader, add
from .domain import Document, Domain
from .errors import OpenVZError
from .units import UNLIMITED

NAMESPACE = "https://openvz.org/schemas/domain/salt/1"
DIALECTS = ("libvirt", "2008")

_IDENTITY = "name uuid title description metadata"
_RESOURCES = "memory currentMemory memtune vcpu os"
_IDLE = "clock on_poweroff on_reboot on_crash"  # libvirt prints them; nothing follows from them here
_INIT = "/sbin/init"
_CTID = f"{{{NAMESPACE}}}ctid"
_DISK = {"diskspace": f"{{{NAMESPACE}}}diskspace", "diskinodes": f"{{{NAMESPACE}}}diskinodes"}


def parse(text, strict=True):
    """
    Read a domain document, in either dialect.

    ``parse("<domain type='openvz'><name>209</name></domain>").domain`` -> ``Domain(name="209")``.
    With ``strict=False`` an element or attribute that is not understood is a warning instead of an error.
    """
    reader = Reader(text, strict)
    root = reader.root
    if root.tag != "domain" or root.get("type") != "openvz":
        raise reader.error(root, "this is no document for OpenVZ; it must begin with <domain type='openvz'>")
    parts = reader.parts(root, attributes="type id", once=f"{_IDENTITY} {_RESOURCES} {_IDLE} devices")
    fields = _parse_identity(reader, root, parts)
    fields |= _parse_resources(reader, parts)
    fields |= parse_devices(reader, parts["devices"])
    if parts["metadata"] is not None:
        _parse_metadata(reader, parts["metadata"], fields)
    _note_idle(reader, root, parts)
    return Document(Domain(**fields), reader.warnings)


def render(domain, dialect="libvirt"):
    """
    Write a domain as XML, for libvirt of today or in the words of 2008.

    ``render(Domain(name="209"))`` -> ``<domain type="openvz">\\n  <name>209</name>\\n</domain>\\n``.
    """
    if dialect not in DIALECTS:
        raise OpenVZError(f"unknown dialect {dialect!r}; use {' or '.join(DIALECTS)}")
    root = etree.Element("domain", {"type": "openvz"})
    _render_identity(root, domain, dialect)
    _render_metadata(root, domain, dialect)
    _render_memory(root, domain)
    if domain.vcpu is not None:
        add(root, "vcpu", domain.vcpu)
    if domain.init is not None:
        _render_os(root, domain.init)
    render_devices(root, domain, dialect)
    etree.indent(root, "  ")
    return etree.tostring(root, encoding="unicode") + "\n"


def _parse_identity(reader, root, parts):
    """``<name>0209</name><title>Web</title>`` -> {"name": "209", "title": "Web"}."""
    if parts["name"] is None:
        raise reader.error(root, "a <name> is needed; use the CTID or a name for vzctl")
    rules = {"name": names.container, "uuid": names.uuid, "title": names.prose, "description": names.prose}
    said = {tag: parts[tag] for tag in rules if parts[tag] is not None}
    fields = {tag: reader.checked(element, rules[tag], reader.words(element)) for tag, element in said.items()}
    fields["title"] = fields.get("title") or None  # vzctl keeps no title, so that an empty one asks for nothing
    return fields


def _render_identity(root, domain, dialect):
    uuid = domain.uuid
    for tag, text in (
        ("name", domain.name),
        ("uuid", uuid.replace("-", "") if uuid and dialect == "2008" else uuid),
        ("title", domain.title),
        ("description", domain.description),
    ):
        if text is not None:
            add(root, tag, text)


def _parse_metadata(reader, element, fields):
    """``<metadata><openvz:ctid>209</openvz:ctid></metadata>`` -> {"ctid": 209}; what others keep there is theirs."""
    parts = reader.parts(element, once=" ".join((_CTID, *_DISK.values())), namespace=NAMESPACE)
    if parts[_CTID] is not None:
        fields["ctid"] = _parse_ctid(reader, parts[_CTID], fields["name"])
    for field, tag in _DISK.items():
        if parts[tag] is not None:
            fields[field] = _parse_disk(reader, parts[tag], field, fields)


def _parse_ctid(reader, element, name):
    """``<openvz:ctid>209</openvz:ctid>`` -> 209; a name that is the CTID already leaves nothing to say."""
    ctid = reader.checked(element, names.ctid, reader.words(element))
    if name.isdecimal() and int(name) != ctid:
        raise reader.error(element, f"the CTID {ctid} is not the one of <name>, {name}; remove one of them")
    return None if name.isdecimal() else ctid


def _parse_disk(reader, element, field, fields):
    """``<openvz:diskspace soft='900' hard='1000'/>`` -> Limit(900, 1000), in KiB; ``<filesystem>`` may say the same."""
    limit = parse_limit(reader, element, size=field == "diskspace")
    other = fields.get(field)
    if other not in (None, limit):
        said = f"{limit.soft} and {limit.hard} here, {other.soft} and {other.hard} in <filesystem>"
        raise reader.error(element, f"this limit is said twice and differs: {said}")
    return limit


def _render_metadata(root, domain, dialect):
    """What neither dialect can say: a CTID beside a name, inodes in libvirt's, disk limits without a template."""
    limits = metadata_limits(domain, dialect)
    if domain.ctid is None and not limits:
        return
    metadata = etree.SubElement(root, "metadata", nsmap={"openvz": NAMESPACE})
    if domain.ctid is not None:
        add(metadata, _CTID, domain.ctid)
    for field, limit in limits.items():
        add(metadata, _DISK[field], soft=limit.soft, hard=limit.hard)


def _parse_resources(reader, parts):
    """``<memory>262144</memory><vcpu>2</vcpu>`` -> {"memory": 262144, "vcpu": 2}."""
    fields = {}
    if parts["memory"] is not None:
        fields["memory"] = _parse_memory(reader, parts["memory"])
    if parts["currentMemory"] is not None:
        _check_current_memory(reader, parts["currentMemory"], fields.get("memory"))
    if parts["memtune"] is not None:
        fields["swap"] = _parse_swap(reader, parts["memtune"], fields.get("memory"))
    if parts["vcpu"] is not None:
        fields["vcpu"] = _parse_vcpu(reader, parts["vcpu"])
    if parts["os"] is not None:
        fields["init"] = _parse_os(reader, parts["os"])
    return fields


def _parse_memory(reader, element):
    """``<memory unit='MiB'>512</memory>`` -> 524288."""
    kib = parse_size(reader, element, "KiB")
    if not kib:
        raise reader.error(
            element, "0 is no size; libvirt's own driver prints 0 for a size it does not know: leave it out"
        )
    return kib


def _check_current_memory(reader, element, memory):
    """``<currentMemory>`` beside an equal ``<memory>`` is as good as nothing."""
    if parse_size(reader, element, "KiB") != memory:
        raise reader.error(element, "must be equal to <memory>, or be left out: vzctl has no balloon")


def _parse_swap(reader, element, memory):
    """``<memtune><swap_hard_limit>786432</swap_hard_limit></memtune>`` beside 512 MiB of memory -> 262144."""
    parts = reader.parts(element, once="swap_hard_limit hard_limit soft_limit min_guarantee")
    for tag in ("hard_limit", "soft_limit", "min_guarantee"):
        if parts[tag] is not None:
            reader.pass_over(parts[tag], "this element is not supported yet; use <memory> and <swap_hard_limit>")
    total = parts["swap_hard_limit"]
    if total is None:
        return None
    if memory is None:
        raise reader.error(total, "is memory and swap together, so that <memory> is needed beside it")
    kib = parse_size(reader, total, "KiB")
    if kib < memory:
        raise reader.error(total, f"is memory and swap together, and must not be below <memory> ({memory} KiB)")
    return UNLIMITED if kib == UNLIMITED else kib - memory


def _render_memory(root, domain):
    """
    ``<memory>``, and ``<memtune>`` for memory and swap together.

    libvirt has no word for swap without memory, nor for some swap beside unlimited memory; there it is left out.
    """
    memory, swap = domain.memory, domain.swap
    if not memory:
        return
    render_size(root, "memory", memory, "KiB")
    if swap == UNLIMITED or (swap is not None and memory != UNLIMITED):
        total = UNLIMITED if swap == UNLIMITED else memory + swap
        render_size(add(root, "memtune"), "swap_hard_limit", total, "KiB")


def _parse_vcpu(reader, element):
    """``<vcpu placement='static'>2</vcpu>`` -> 2."""
    vcpu = parse_number(reader, element, reader.words(element, "placement current"), least=1)
    if element.get("placement", "static") != "static":
        raise reader.error(element, "only 'static' can be had from vzctl", "placement")
    if parse_number(reader, element, element.get("current", str(vcpu)), "current") != vcpu:
        raise reader.error(element, f"must be {vcpu}, or be left out: vzctl has no spare processors", "current")
    return vcpu


def _parse_os(reader, element):
    """``<os><type>exe</type><init>/sbin/init</init></os>`` -> "/sbin/init"."""
    parts = reader.parts(element, once="type init")
    if parts["type"] is not None:
        _check_os_type(reader, parts["type"])
    if parts["init"] is None:
        return None
    init = reader.words(parts["init"])
    if init != _INIT:
        raise reader.error(parts["init"], f"{init!r} cannot be started; vzctl always starts {_INIT}")
    return init


def _check_os_type(reader, element):
    kind = reader.words(element, "arch")
    if kind != "exe":
        raise reader.error(element, f"{kind!r} is no type for a container; use exe")
    if element.get("arch", "x86_64") not in ("x86_64", "i686"):
        raise reader.error(
            element, f"{element.get('arch')!r} cannot be had; use x86_64 or i686, or leave it out", "arch"
        )
    if "arch" in element.attrib:
        reader.warn(element, "arch has no effect on OpenVZ; the template decides")


def _render_os(root, init):
    """ "/sbin/init" -> ``<os><type>exe</type><init>/sbin/init</init></os>``."""
    os = add(root, "os")
    add(os, "type", "exe")
    add(os, "init", init)


def _note_idle(reader, root, parts):
    """``<domain id='7'>``, ``<clock offset='utc'/>``, ``<on_crash>destroy</on_crash>`` -> a warning each."""
    if "id" in root.attrib:
        parse_number(reader, root, root.get("id"), "id")
        reader.warn(root, "the attribute id is not used; the CTID is in <name>")
    for tag in _IDLE.split():
        if parts[tag] is not None:
            reader.words(parts[tag], "offset" if tag == "clock" else "")
            reader.warn(parts[tag], "has no effect on OpenVZ")
    clock = parts["clock"]
    if clock is not None and clock.get("offset", "utc") != "utc":
        raise reader.error(
            clock, f"{clock.get('offset')!r} cannot be had from vzctl; use utc, or leave it out", "offset"
        )
