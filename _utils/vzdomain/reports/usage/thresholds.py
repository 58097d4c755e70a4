"""
Which containers are over a threshold, and which have come back below it: told once for each change.

One is over from the threshold on, and over until it is a tenth of the threshold below it, so that a value that swings
around the threshold is told of once.
"""

from . import stats

SHARES = ("memory", "disk", "inodes")  # percent of the limit
LOAD = "load"  # the load average of 5 minutes
NAMES = (*SHARES, LOAD)
_BACK = 0.9  # of the threshold


def problem(limits):
    """Why these are no thresholds; ``None`` where they are."""
    for name, limit in limits.items():
        if name not in NAMES:
            return f"there is no threshold {name}; use {', '.join(NAMES)}"
        if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not 0 < limit < float("inf"):
            return f"the threshold {name} must be a number above 0"
        if name in SHARES and limit > 100:
            return f"the threshold {name} is in percent of the limit, 100 at most"
    return None


def crossed(rows, limits, before):
    """
    Return the events, and what is to be remembered.

    rows
        What `stats.stats` returned.

    limits
        ``{"memory": 90, "disk": 90, "inodes": 90, "load": 8}``; percent, the load as it is.

    before
        What was remembered: ``{"101": ["disk"]}``, the containers that are over.

    A container that is not there any more, or has stopped, is forgotten without an event; so is a value that is not
    known, except that it stays over while its container runs.
    """
    events, now = [], {}
    for label, row in rows.items():
        ctid, over = str(row["ctid"]), []
        for name, limit in limits.items():
            value, was = _value(row, name), name in before.get(ctid, ())
            if value is None:
                over += [name] if was and row["status"] in ("running", "paused") else []
                continue
            is_over = value >= (limit * _BACK if was else limit)
            over += [name] if is_over else []
            if is_over != was:
                event = {"label": label, "ctid": row["ctid"], "what": name, "value": round(value, 2)}
                events.append({**event, "threshold": limit, "over": is_over})
        if over:
            now[ctid] = over
    return events, now


def _value(row, name):
    if name == LOAD:
        return row.get("load_5")
    share = stats.share(row, name)
    return None if share is None else share * 100
