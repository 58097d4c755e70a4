"""
Configuration files of containers (``VE_PRIVATE/ve.conf``, to which ``/etc/vz/conf/CTID.conf`` is a link).

The grammar is recorded from runs of vzctl 9.0.1; what those leave open is read in the sources of its library.
"""

import re
from functools import lru_cache

from ...model import fields as fields_
from ...model.ctid import is_uuid
from ...model.domain import Domain
from ..conffile import BLANKS, MARK, Configuration, Values, expand, mark, read, take_comment, with_comments
from . import validity
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

UUID_LINE = "UUID"  # where a file says it
SKIPS_INVALID = False  # one value that is not valid, and vzctl refuses the whole file
REWRITES_ALL = True  # all lines of a key, when vzctl changes it
_KEY_MAX = 511
# Keys without a field: those that vzctl writes itself, those of vz.conf, and those of 4.x that it leaves alone.
OTHER_KEYS = frozenset(
    """
    VERSION VEID PLATFORM TECHNOLOGIES OSRELEASE QUOTATIME ROOT_DISK AUTOCOMPACT VEFORMAT VE_TYPE CUSTOMIZED
    LOCKDIR DUMPDIR LOGFILE TEMPLATE DEF_OSTEMPLATE CONFIGFILE LOGGING IPV6 VERBOSE LOG_LEVEL VIRTUOZZO ACTIONLOGDIR
    GOLDEN_IMAGE DISK_QUOTA TRAFFIC_SHAPING BANDWIDTH TOTALRATE RATEMPU VZWDOG USE_NET_RPS VEFSTYPE VEIMAGEFORMAT
    USE_VENET_MASK VE_STOP_MODE VE_ENVIRONMENT MEMGUARANTEE_BYTES TEMPLATES
    CAPABILITY NETFILTER IPTABLES STOP_TIMEOUT MOUNT_OPTS LOCAL_UID LOCAL_GID NOATIME
    OOMGUARPAGES NUMTCPSOCK TCPSNDBUF TCPRCVBUF OTHERSOCKBUF DGRAMRCVBUF NUMOTHERSOCK DCACHESIZE CPUWEIGHT
    """.split()
)
# Each line of a file: a setting as vzctl writes it, as (key, value, ""), or any other line as ("", "", line).
_LINES = re.compile(r'^(?:([A-Z0-9_]{1,511})="([^"\\\0\n]*)"[ \t\r\v\f]*|(.*))$', re.MULTILINE)
_VALUES = Values(BY_KEY)
_COMPLETE = dict.fromkeys(fields_.EMPTIED, ())  # a list that is not in the file is empty


@lru_cache(maxsize=32)  # a container's file, and its sample, are asked for several times in a row
def parse(text):
    """
    Read a file by vzctl's grammar: line based, quotes of either kind, of several lines of one key the last counts.

    The answer is shared: do not change it.

    >>> parse("CPUS='2' # two\\nCPUS=4\\n").get("CPUS")
    '4'
    """
    lines, comments = {}, {}
    for key, value, line in _LINES.findall(text):
        if key and key not in lines:
            lines[key] = (value,)  # as nearly all are
        elif key:
            _add_line(lines, key, value)
        elif line:
            _take_line(line, lines, comments)
    values = {key: said[-1] for key, said in lines.items()}
    return Configuration(text, lines, values, comments, values.get("UUID", ""), validity.invalid(values))


def missing_limits(values):
    """
    The key without which a container does not start (code 27).

    It starts with PHYSPAGES alone, and not with no limit at all (recorded); other limits without it are not enough
    (assumed).
    """
    return [] if "PHYSPAGES" in values else ["PHYSPAGES"]


def refused(configuration, version):
    """The first key, and its value, for which this version of vzctl refuses the file; ``None`` if it takes it."""
    return configuration.invalid or validity.too_new(configuration.values, version)


def domain(configuration, ctid):
    """The persistent side of a container as a `Domain`; what the file does not set is ``None``, lists are complete."""
    fields = dict(_COMPLETE)
    for key, lines in configuration.lines.items():
        fields.update(_VALUES.of(key, lines))
    fields["uuid"] = configuration.uuid or (str(ctid) if is_uuid(str(ctid)) else None)
    _take_name(fields, str(ctid))
    _take_memory(fields)
    fields["init"] = "/sbin/init"
    if "TITLE" in configuration.comments:
        fields["title"] = PARAMETERS["title"].read(configuration.comments["TITLE"])
    return Domain.of(fields)


def facts(configuration, node):
    """What a file says of a container beside its domain. vzctl waits 60 seconds for it to stop (read, not run)."""
    return {
        "onboot": {"yes": True, "no": False, "auto": "auto"}.get(configuration.get("ONBOOT")),
        "disabled": configuration.get("DISABLED") == "yes",
        "layout": "ploop",
        "stop_timeout": None,
    }


def network(configuration):
    """Only the fields that can conflict with other containers of the node; faster than `domain`."""
    fields = ("interfaces", "addresses", "hostdevs", "disks")
    found = {name: read(PARAMETERS[name], configuration.lines.get(PARAMETERS[name].key, ())) for name in fields}
    return Domain.of({"name": "", "uuid": configuration.uuid, **found})


def _take_name(fields, ctid):
    """Its NAME, or the CTID where there is none that a document could have; the CTID is not said where it is clear."""
    name = fields.get("name") or ""
    fields["name"] = name if name and not name.isdecimal() else ctid
    if fields["name"] != ctid and fields["uuid"] != ctid:
        fields["ctid"] = ctid


def _take_memory(fields):
    """
    Memory and swap as sizes; a barrier that is another amount than the limit is told in their place.

    vzctl writes one number twice, and sets the limit alone. A size of 0, which only swap can have, is told so as well.
    """
    for size, pages in (("memory", "physpages"), ("swap", "swappages")):
        said = fields.get(pages)
        if not said:
            continue
        is_size = said.soft in (0, said.hard) and (said.hard or size == "swap")
        fields.pop(pages if is_size else size, None)


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
    if key not in lines:
        lines[key] = (value,)
    elif len(lines[key]) == 1:
        lines[key] = [*lines[key], value]
    else:
        lines[key].append(value)


def _pair(line):
    """``CPUS='2' # two`` -> ("CPUS", "2"); ``None`` for what vzctl skips."""
    if "\\" in line:
        line = re.sub(r"\\(.?)", r"\1", line)
    line = _without_comment(line).strip(BLANKS)
    if line.endswith(('"', "'")):
        line = line[:-1]
    key, found, value = line.partition("=")
    if not found or len(key) > _KEY_MAX:
        return None
    return key, value[1:] if value.startswith(('"', "'")) else value


def _without_comment(line):
    """What stands before a ``#`` that begins a word outside quotes."""
    if "#" not in line:
        return line
    quote, begins = "", True
    for at, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote, begins = letter, False
        elif letter == "#" and begins:
            return line[:at]
        else:
            begins = letter in BLANKS
    return line
