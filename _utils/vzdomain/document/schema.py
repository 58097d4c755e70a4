"""
Schemas in RELAX NG: ours for our elements, made from the table, and libvirt's own where a machine has it.
"""

import os
from functools import cache

from ..errors import ConfigurationError, shown
from ..model import fields
from ..model.units import UNIT_PATTERN
from . import codec, etree, reader
from .metadata import NAMESPACE, ROWS

LIBVIRT = "/usr/share/libvirt/schemas/domain.rng"  # Debian: libvirt0; elsewhere libvirt-libs
OURS = "openvz.rng"
_AMONG_DEVICES = f"devices//{{{NAMESPACE}}}*"
_RNG = "http://relaxng.org/ns/structure/1.0"
_TYPES = "http://www.w3.org/2001/XMLSchema-datatypes"
_PATTERNS = {
    "mask": r"all|\s*\^?[0-9]+(-[0-9]+)?\s*(,\s*\^?[0-9]+(-[0-9]+)?\s*)*,?\s*",
    "pci": r"([0-9a-fA-F]{1,4}:)?[0-9a-fA-F]{1,2}:[0-9a-fA-F]{1,2}\.[0-7]",
    "meminfo": "none|(pages|privvmpages):0*[1-9][0-9]*",
    "decimal": r"[0-9]+(\.[0-9]*)?",
    "access": "none|[rwq]+",
    "guarantee": "auto|0*([0-9]{1,2}|100)%?",
}
_WORDS = {"yesno": ("yes", "no"), "onoff": ("on", "off"), "onboot": ("yes", "no", "auto")}


def relaxng():
    """The schema of ``<metadata>``, and of each element of ours among libvirt's devices, as text."""
    grammar = etree.Element(f"{{{_RNG}}}grammar", nsmap={None: _RNG}, datatypeLibrary=_TYPES)
    start = _add(_add(grammar, "start"), "choice")
    metadata = _add(start, "element", name="metadata", ns="")
    parts = _add(metadata, "interleave", ns=NAMESPACE)
    _element(_add(parts, "optional"), "ctid", fields.BY_NAME["ctid"])
    for tag, row in ROWS.items():
        if row.name != "ctid":
            several = row.kind.form in ("list", "map", "mounts")
            _element(_add(parts, "zeroOrMore" if several else "optional"), etree.QName(tag).localname, row)
    _ifname(_add(parts, "zeroOrMore"))
    _add(_add(parts, "zeroOrMore"), "ref", name="foreign")
    _among_devices(start)
    _foreign(grammar)
    etree.indent(grammar, "  ")
    return etree.tostring(grammar, encoding="unicode") + "\n"


def check(text, libvirt=LIBVIRT):
    """
    Hold a document against the schemas: ``{"openvz.rng": "valid", "/usr/.../domain.rng": "line 3: ..."}``.

    A document in the words of 2008 is not valid for libvirt; the answer says whether it is in libvirt's words.
    """
    root = reader.load(text)
    ours = (*root.iterfind("metadata"), *root.iterfind(_AMONG_DEVICES))
    found = {OURS: next((answer for one in ours if (answer := _answer(_ours(), one)) != "valid"), "valid")}
    if not os.path.exists(libvirt):
        return {**found, shown(libvirt): "not on this machine (Debian: libvirt0)"}
    answer = _answer(_libvirt(libvirt), _of_libvirt(root))
    if answer != "valid":
        again = etree.fromstring(codec.render(codec.parse(text, strict=False).domain))
        rewritten = "; as openvz.get_xml writes it for libvirt, it is valid"
        answer += rewritten if _answer(_libvirt(libvirt), _of_libvirt(again)) == "valid" else ""
    return {**found, libvirt: answer}


def _of_libvirt(root):
    """A document without what stands of ours among libvirt's devices: libvirt ignores it, and its schema does not."""
    for element in root.findall(_AMONG_DEVICES):
        element.getparent().remove(element)
    return root


@cache
def _ours():
    return etree.RelaxNG(etree.fromstring(relaxng()))


@cache
def _libvirt(path):
    if not os.path.isfile(path):  # a pipe would be waited for
        raise ConfigurationError(f"{path} is not a schema: it is not a regular file")
    try:
        return etree.RelaxNG(file=path)
    except etree.RelaxNGError as err:
        raise ConfigurationError(f"{path} is not a schema: {err}") from None


def _answer(schema, element):
    if schema.validate(element):
        return "valid"
    first = schema.error_log[0]
    return f"line {first.line}: {first.message}" if first.line else first.message


def _add(parent, tag, text=None, **attributes):
    element = etree.SubElement(parent, f"{{{_RNG}}}{tag}", {name: str(value) for name, value in attributes.items()})
    element.text = None if text is None else str(text)
    return element


def _element(parent, name, row):
    """One element, by the form of its kind."""
    element = _add(parent, "element", name=name)
    kind = row.kind
    if kind.form == "map":
        name_ = _add(element, "attribute", name="name")
        _choice(name_, kind.known) if kind.known else _add(name_, "text")
        _data(_add(element, "attribute", name=kind.attribute), kind)
    elif kind.form == "limit":
        _limit(element, kind)
    else:
        if kind.form == "size":
            _unit(element)
        _data(element, kind)


def _limit(element, kind):
    """One attribute, or both."""
    low, high = kind.attributes
    choice = _add(element, "choice")
    group = _add(choice, "group")
    _data(_add(_add(group, "optional"), "attribute", name=low), kind)
    _data(_add(group, "attribute", name=high), kind)
    _data(_add(choice, "attribute", name=low), kind)


def _ifname(parent):
    """What libvirt's ``<interface>`` has no room for."""
    element = _add(parent, "element", name="ifname")
    _add(_add(element, "attribute", name="name"), "text")
    _add(_add(_add(element, "optional"), "attribute", name="host_mac"), "text")
    _choice(_add(_add(element, "optional"), "attribute", name="mac_filter"), _WORDS["onoff"])
    _choice(_add(_add(element, "optional"), "attribute", name="configure"), _WORDS["yesno"])
    _add(element, "empty")


def _among_devices(start):
    """What libvirt's disks, file systems and interfaces have no room for: see `devices`."""
    for name in ("image", "mount", "options", "guest"):
        element = _add(start, "element", name=name, ns=NAMESPACE)
        if name == "guest":
            _add(_add(element, "attribute", name="dev", ns=""), "text")
        else:
            _add(element, "text")
    size = _add(start, "element", name="size", ns=NAMESPACE)
    _unit(size)
    _add(size, "data", type="nonNegativeInteger")
    _choice(_add(start, "element", name="enabled", ns=NAMESPACE), _WORDS["yesno"])
    dhcp = _add(start, "element", name="dhcp", ns=NAMESPACE)
    _choice(_add(_add(dhcp, "optional"), "attribute", name="family", ns=""), ("ipv4", "ipv6"))
    _choice(dhcp, _WORDS["yesno"])


def _unit(element):
    unit = _add(_add(element, "optional"), "attribute", name="unit", ns="")
    _add(_add(unit, "data", type="string"), "param", UNIT_PATTERN, name="pattern")


def _data(parent, kind):
    """What a text or an attribute may hold."""
    kind_of = kind.datatype
    words = _WORDS.get(kind_of) or getattr(kind, "words", None) or tuple(getattr(kind, "needs", ()))
    if words:
        _choice(parent, words)
    elif kind_of in _PATTERNS:
        _add(_add(parent, "data", type="string"), "param", _PATTERNS[kind_of], name="pattern")
    elif kind_of == "range":
        data = _add(parent, "data", type="unsignedLong")
        _add(data, "param", kind.least, name="minInclusive")
        _add(data, "param", kind.most, name="maxInclusive")
    elif kind_of == "number":
        _add(parent, "data", type="nonNegativeInteger")
    elif kind_of == "amount":
        choice = _add(parent, "choice")
        _add(choice, "data", type="nonNegativeInteger")
        _add(choice, "value", "unlimited")
    else:
        _add(parent, "text")


def _choice(parent, words):
    choice = _add(parent, "choice")
    for word in words:
        _add(choice, "value", word)


def _foreign(grammar):
    """What others keep in ``<metadata>``: any element that is not ours."""
    foreign = _add(_add(grammar, "define", name="foreign"), "element")
    but = _add(_add(foreign, "anyName"), "except")
    for namespace in (NAMESPACE, ""):
        _add(but, "nsName", ns=namespace)
    _add(foreign, "ref", name="anything")
    inside = _add(_add(_add(grammar, "define", name="anything"), "zeroOrMore"), "choice")
    _add(_add(inside, "attribute"), "anyName")
    _add(inside, "text")
    element = _add(inside, "element")
    _add(element, "anyName")
    _add(element, "ref", name="anything")
