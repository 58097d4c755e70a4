"""
Text for a terminal of 80 columns: what the outputter `openvz` wraps, cuts and replaces.

It stands beside `openvz.py` and knows neither Salt nor containers. Salt's loader passes over names with ``_`` in front.
"""

import re
import shlex
import time as _time
import unicodedata
from collections.abc import Mapping

WIDTH = 80
INDENT = 4  # below the minion
_LONGEST = 2000  # characters of a text
_DEEPEST = 40  # levels of what `nested` is given
MOST = 5000  # members of a list or mapping that `nested` is given
# What drives a terminal or turns the direction of text.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = re.compile("[\t\n]")
_SPACES = re.compile(r"\s+")


def indented(line, by=INDENT):
    return f"{' ' * by}{line}".rstrip()


def shown(value):
    """A value of a field in one line."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown(one)}" for key, one in value.items() if one is not None) or "none"
    if isinstance(value, (list, tuple)):
        return ("; " if any(isinstance(one, Mapping) for one in value) else ", ").join(map(shown, value)) or "none"
    return str(value)


def when(time):
    """``2026-03-01T04:05:00Z``, or seconds of the epoch -> ``2026-03-01 04:05:00 UTC``"""
    if isinstance(time, (int, float)) and 0 <= time < 2**40:
        time = _time.strftime("%Y-%m-%dT%H:%M:%SZ", _time.gmtime(time))
    return str(time).replace("T", " ").replace("Z", " UTC")


def rows(tag, parts, column, indent=INDENT):
    """A tag, and beside it the parts, each wrapped; a tag that is too long has a line of its own."""
    tag = cut(visible(tag))
    body = [line[column:] for part in parts if part for line in wrapped(part, column, indent=indent)] or [""]
    lines = [tag] if columns(tag) >= column else []
    first = " " * column if lines else tag + " " * (column - columns(tag))
    lines += [(first if number == 0 else " " * column) + line for number, line in enumerate(body)]
    return [line.rstrip() for line in lines]


def wrapped(text, margin=0, hang=0, indent=INDENT):
    """Lines of a text; only spaces part words."""
    return [line for line, _ in joined(plain(text).split(), margin, hang, 0, indent)] or [""]


def joined(words, margin, hang, reserve, indent=INDENT):
    """Words as ``(line, whether more follow)``, `reserve` columns free at the end of each."""
    room = WIDTH - indent - margin - reserve
    lines, line = [], ""
    for word in words:
        if line.strip() and columns(line) + 1 + columns(word) > room:
            lines.append(line)
            line = " " * hang
        line += f" {word}" if line.strip() else word
    lines.append(line)
    return [(" " * margin + one, number < len(lines)) for number, one in enumerate(lines, 1)]


def changes(changes, margin, indent=INDENT):
    """``-memory: 512 MiB`` and ``+memory: 1 GiB``; a document is kept as it is."""
    lines = []
    for name, change in changes.items():
        for sign, side in (("-", "old"), ("+", "new")):
            if change.get(side) is not None:
                lines += wrapped(f"{sign}{name}: {shown(change[side])}", margin, hang=2, indent=indent)
    return lines


def command(argv):
    """A command that can be copied: broken between its words, with what a shell wants there."""
    return [
        line + (" \\" if more else "")
        for line, more in joined([cut(visible(shlex.quote(str(word)))) for word in argv], 4, 4, 2)
    ]


def table(rows, indent=INDENT):
    """
    Mappings as a table: their keys are its heads; a column that all leave empty is left out.

    Columns are as wide as what is in them. Where that is too much the widest gives way, cut in its middle.
    """
    heads = list(dict.fromkeys(key for row in rows for key in row))
    cells = {head: [plain(shown(row.get(head))) for row in rows] for head in heads}
    heads = [head for head in heads if any(row.get(head) not in (None, "", [], {}) for row in rows)]
    numbers = {head for head in heads if all(_is_number(row.get(head)) for row in rows)}
    widths = {head: max(columns(plain(head)), *map(columns, cells[head])) for head in heads}
    while heads and sum(widths.values()) + 2 * (len(heads) - 1) > WIDTH - indent and max(widths.values()) > 1:
        widths[max(heads, key=widths.get)] -= 1
    lines = [{head: plain(head) for head in heads}]
    lines += [{head: cells[head][at] for head in heads} for at in range(len(rows))]
    return ["  ".join(_sided(line[head], widths[head], head in numbers) for head in heads).rstrip() for line in lines]


def _is_number(value):
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _sided(cell, width, is_number):
    """A cell in its column; numbers stand to the right."""
    cell = fitted(cell, width)
    space = " " * (width - columns(cell))
    return space + cell if is_number else cell + space


def counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def columns(text):
    """How wide a terminal shows a text: letters of East Asia take two columns."""
    return sum(_column(letter) for letter in text)


def _column(letter):
    return 0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def fitted(text, width):
    """A text in that many columns, its middle cut out where it is longer: beginnings and ends tell names apart."""
    if columns(text) <= width:
        return text
    head, tail = _taken(text, width // 2), _taken(text[::-1], (width - 1) // 2)[::-1]
    return f"{head}…{tail}"[: max(width, 1)]


def _taken(text, width):
    """As much of the beginning of a text as that many columns hold."""
    taken = ""
    for letter in text:
        width -= _column(letter)
        if width < 0:
            break
        taken += letter
    return taken


def cut(text):
    """A text, of a whole book the beginning."""
    text = str(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … {len(text):,} characters, cut"


def plain(text):
    """A text in one line that does nothing to a terminal."""
    return _CONTROLS.sub("\ufffd", _SPACES.sub(" ", cut(text))).strip()


def visible(text):
    """A text as it is, but for what does something to a terminal."""
    return _BREAKS.sub("\ufffd", _CONTROLS.sub("\ufffd", str(text)))


def cleaned(value, depth=0):
    """The same data as ``nested`` can show it: no control characters, no end of levels, members and letters."""
    if depth > _DEEPEST:
        return f"… more than {_DEEPEST} levels, cut"
    if isinstance(value, Mapping):
        members = list(value.items())[:MOST]
        made = {_CONTROLS.sub("\ufffd", cut(key)): cleaned(one, depth + 1) for key, one in members}
        return {**made, "…": f"{len(value):,} members, cut"} if len(value) > MOST else made
    if isinstance(value, (list, tuple)):
        made = [cleaned(one, depth + 1) for one in value[:MOST]]
        return [*made, f"… {len(value):,} members, cut"] if len(value) > MOST else made
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if value.bit_length() < 1000 else "… a number of too many digits"
    text = value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else value
    return _CONTROLS.sub("\ufffd", cut(text))


def place(ctid):
    """The sort key of a CTID: numbers come before UUIDs."""
    return (1, 0, ctid) if isinstance(ctid, str) else (0, ctid or 0, "")


def short(ctid):
    """Of a UUID the first eight digits: the name tells containers apart."""
    return ctid[:8] if isinstance(ctid, str) else ctid or "-"
