"""
What the vzlist of all families has in common: how its JSON is found, and what it says of a container's use.
"""

import json
from dataclasses import dataclass, field

_PARTS = ("held", "maxheld", "barrier", "limit", "failcnt")
_QUOTA = ("usage", "softlimit", "hardlimit")
_SPACES = ("diskspace", "diskinodes")


@dataclass(frozen=True)
class Used:
    """
    What vzlist shows of one container's use, in its own units.

    `space` is usage, soft and hard limit in KiB, `inodes` the same as a count; `counters` are the kernel's, or with
    limits alone those of the file.
    """

    status: str
    uptime: float  # seconds
    load: tuple | None = None
    space: tuple | None = None
    inodes: tuple | None = None
    counters: dict = field(default_factory=dict)


def objects(text):
    """The objects of an answer; complaints about files may stand before them, each on its own line."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line in ("[", "[]")), None)
    if start is None:
        raise ValueError("vzlist printed no JSON")
    return json.loads("\n".join(lines[start:]))


def usage_words(counters):
    """What vzlist is asked with: numbers and words of its own alone, since its JSON is not escaped."""
    return ("-j", "-o", ",".join(("ctid", "status", "uptime", "laverage", "diskspace", "diskinodes", *counters)))


def used(one, counters):
    """
    The `Used` of one object; ValueError, KeyError, TypeError or others of that kind for what cannot be read.

    A counter with a ``null`` in it says nothing and is left out.
    """
    load = one["laverage"]
    return Used(
        str(one["status"]),
        float(one["uptime"]),
        None if load is None else tuple(float(number) for number in load),
        *(None if one[name] is None else tuple(int(one[name][part]) for part in _QUOTA) for name in _SPACES),
        {name: {part: int(one[name][part]) for part in _PARTS} for name in counters if _is_told(one[name])},
    )


def _is_told(counter):
    return counter is not None and None not in counter.values()
