"""
A container as a copy of another one, with the name, the addresses and the MACs of its own document. Pure.

The copy has the settings of its source at first. So it is disabled before anything else, and enabled last.
"""

from dataclasses import replace

from ...errors import RefusedError
from ...flavours import having
from ...model.actions import Assign, Clone, HoldBack
from ...model.exclusive import storage
from .. import plan
from ..context import Plan

# What two containers cannot both have: of these the copy has what its document names, and nothing else.
OWN = ("addresses", "interfaces", "hostdevs", "pci")
_RECIPE = (
    "openvz.snapshot_mount shows the files of a ploop container at one moment, to be copied into a new one; a simfs "
    "container is stopped for that"
)


def refuse(source, its):
    """RefusedError for a container that cannot be cloned; `its` is the flavour of the node."""
    if not its.snapshots.CLONES:
        who = having(lambda one: one.snapshots.CLONES, "does", "do")
        raise RefusedError(f"vzctl {its.family} does not clone containers{who}; {_RECIPE}")
    if source.status == "suspended":
        raise RefusedError(
            f"container {source.ctid} is suspended and cannot be cloned; openvz.resume {source.ctid} first"
        )
    shared = [path for disk in source.domain.disks or () if (path := storage(disk)) and not _is_inside(path, source)]
    if shared:
        raise RefusedError(
            f"container {source.ctid} has disks outside of its private area, which its clone would share: "
            f"{', '.join(shared)}"
        )


def _is_inside(path, source):
    return path.startswith(source.private.rstrip("/") + "/")


def wanted(domain):
    """What the document wants of the copy while it is disabled; of what cannot be shared only what it names."""
    own = {name: getattr(domain, name) or () for name in OWN}
    return replace(domain, disabled=True, **own)


def first(source, ctid, domain, its):
    """The `Plan` that makes the copy and sees that nothing starts it."""
    clone = Clone(domain.name, str(source.ctid), source.domain.name, domain.private)
    held = HoldBack(source.domain.name, source.onboot, source.disabled)
    return Plan(domain.name, ctid, its.spelling.calls([clone, held], ctid))


def rest(domain, live, ctid, context):
    """The `Plan` that makes the copy follow its document; `live` is the copy as it is, or as a dry run imagines it."""
    return plan.make(wanted(domain), live, ctid, replace(context, adopt=True))


def last(domain, ctid, its):
    """The `Plan` that lets it be started, unless the document says otherwise."""
    on = [] if domain.disabled else [Assign("disabled", True, False)]
    return Plan(domain.name, ctid, its.spelling.calls(on, ctid))


def imagined(source, ctid, domain, private, file):
    """The copy as it is to be expected: it has the settings of its source, but for name, UUID and MACs."""
    pairs = tuple(replace(pair, mac=None, target=None, host_mac=None) for pair in source.domain.interfaces or ())
    said = {"name": str(ctid), "ctid": None, "uuid": domain.uuid, "interfaces": pairs}
    off = {"onboot": False, "disabled": True}
    like = replace(source.domain, **said, **off)
    place = {"ctid": ctid, "private": private, "file": file, "status": "stopped", "managed": False, "mark": None}
    return replace(source, domain=like, **place, **off)


def whole(parts, warnings=()):
    """One plan of several for the same container."""
    calls = tuple(call for part in parts for call in part.calls)
    told = tuple(dict.fromkeys([*warnings, *(one for part in parts for one in part.warnings)]))
    return Plan(parts[0].name, parts[0].ctid, calls, told)
