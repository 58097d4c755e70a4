"""
What each line of a domain document means here: field, option of vzctl, key of the configuration file, effect.

For people who read a document that someone else wrote.
"""

from dataclasses import asdict, dataclass, replace

from ..document import codec
from ..document.devices.interfaces import is_routed
from ..document.metadata import IFNAME, NAMESPACE
from ..document.reader import ADVICE, label
from ..flavours import refused
from ..model import fields
from ..model.domain import Domain

_NUMBER = replace(fields.BY_NAME["ctid"], name="name", about="the CTID")
_PAIR = {
    "source": "what the node's end is plugged into",
    "target": "the device on the node",
    "guest": "the device in the container",
    "mac": "the MAC of the container's end",
    "ip": "an address in the container",
    "route": "the default route in the container",
    "virtualport": "the node's end is a port of Open vSwitch",
    f"{{{NAMESPACE}}}dhcp": "whether the container asks a DHCP server for its addresses",
}
_DISK = {
    "source": "where its data is on the node",
    "target": "no effect: vzctl names disks itself",
    "serial": "its UUID",
    f"{{{NAMESPACE}}}image": "the image, in the private area",
    f"{{{NAMESPACE}}}size": "its size",
    f"{{{NAMESPACE}}}mount": "where it is mounted in the container",
    f"{{{NAMESPACE}}}enabled": "whether the container has it",
}
_MOUNT = {
    "source": "what is mounted",
    "target": "where it is mounted in the container",
    "readonly": "nothing can be written there",
    f"{{{NAMESPACE}}}options": "options of the mount",
}
_END = {
    "host_mac": "MAC of the node's end",
    "mac_filter": "MAC filter",
    "configure": "whether vzctl configures it in the container",
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


def explain(text, flavour, version=None):
    """
    The `Line` of every element of a document, in its order, for vzctl of this `flavour`, and of this version of it.

    What is not supported is explained as such. DocumentError for a document that contradicts itself, or that is none.
    """
    reader = codec.read(text, strict=False)
    notes, phrases = {}, _phrases(reader.root, flavour)
    for element, remark in reader.noted:
        notes.setdefault(element, []).append(remark.message.replace(ADVICE, ""))
    for name, sentence, _ in refused(Domain.of(reader.fields), flavour, version):
        notes.setdefault(codec.place(reader, name), []).append(sentence)
    return [
        _line(reader, element, field, notes, phrases, flavour, version)
        for element in reader.root.iter("*")
        for field in reader.meanings.get(element, [None])
    ]


def as_data(lines):
    """The same as dictionaries."""
    return [asdict(line) for line in lines]


def _line(reader, element, field, notes, phrases, flavour, version):
    row = fields.BY_NAME[field] if field else None
    if field == "name" and reader.fields["name"].isdecimal():
        row = _NUMBER
    called = flavour.parameter("ctid" if row is _NUMBER else field, version)
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


def _phrases(root, flavour):
    """What elements are that say no field by themselves."""
    found = {}
    for disk in root.iterfind("devices/disk"):
        found |= {child: _DISK[child.tag] for child in disk if child.tag in _DISK}
    for filesystem in root.iterfind("devices/filesystem"):
        target = filesystem.find("target")
        if target is not None and target.get("dir") == "/":
            found[target] = "the container's root"
        elif filesystem.get("type") != "template":
            found |= {child: _MOUNT[child.tag] for child in filesystem if child.tag in _MOUNT}
    for interface in root.iterfind("devices/interface"):
        words = _words(interface)
        found |= {child: words[child.tag] for child in interface if child.tag in words}
        found |= dict.fromkeys(interface.iterfind("target/source"), _IN_TARGET)
    for element in root.iterfind(f"metadata/{IFNAME}"):
        found[element] = _of_end(element, flavour.pairs)
    return found


def _of_end(element, pairs):
    """What an ``<openvz:ifname>`` is, and when it can be changed."""
    said = [name for name in _END if name in element.attrib]
    what = f"{element.get('name')}: {', '.join(_END[name] for name in said)}; vzctl --{', --'.join(said)}, NETIF"
    rests = any(name in pairs.ATTRIBUTES and name not in pairs.LIVE for name in said)
    return f"{what}; of a pair that is there only while the container is stopped" if rests else what


def _words(interface):
    """Tag of what is in an ``<interface>`` -> what it is."""
    kind = interface.get("type")
    if is_routed(interface, kind):
        return _ROUTED
    if kind == "network" and interface.find("host") is not None:
        return {}
    return _PAIR if interface.find("target/source") is None else {**_PAIR, "target": _TARGET, "source": _OVERRULED}
