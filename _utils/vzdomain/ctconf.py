"""
Container configuration files (``/etc/vz/conf/CTID.conf``) as vzctl itself reads them.

Only comments are ever written here, the ones that say whose a container is; every setting is changed by vzctl.
All other lines survive byte for byte.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from . import names, options
from .domain import Domain
from .kinds import INT_MAX, plain
from .units import UNLIMITED

MARK = "SALT-OPENVZ"
_MANAGED = "managed"
_BETWEEN = "\n"  # two marks in one file, which no line has
_COMMENTS = ("UUID", "TITLE", MARK)  # libvirt's driver writes and reads "#UUID:" as well
_ALIASES = {"DCACHE": "DCACHESIZE", "IPTENTRIES": "NUMIPTENT"}
_LAST_WINS = frozenset("NETFILTER VE_LAYOUT MEMINFO IOPRIO IOLIMIT IOPSLIMIT".split()) | {
    key.upper() for key in options.BEANCOUNTERS
}
MERGED = frozenset(
    "IP_ADDRESS NETDEV NAMESERVER SEARCHDOMAIN FEATURES CAPABILITY IPTABLES DEVNODES DEVICES PCI".split()
)
NO_LIMIT = (UNLIMITED, INT_MAX)  # of PHYSPAGES; the second comes from nodes of 32 bits
_KEY_MAX = 511
_BLANKS = " \t\r\v\f"
_VEID = re.compile(r"\$VEID|\$\{VEID\}")


@dataclass(frozen=True)
class Configuration:
    """
    One configuration file: its text, and what vzctl takes from it.

    `lines` are all values that a key has, from the first line to the last; `values` are those that count.
    """

    text: str
    lines: dict[str, list[str]]
    values: dict[str, str]
    comments: dict[str, str]

    def get(self, key, default=None):
        """The value of `key` as vzctl reads it, or `default`."""
        return self.values.get(key, default)

    def path(self, key, ctid, fallback):
        """``VE_PRIVATE="/vz/private/$VEID"`` -> ``/vz/private/209``; `fallback` is the node's own setting."""
        return expand(self.get(key, fallback), ctid)

    def is_marked(self, ctid, node_id):
        """Whether the file bears the mark of container `ctid` of this node, and no other mark."""
        said = self.comments.get(MARK, "")
        return _BETWEEN not in said and said.split() == mark(ctid, node_id).split()

    def foreign_mark(self, ctid, node_id):
        """
        Whose the mark is, for people, where it is not that of container `ctid` of this node: ``101 on hn1``.

        ``None`` without a mark, and for the container's own. A mark goes along when a file is copied.
        """
        said = self.comments.get(MARK, "")
        if not said.startswith(_MANAGED) or self.is_marked(ctid, node_id):
            return None
        return plain(" and ".join(_owner(one) for one in said.split(_BETWEEN)))

    @property
    def uuid(self):
        """The UUID that the file notes, in the spelling of `Domain`; a comment that is not a UUID says nothing."""
        try:
            return names.uuid(self.comments.get("UUID", ""))
        except ValueError:
            return None


def mark(ctid, node_id):
    """
    What the comment `MARK` says of container `ctid` of a node that Salt manages.

    >>> mark(209, "hn1")
    'managed 209 hn1'
    """
    return " ".join((_MANAGED, str(ctid), *node_id.split()))


def _owner(said):
    words = said.split()
    return f"{words[1]} on {' '.join(words[2:])}" if len(words) > 2 else "nobody"


@lru_cache(maxsize=32)  # whoever works on a container asks for its file, and for the sample, again and again
def parse(text):
    """
    Read a file by vzctl's grammar: line based, no blanks around ``=``, the value up to the last quote on its line.

    The answer is everybody's: not to be changed.

    >>> parse('CPUS="2" # two\\nCPUS="4"\\n').get("CPUS")
    '2'
    """
    lines, comments = {}, {}
    for line in text.split("\n"):
        line = line.partition("\0")[0].strip(_BLANKS)
        if not line:
            continue
        if line[0] == "#":
            _take_comment(line, comments)
            continue
        pair = _pair(line)
        if pair:
            lines.setdefault(_ALIASES.get(pair[0], pair[0]), []).append(pair[1])
    return Configuration(text, lines, {key: _that_counts(key, said) for key, said in lines.items()}, comments)


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


def domain(configuration, ctid):
    """The persistent side of a container as a `Domain`; what the file does not set is ``None``, lists are complete."""
    said = configuration.lines
    fields = {row.field: _read(row, said[row.key]) if row.key in said else None for row in options.TABLE if row.key}
    name = fields.pop("name") or ""
    _take_memory(fields)
    lists = {field: fields[field] or () for field in ("interfaces", "addresses", "hostdevs", "pci")}
    return Domain(
        name=name if name and not name.isdecimal() else str(ctid),
        ctid=ctid if name and not name.isdecimal() else None,
        uuid=configuration.uuid,
        title=options.BY_FIELD["title"].read(configuration.comments.get("TITLE")),
        init="/sbin/init",
        **(fields | lists),
    )


def network(configuration):
    """The part of the same that other containers of the node may be in conflict with, read in less time."""
    fields = ("interfaces", "addresses", "hostdevs")
    found = {
        name: _read(options.BY_FIELD[name], configuration.lines.get(options.BY_FIELD[name].key, ())) for name in fields
    }
    return Domain("", uuid=configuration.uuid, **found)


def _read(row, lines):
    """What vzctl makes of the lines of one key: it skips those that it cannot read."""
    values = []
    for line in lines:
        try:
            values.append(row.kind.read(line))
        except ValueError:
            continue
    if row.key in MERGED:
        return row.kind.merged(values)
    if row.key == "NETIF":  # a line that names no device does not count
        return next(filter(None, values), values[0] if values else None)
    return values[-1 if row.key in _LAST_WINS else 0] if values else None


def _take_memory(fields):
    """
    Memory and swap as sizes, or as the beancounters that they were before there was vswap.

    To vzctl a file is one of vswap if PHYSPAGES is limited (``is_vswap_config``), and such a container needs SWAPPAGES.
    A size says nothing of a barrier: then both are told.
    """
    memory, swap = fields["physpages"], fields["swappages"]
    if memory and swap and memory.hard not in NO_LIMIT:
        fields["physpages"] = memory if memory.soft or not memory.hard else None
        fields["swappages"] = swap if swap.soft else None
    else:
        fields["memory"] = fields["swap"] = None


def _pair(line):
    """``CPUS="2"`` -> ("CPUS", "2"); ``None`` for what vzctl skips."""
    if "\\" in line:
        line = re.sub(r"\\(.?)", r"\1", line)  # one at the very end: read, not run
    key, found, value = line.partition("=")
    if not found or len(key) > _KEY_MAX:
        return None
    if value.startswith('"'):
        if value.count('"') < 2:
            return None
        value = value[1 : value.rindex('"')]
    return key, value


def _that_counts(key, lines):
    if key in MERGED:
        return " ".join(lines)
    return lines[-1 if key in _LAST_WINS else 0]


def _take_comment(line, comments):
    name, found, value = line[1:].partition(":")
    name = name.strip(_BLANKS)
    if not found or name not in _COMMENTS:
        return
    value = value.strip(_BLANKS)
    if name == MARK and comments.get(name, value) != value:  # nobody knows which one is true
        value = f"{comments.pop(name)}{_BETWEEN}{value}"
    comments.setdefault(name, value)


def _with_comment(text, name, value):
    ours = re.compile(rf"[{_BLANKS}]*#[{_BLANKS}]*{re.escape(name)}[{_BLANKS}]*:")
    text = "".join(line for line in re.findall(r"[^\n]*\n|[^\n]+", text) if not ours.match(line))
    if value is None:
        return text
    return text + ("\n" if text and not text.endswith("\n") else "") + f"#{name}: {value}\n"
