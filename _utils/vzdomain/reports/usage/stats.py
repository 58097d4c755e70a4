"""
What containers use: memory, swap, processes, CPU time, load, disk, beancounters.

Bytes, seconds and counts, as the names say. What cannot be asked is left out and has its reason in ``unknown``; a
limit that there is not is left out and named in ``unlimited``. 0 is a number that somebody has said.
"""

from ...document.entries import free_label
from ...host.container import UP
from ...host.kernel import usage
from ...model.kinds.scalars import NO_LIMIT

PAGE = 4096  # bytes
_KIB = 1024
_PAGES_UNLIMITED = (2**63 - PAGE) // PAGE  # what a control group without a limit has
_NOT_SHOWN = "vzlist does not show it; openvz.doctor may know why"
_NO_QUOTA = "vzlist shows no use: it has no disk quota, or is not mounted"
_OF_RUNNING = ("memory", "swap", "processes", "cpu", "load", "uptime", "beancounters")
_KEYS = {
    "cpu": "cpu_seconds",
    "memory": "memory_used_bytes",
    "swap": "swap_used_bytes",
    "processes": "processes_used",
}


def stats(reconciler, containers=None):
    """
    Return label -> what a container uses, of `containers`, of all of the node if that is ``None``.

    One vzlist is run for all of them. CannotAskError where it fails, or says what cannot be read.
    """
    node = reconciler.node
    found = usage.look(node, *(() if containers is None else [one.ctid for one in containers]))
    known, whys = usage.counted(node, found)
    rows = {}
    for container in node.containers() if containers is None else containers:
        ctid, name = container.ctid, container.domain.name
        row = {"ctid": ctid.data, "name": name, **_row(found.get(ctid), known.get(ctid, {}), whys)}
        rows[free_label(name, ctid, rows)] = {"status": container.status, **row}
    return rows


def _row(used, counted, whys):
    if used is None:
        return {"unlimited": [], "unknown": dict.fromkeys((*_OF_RUNNING, "disk", "inodes"), _NOT_SHOWN)}
    row, unlimited, unknown = {"status": used.status}, [], {}
    _space(row, unlimited, unknown, "disk", used.space, _KIB, "_bytes")
    _space(row, unlimited, unknown, "inodes", used.inodes, 1, "")
    if used.status not in UP:
        unknown |= dict.fromkeys(_OF_RUNNING, f"it is {used.status}")
        return {**row, "unlimited": unlimited, "unknown": unknown}
    row["uptime_seconds"] = used.uptime
    if used.status == "running":
        _memory(row, unlimited, used.counters)
        _limited(row, unlimited, "processes", used.counters.get("numproc"), 1, "")
        row["beancounters"] = used.counters
        row["failcnt"] = sum(one["failcnt"] for one in used.counters.values())
    else:
        unknown["beancounters"] = f"it is {used.status}"
    for name, value in counted.items():
        what = name.partition("_")[0]
        is_known = name in row or (name.endswith("_limit_bytes") and what in unlimited)
        if value is None and not is_known:
            unlimited.append(what)
        elif not is_known:
            row[name] = value
    if used.load is None:
        unknown["load"] = f"it is {used.status}" if used.status != "running" else "vzlist shows none"
    else:
        row |= dict(zip(("load_1", "load_5", "load_15"), used.load, strict=False))
    unknown |= {what: whys.get(what, "vzlist shows none") for what, key in _KEYS.items() if key not in row}
    return {**row, "unlimited": unlimited, "unknown": unknown}


def _memory(row, unlimited, counters):
    """Of one of the beancounter age, whose memory has no limit, what it has allocated counts."""
    physical, private = counters.get("physpages"), counters.get("privvmpages")
    is_old = physical and private and private["held"] and not _is_unlimited(private["limit"])
    is_old = is_old and _is_unlimited(physical["limit"])
    _limited(row, unlimited, "memory", private if is_old else physical, PAGE, "_bytes")
    _limited(row, unlimited, "swap", counters.get("swappages"), PAGE, "_bytes")


def _limited(row, unlimited, what, counter, unit, suffix):
    """A container that runs has a process and some memory: a use of 0 is of a counter that says nothing."""
    if counter is None or (what != "swap" and not counter["held"]):
        return
    row[f"{what}_used{suffix}"] = counter["held"] * unit
    row[f"{what}_peak{suffix}"] = counter["maxheld"] * unit
    if _is_unlimited(counter["limit"]):
        unlimited.append(what)
    else:
        row[f"{what}_limit{suffix}"] = counter["limit"] * unit


def _is_unlimited(limit):
    return limit in NO_LIMIT or limit >= _PAGES_UNLIMITED


def _space(row, unlimited, unknown, what, said, unit, suffix):
    """No container has no file: where vzlist shows a use of 0, it does not know."""
    used, soft, hard = said or (0, 0, 0)
    if used:
        row[f"{what}_used{suffix}"] = used * unit
    else:
        unknown[what] = _NO_QUOTA
    for name, limit in (("soft", soft), ("hard", hard)):
        if limit and limit * unit < 2**63 - PAGE:
            row[f"{what}_{name}{suffix}"] = limit * unit
    if f"{what}_hard{suffix}" not in row:
        unlimited.append(what)


def share(row, what):
    """What part of its limit a container uses of ``memory``, ``swap``, ``processes``, ``disk`` or ``inodes``."""
    unit = "_bytes" if what in ("memory", "swap", "disk") else ""
    limit = row.get(f"{what}_{'hard' if what in ('disk', 'inodes') else 'limit'}{unit}")
    used = row.get(f"{what}_used{unit}")
    return used / limit if limit and used is not None else None
