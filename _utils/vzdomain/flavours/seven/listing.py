"""
What vzlist, ``vzctl status`` and the kernel say of containers of vzctl 7 to 9.

vzlist of 8 and 9 starts a Python program for each container that it shows, 44 ms each (recorded), but not for those
that do not run (``-S``). So what runs is read from ``/proc/vz/veinfo``, as vzlist does it itself (read, not run), and
whether one is paused from the freezer of its control group.
"""

import re
from dataclasses import replace

from ...model import fields
from ...model.ctid import Ctid, ctid_of
from ...model.kinds.lists import read_address
from .. import vzlist
from . import cgroups
from .cgroups import values

__all__ = [
    "FAILCOUNT_WORDS",
    "IN_KERNEL",
    "KERNEL_WORDS",
    "STATUSES",
    "STATUS_WORDS",
    "STOPPED_WORDS",
    "UPTIME_WORDS",
    "USAGE_WORDS",
    "counted",
    "failcounts",
    "frozen",
    "kernel",
    "status",
    "statuses",
    "usage",
    "values",
]

STATUSES = ("running", "paused", "mounted", "suspended", "stopped")
IN_KERNEL = True  # what runs is in veinfo
# vzlist leaves out containers whose file has an invalid value, with code 0: absence proves nothing.
STATUS_WORDS = ("-a", "-j", "-o", "ctid,status,uptime")
STOPPED_WORDS = ("-S", "-j", "-o", "ctid,status")  # of those that do not run: fast
UPTIME_WORDS = ("-j", "-o", "ctid,status,uptime")
_ROW = re.compile(
    rf'"ctid": "([0-9a-f-]{{1,36}})",\s*"status": "({"|".join(STATUSES)})"'
    r'(?:,\s*"uptime": ([0-9]{1,12}\.[0-9]{1,9}))?'
)
COUNTERS = tuple(sorted(fields.BEANCOUNTERS - {"avnumproc", "kmemsize"}))  # it never fills kmemsize (recorded)
KERNEL_WORDS = ("-j", "-o", "ctid,status,uptime,ip")
_USAGE = (*COUNTERS, "physpages", "swappages")
USAGE_WORDS = vzlist.usage_words(_USAGE)
FAILCOUNT_WORDS = ("-j", "-o", ",".join(("ctid", *COUNTERS)))


def statuses(text):
    """CTID, status and uptime (seconds) of each container in the answer to `STATUS_WORDS` or `STOPPED_WORDS`."""
    rows = ((ctid_of(ctid), status, float(uptime or 0)) for ctid, status, uptime in _ROW.findall(text))
    return [row for row in rows if row[0]]


def status(text):
    """The status that ``vzctl status`` names, as in ``VEID 101 exist mounted running``; ``None`` for none."""
    words = text.split()
    if words[-1:] == ["down"]:
        return "mounted" if "mounted" in words else "stopped"
    return words[-1] if words[-1:] and words[-1] in STATUSES else None


def frozen(ctid):
    """
    Paths below ``/sys/fs/cgroup``, and what the first that is there says of a paused container.

    The freezers of the two hierarchies of control groups (read, not run).
    """
    return (
        (f"freezer/machine.slice/{ctid}/freezer.state", "FROZEN"),
        (f"freezer/{ctid}/freezer.state", "FROZEN"),
        (f"machine.slice/{ctid}/cgroup.freeze", "1"),
    )


def kernel(text):
    """
    CTID -> status, uptime (seconds), values by field and addresses, in the answer to `KERNEL_WORDS`.

    A container that does not run has no uptime, values and addresses. ValueError, KeyError, TypeError or others of that
    kind for what cannot be read.
    """
    return {Ctid(one["ctid"]): _shown(one) for one in vzlist.objects(text)}


def failcounts(text):
    """CTID -> ``{"numproc": 0, ...}``, in the answer to `FAILCOUNT_WORDS`; errors as `kernel` says."""
    return {Ctid(one["ctid"]): {name: int(one[name]["failcnt"]) for name in COUNTERS} for one in vzlist.objects(text)}


def usage(text):
    """CTID -> `vzlist.Used`, in the answer to `USAGE_WORDS`; errors as `kernel` says."""
    return {Ctid(one["ctid"]): _used(one) for one in vzlist.objects(text)}


def counted(uptimes, proc, cgroup):
    """
    What the kernel's own files say of the containers that run, where vzlist says nothing or less.

    uptimes
        CTID -> seconds, of those that run.

    proc, cgroup
        Give the text of a file below ``/proc`` and ``/sys/fs/cgroup``, ``None`` where it is not there.

    Return CTID -> values by their names in `reports.usage.stats`, and what cannot be known -> why.
    """
    found = {ctid: cgroups.counted(ctid, cgroup) for ctid in uptimes}
    return found, {name: f"no control group of it says its {name}" for name in ("cpu", "swap", "memory", "processes")}


def _used(one):
    """
    Without any number a counter says nothing: vzlist of 8 and 9 never fills swappages, and where a control group says
    ``max`` the whole line of numproc is lost (recorded).
    """
    found = vzlist.used(one, _USAGE)
    filled = {name: said for name, said in found.counters.items() if any(said.values())}
    return replace(found, counters=filled)


def _shown(one):
    """vzlist shows processors, units and limits as the file has them: only counters come from the kernel."""
    if one["status"] not in STATUSES:
        raise ValueError(one["status"])
    if one["status"] not in ("running", "paused"):
        return one["status"], 0.0, {}, ()
    return one["status"], float(one["uptime"]), {}, tuple(map(read_address, one["ip"]))
