"""
What is wrong with lines of configuration files: those that vzctl skips, with a word or without, and those that a
document cannot say.
"""

import shlex

from ... import errors
from ...document import codec
from ...host import files
from ...model import names
from ...model.kinds.lists import NO_ADDRESS, Access, Capabilities, Features, Modules
from ...model.nearest import nearest
from .reading import finding

_BLANKS = " \t\r\v\f"
_SHOWN = 5  # lines that a finding names
_MARKER = "openvz.doctor"
_BEFORE_KEY = (";", "\ufeff", "\u00ef\u00bb\u00bf")  # a mark of byte order, and the same read as Latin-1
_TRIES = 200  # unknown keys of a file that are held against all known ones
_LIKENESS = 0.85  # of a slip of the hand to the word that was meant: HOSTNAM, VCPUS


def lines(reading):
    """Lines that are neither a comment nor a key and its value."""
    its = reading.node.flavour
    for ctid, conf in reading.files.items():
        skipped = [f"line {number} ({why})" for number, why in _skipped(its, conf.text)]
        if skipped:
            path = reading.node.conf_path(ctid)
            what = f"vzctl cannot read and skips {_some(skipped)}"
            yield finding("conf_line", path, what, f"fix these lines in {shlex.quote(path)} by hand", [ctid])


def values(reading):
    """Values that vzctl cannot read, where it goes on without them."""
    its = reading.node.flavour
    for ctid, conf in reading.files.items() if its.reading.SKIPS_INVALID else ():
        bad = [f'{key}="{part}" in line {number}' for number, key, part in _unread(its, conf.text)]
        if bad:
            path = reading.node.conf_path(ctid)
            what = f"vzctl cannot read and skips {_some(bad)}"
            remedy = f"vzctl set {ctid} with the option, a valid value and --save, or fix {shlex.quote(path)}"
            yield finding("conf_value", path, what, remedy, [ctid])


def keys(reading):
    """Keys that ``vzctl set --save`` writes in vain: it replaces the line that begins with KEY=, and another counts."""
    its = reading.node.flavour
    for ctid, conf in reading.files.items() if not its.reading.REWRITES_ALL else ():
        stuck = [key for key in conf.lines if key in its.by_key and not _is_saved(its, conf.text, key)]
        if stuck:
            path = reading.node.conf_path(ctid)
            what = f"vzctl set --save has no effect on {_some(stuck)}: an indented or duplicate line wins"
            remedy = f'leave one line KEY="..." of each in {shlex.quote(path)}, with nothing before it'
            yield finding("conf_key", path, what, remedy, [ctid])


def ignored(reading):
    """Lines, and parts of NETIF, that vzctl silently ignores: mostly a slip of the hand."""
    its = reading.node.flavour
    for ctid, conf in reading.files.items():
        found = [f"line {number} ({why})" for number, why in _ignored(its, conf)]
        if found:
            path = reading.node.conf_path(ctid)
            what = f"vzctl silently ignores {_some(found)}"
            remedy = f'fix these lines in {shlex.quote(path)} by hand: KEY="value", nothing before it or around ='
            yield finding("conf_ignored", path, what, remedy, [ctid])
        is_comment = its.reading.UUID_LINE.startswith("#")
        bad = [f"line {number} (#UUID: {said} is not a UUID)" for number, said in _bad_uuids(its, conf) if is_comment]
        if bad:
            path = reading.node.conf_path(ctid)
            remedy = f"remove the line from {shlex.quote(path)}, or write a UUID of 32 hexadecimal digits there"
            yield finding("conf_ignored", path, f"container {ctid} has no UUID by {_some(bad)}", remedy, [ctid])


def whole_node(reading):
    """The same of vz.conf, which counts for all containers."""
    its, path = reading.node.flavour, reading.node.path(reading.node.flavour.places.NODE_FILE)
    text = None
    with reading.asking(path):
        text = files.text(path)
    if text is None:
        return
    conf = its.reading.parse(text)
    remedy = f'fix these lines in {shlex.quote(path)} by hand: each line is read on its own, as KEY="value"'
    skipped = [f"line {number} ({why})" for number, why in _skipped(its, text)]
    if its.reading.SKIPS_INVALID:
        skipped += [f'{key}="{part}" in line {number}' for number, key, part in _unread(its, text)]
    if skipped:
        yield finding("conf_line", path, f"vzctl cannot read and skips, at each run, {_some(skipped)}", remedy)
    found = [f"line {number} ({why})" for number, why in _ignored(its, conf, typos=False)]
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


def _numbered(its, text):
    """Each line that is not a comment, with its number and what it says: ``(7, 'CPUS="2"', {"CPUS": ["2"]})``."""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.partition("\0")[0].strip(_BLANKS)
        if line and not line.startswith("#"):
            yield number, line, its.reading.parse(line).lines


def _skipped(its, text):
    for number, line, found in _numbered(its, text):
        if not found:
            yield number, "has no =" if "=" not in line else "has unmatched quotes" if '="' in line else "is too long"
        elif "" in found:
            yield number, "has no key"


def _unread(its, text):
    """(line, key, what vzctl does not read of its value)"""
    for number, _, found in _numbered(its, text):
        for key, (value,) in found.items():
            for part in _bad_parts(its, key, value):
                yield number, key, part


def _bad_parts(its, key, value):
    if key == "NETIF":
        return its.by_key[key].kind.unread(value)
    kind = its.by_key[key].kind if key in its.by_key else None
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


def _is_saved(its, text, key):
    """Whether a value that vzctl writes is the one that it reads afterwards."""
    entry = f'{key}="{_MARKER}"'
    found = text.split("\n")
    at = next((number for number, line in enumerate(found) if line.startswith(f"{key}=")), None)
    found = [*found, entry] if at is None else [*found[:at], entry, *found[at + 1 :]]
    return its.reading.parse("\n".join(found)).get(key) == _MARKER


def _ignored(its, conf, typos=True):
    """(line, what it seems to mean) of what vzctl takes for nothing."""
    tries, known = _TRIES if typos else 0, _known(its)
    for number, _, found in _numbered(its, conf.text):
        for key, (value,) in found.items():
            is_known = key in known or not key
            meant = None if is_known else _meant(its, key, tries > 0)
            tries -= not is_known
            if meant:
                yield number, f"{key!r} is not {meant}"
            if key == "NETIF":
                yield from ((number, f"NETIF: {part}") for part in its.by_key[key].kind.ignored(value))


def _bad_uuids(its, conf):
    """(line, text) of comments that are taken for no UUID"""
    for number, line in enumerate(conf.text.split("\n"), 1):
        comment = its.reading.parse(line).comments.get("UUID")
        if comment and not _is_uuid(comment):
            yield number, comment


def _is_uuid(text):
    try:
        return bool(names.uuid(text))
    except ValueError:
        return False


def _known(its):
    """The keys that a family knows, in any file."""
    return its.by_key.keys() | its.reading.OTHER_KEYS


def _meant(its, key, typos):
    """``"export CPUS "`` -> ``"CPUS"``; ``None`` for a key that is nobody's."""
    plain = key.upper()
    for before in _BEFORE_KEY:
        plain = plain.strip().removeprefix(before.upper())
    plain = plain.strip().removeprefix("EXPORT ").strip()
    if plain in _known(its):
        return plain
    return nearest(plain, its.by_key, _LIKENESS) if typos else None
