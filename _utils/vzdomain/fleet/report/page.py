"""
The page: one file of HTML with all that it needs in it.

Whatever a node said is text between the tags: `tag` escapes all that it has not made itself. Nothing is fetched, and a
Content-Security-Policy lets the browser run the one script below it and no other.
"""

import base64
import hashlib
import html

from ...reports import selection
from . import facts, style

BEGINS = "<!doctype html>\n<!-- made by openvz.report -->\n"  # tells a page of ours from a file that is none
_KINDS = {"error": "bad", "drifted": "bad", selection.MOVING: "move", selection.IN_SYNC: "good", "": "soft"}
_STATUSES = {"running": "good", "incomplete": "bad", facts.ABSENT: "warn"}
_LONGEST = 30  # characters that are not broken
_NODES = ("node", "vzctl", "containers", "memory promised", "disk promised", "drift")
_MOVES = ("container", "CTID", "from", "to", "since", "state")
_CONTAINERS = ("name", "node", "CTID", "status", "addresses", "memory", "disk", "drift", "what waits")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name, *parts, **attributes):
    """An element; parts that are not `Markup` are text. An attribute without value is left out; ``class_`` is class."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{said}>{_inner(parts)}</{name}>")


def _inner(parts):
    return Markup("".join(part if isinstance(part, Markup) else html.escape(str(part)) for part in parts))


def page(fleet, made):
    """The text of the page of a `facts.Fleet`; `made` is the time that it shows."""
    hashed = base64.b64encode(hashlib.sha256(style.SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hashed}'; base-uri 'none'"
    title = f"OpenVZ fleet, {made}"
    body = [
        tag("h1", "OpenVZ containers of the fleet"),
        tag("p", f"As the nodes said at {made}", class_="made"),
        _sums(fleet),
        *([_silent(fleet.silent)] if fleet.silent else []),
        _section("Nodes", "nodes", _NODES, map(_node, fleet.nodes), "No node answered."),
        *([_section("Moves and kept copies", "moves", _MOVES, map(_move, fleet.moves))] if fleet.moves else []),
        _section("Containers", "containers", _CONTAINERS, map(_container, fleet.containers), _none(fleet), True),
    ]
    return BEGINS + tag(
        "html",
        tag(
            "head",
            Markup('<meta charset="utf-8">'),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="robots" content="noindex">'),
            tag("title", title),
            tag("style", Markup(style.CSS.replace("LABELS\n", _labels()))),
        ),
        tag("body", tag("main", *body), tag("script", Markup(style.SCRIPT))),
        lang="en",
    )


def _labels():
    """On a narrow screen a row is a list: each cell begins with the head of its column."""
    tables = {"nodes": _NODES, "moves": _MOVES, "containers": _CONTAINERS}
    return "".join(
        f'  #{name} td:nth-child({at})::before {{ content: "{head}"; color: var(--soft); }}\n'
        for name, heads in tables.items()
        for at, head in enumerate(heads, 1)
        if at > 1
    )


def _none(fleet):
    """What stands in the place of containers: nodes that are silent may have some."""
    return "No containers are known: see above." if fleet.silent else "There are no containers."


def _sums(fleet):
    words, statuses = fleet.counted("drift"), fleet.counted("status")
    sums = {
        "nodes": len(fleet.nodes),
        "nodes not known": len(fleet.silent) or None,
        "containers": fleet.there,
        "running": statuses["running"],
        **{word: words[word] or None for word in selection.DRIFT},
    }
    shown = [tag("div", tag("dt", name), tag("dd", number)) for name, number in sums.items() if number is not None]
    return tag("dl", *shown, class_="sums")


def _silent(silent):
    lines = [tag("li", tag("strong", name), ": ", why) for name, why in sorted(silent.items())]
    heading = f"Nothing is known of {len(lines)} node{'s' if len(lines) > 1 else ''}"
    note = "Their containers are not on this page: it does not show the whole fleet."
    return tag("section", tag("h2", heading), tag("ul", *lines), tag("p", note), class_="silent", role="alert")


def _section(heading, name, heads, rows, none="", is_searched=False):
    rows = list(rows)
    if not rows:
        return tag("section", tag("h2", heading), tag("p", none))
    head = tag("thead", tag("tr", *(tag("th", one, scope="col", role="columnheader") for one in heads), role="row"))
    table = tag("table", head, tag("tbody", *rows), id=name, role="table")
    search = tag(
        "div",
        tag("label", "Show rows with ", Markup(f'<input type="search" aria-controls="{name}">')),
        tag("output", f"{len(rows)} of {len(rows)}"),
        class_="search",
        hidden="hidden",
    )
    return tag("section", tag("h2", heading), *([search] if is_searched else []), table)


def _row(head, *cells, note=()):
    name = tag("th", head, *note, scope="row", role="rowheader", class_=_class_of(head))
    return _inner((tag("tr", name, *cells, role="row"), "\n"))


def _class_of(name):
    """A name is broken at its hyphens, and anywhere only where it has no end."""
    return "long" if max(map(len, name.split("-"))) > _LONGEST else None


def _cell(*parts, sort=None, class_=None):
    return tag("td", tag("div", *parts) if parts else "", role="cell", class_=class_, data_s=sort)


def _node(node):
    running = sum(one.status == "running" for one in node.containers)
    words = [one.drift for one in node.containers]
    counted = [(word, words.count(word)) for word in selection.DRIFT if word in words]
    drift = [_inner((_word(word, f"{number} {word}"), " ")) for word, number in counted]
    unsaid = [tag("p", f"drift is not known: {node.unsaid}")] if node.unsaid else []
    memory, disk = node.promised("memory"), node.promised("disk")
    there = None if node.space is None and node.free is None else node.space
    free = f"; {_size_of(node.free)} free" if node.free is not None else ""
    return _row(
        node.name,
        _cell(node.version),
        _cell(f"{len(node.there)}, {running} running", sort=len(node.there)),
        _cell(*_against(*memory, node.memory), sort=memory[0], class_="number"),
        _cell(*_against(*disk, there, free), sort=disk[0], class_="number"),
        _cell(*(drift or [_word(node.drift)]), *unsaid, sort=_sorted_by(node.drift)),
    )


def _against(promised, unlimited, there, note=""):
    """``24 GiB of 16 GiB``, a meter, and how many containers have no limit."""
    is_over = bool(there) and promised > there
    text = f"{_size_of(promised)}{f' of {_size_of(there)}' if there else ''}"
    parts = [tag("span", text, class_="over" if is_over else None)]
    if there:
        level = min(promised / there, 1)
        parts.append(
            Markup(f'<meter max="1" low="0.8" high="0.999" optimum="0" value="{level:.3f}" aria-hidden="true"></meter>')
        )
    notes = [f"{round(100 * promised / there)} %" if there else "", f"{unlimited} without a limit" if unlimited else ""]
    said = ", ".join(one for one in notes if one) + note
    return [*parts, *([tag("small", said.lstrip("; "))] if said else [])]


def _size_of(kib):
    """``8.5 GiB``: what is enough to compare."""
    for unit, factor in (("TiB", 1 << 30), ("GiB", 1 << 20), ("MiB", 1 << 10)):
        if kib >= factor:
            return f"{kib / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{kib} KiB"


def _move(move):
    cells = (move.ctid, move.source, move.destination, move.since, move.state)
    return _row(move.name or move.ctid, *(map(_cell, cells)))


def _container(one):
    ours = () if one.managed else (" ", tag("small", "not managed by Salt"))
    addresses = [tag("p", _breakable(address)) for address in one.addresses]
    waits = [tag("p", sentence) for sentence in one.waits] + ([_fields(one.details)] if one.details else [])
    return _row(
        one.name,
        _cell(one.node, class_=_class_of(one.node)),
        _cell(_ctid(one.ctid), class_="short"),
        _cell(tag("span", one.status, class_=f"word {_STATUSES.get(one.status, '')}".rstrip())),
        _cell(*addresses, class_="addresses"),
        _cell(*_size(one.memory, one.status), sort=one.memory, class_="number"),
        _cell(*_size(one.disk, one.status), sort=one.disk, class_="number"),
        _cell(_word(one.drift), sort=_sorted_by(one.drift)),
        _cell(*waits),
        note=ours,
    )


def _breakable(address):
    """One of IPv6 may be broken between its groups."""
    return Markup(html.escape(address).replace(":", ":<wbr>"))


def _ctid(ctid):
    """Of a UUID the first digits: there is no room for more, and the name tells containers apart."""
    return tag("abbr", f"{ctid[:8]}…", title=ctid) if len(ctid) > 12 else ctid


def _size(kib, status):
    if kib is None:
        return () if status == facts.ABSENT else (tag("small", "no limit"),)
    return (_size_of(kib),)


def _word(drift, text=None):
    return tag("span", text or drift, class_=f"word {_KINDS.get(drift, 'warn')}")


def _sorted_by(drift):
    return selection.DRIFT.index(drift) if drift in selection.DRIFT else -1


def _fields(details):
    """The fields that differ; what the pillar, the file and the running container have of each is a click away."""
    names = ", ".join(name for name, *_ in details)
    lines = [
        tag("p", f"{name}: pillar {pillar}; file {file}; running {running}") for name, pillar, file, running in details
    ]
    return tag("details", tag("summary", names), *lines)
