"""
``<metadata>`` <-> what neither dialect has a word for.

Every element is named as the option of vzctl(8) that it stands for, and where the option can be given several times,
so can the element. What is here and what may be in it comes from the table; what other namespaces keep in
``<metadata>`` is theirs.
"""

from dataclasses import replace

from ..errors import OpenVZError
from ..model import fields, names
from .reader import Shape
from .sizes import parse_kind, parse_limit
from .writer import Element, add

NAMESPACE = "https://openvz.org/schemas/domain/salt/1"
IFNAME = f"{{{NAMESPACE}}}ifname"  # what libvirt's <interface> has no room for
ROWS = {f"{{{NAMESPACE}}}{row.tag}": row for row in fields.FIELDS if row.tag}
_SEVERAL = ("list", "map", "mounts")
_ORDER = {tag: number for number, tag in enumerate((*ROWS, IFNAME))}
_SHAPE = Shape(
    once=" ".join(tag for tag, row in ROWS.items() if row.kind.form not in _SEVERAL),
    many=" ".join((IFNAME, *(tag for tag, row in ROWS.items() if row.kind.form in _SEVERAL))),
    namespace=NAMESPACE,
    alike="openvz.org/schemas/",
)
_IFNAME_SHAPE = Shape(attributes="name host_mac mac_filter configure")
_MAP_SHAPES = {name: Shape(attributes=f"name {name}") for name in ("state", "access")}
_TAGS = {row.name: tag for tag, row in ROWS.items()}


def parse_metadata(reader, element):
    """``<metadata><openvz:onboot>yes</openvz:onboot></metadata>`` -> onboot ``True``."""
    parts = reader.parts(element, _SHAPE)
    ifnames = parts.pop(IFNAME, ())
    for tag in sorted(parts, key=_ORDER.__getitem__):
        row = ROWS[tag]
        _PARSERS[row.kind.form](reader, parts[tag], row)
    if ifnames:
        pairs = {one.guest: one for one in reader.fields.get("interfaces", ())}
        for each in ifnames:
            _parse_ifname(reader, each, pairs)
        reader.fields["interfaces"] = tuple(
            pairs[one.guest] if one.guest else one for one in reader.fields.get("interfaces", ())
        )


def _parse_ifname(reader, element, pairs):
    """``<openvz:ifname name='eth0' host_mac='fe:ff:ff:ff:ff:ff' mac_filter='off'/>``, beside that interface."""
    reader.parts(element, _IFNAME_SHAPE)
    guest = reader.checked(element, str, reader.attribute(element, "name"), "name")
    pair = pairs.get(guest)
    if pair is None:
        raise reader.error(element, f"no interface of this document has <guest dev='{guest}'/>", "name")
    values = {}
    if "host_mac" in element.attrib:
        values["host_mac"] = reader.checked(element, names.any_mac, element.get("host_mac"), "host_mac")
    if "mac_filter" in element.attrib:
        values["mac_filter"] = reader.checked(element, _switch, element.get("mac_filter"), "mac_filter")
    if "configure" in element.attrib:
        values["configure"] = reader.checked(element, yes_no, element.get("configure"), "configure")
    if not values:
        raise reader.error(element, "needs an attribute 'host_mac', 'mac_filter' or 'configure'")
    for name in values:
        if getattr(pair, name) is not None:
            raise reader.error(element, f"another element already sets this for {guest}", name)
        reader.means(element, f"interfaces.{name}")
    pairs[guest] = replace(pair, **values)


def _switch(text):
    if text not in ("on", "off"):
        raise ValueError(f"{text!r} is neither on nor off")
    return text == "on"


def yes_no(text):
    """``"yes"`` -> ``True``"""
    if text not in ("yes", "no"):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "yes"


def _parse_text(reader, element, row):
    if row.name == "ctid":
        _parse_ctid(reader, element)
    else:
        reader.say(element, row.name, row.kind)


def _parse_ctid(reader, element):
    """``<openvz:ctid>209</openvz:ctid>`` -> the CTID; a name that is the CTID already leaves nothing to say."""
    ctid, name = reader.checked(element, names.any_ctid, reader.words(element)), reader.fields["name"]
    if name.isdecimal() and name != ctid:
        raise reader.error(element, f"the CTID {ctid} is not the one in <name>, {name}; remove one of them")
    reader.put(element, "ctid", None if name.isdecimal() else ctid)


def _parse_size(reader, element, row):
    reader.put(element, row.name, parse_kind(reader, element, row))


def _parse_limit(reader, element, row):
    reader.put(element, row.name, parse_limit(reader, element, row.kind))


def _parse_list(reader, elements, row):
    """``<openvz:nameserver>10.0.0.1</openvz:nameserver>``, once for each."""
    words = {}
    for element in elements:
        word = reader.taken(element, row.name, row.kind, reader.words(element))
        if word in words:
            raise reader.error(element, f"{word} is already in line {reader.line(words[word])}; keep one")
        words[word] = element
        reader.means(element, row.name)
    reader.put(elements[0], row.name, row.kind.gathered(words))


def _parse_mounts(reader, elements, row):
    """``<openvz:bindmount>/srv:/mnt,nosuid</openvz:bindmount>``, once for each, beside those of ``<filesystem>``."""
    found = {one.target: one for one in reader.fields.get(row.name, ())}
    for element in elements:
        mount = reader.taken(element, row.name, row.kind, reader.words(element))
        if mount.target in found:
            raise reader.error(element, f"the target {mount.target} is already there; keep one")
        found[mount.target] = mount
        reader.means(element, row.name)
    reader.fields[row.name] = tuple(found.values())


def _parse_map(reader, elements, row):
    """``<openvz:features name='nfs' state='on'/>``, once for each."""
    for element in elements:
        reader.parts(element, _MAP_SHAPES[row.kind.attribute])
        value = reader.attribute(element, row.kind.attribute)
        add_pair(reader, element, row, reader.attribute(element, "name"), value)


def add_pair(reader, element, row, name, value, attribute=None):
    """Enter one key of a map; another element may have said it, but not with another value."""
    name, value = reader.checked(element, lambda text: row.kind.parse_pair(name, text), value, attribute)
    pairs = reader.pairs.setdefault(row.name, {})
    if name in pairs and pairs[name][1] != value:
        first, known = pairs[name]
        raise reader.error(element, f"{name} is {value} here and {known} in line {reader.line(first)}", attribute)
    pairs.setdefault(name, (element, value))
    reader.means(element, row.name)


def take_pairs(reader):
    """The maps of a document, when all its elements have been read."""
    for field, pairs in reader.pairs.items():
        reader.fields[field] = tuple(sorted((name, value) for name, (_, value) in pairs.items()))


_PARSERS = {
    "text": _parse_text,
    "size": _parse_size,
    "limit": _parse_limit,
    "list": _parse_list,
    "map": _parse_map,
    "mounts": _parse_mounts,
}


def render_metadata(root, left, position):
    """Write what is left of a domain when all other elements have said what they can, at this place of the root."""
    ifnames = left.pop("ifname", ())
    stated = [field for field, value in left.items() if value is not None and value != ()]
    if not stated and not ifnames:
        return
    lost = sorted(set(stated) - _TAGS.keys())
    if lost:
        raise OpenVZError(f"a document cannot express this: {', '.join(lost)}")
    metadata = Element("metadata", attributes={"xmlns:openvz": NAMESPACE})
    root.children.insert(position, metadata)
    for tag in sorted([_TAGS[field] for field in stated], key=_ORDER.__getitem__):
        render_value(metadata, ROWS[tag], left[ROWS[tag].name])
    for attributes in ifnames:
        add(metadata, "openvz:ifname", **attributes)


def render_value(metadata, row, value):
    """One value as our element, or elements, for it."""
    _RENDERERS[row.kind.form](metadata, f"openvz:{row.tag}", row.kind, value)


def _render_text(metadata, tag, kind, value):
    add(metadata, tag, kind.render(value))


def _render_size(metadata, tag, kind, value):
    add(metadata, tag, value, unit=kind.unit)


def _render_limit(metadata, tag, kind, value):
    add(metadata, tag, **dict(zip(kind.attributes, map(kind.render_one, (value.soft, value.hard)), strict=True)))


def _render_list(metadata, tag, _kind, value):
    for word in value:
        add(metadata, tag, word)


def _render_mounts(metadata, tag, kind, value):
    for mount in value:
        add(metadata, tag, kind.render_one(mount))


def _render_map(metadata, tag, kind, value):
    for name, state in value:
        add(metadata, tag, **{"name": name, kind.attribute: state})


_RENDERERS = {
    "text": _render_text,
    "size": _render_size,
    "limit": _render_limit,
    "list": _render_list,
    "map": _render_map,
    "mounts": _render_mounts,
}
