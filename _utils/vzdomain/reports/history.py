"""
What Salt did to containers, from the journal: when, how it ended, in which job, by whom.
"""

import contextlib
import datetime
import re
import time

from ..errors import AbsentError, ArgumentError, OpenVZError
from ..model import times
from ..model.ctid import ctid_of, data
from ..planning.protection import canonical

_SPAN = re.compile(r"(\d{1,6})\s*([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


def history(reconciler, name=None, limit=20, since=None):
    """
    The last `limit` calls as dictionaries of data, the newest first, and when the history begins.

    name
        CTID, name or UUID of a container, be it one that is gone, or had that name before.

    since
        As `moment` takes it.

    AbsentError where neither the node nor the history has such a container.
    """
    names, problem = ((), None) if name is None else _names(reconciler, canonical(str(name)))
    after = 0 if since is None else moment(since)
    found = reconciler.journal.history(names, after, limit)
    if problem and not found and not (after and reconciler.journal.history(names, 0, 1)):
        raise problem
    begins = reconciler.journal.history_begins()
    return {"history": [_as_data(row) for row in found], "begins": None if begins is None else times.stamp(begins)}


def moment(since, now=None):
    """
    Seconds of the epoch for a date or time in UTC (``2026-03-01``, ``2026-03-01 04:05``), or for so long ago (``12h``).

    ArgumentError for anything else.
    """
    text = str(since).strip()
    span = _SPAN.fullmatch(text)
    if span:
        return max(0, (time.time() if now is None else now) - int(span[1]) * _SECONDS[span[2]])
    with contextlib.suppress(ValueError, OverflowError):
        if not text.isdecimal():
            found = datetime.datetime.fromisoformat(re.sub("Z$", "+00:00", text))
            found = found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)
            return max(0, found.timestamp())
    raise ArgumentError(
        "since must be a time in UTC, such as 2026-03-01 or '2026-03-01 04:05', or how long ago, as 12h"
    )


def _names(reconciler, name):
    """What a container is called in the history, and the error where the node does not know it."""
    try:
        container = reconciler.look_up(name)
    except OpenVZError as err:
        return (name,), err
    if container is None:
        return (name,), AbsentError(f"there is no container {name} on this node, and the history has none")
    return tuple({name: 1, str(container.ctid): 1}), None


def _as_data(row):
    ctid = row["ctid"]
    return {**row, "time": times.stamp(row["time"]), "ctid": data(ctid_of(str(ctid)))}
