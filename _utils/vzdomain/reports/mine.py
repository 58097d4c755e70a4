"""
What a node tells the mine of itself (`openvz.node_info`), as far as it can be believed.

Any minion may put anything there, and one with an older version of this extension says less. What has another shape is
left out, and not looked at.
"""

import contextlib
import re
from collections.abc import Mapping

from ..model import names
from ..model.ctid import ctid_of

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ")
_LONGEST = 255  # characters of a name


def believed(info):
    """
    What of a mine can be what `openvz.node_info` says, ``None`` if nothing of it is.

    ``containers`` and ``wanted`` have, by label, ``ctid``, ``uuid``, ``name``, ``addresses`` and ``inside``: the
    containers that are there, and those that the pillar of the node wants.
    """
    if not isinstance(info, Mapping):
        return None
    mine = {key: _words(info.get(key)) for key in ("templates", "samples", "bridges")}
    mine["networks"] = bridged(info["networks"]) if isinstance(info.get("networks"), Mapping) else None
    mine["time"] = _time(info.get("time"))
    mine["machine"] = info.get("machine") if isinstance(info.get("machine"), str) else None
    return {**mine, **{key: _identities(info.get(key)) for key in ("containers", "wanted")}}


def bridged(networks):
    """Network -> bridge, of a mapping that somebody has written; what is none says nothing."""
    pairs = networks.items() if isinstance(networks, Mapping) else ()
    return {str(name): bridge for name, bridge in pairs if isinstance(bridge, str)}


def _words(value):
    return [one for one in value if isinstance(one, str)] if isinstance(value, (list, tuple)) else None


def _time(value):
    """``2026-03-01 04:05 UTC``, or ``None``."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    return f"{found[1]} {found[2]} UTC" if found else None


def _identities(said):
    known = said.items() if isinstance(said, Mapping) else ()
    return {str(label): _identity(str(label), one) for label, one in known if isinstance(one, Mapping)}


def _identity(label, one):
    ctid, name = one.get("ctid"), one.get("name", label)
    return {
        "ctid": ctid_of(str(ctid)) if isinstance(ctid, (int, str)) else None,
        "uuid": _uuid(one.get("uuid")),
        "name": name if isinstance(name, str) and len(name) <= _LONGEST else None,
        "addresses": tuple(_words(one.get("addresses")) or ()),
        "inside": tuple(_words(one.get("inside")) or ()),
    }


def _uuid(value):
    with contextlib.suppress(ValueError):
        return names.uuid(value) if isinstance(value, str) else None
    return None
