"""
Container configuration files (``/etc/vz/conf/CTID.conf``) as vzctl itself reads them.

`conffile` has what is the same in all families.
"""

import re
from functools import lru_cache

from ...model import fields as fields_
from ...model.domain import Domain
from ...model.kinds.scalars import NO_LIMIT
from ..conffile import BLANKS, MARK, Configuration, Values, expand, mark, read, take_comment, with_comments
from .parameters import BY_KEY, PARAMETERS

__all__ = [
    "MARK",
    "OTHER_KEYS",
    "REWRITES_ALL",
    "SKIPS_INVALID",
    "UUID_LINE",
    "domain",
    "expand",
    "facts",
    "mark",
    "missing_limits",
    "network",
    "parse",
    "refused",
    "with_comments",
]

UUID_LINE = "#UUID"  # where a file says it
SKIPS_INVALID = True  # a value that it cannot read is as good as none
REWRITES_ALL = False  # of several lines of one key vzctl writes the first one that it finds
_ALIASES = {"DCACHE": "DCACHESIZE", "IPTENTRIES": "NUMIPTENT"}
_KEY_MAX = 511
# Keys without a field: those of vz.conf, and of older vzctl, that are known to it in any file (read, not run).
OTHER_KEYS = frozenset(
    """
    LOCKDIR DUMPDIR LOGFILE TEMPLATE DEF_OSTEMPLATE CONFIGFILE LOGGING IPV6 VERBOSE LOG_LEVEL VEID DCACHE IPTENTRIES
    VIRTUOZZO VE0CPUUNITS VZFASTBOOT NEIGHBOUR_DEVS ERROR_ON_ARPFAIL VZWDOG IPTABLES_MODULES IP6TABLES VETH
    CONFIG_CUSTOMIZED VE_STOP_MODE SKIP_SYSCTL_SETUP SKIP_ARPDETECT VE_PARALLEL
    """.split()
)
# Each line of a file: a setting as vzctl writes it, as (key, value, ""), or any other line as ("", "", line).
_LINES = re.compile(r'^(?:([A-Z0-9_]{1,511})="([^"\\\0\n]*)"[ \t\r\v\f]*|(.*))$', re.MULTILINE)
_VALUES = Values(BY_KEY)
_BEANCOUNTERS = sorted(name.upper() for name in fields_.BEANCOUNTERS if name not in ("avnumproc", "swappages"))
_COMPLETE = {name: () for name in fields_.EMPTIED if name in PARAMETERS}  # a list that is not in the file is empty


@lru_cache(maxsize=32)  # a container's file, and its sample, are asked for several times in a row
def parse(text):
    """
    Read a file by vzctl's grammar: line based, no blanks around ``=``, the value up to the last quote on its line.

    The answer is shared: do not change it.

    >>> parse('CPUS="2" # two\\nCPUS="4"\\n').get("CPUS")
    '2'
    """
    lines, comments = {}, {}
    for key, value, line in _LINES.findall(text):
        if key and key not in lines and key not in _ALIASES:
            lines[key] = (value,)  # as nearly all are
        elif key:
            _add_line(lines, key, value)
        elif line:
            _take_line(line, lines, comments)
    values = {key: said[0] if len(said) == 1 else _VALUES.that_counts(key, said) for key, said in lines.items()}
    return Configuration(text, lines, values, comments, comments.get("UUID", ""))


def _take_line(line, lines, comments):
    """A comment, or a setting that is not written as vzctl would write it."""
    line = line.partition("\0")[0].strip(BLANKS)
    if line.startswith("#"):
        take_comment(line, comments)
        return
    pair = _pair(line)
    if pair:
        _add_line(lines, *pair)


def _add_line(lines, key, value):
    key = _ALIASES.get(key, key)
    if key not in lines:
        lines[key] = (value,)
    elif len(lines[key]) == 1:
        lines[key] = [*lines[key], value]
    else:
        lines[key].append(value)


def domain(configuration, ctid):
    """The persistent side of a container as a `Domain`; what the file does not set is ``None``, lists are complete."""
    fields = dict(_COMPLETE)
    for key, lines in configuration.lines.items():
        fields.update(_VALUES.of(key, lines))
    name = fields.pop("name", "")
    _take_memory(fields)
    is_named = name and not name.isdecimal()
    fields |= {"name": name, "ctid": ctid} if is_named else {"name": str(ctid)}
    fields["init"] = "/sbin/init"
    if "UUID" in configuration.comments:
        fields["uuid"] = configuration.uuid
    if "TITLE" in configuration.comments:
        fields["title"] = PARAMETERS["title"].read(configuration.comments["TITLE"])
    return Domain.of(fields)


def facts(configuration, node):
    """
    What a file says of a container beside its domain; `node` is the node's own configuration.

    The layout is ``None`` where the file does not say: then vzctl looks into the private area.
    """
    timeout = configuration.get("STOP_TIMEOUT", node.get("STOP_TIMEOUT", ""))
    layout = configuration.get("VE_LAYOUT", "").partition(":")[0]
    return {
        "onboot": {"yes": True, "no": False}.get(configuration.get("ONBOOT")),
        "disabled": configuration.get("DISABLED") == "yes",
        "layout": layout if layout in ("ploop", "simfs") else None,
        "stop_timeout": int(timeout) if re.fullmatch("[0-9]{1,9}", timeout) else None,
    }


def missing_limits(values):
    """The keys without which a container does not start: SWAPPAGES with vswap, all beancounters without it."""
    pages = PARAMETERS["physpages"].read(values.get("PHYSPAGES"))
    older = pages is None or pages.hard in NO_LIMIT
    return [key for key in (_BEANCOUNTERS if older else ("SWAPPAGES",)) if key not in values]


def refused(configuration, version):
    """vzctl 4.x skips a value that it cannot read, and takes the rest."""
    return


def network(configuration):
    """Only the fields that can conflict with other containers of the node; faster than `domain`."""
    fields = ("interfaces", "addresses", "hostdevs")
    found = {name: read(PARAMETERS[name], configuration.lines.get(PARAMETERS[name].key, ())) for name in fields}
    return Domain.of({"name": "", "uuid": configuration.uuid, **found})


def _take_memory(fields):
    """
    Memory and swap as sizes, or as the beancounters that they were before there was vswap.

    To vzctl a file is one of vswap if PHYSPAGES is limited (``is_vswap_config``), and such a container needs SWAPPAGES.
    A size says nothing of a barrier: then both are told.
    """
    memory, swap = fields.get("physpages"), fields.get("swappages")
    if memory and swap and memory.hard not in NO_LIMIT:
        unsaid = [("physpages", not memory.soft and memory.hard), ("swappages", not swap.soft)]
    else:
        unsaid = [("memory", True), ("swap", True)]
    for name, is_unsaid in unsaid:
        if is_unsaid:
            fields.pop(name, None)


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
