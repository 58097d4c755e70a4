"""
What is wrong with the files of containers: lines that vzctl skips, halves of containers, names that lead astray.
"""

import os
import re
import shlex

from . import ctconf, files, options
from .doctor_reading import finding, listed, named, numbers
from .kinds_lists import Access, Capabilities, Features, Modules

_ROWS = {row.key: row for row in options.TABLE if row.key}
_BLANKS = " \t\r\v\f"
_SHOWN = 5  # lines that a finding names
_NO_ADDRESS = ("0.0.0.0", "::", "::0")  # vzctl reads and drops them
_BEANCOUNTERS = sorted(key.upper() for key in options.BEANCOUNTERS if key not in ("avnumproc", "swappages"))
_MARKER = "openvz.doctor"


def lines(reading):
    """Lines that are neither a comment nor a key and its value."""
    for ctid, conf in reading.files.items():
        skipped = [f"line {number} ({why})" for number, why in _skipped(conf.text)]
        if skipped:
            path = reading.node.conf_path(ctid)
            what = f"vzctl cannot read and skips {_some(skipped)}"
            yield finding("conf_line", path, what, f"mend these lines in {shlex.quote(path)} by hand", [ctid])


def values(reading):
    """Values that vzctl cannot read."""
    for ctid, conf in reading.files.items():
        bad = [f'{key}="{part}" in line {number}' for number, key, part in _unread(conf.text)]
        if bad:
            path = reading.node.conf_path(ctid)
            what = f"vzctl cannot read and skips {_some(bad)}"
            remedy = f"vzctl set {ctid} with the option and a good value and --save, or mend {shlex.quote(path)}"
            yield finding("conf_value", path, what, remedy, [ctid])


def keys(reading):
    """Keys that ``vzctl set --save`` writes in vain: it replaces the line that begins with KEY=, and another counts."""
    for ctid, conf in reading.files.items():
        stuck = [key for key in conf.lines if key in _ROWS and not _is_saved(conf.text, key)]
        if stuck:
            path = reading.node.conf_path(ctid)
            what = f"vzctl set --save has no effect on {_some(stuck)}: an indented or doubled line wins"
            remedy = f'leave one line KEY="..." of each in {shlex.quote(path)}, with nothing before it'
            yield finding("conf_key", path, what, remedy, [ctid])


def memory(reading):
    """Limits of memory without which a container does not start."""
    for ctid, conf in reading.files.items():
        missing = _missing({**reading.settings, **conf.values})
        if missing and not reading.node.leftovers(ctid):
            path = reading.node.conf_path(ctid)
            what = f"container {ctid} does not start: {path} has no {', '.join(missing)}"
            remedy = f"vzctl set {ctid} --ram 512M --swap 512M --save, with sizes of your own"
            yield finding("memory", path, what, remedy, [ctid])


def halves(reading):
    """A configuration file, a private area or a dump alone; not one that a vzctl is just making or removing."""
    if reading.settings is None:
        return
    for ctid in sorted({*reading.files, *_areas(reading), *_dumps(reading)}):
        with reading.asking(reading.node.conf_path(ctid), ctid):
            if ctid not in reading.files and os.path.lexists(reading.node.conf_path(ctid)):
                continue  # the file cannot be read
            left = reading.node.leftovers(ctid)
            if left and not reading.is_busy(ctid):
                yield _half(reading, ctid, left)
    for ctid in sorted(reading.statuses.keys() - reading.files):
        if not os.path.lexists(reading.node.conf_path(ctid)):
            path = reading.node.conf_path(ctid)
            what = f"container {ctid} is {reading.statuses[ctid]} by vzlist, and {path} does not exist"
            yield finding("half", path, what, "restore the file, or see whether openvz:config_dir is right", [ctid])


def links(reading):
    """The links of the names directory: each leads to the file of the container that has this NAME."""
    directory = reading.node.path("names")
    found = []
    with reading.asking(directory):
        found = listed(directory)
    for name in found:
        path = os.path.join(directory, name)
        with reading.asking(path):
            ctid, wrong = _linked(reading, name, path)
            if wrong:
                yield finding("name_link", path, wrong, _mend_link(reading, name, path), [] if ctid is None else [ctid])


def names(reading):
    """NAMEs without a link; vzctl does not know such a container by its name."""
    for ctid, name in ((ctid, conf.get("NAME")) for ctid, conf in reading.files.items()):
        path = reading.node.path("names", name) if name else ""
        with reading.asking(path, ctid):
            if name and not os.path.lexists(path):
                what = f"{reading.node.conf_path(ctid)} says NAME {name}, and there is no link {path}"
                remedy = f"vzctl set {ctid} --name {shlex.quote(name)} --save makes it"
                yield finding("name_link", path, what, remedy, [ctid])


def identities(reading):
    """NAME and UUID that two files have."""
    for check, word, value_of in (
        ("duplicate_name", "NAME", lambda conf: conf.get("NAME")),
        ("duplicate_uuid", "UUID", lambda conf: conf.uuid),
    ):
        for value, ctids in _together(reading, value_of):
            what = f"{named(ctids)} have the {word} {value}"
            yield finding(check, value, what, _mend_identity(reading, word, value, ctids), ctids)


def marks(reading):
    """Marks of Salt that are another container's or another minion's: files are copied, and minions get other ids."""
    here, moved = reading.node.node_id, {}
    for ctid, conf in reading.files.items():
        foreign = conf.foreign_mark(ctid, here)
        if foreign and foreign.startswith(f"{ctid} on ") and " and " not in foreign:
            moved.setdefault(foreign.partition(" on ")[2], []).append(ctid)
        elif foreign:
            what = f"the file bears Salt's mark of {foreign}, as a copy does: Salt does not manage container {ctid}"
            remedy = f"salt {here} openvz.adopt {ctid} takes it over; else remove its line #{ctconf.MARK}"
            yield finding("mark", reading.node.conf_path(ctid), what, remedy, [ctid])
    for there, ctids in moved.items():
        what = f"{named(ctids)} bear the mark of the minion {there}, and this one is {here}: Salt does not manage them"
        remedy = f"where they moved here, or the minion got another id: salt {here} openvz.adopt {ctids[0]}, and so on"
        yield finding("mark", reading.node.path("conf"), what, remedy, ctids)


def samples(reading):
    """Samples that were made of a managed container's file: what vzctl creates from them bears its mark and UUID."""
    directory = reading.node.path("conf")
    for name in listed(directory) if reading.settings is not None else ():
        if not re.fullmatch(r"ve-.+\.conf-sample", name):
            continue
        path = os.path.join(directory, name)
        with reading.asking(path):
            found = ctconf.parse(files.text(path) or "").comments.keys() & {ctconf.MARK, "UUID"}
            if found:
                lines = " and ".join(f"#{word}" for word in sorted(found))
                what = f"the sample has the {lines} of the container that it was made of, and hands them on"
                remedy = f"sed -i -E '/^[ \\t]*#[ \\t]*(UUID|{ctconf.MARK})/d' {shlex.quote(path)} removes them"
                yield finding("mark", path, what, remedy)


CHECKS = (halves, memory, values, lines, keys, marks, samples, identities, links, names)


def _some(things):
    more = f" and {len(things) - _SHOWN} more" if len(things) > _SHOWN else ""
    return ", ".join(things[:_SHOWN]) + more


# lines


def _numbered(text):
    """Each line that is no comment, with its number and what it says: ``(7, 'CPUS="2"', {"CPUS": ["2"]})``."""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.partition("\0")[0].strip(_BLANKS)
        if line and not line.startswith("#"):
            yield number, line, ctconf.parse(line).lines


def _skipped(text):
    for number, line, said in _numbered(text):
        if not said:
            yield number, "has no =" if "=" not in line else "has unmatched quotes" if '="' in line else "is too long"
        elif "" in said:
            yield number, "has no key"


def _unread(text):
    """(line, key, what vzctl does not read of its value)"""
    for number, _, said in _numbered(text):
        for key, (value,) in said.items():
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
    return bool(kind.read(word)) or word in _NO_ADDRESS or takes_away


def _is_saved(text, key):
    """Whether a value that vzctl writes is the one that it reads afterwards."""
    entry = f'{key}="{_MARKER}"'
    found = text.split("\n")
    at = next((number for number, line in enumerate(found) if line.startswith(f"{key}=")), None)
    found = [*found, entry] if at is None else [*found[:at], entry, *found[at + 1 :]]
    return ctconf.parse("\n".join(found)).get(key) == _MARKER


def _missing(said):
    """The keys of memory limits that a container of this kind needs and lacks."""
    pages = _ROWS["PHYSPAGES"].read(said.get("PHYSPAGES"))
    older = pages is None or pages.hard in ctconf.NO_LIMIT
    return [key for key in (_BEANCOUNTERS if older else ("SWAPPAGES",)) if key not in said]


# halves


def _areas(reading):
    """The CTIDs of private areas in the node's own place for them."""
    place = re.match(r"(.*/)\$(VEID|\{VEID\})", reading.settings["VE_PRIVATE"])
    return _numbered_in(reading, place.group(1), "([1-9][0-9]*)") if place else []


def _dumps(reading):
    return _numbered_in(reading, reading.settings["DUMPDIR"], r"Dump\.([1-9][0-9]*)")


def _numbered_in(reading, directory, pattern):
    with reading.asking(directory):
        return numbers(pattern, listed(directory))
    return []


def _half(reading, ctid, left):
    there = ", ".join(left)
    missing = reading.node.private(ctid) if reading.node.conf_path(ctid) in left else reading.node.conf_path(ctid)
    what = f"container {ctid} is there in part only: {there} exists, {missing} does not"
    remedy = f"restore {missing}, or remove what is left over: rm -r {shlex.join(left)}"
    return finding("half", left[0], what, remedy, [ctid])


# names


def _linked(reading, name, path):
    """The CTID that a link leads to, or ``None``, and what is wrong with it, or ``None``."""
    if not os.path.islink(path):
        return None, "this is no link, and vzctl finds no container by it"
    target = os.readlink(path)
    match = re.fullmatch(r"([0-9]+)\.conf", os.path.basename(target))
    ctid = int(match.group(1)) if match else None
    if not os.path.exists(path) and not (ctid and os.path.lexists(reading.node.conf_path(ctid))):
        return None, f"the link leads to {target}, which does not exist"
    if ctid is None:
        return None, f"the link leads to {target}, which is no container's configuration file"
    if ctid in reading.files and reading.files[ctid].get("NAME") != name:
        says = reading.files[ctid].get("NAME")
        return ctid, f"the link leads to container {ctid}, whose file says {f'NAME {says}' if says else 'no NAME'}"
    return ctid, None


def _mend_link(reading, name, path):
    owners = [ctid for ctid, conf in reading.files.items() if conf.get("NAME") == name]
    again = f", then vzctl set {owners[0]} --name {shlex.quote(name)} --save" if len(owners) == 1 else ""
    return f"rm {shlex.quote(path)}{again}"


def _together(reading, value_of):
    found = {}
    for ctid, conf in reading.files.items():
        found.setdefault(value_of(conf), []).append(ctid)
    return [(value, ctids) for value, ctids in found.items() if value and len(ctids) > 1]


def _mend_identity(reading, word, value, ctids):
    path = reading.node.conf_path(ctids[-1])
    if word == "NAME":
        return f"vzctl set {ctids[-1]} --name ANOTHER --save, and look where {reading.node.path('names', value)} leads"
    return f"remove the line #UUID from the file of the copy, such as {path}; openvz.define writes the document's own"
