"""
What the configuration files of all families have in common: keys with values, and the comments that say whose one is.

Only comments are ever written: settings are changed by vzctl alone. All other lines stay byte for byte.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..model import names
from ..model.kinds.scalars import plain
from .flavour import FIRST, LAST, MERGED, NAMED

MARK = "SALT-OPENVZ"
COMMENTS = ("UUID", "TITLE", MARK)  # libvirt's driver writes and reads "#UUID:" as well
BLANKS = " \t\r\v\f"
_KEPT_LENGTH = 200  # characters of a value that is remembered
_MANAGED = "managed"
_BETWEEN = "\n"  # between two marks in one file: no line has it
_VEID = re.compile(r"\$VEID|\$\{VEID\}")


@dataclass(frozen=True)
class Configuration:
    """
    One configuration file: its text, and what vzctl takes from it.

    `lines` are all values that a key has, from the first line to the last; `values` are those that count. `invalid` is
    the first key, with its value, for which vzctl refuses the whole file, where its family does so.
    """

    text: str
    lines: dict[str, Sequence[str]]
    values: dict[str, str]
    comments: dict[str, str]
    said_uuid: str = ""  # as it is written, wherever the family has it
    invalid: tuple[str, str] | None = None

    def get(self, key, default=None):
        """The value of `key` as vzctl reads it, or `default`."""
        return self.values.get(key, default)

    @property
    def name(self):
        """The name that it gives its container, ``None`` for none."""
        return self.values.get("NAME")

    def private(self, ctid, node):
        """``VE_PRIVATE="/vz/private/$VEID"`` -> ``/vz/private/209``; `node` is the node's own configuration."""
        return expand(self.get("VE_PRIVATE", node["VE_PRIVATE"]), ctid)

    def root(self, ctid, node):
        """The path at which it is mounted, in the same way."""
        return expand(self.get("VE_ROOT", node["VE_ROOT"]), ctid)

    def is_marked(self, ctid, node_id):
        """Whether the file has the mark of container `ctid` of this node, and no other mark."""
        owner = self.comments.get(MARK, "")
        return _BETWEEN not in owner and owner.split() == mark(ctid, node_id).split()

    def foreign_mark(self, ctid, node_id):
        """
        The owner that the mark names, if it is not container `ctid` of this node: ``101 on hn1``.

        ``None`` without a mark, and for the container's own. A file that is copied keeps its mark.
        """
        owner = self.comments.get(MARK, "")
        if not owner.startswith(_MANAGED) or self.is_marked(ctid, node_id):
            return None
        return plain(" and ".join(_owner(one) for one in owner.split(_BETWEEN)))

    @property
    def uuid(self):
        """The UUID in the file, spelled as in `Domain`; ``None`` if there is none, or another text in its place."""
        try:
            return names.uuid(self.said_uuid)
        except ValueError:
            return None


class Values:
    """
    What a family makes of the lines of a key.

    by_key
        Key -> its `Parameter`s.
    """

    def __init__(self, by_key):
        self._rows = by_key
        self._counts = {key: rows[0].lines for key, rows in by_key.items()}
        self._constant = {key for key, rows in by_key.items() if all(row.kind.constant for row in rows)}
        self._kept = lru_cache(maxsize=2048)(self._of_one)

    def that_counts(self, key, lines):
        """The text of the line that counts, or of all together."""
        counts = self._counts.get(key, FIRST)
        return " ".join(lines) if counts == MERGED else lines[-1 if counts == LAST else 0]

    def of(self, key, lines):
        """Field -> value of what a key says; nothing for a key without field."""
        if key not in self._rows:
            return {}
        if len(lines) == 1 and key in self._constant and len(lines[0]) <= _KEPT_LENGTH:
            return self._kept(key, lines[0])
        found = {row.field: read(row, lines) for row in self._rows[key]}
        return {field: value for field, value in found.items() if value is not None}

    def _of_one(self, key, line):
        """The same of one line: most lines of a file are those of the sample, and other containers have them too."""
        return {row.field: value for row in self._rows[key] if (value := row.read(line)) is not None}


def read(row, lines):
    """The value of a `Parameter` in the lines of its key, without those that cannot be read."""
    values = []
    for line in lines:
        try:
            values.append(row.kind.read(line))
        except ValueError:
            continue
    if row.lines == MERGED:
        return row.kind.merged(values)
    if row.lines == NAMED:
        return next(filter(None, values), values[0] if values else None)
    return values[-1 if row.lines == LAST else 0] if values else None


def mark(ctid, node_id):
    """
    The text of the comment `MARK` for container `ctid` of a node.

    >>> mark("209", "hn1")
    'managed 209 hn1'
    """
    return " ".join((_MANAGED, str(ctid), *node_id.split()))


def _owner(owner):
    words = owner.split()
    return f"{words[1]} on {' '.join(words[2:])}" if len(words) > 2 else "nobody"


def expand(path, ctid):
    """``/vz/private/$VEID`` -> ``/vz/private/209``; vzctl replaces the first occurrence alone."""
    return _VEID.sub(str(ctid), path, count=1)


def with_comments(text, **comments):
    """
    Return `text` with the given comments set, each on its own line; ``None`` removes one.

    >>> with_comments('CPUS="2"\\n', UUID="8dea22b3-1d52-d8f3-2516-782e98ab8fa0")
    'CPUS="2"\\n#UUID: 8dea22b3-1d52-d8f3-2516-782e98ab8fa0\\n'
    """
    for name, value in comments.items():
        text = _with_comment(text, name, value)
    return text


def take_comment(line, comments):
    """Put what a line ``#NAME: value`` says into `comments`, if it is one of ours; the first one counts."""
    name, found, value = line[1:].partition(":")
    name = name.strip(BLANKS)
    if not found or name not in COMMENTS:
        return
    value = value.strip(BLANKS)
    if name == MARK and comments.get(name, value) != value:  # nobody knows which one is true
        value = f"{comments.pop(name)}{_BETWEEN}{value}"
    comments.setdefault(name, value)


def _with_comment(text, name, value):
    ours = re.compile(rf"[{BLANKS}]*#[{BLANKS}]*{re.escape(name)}[{BLANKS}]*:")
    text = "".join(line for line in re.findall(r"[^\n]*\n|[^\n]+", text) if not ours.match(line))
    if value is None:
        return text
    return text + ("\n" if text and not text.endswith("\n") else "") + f"#{name}: {value}\n"
