"""
Domain XML <-> ``Domain``: the elements of the domain itself. The rest is in `tuning`, `metadata` and `devices`.

The vocabulary is that of https://libvirt.org/formatdomain.html as far as OpenVZ can honour it, and of the OpenVZ
proposal of 2008 (``<quota>``, ``<interface type='route'>``, ...). Both are read in any mixture, element by element.
What is not understood is refused: an element that is skipped is a promise to its author that is broken.
"""

from ..errors import DocumentError, OpenVZError, referred
from ..model import fields, names
from ..model.domain import Document, Domain
from . import tuning, vocabulary
from .devices import parse_devices, render_devices, virtuozzo
from .metadata import NAMESPACE, parse_metadata, render_metadata, take_pairs
from .reader import Reader, Shape
from .sizes import parse_number
from .small import warn_of_small
from .tuning import check_twins, render_features, render_tuning
from .writer import Element, add, written

__all__ = ["DIALECTS", "NAMESPACE", "parse", "read", "render"]

DIALECTS = ("libvirt", "2008", "vz")

_TYPES = ("openvz", *virtuozzo.TYPES)
_IDLE = ("clock", "on_poweroff", "on_reboot", "on_crash")  # libvirt prints them; nothing follows from them here
_INIT = "/sbin/init"
_TEMPLATE = "; an OS template is <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem>"


def parse(text, strict=True, refused=None):
    """
    Read a domain document, in any dialect.

    ``parse("<domain type='openvz'><name>209</name></domain>").domain`` -> ``Domain(name="209")``.
    With ``strict=False`` an unsupported element or attribute is a warning instead of an error.
    `refused` gives the fields of a domain that the vzctl it is for cannot have, with a sentence each
    (`flavours.refused`); what the document says of them is `unwritable`.
    """
    reader = read(text, strict)
    domain = Domain.of(reader.fields)
    parts = {"domain": domain, "unwritable": reader.unwritable, "refused": frozenset()}
    found = tuple(refused(domain)) if refused else ()
    for name, sentence, _ in found:
        reader.unwritable[name] = reader.error(place(reader, name), sentence)
    if found:
        parts["refused"] = frozenset(name for name, _, never in found if never)
    parts["warnings"] = reader.warnings
    return Document.of(parts)


def check(document, writable=True):
    """
    Refuse a document that says what the vzctl it was read for cannot have: DocumentError that names all of it.

    Where it has to be `writable`, also one with a value that vzctl could not be given.
    """
    refused = sorted((document.unwritable[name] for name in document.refused), key=lambda one: (one.line, one.column))
    if refused:
        raise DocumentError("; ".join(map(str, refused)))
    for error in document.unwritable.values() if writable else ():
        raise DocumentError(f"{error}; a container that has it already may keep it: writable=False")


def place(reader, name):
    """The element that says a field first, or an attribute of a veth pair (``interfaces.gateway``)."""
    places = (reader.first(name), reader.first(name.partition(".")[0]), reader.root)
    return next(one for one in places if one is not None)


def read(text, strict=True):
    """The `reader.Reader` of a document, which knows what each element is about."""
    reader = Reader(text, strict, vocabulary.advise)
    root = reader.root
    if root.tag != "domain" or root.get("type") not in _TYPES:
        sentence = "this is not an OpenVZ document; it must begin with <domain type='openvz'>"
        if root.tag == "domain":
            raise reader.error(root, sentence)
        raise DocumentError(sentence, "", *reader.place(root))  # the root may be a password out of place
    parts = reader.parts(root, _SHAPE)
    if virtuozzo.is_vz(reader) and (root.find("os/type") is None or "os" not in parts):
        raise reader.error(root, "says nothing of containers; it needs <os><type>exe</type></os>")
    if "name" not in parts:
        raise reader.error(root, "a <name> is needed; use the CTID or a name for vzctl")
    for tag, parse in _PARSERS:
        if tag in parts:
            parse(reader, parts[tag])
    if reader.pairs:
        take_pairs(reader)
    check_twins(reader)
    warn_of_small(reader)
    _note_idle(reader, root, parts)
    return reader


def render(domain, dialect="libvirt"):
    """
    Write a domain as XML: for libvirt of today, in the words of 2008, or for libvirt's Virtuozzo driver.

    ``render(Domain(name="209"))`` -> ``<domain type="openvz">\n  <name>209</name>\n</domain>\n``.
    """
    if dialect not in DIALECTS:
        raise OpenVZError(f"unknown dialect {dialect!r}; use {' or '.join(DIALECTS)}")
    root = Element("domain", attributes={"type": "vz" if dialect == "vz" else "openvz"})
    left = dict(vars(domain))  # each part takes out what it says
    _render_identity(root, left, dialect)
    behind_identity = len(root.children)
    render_tuning(root, left, dialect)
    init = left.pop("init", None)
    if init is not None or dialect == "vz":
        _render_os(root, init)
    if dialect != "vz":
        render_features(root, left)
    render_devices(root, left, dialect)
    render_metadata(root, left, behind_identity)
    return referred(written(root))


def _parse_name(reader, element):
    """``<name>0209</name>`` -> "209"."""
    reader.put(element, "name", reader.checked(element, names.container, reader.words(element)))


def _parse_uuid(reader, element):
    reader.put(element, "uuid", reader.checked(element, names.uuid, reader.words(element)))


def _parse_title(reader, element):
    """``<title>Web</title>`` -> "Web"."""
    kind = fields.BY_NAME["title"].kind
    # vzctl keeps no title, so that an empty one asks for nothing
    reader.put(element, "title", reader.taken(element, "title", kind, reader.words(element)) or None)


def _parse_description(reader, element):
    reader.say(element, "description", fields.BY_NAME["description"].kind)


def _render_identity(root, left, dialect):
    for tag in ("name", "uuid", "title", "description"):
        text = left.pop(tag, None)
        if text is not None:
            add(root, tag, text.replace("-", "") if tag == "uuid" and dialect == "2008" else text)


def _parse_os(reader, element):
    """``<os><type>exe</type><init>/sbin/init</init></os>`` -> "/sbin/init"."""
    parts = reader.parts(element, _OS)
    if (element.text or "").strip():
        raise reader.error(element, f"no text is allowed here{_TEMPLATE}")
    if "type" in parts:
        _check_os_type(reader, parts["type"])
    if "init" not in parts:
        return
    init = reader.words(parts["init"])
    if init != _INIT:
        raise reader.error(parts["init"], f"{init!r} cannot be started; vzctl always starts {_INIT}")
    reader.put(parts["init"], "init", init)


def _check_os_type(reader, element):
    kind = reader.words(element, _OS_TYPE)
    if kind != "exe":
        raise reader.error(element, f"{kind!r} is not a container type; use exe")
    if element.get("arch", "x86_64") not in ("x86_64", "i686"):
        raise reader.error(
            element, f"{element.get('arch')!r} is not supported; use x86_64 or i686, or leave it out", "arch"
        )
    if "arch" in element.attrib and not virtuozzo.is_vz(reader):
        reader.warn(element, "arch has no effect on OpenVZ; the template decides")


def _render_os(root, init):
    """ "/sbin/init" -> ``<os><type>exe</type><init>/sbin/init</init></os>``."""
    os = add(root, "os")
    add(os, "type", "exe")
    if init is not None:
        add(os, "init", init)


def _note_idle(reader, root, parts):
    """``<domain id='7'>``, ``<clock offset='utc'/>``, ``<on_crash>destroy</on_crash>`` -> a warning each."""
    number = root.get("id")
    if number is not None:
        parse_number(reader, root, number, "id")
        reader.warn(root, "the attribute id is ignored; the CTID is in <name>")
    if parts.keys().isdisjoint(_IDLE):
        return
    for tag in _IDLE:
        if tag in parts:
            reader.words(parts[tag], _CLOCK if tag == "clock" else _BARE)
            reader.warn(parts[tag], "has no effect on OpenVZ")
    offset = parts["clock"].get("offset", "utc") if "clock" in parts else "utc"
    if offset != "utc":
        raise reader.error(parts["clock"], f"{offset!r} is not supported by vzctl; use utc, or leave it out", "offset")


_PARSERS = (  # in the order in which one needs what another has said
    ("name", _parse_name),
    ("uuid", _parse_uuid),
    ("title", _parse_title),
    ("description", _parse_description),
    *tuning.PARSERS,
    ("os", _parse_os),
    ("devices", parse_devices),
    ("metadata", parse_metadata),
)
_SHAPE = Shape(attributes="type id", once=" ".join((*(tag for tag, _ in _PARSERS), *_IDLE)))
_OS, _OS_TYPE, _CLOCK, _BARE = Shape(once="type init"), Shape(attributes="arch"), Shape(attributes="offset"), Shape()
