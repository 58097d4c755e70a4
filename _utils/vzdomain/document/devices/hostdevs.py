"""
``<hostdev>`` <-> network devices and device nodes of the node.
"""

import re

from ...model import fields
from ...model.kinds import veths
from ..metadata import add_pair
from ..reader import Shape
from ..writer import add
from .interfaces import refuse_twins

_BLOCK = re.compile(r"(?:[hsv]|xv)d[a-z]+[0-9]*|(?:dm-|md|nbd|nvme|ram|sr|ploop|mmcblk).*|mapper/.*")
_DEVNODES = fields.BY_NAME["devnodes"]
_HOSTDEV = Shape(attributes="mode type", once="source")
_HOLDERS = {"net": "interface", "misc": "char", "storage": "block"}
_HELD = {kind: Shape(once=holder) for kind, holder in _HOLDERS.items()}


def parse_hostdevs(reader, held, elements):
    """Read them; `held` are the network devices that ``<interface>`` elements have named, with these."""
    found = list(held)
    for each in elements:
        found += _parse_hostdev(reader, each)
    if found:
        refuse_twins(reader, found, "the device")
        reader.fields["hostdevs"] = tuple(sorted(device for device, _ in found))


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


def render_passed_through(devices, left):
    """The network devices."""
    for device in left.pop("hostdevs", None) or ():
        _render_hostdev(devices, "net", "interface", device)


def render_devnodes(devices, left):
    """libvirt passes a device through for reading and writing; any other access goes to ``<metadata>``."""
    devnodes = left.get("devnodes") or ()
    for name in (name for name, access in devnodes if access == "rw"):
        kind, holder = ("storage", "block") if _BLOCK.fullmatch(name) else ("misc", "char")
        _render_hostdev(devices, kind, holder, f"/dev/{name}")
    left["devnodes"] = tuple(pair for pair in devnodes if pair[1] != "rw") or None


def _render_hostdev(devices, kind, holder, device):
    """ "eth1" -> ``<hostdev mode="capabilities" type="net"><source><interface>eth1</interface></source></hostdev>``."""
    hostdev = add(devices, "hostdev", mode="capabilities", type=kind)
    add(add(hostdev, "source"), holder, device)
