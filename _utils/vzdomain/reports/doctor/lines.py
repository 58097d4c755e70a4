"""
What is wrong with lines of configuration files: those that vzctl skips, with a word or without, and those that a
document cannot say.
"""

import shlex

from ... import errors
from ...document import codec
from ...flavours.legacy import ctconf
from ...flavours.legacy.parameters import TABLE
from ...host import files
from ...model import names
from ...model.kinds.lists import NO_ADDRESS, Access, Capabilities, Features, Modules
from ...model.nearest import nearest
from .reading import finding

_ROWS = {row.key: row for row in TABLE if row.key}
_BLANKS = " \t\r\v\f"
_SHOWN = 5  # lines that a finding names
_MARKER = "openvz.doctor"
# Keys of vz.conf, and of older vzctl, that are known to it in any file (read, not run).
_OTHER_KEYS = """
    LOCKDIR DUMPDIR LOGFILE TEMPLATE DEF_OSTEMPLATE CONFIGFILE LOGGING IPV6 VERBOSE LOG_LEVEL VEID DCACHE IPTENTRIES
    VIRTUOZZO VE0CPUUNITS VZFASTBOOT NEIGHBOUR_DEVS ERROR_ON_ARPFAIL VZWDOG IPTABLES_MODULES IP6TABLES VETH
    CONFIG_CUSTOMIZED VE_STOP_MODE SKIP_SYSCTL_SETUP SKIP_ARPDETECT VE_PARALLEL
""".split()
_KNOWN = frozenset((*_ROWS, *_OTHER_KEYS))
_BEFORE_KEY = (";", "\ufeff", "\u00ef\u00bb\u00bf")  # a mark of byte order, and the same read as Latin-1
_TRIES = 200  # unknown keys of a file that are held against all known ones
_LIKENESS = 0.85  # of a slip of the hand to the word that was meant: HOSTNAM, VCPUS


def lines(reading):
    """Lines that are neither a comment nor a key and its value."""
    for ctid, conf in reading.files.items():
        skipped = [f"line {number} ({why})" for number, why in _skipped(conf.text)]
        if skipped:
            path = reading.node.conf_path(ctid)
            what = f"vzctl cannot read and skips {_some(skipped)}"
            yield finding("conf_line", path, what, f"fix these lines in {shlex.quote(path)} by hand", [ctid])


def values(reading):
    """Values that vzctl cannot read."""
    for ctid, conf in reading.files.items():
        bad = [f'{key}="{part}" in line {number}' for number, key, part in _unread(conf.text)]
        if bad:
            path = reading.node.conf_path(ctid)
            what = f"vzctl cannot read and skips {_some(bad)}"
            remedy = f"vzctl set {ctid} with the option, a valid value and --save, or fix {shlex.quote(path)}"
            yield finding("conf_value", path, what, remedy, [ctid])


def keys(reading):
    """Keys that ``vzctl set --save`` writes in vain: it replaces the line that begins with KEY=, and another counts."""
    for ctid, conf in reading.files.items():
        stuck = [key for key in conf.lines if key in _ROWS and not _is_saved(conf.text, key)]
        if stuck:
            path = reading.node.conf_path(ctid)
            what = f"vzctl set --save has no effect on {_some(stuck)}: an indented or duplicate line wins"
            remedy = f'leave one line KEY="..." of each in {shlex.quote(path)}, with nothing before it'
            yield finding("conf_key", path, what, remedy, [ctid])


def ignored(reading):
    """Lines, and parts of NETIF, that vzctl silently ignores: mostly a slip of the hand."""
    for ctid, conf in reading.files.items():
        found = [f"line {number} ({why})" for number, why in _ignored(conf)]
        if found:
            path = reading.node.conf_path(ctid)
            what = f"vzctl silently ignores {_some(found)}"
            remedy = f'fix these lines in {shlex.quote(path)} by hand: KEY="value", nothing before it or around ='
            yield finding("conf_ignored", path, what, remedy, [ctid])
        bad = [f"line {number} (#UUID: {said} is not a UUID)" for number, said in _bad_uuids(conf)]
        if bad:
            path = reading.node.conf_path(ctid)
            remedy = f"remove the line from {shlex.quote(path)}, or write a UUID of 32 hexadecimal digits there"
            yield finding("conf_ignored", path, f"container {ctid} has no UUID by {_some(bad)}", remedy, [ctid])


def whole_node(reading):
    """The same of vz.conf, which counts for all containers."""
    path = reading.node.path("vz.conf")
    text = None
    with reading.asking(path):
        text = files.text(path)
    if text is None:
        return
    conf = ctconf.parse(text)
    remedy = f'fix these lines in {shlex.quote(path)} by hand: each line is read on its own, as KEY="value"'
    skipped = [f"line {number} ({why})" for number, why in _skipped(text)]
    skipped += [f'{key}="{part}" in line {number}' for number, key, part in _unread(text)]
    if skipped:
        yield finding("conf_line", path, f"vzctl cannot read and skips, at each run, {_some(skipped)}", remedy)
    found = [f"line {number} ({why})" for number, why in _ignored(conf, typos=False)]
    if found:
        yield finding("conf_ignored", path, f"vzctl silently ignores {_some(found)}", remedy)


def documents(reading):
    """Containers whose document would not be read: a dump leaves them out."""
    for ctid, domain in reading.domains.items():
        try:
            codec.parse(codec.render(domain))
        except errors.OpenVZError as err:
            path = reading.node.conf_path(ctid)
            what = f"no document can be written for container {ctid}, and openvz.dump leaves it out: {err}"
            yield finding("document", path, what, f"fix that value in {shlex.quote(path)}", [ctid])


CHECKS = (values, lines, ignored, keys, whole_node, documents)


def _some(things):
    more = f" and {len(things) - _SHOWN} more" if len(things) > _SHOWN else ""
    return ", ".join(things[:_SHOWN]) + more


def _numbered(text):
    """Each line that is not a comment, with its number and what it says: ``(7, 'CPUS="2"', {"CPUS": ["2"]})``."""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.partition("\0")[0].strip(_BLANKS)
        if line and not line.startswith("#"):
            yield number, line, ctconf.parse(line).lines


def _skipped(text):
    for number, line, found in _numbered(text):
        if not found:
            yield number, "has no =" if "=" not in line else "has unmatched quotes" if '="' in line else "is too long"
        elif "" in found:
            yield number, "has no key"


def _unread(text):
    """(line, key, what vzctl does not read of its value)"""
    for number, _, found in _numbered(text):
        for key, (value,) in found.items():
            for part in _bad_parts(key, value):
                yield number, key, part


def _bad_parts(key, value):
    if key == "NETIF":
        return _ROWS[key].kind.unread(value)
    kind = _ROWS[key].kind if key in _ROWS else None
    if kind is None or not value:
        return []
    try:
        kind.read(value)
    except ValueError:
        return [value]
    return [] if kind.form not in ("list", "map") else [word for word in _words(kind, value) if not _reads(kind, word)]


def _words(kind, value):
    return value.replace(",", " ").split() if isinstance(kind, (Capabilities, Features, Modules)) else value.split()


def _reads(kind, word):
    """Whether vzctl takes one word of a list."""
    takes_away = isinstance(kind, Access) and word.endswith(":none")
    return bool(kind.read(word)) or word in NO_ADDRESS or takes_away


def _is_saved(text, key):
    """Whether a value that vzctl writes is the one that it reads afterwards."""
    entry = f'{key}="{_MARKER}"'
    found = text.split("\n")
    at = next((number for number, line in enumerate(found) if line.startswith(f"{key}=")), None)
    found = [*found, entry] if at is None else [*found[:at], entry, *found[at + 1 :]]
    return ctconf.parse("\n".join(found)).get(key) == _MARKER


def _ignored(conf, typos=True):
    """(line, what it seems to mean) of what vzctl takes for nothing."""
    tries = _TRIES if typos else 0
    for number, _, found in _numbered(conf.text):
        for key, (value,) in found.items():
            is_known = key in _KNOWN or not key
            meant = None if is_known else _meant(key, tries > 0)
            tries -= not is_known
            if meant:
                yield number, f"{key!r} is not {meant}"
            if key == "NETIF":
                yield from ((number, f"NETIF: {part}") for part in _ROWS[key].kind.ignored(value))


def _bad_uuids(conf):
    """(line, text) of comments that are taken for no UUID"""
    for number, line in enumerate(conf.text.split("\n"), 1):
        comment = ctconf.parse(line).comments.get("UUID")
        if comment and not _is_uuid(comment):
            yield number, comment


def _is_uuid(text):
    try:
        return bool(names.uuid(text))
    except ValueError:
        return False


def _meant(key, typos):
    """``"export CPUS "`` -> ``"CPUS"``; ``None`` for a key that is nobody's."""
    plain = key.upper()
    for before in _BEFORE_KEY:
        plain = plain.strip().removeprefix(before.upper())
    plain = plain.strip().removeprefix("EXPORT ").strip()
    if plain in _KNOWN:
        return plain
    return nearest(plain, _ROWS, _LIKENESS) if typos else None
