"""
What vzlist and ``vzctl status`` of vzctl 4.x say.
"""

import re

from ...model import fields
from ...model.ctid import Ctid
from ...model.kinds.lists import read_address
from .. import vzlist
from . import vestat
from .parameters import TABLE

STATUSES = ("running", "mounted", "suspended", "stopped")
STATUS_WORDS = ("-a", "-j", "-o", "ctid,status,uptime")
# Each object alone: complaints about files may stand before the JSON.
_ROW = re.compile(
    rf'"ctid": ([1-9][0-9]{{0,9}}),\s*"status": "({"|".join(STATUSES)})",\s*"uptime": ([0-9]{{1,12}}\.[0-9]{{1,9}})'
)
UPTIME_WORDS = STATUS_WORDS  # before a CTID
IN_KERNEL = False  # what runs is asked of vzlist, which is fast
_KERNEL = tuple(row for row in TABLE if row.kernel)
_COLUMNS = ("ctid", "status", "uptime", "ip", *dict.fromkeys(re.match("[a-z]+", row.column).group() for row in _KERNEL))
COUNTERS = tuple(sorted(fields.BEANCOUNTERS - {"avnumproc"}))  # vzlist has no column for that one
# Columns that are numbers, addresses and words of vzlist's own: its JSON is not escaped.
KERNEL_WORDS = ("-j", "-o", ",".join(_COLUMNS))
FAILCOUNT_WORDS = ("-j", "-o", ",".join(("ctid", *COUNTERS)))
_USAGE = (*COUNTERS, "physpages", "swappages")
USAGE_WORDS = vzlist.usage_words(_USAGE)
_PARTS = {"b": "barrier", "l": "limit"}


def statuses(text):
    """CTID, status and uptime (seconds) of each container that vzlist shows for `STATUS_WORDS`."""
    return [(Ctid(ctid), status, float(uptime)) for ctid, status, uptime in _ROW.findall(text)]


def kernel(text):
    """
    CTID -> status, uptime (seconds), values by field and addresses, as vzlist says for `KERNEL_WORDS`.

    A container that does not run has no uptime, values and addresses. ValueError, KeyError, TypeError or others of that
    kind for what cannot be read.
    """
    return {Ctid(one["ctid"]): _shown(one) for one in vzlist.objects(text)}


def failcounts(text):
    """CTID -> ``{"numproc": 0, ...}``, as vzlist says for `FAILCOUNT_WORDS`; errors as `kernel` says."""
    return {Ctid(one["ctid"]): {name: int(one[name]["failcnt"]) for name in COUNTERS} for one in vzlist.objects(text)}


def usage(text):
    """CTID -> `vzlist.Used`, as vzlist says for `USAGE_WORDS`; errors as `kernel` says."""
    return {Ctid(one["ctid"]): vzlist.used(one, _USAGE) for one in vzlist.objects(text)}


def counted(uptimes, proc, cgroup):
    """CTID -> ``{"cpu_seconds": 1.5}`` of what runs, and what cannot be known -> why; see `seven.listing.counted`."""
    said = proc("vz/vestat")
    if said is None:
        return {}, {"cpu": "this node has no /proc/vz/vestat"}
    found = {ctid: {"cpu_seconds": seconds} for ctid, seconds in vestat.cpu_seconds(said, uptimes).items()}
    return found, {"cpu": "/proc/vz/vestat does not tell yet: it takes a container that has been up for 20 seconds"}


def status(text):
    """The status that ``vzctl status`` names, such as ``CTID 209 exist mounted running``; ``None`` for none."""
    words = text.split()
    for one in ("running", "mounted", "suspended"):
        if one in words:
            return one
    return "stopped" if "down" in words else None


def _shown(one):
    if not isinstance(one["ctid"], int) or one["status"] not in STATUSES:
        raise ValueError(one["ctid"], one["status"])
    if one["status"] != "running":
        return one["status"], 0.0, {}, ()
    values = {row.field: row.read(_text(row, one)) for row in _KERNEL}
    return "running", float(one["uptime"]), values, tuple(map(read_address, one["ip"]))


def _text(row, one):
    """The columns of a row in the form of its key; ``None`` where vzlist has nothing."""
    words = []
    for column in row.column.split(":"):
        name, _, part = column.partition(".")
        value = one[name][_PARTS[part]] if part else one[name]
        words.append(None if value is None else str(value))
    return None if None in words else ":".join(words)
