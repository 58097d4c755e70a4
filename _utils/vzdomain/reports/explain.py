"""
What each line of a domain document means here: field, option of vzctl, key of the configuration file, effect.

For people who read a document that someone else wrote.
"""

from dataclasses import asdict, dataclass, replace

from ..document import codec
from ..document.devices.interfaces import is_routed
from ..document.metadata import IFNAME
from ..document.reader import ADVICE, label
from ..flavours import LEGACY
from ..model import fields

_NUMBER = replace(fields.BY_NAME["ctid"], name="name", about="the CTID")
_PAIR = {
    "source": "what the node's end is plugged into",
    "target": "the device on the node",
    "guest": "the device in the container",
    "mac": "the MAC of the container's end",
}
_ROUTED = {"ip": "an address", "mac": "no effect"}
_TARGET = "a libvirt network, in the 2008 dialect"
_IN_TARGET = "the network; its bridge on this node is used"
_OVERRULED = "no effect: the network in <target> is used"
_WITHOUT_OPTION = {**dict.fromkeys(("ctid", "name"), "vzctl is called with it"), "init": "nothing to be set"}


@dataclass(frozen=True)
class Line:
    """One element of a document."""

    line: int
    element: str  # its path
    field: str | None  # of the domain; None: it has no effect of its own
    option: str | None  # vzctl(8)
    key: str | None  # of the container configuration file
    effect: str | None  # one of flavour.EFFECTS
    note: str


def explain(text, flavour=LEGACY):
    """
    The `Line` of every element of a document, in its order, for vzctl of this `flavour`.

    What is not supported is explained as such. DocumentError for a document that contradicts itself, or that is none.
    """
    reader = codec.read(text, strict=False)
    notes, phrases = {}, _phrases(reader.root)
    for element, remark in reader.noted:
        notes.setdefault(element, []).append(remark.message.replace(ADVICE, ""))
    return [
        _line(reader, element, field, notes, phrases, flavour)
        for element in reader.root.iter("*")
        for field in reader.meanings.get(element, [None])
    ]


def as_data(lines):
    """The same as dictionaries."""
    return [asdict(line) for line in lines]


def _line(reader, element, field, notes, phrases, flavour):
    row = fields.BY_NAME[field] if field else None
    if field == "name" and reader.fields["name"].isdecimal():
        row = _NUMBER
    called = flavour.parameter("ctid" if row is _NUMBER else field)
    return Line(
        line=reader.line(element),
        element=reader.path(element) + _attribute(row, element),
        field=field,
        option=called and called.option,
        key=called and called.key,
        effect=called.effect if called and called.option else None,
        note="; ".join([*_about(reader, element, row, phrases), *notes.get(element, ())]),
    )


def _attribute(row, element):
    """``/@cpuset`` where it is an attribute that says the field."""
    attribute = row.element.partition("/@")[2] if row else ""
    return f"/@{attribute}" if attribute and attribute in element.attrib else ""


def _about(reader, element, row, phrases):
    """What an element is for; one inside another that has a meaning is a part of it."""
    if row:
        value = reader.fields.get(row.name)
        shown = row.show(value) if row.kind.form in ("text", "size", "limit") else None
        unit = f" {row.kind.unit}" if row.kind.form == "limit" and row.kind.unit != "KiB" else ""
        yield row.about if shown in (None, "") else f"{row.about}: {shown}{unit}"
        if row.name in _WITHOUT_OPTION:
            yield _WITHOUT_OPTION[row.name]
        if row.name in reader.unwritable:
            yield f"vzctl cannot be given this: {reader.unwritable[row.name].message}"
        return
    if element in phrases:
        yield phrases[element]
        return
    if any(one in reader.meanings for one in element.iterdescendants()):
        yield "contains what follows"
        return
    holder = next((one for one in element.iterancestors() if one in reader.meanings), None)
    if holder is not None:
        yield f"a part of <{label(holder, holder.tag)}>, line {reader.line(holder)}"
    elif any(one is element for one, _ in reader.noted):
        return
    elif any(one.tag == "metadata" for one in element.iterancestors()):
        yield "in another namespace; ignored"
    else:
        yield "no effect"


def _phrases(root):
    """What elements are that say no field by themselves."""
    found = dict.fromkeys(root.iterfind("devices/filesystem/target"), "the container's root")
    for interface in root.iterfind("devices/interface"):
        words = _words(interface)
        found |= {child: words[child.tag] for child in interface if child.tag in words}
        found |= dict.fromkeys(interface.iterfind("target/source"), _IN_TARGET)
    for element in root.iterfind(f"metadata/{IFNAME}"):
        found[element] = (
            f"MAC and MAC filter of the node's end of {element.get('name')}; vzctl --host_mac, --mac_filter, NETIF; "
            f"of a pair that is there only while the container is stopped"
        )
    return found


def _words(interface):
    """Tag of what is in an ``<interface>`` -> what it is."""
    kind = interface.get("type")
    if is_routed(interface, kind):
        return _ROUTED
    if kind == "network" and interface.find("host") is not None:
        return {}
    return _PAIR if interface.find("target/source") is None else {**_PAIR, "target": _TARGET, "source": _OVERRULED}
