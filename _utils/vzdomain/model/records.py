"""
Actions, and what they hold, as data of JSON: for the journal.
"""

import dataclasses

from . import domain as domain_
from .actions import KINDS
from .ctid import Ctid

_PARTS = {
    one.__name__: one for one in (domain_.Interface, domain_.Disk, domain_.BindMount, domain_.Limit, domain_.Domain)
}


def as_data(value):
    """An action, or what it holds, as JSON carries it."""
    if isinstance(value, (tuple, list)):
        return [as_data(one) for one in value]
    if dataclasses.is_dataclass(value):
        values = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        return {"is": type(value).__name__, **{name: as_data(one) for name, one in values.items() if one is not None}}
    return value


def from_data(data):
    """What `as_data` was given; ValueError for anything else."""
    if isinstance(data, list):
        return tuple(from_data(one) for one in data)
    if not isinstance(data, dict):
        return data
    made = {**KINDS, **_PARTS}.get(data.get("is"))
    try:
        values = {name: from_data(one) for name, one in data.items() if name != "is"}
        values |= {"ctid": Ctid(values["ctid"])} if "ctid" in values else {}
        optional = {one.name: None for one in dataclasses.fields(made) if one.default is dataclasses.MISSING}
        return made(**{**optional, **values})
    except (TypeError, AttributeError):
        raise ValueError(data) from None
