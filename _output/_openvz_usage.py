"""
What containers use and what a node has left, in lines: stats, capacity.

It stands beside `openvz.py`, which loads it and gives it `tty`.
"""

tty = globals()["tty"]

_UNITS = ("B", "K", "M", "G", "T", "P")
_WIDEST = 9  # columns of what is not a name
_MOST = 5  # names that are shown of those without a limit
_HEADS = ("CTID", "name", "fails", "memory", "of", "disk", "of", "inodes", "procs", "load", "up")


def stats(ret):
    """A table of containers, the worst first: those that the kernel refused something, then by how full they are."""
    ordered = sorted(ret.values(), key=_badness)
    fails = sum(bool(_number(one.get("failcnt"))) for one in ordered)
    running = sum(one.get("status") in ("running", "paused") for one in ordered)
    said = f"{tty.counted(len(ordered), 'container')}, {running} running"
    said += f"; {tty.counted(fails, 'container')} refused something by the kernel" if fails else ""
    return [*tty.wrapped(said), *_table([_cells(one) for one in ordered]), *_unknown(ordered)]


def _badness(one):
    """Smaller is worse; what is not known counts as nothing."""
    shares = [_share(one, "memory", "limit_bytes"), _share(one, "disk", "hard_bytes"), _share(one, "inodes", "hard")]
    fullest = max((share for share in shares if share is not None), default=-1)
    idle = one.get("status") not in ("running", "paused")
    return -_number(one.get("failcnt")), idle, -fullest, -_number(one.get("load_5")), *tty.place(one.get("ctid"))


def _number(value):
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0


def _share(one, what, limit):
    used = one.get(f"{what}_used" if what == "inodes" else f"{what}_used_bytes")
    limit = _number(one.get(f"{what}_{limit}"))
    return None if used is None or not limit else _number(used) / limit


def _cells(one):
    """The cells of one container; one that does not run has its status where its load would be."""
    runs = one.get("status") in ("running", "paused")
    load = one.get("load_5")
    return [
        tty.plain(str(tty.short(one.get("ctid")))),
        tty.plain(one.get("name")),
        _shown(one.get("failcnt"), str),
        _shown(one.get("memory_used_bytes"), size),
        _percent(_share(one, "memory", "limit_bytes")),
        _shown(one.get("disk_used_bytes"), size),
        _percent(_share(one, "disk", "hard_bytes")),
        _percent(_share(one, "inodes", "hard")),
        _shown(one.get("processes_used"), str),
        _shown(load, lambda number: f"{number:.2f}") if runs else "-",
        _shown(one.get("uptime_seconds"), span) if runs else tty.plain(one.get("status")),
    ]


def _shown(value, show):
    return "-" if value is None else show(_number(value))


def _percent(share):
    return "-" if share is None else f"{share * 100:.0f}%"


def _table(rows):
    """Numbers stand to the right; the name takes what is left, cut in its middle."""
    widths = [max(tty.columns(row[at]) for row in [_HEADS, *rows]) for at in range(len(_HEADS))]
    widths = [width if at == 1 else min(width, _WIDEST) for at, width in enumerate(widths)]
    room = tty.WIDTH - tty.INDENT - sum(widths) + widths[1] - (len(widths) - 1)
    widths[1] = max(4, min(widths[1], room))
    return [_line(row, widths) for row in [_HEADS, *rows]]


def _line(row, widths):
    cells = [tty.fitted(cell, width) for cell, width in zip(row, widths, strict=True)]
    gaps = [" " * (width - tty.columns(cell)) for cell, width in zip(cells, widths, strict=True)]
    sided = [cell + gap if at == 1 else gap + cell for at, (cell, gap) in enumerate(zip(cells, gaps, strict=True))]
    return " ".join(sided).rstrip()


def _unknown(ordered):
    """The reasons for a dash where a container runs, each once; the status says it of others."""
    found = {}
    for one in ordered:
        if one.get("status") in ("running", "paused"):
            for what, why in (one.get("unknown") or {}).items():
                found.setdefault(str(why), {}).setdefault(str(what), None)
    return [
        line for why, whats in found.items() for line in tty.wrapped(f"not known: {', '.join(whats)}: {why}", hang=2)
    ]


def size(number):
    """536870912 -> ``512M``, 1181116006 -> ``1.1G``: three digits, powers of 1024."""
    for unit in _UNITS:
        if number < 1000 or unit == _UNITS[-1]:
            break
        number /= 1024
    text = f"{number:.1f}" if number < 9.95 and unit != "B" else f"{number:.0f}"
    return text.removesuffix(".0") + unit


def span(seconds):
    """90061 -> ``1d1h``"""
    minutes = int(seconds) // 60
    if minutes < 60:
        return f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m" if hours < 24 else f"{hours // 24}d{hours % 24}h"


# the node


def capacity(ret):
    """A line for each thing that a node has, and the names of containers without a limit."""
    memory, swap, cpus = ret["memory"], ret["swap"], ret["cpus"]
    rows = [
        _part("memory", memory, "available_bytes"),
        _part("swap", swap, "free_bytes"),
        {"": "cpus", "total": tty.shown(cpus.get("total")), "promised": tty.shown(cpus.get("promised"))},
        *(_part(disk["path"], disk, "free_bytes") for disk in ret["disk"]),
    ]
    rows[2]["running"] = tty.shown(cpus.get("promised_running"))
    lines = tty.wrapped(f"{tty.counted(ret['containers'], 'container')}, {ret['running']} running")
    lines += tty.table(rows)
    without = [("memory", memory), *((f"disk on {disk['path']}", disk) for disk in ret["disk"])]
    for what, part in without:
        names = [str(name) for name in part.get("unlimited") or ()]
        if names:
            more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
            lines += tty.wrapped(f"without a limit of {what}: {', '.join(names[:_MOST])}{more}", hang=2)
    lines += [
        line
        for what, why in (ret.get("unknown") or {}).items()
        for line in tty.wrapped(f"not known: {what}: {why}", hang=2)
    ]
    return lines + tty.wrapped(f"templates: {', '.join(map(str, ret['templates'])) or 'none'}", hang=2)


def _part(what, part, free):
    return {
        "": what,
        "total": _shown(part.get("total_bytes"), size),
        "free": _shown(part.get(free), size),
        "promised": _shown(part.get("promised_bytes"), size),
        "running": _shown(part.get("promised_running_bytes"), size) if "promised_running_bytes" in part else None,
    }


def templates(ret):
    """A table of templates, and those that are missing."""
    rows = [
        {
            "template": name,
            "size": _shown(one.get("size_bytes"), size),
            "date": str(one.get("date"))[:10],
            "used by": _used(one),
        }
        for name, one in sorted(ret["templates"].items())
    ]
    lines = tty.table(rows) if rows else tty.wrapped("no template in the cache")
    for name, labels in sorted(ret["missing"].items()):
        lines += tty.wrapped(f"missing: {name}, for {', '.join(map(str, labels))}", hang=2)
    return lines


def _used(one):
    names = [str(name) for name in one.get("containers") or ()]
    return ", ".join(names) if len(names) <= _MOST else tty.counted(len(names), "container")
