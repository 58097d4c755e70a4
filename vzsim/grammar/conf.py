"""
How vzctl reads and rewrites a container's configuration file, ``ctid.conf(5)``.

Reading goes line by line and only warns; writing touches only the keys that change.
Kinds of values are in :mod:`vzsim.grammar.values`, options and their keys in
:mod:`vzsim.grammar.options`.
"""

import os

from vzsim.files import read_text, write_text
from vzsim.grammar import netvalues, switches
from vzsim.grammar import values as v

KEY_LIMIT = 512  # bytes; longer keys are not read

BUFFER = 16383  # bytes of a line the writer reads at once

# What a second line with the same key does.
FIRST, MERGE, LAST = "first wins", "merged", "last wins"
FIRST_OF_ALL = "first wins, without a word"

UB_KEYS = {
    "KMEMSIZE": v.parse_bytes,
    "LOCKEDPAGES": v.parse_pages,
    "PRIVVMPAGES": v.parse_pages,
    "SHMPAGES": v.parse_pages,
    "NUMPROC": v.parse_count,
    "PHYSPAGES": v.parse_pages,
    "VMGUARPAGES": v.parse_pages,
    "OOMGUARPAGES": v.parse_pages,
    "NUMTCPSOCK": v.parse_count,
    "NUMFLOCK": v.parse_count,
    "NUMPTY": v.parse_count,
    "NUMSIGINFO": v.parse_count,
    "TCPSNDBUF": v.parse_bytes,
    "TCPRCVBUF": v.parse_bytes,
    "OTHERSOCKBUF": v.parse_bytes,
    "DGRAMRCVBUF": v.parse_bytes,
    "NUMOTHERSOCK": v.parse_count,
    "NUMFILE": v.parse_count,
    "DCACHESIZE": v.parse_bytes,
    "NUMIPTENT": v.parse_count,
    "AVNUMPROC": v.parse_count,
    "SWAPPAGES": v.parse_pages,
}

ALIASES = {"DCACHE": "DCACHESIZE", "IPTENTRIES": "NUMIPTENT"}

# Key -> (how its value is read, what a second line means), in the order in which vzctl appends missing keys.
KEYS = {
    **{key: (parse, LAST) for key, parse in UB_KEYS.items()},
    "VM_OVERCOMMIT": (v.parse_overcommit, FIRST),
    "IPTABLES": (switches.parse_iptables, MERGE),
    "NETFILTER": (v.parse_netfilter, LAST),
    "CAPABILITY": (switches.parse_capabilities, MERGE),
    "IP_ADDRESS": (netvalues.parse_addresses, MERGE),
    "NETDEV": (netvalues.parse_netdev, MERGE),
    "HOSTNAME": (v.parse_text, FIRST),
    "DESCRIPTION": (v.parse_text, FIRST),
    "NAMESERVER": (v.parse_words, MERGE),
    "SEARCHDOMAIN": (v.parse_words, MERGE),
    "DEVICES": (switches.parse_devices, MERGE),
    "DEVNODES": (switches.parse_devnodes, MERGE),
    "PCI": (v.parse_pci, MERGE),
    "VE_ROOT": (v.parse_text, FIRST),
    "VE_PRIVATE": (v.parse_text, FIRST),
    "MOUNT_OPTS": (v.parse_text, FIRST),
    "VE_LAYOUT": (v.parse_layout, LAST),
    "OSTEMPLATE": (v.parse_text, FIRST),
    "CPUUNITS": (v.parse_cpuunits, FIRST),
    "CPUUWEIGHT": (v.parse_uint, FIRST),
    "CPULIMIT": (v.parse_cpulimit, FIRST),
    "CPUS": (v.parse_uint, FIRST),
    "CPUMASK": (v.parse_mask, FIRST),
    "NODEMASK": (v.parse_nodemask, FIRST),
    "ONBOOT": (v.parse_yes_no, FIRST),
    "ORIGIN_SAMPLE": (v.parse_text, FIRST),
    "DISABLED": (v.parse_yes_no, FIRST),
    "LOCAL_UID": (v.parse_local_id, FIRST_OF_ALL),
    "LOCAL_GID": (v.parse_local_id, FIRST_OF_ALL),
    "DISK_QUOTA": (v.parse_yes_no, FIRST),
    "DISKSPACE": (v.parse_diskspace, FIRST),
    "DISKINODES": (v.parse_diskinodes, FIRST),
    "QUOTATIME": (v.parse_uint, FIRST),
    "QUOTAUGIDLIMIT": (v.parse_uint, FIRST),
    "MEMINFO": (v.parse_meminfo, LAST),
    "NETIF": (netvalues.parse_netif, FIRST),
    "NAME": (v.parse_name, FIRST),
    "FEATURES": (switches.parse_features, MERGE),
    "IOPRIO": (v.parse_ioprio, LAST),
    "IOLIMIT": (v.parse_iolimit, LAST),
    "IOPSLIMIT": (v.parse_iopslimit, LAST),
    "BOOTORDER": (v.parse_uint, FIRST),
    "STOP_TIMEOUT": (v.parse_timeout, FIRST),
}

# A later invalid value discards the earlier one (read, not run).
UNSET_BY_BAD = ("IOLIMIT", "IOPSLIMIT")

# Keys of vz.conf, which are read in any file (read, not run), but never written.
OTHER_KEYS = {
    **dict.fromkeys(
        ("LOCKDIR", "DUMPDIR", "LOGFILE", "TEMPLATE", "DEF_OSTEMPLATE", "CONFIGFILE"), (v.parse_text, FIRST)
    ),
    **dict.fromkeys(("LOGGING", "IPV6"), (v.parse_yes_no, FIRST)),
    "VERBOSE": (v.parse_int, FIRST),
    "LOG_LEVEL": (v.parse_int, LAST),
    "VEID": (v.parse_int, LAST),
}

# Keys of vz.conf and obsolete keys, ignored without a warning (read, not run).
IGNORED_KEYS = frozenset((
    "VIRTUOZZO", "VE0CPUUNITS", "VZFASTBOOT", "NEIGHBOUR_DEVS", "ERROR_ON_ARPFAIL", "VZWDOG", "IPTABLES_MODULES",
    "IP6TABLES", "CONFIG_CUSTOMIZED", "VE_STOP_MODE", "SKIP_SYSCTL_SETUP", "SKIP_ARPDETECT", "VE_PARALLEL",
))  # fmt: skip
NO_VETH = "Warning: VETH parameter is deprecated, remove it and use --netif_add instead"

# vzctl splits these values in place at these characters: an error message shows only the first word.
CUT_AT = {
    "IP_ADDRESS": " \t",
    "NETDEV": " \t",
    "CAPABILITY": switches.LIST,
    "FEATURES": switches.LIST,
    "IPTABLES": switches.LIST,
    "DEVNODES": " ",
    "DEVICES": " ",
    "PCI": " ",
    "NETIF": ";",
}


class LineError(ValueError):
    """A line that is not an assignment; the text says why."""


class Conf:
    """
    A configuration as vzctl parses it.

    ``values``    key -> the text that counts, ``{"CPUS": "2"}``
    ``params``    key -> its meaning, ``{"CPUS": 2, "IP_ADDRESS": ["10.0.0.1"], "ONBOOT": True}``
    ``messages``  warnings of reading it: ``[("err", "Warning at ...")]`` (``out``, ``err``, ``verbose``)
    """

    def __init__(self):
        self.text = ""
        self.sample = None  # the name of the sample it was read from, if any
        self.values = {}
        self.params = {}
        self.messages = []


def unescape(line):
    """A backslash is dropped, the next character kept: ``a\\\\nb`` -> ``anb``"""
    if "\\" not in line:
        return line
    kept, chars = [], iter(line)
    for char in chars:
        kept.append(next(chars, "") if char == "\\" else char)
    return "".join(kept)


def split_line(line):
    """
    One line -> ``(key, value)``, ``None`` for a comment or an empty line.

    ``CPUS="2" # two`` -> ``("CPUS", "2")``
    """
    line = unescape(line.partition("\0")[0]).strip(v.BLANKS)
    if not line or line.startswith("#"):
        return None
    key, equals, value = line.partition("=")
    if not equals:
        raise LineError("'=' not found")
    if len(key.encode("utf-8", "surrogateescape")) >= KEY_LIMIT:
        raise LineError("too long value")
    if value.startswith('"'):
        end = value.rfind('"')
        if end == 0:
            raise LineError("unmatched quotes")
        value = value[1:end]
    return key, value


def first_values(text):
    """``{key: value}`` of a file with shell-like assignments; the first of several counts."""
    found = {}
    for line in text.split("\n"):
        try:
            pair = split_line(line)
        except LineError:
            continue
        if pair:
            found.setdefault(*pair)
    return found


def parse(text, path):
    """Read a configuration; ``path`` is what the warnings call it."""
    conf = Conf()
    conf.text = text
    for number, line in enumerate(text.split("\n"), 1):
        try:
            pair = split_line(line)
        except LineError as reason:
            conf.messages.append(("err", f"Warning: can't parse {path}:{number} ({reason}), skipping"))
            continue
        if pair:
            _take(conf, f"{path}:{number}", *pair)
    return conf


def load(node, ctid):
    """The configuration of a container; raises ``FileNotFoundError`` if there is none."""
    path = node.conf_path(ctid)
    return parse(read_text(path), path)


def _take(conf, where, key, value):
    name = ALIASES.get(key, key)
    if not name:
        _take_nameless(conf, where, value)
        return
    parser, second = KEYS.get(name) or OTHER_KEYS.get(name) or (None, None)
    if parser is None:
        _take_unknown(conf, where, key, value)
        return
    if second == FIRST_OF_ALL and name in conf.params:
        return
    if second == FIRST and name in conf.params and (name != "NETIF" or conf.params[name]):
        conf.messages.append(("err", f'Warning at {where}: duplicate for {key} ("{value}"), ignored'))
        return
    try:
        meaning = parser(value)
    except v.Bad as bad:
        conf.messages.extend(bad.lines)
        if not bad.told:
            conf.messages.append(("err", f"Warning at {where}: {_what_is_bad(bad, key, first_word(name, value))}"))
        meaning = bad.keep
        if meaning is None and name in UNSET_BY_BAD:
            conf.params.pop(name, None)
    if meaning is not None:
        _store(conf, name, value, meaning, second == MERGE)


def _take_unknown(conf, where, key, value):
    """Both messages are read, not run."""
    if key == "VETH":
        conf.messages.append(("out", NO_VETH))
    elif key not in IGNORED_KEYS:
        conf.messages.append(("verbose", f'Warning at {where}: unknown parameter {key} ("{value}"), ignored'))


def _what_is_bad(bad, key, shown):
    if bad.too_large:
        return f'too large value for {key} ("{shown}"), truncated'
    return f'invalid value for {key} ("{shown}"), skipped'


def _take_nameless(conf, where, value):
    """A line that starts with ``=`` counts as addresses to remove: a warning, and nothing else."""
    try:
        if value != "all":
            netvalues.parse_addresses(value)
    except v.Bad:
        shown = first_word("IP_ADDRESS", value)
        conf.messages.append(("err", f'Warning at {where}: invalid value for  ("{shown}"), skipped'))


def _store(conf, name, value, meaning, merge):
    if merge and name in conf.params:
        known = conf.params[name]
        conf.params[name] = merged(name, known, meaning)
        conf.values[name] += " " + value
        return
    conf.params[name] = meaning
    conf.values[name] = value


def merged(name, known, more):
    """Two values of a merging key: ``merged("CAPABILITY", {"KILL": True}, {"CHOWN": False})`` has both."""
    if name in ("CAPABILITY", "FEATURES"):  # switched on anywhere is on
        return {switch: bool(known.get(switch) or more.get(switch)) for switch in {**known, **more}}
    if isinstance(known, dict):
        return {**known, **more}
    together = list(known)
    if name == "NETDEV":
        return together + more
    if name != "IP_ADDRESS":
        return together + [word for word in more if word not in together]
    for address in more:
        netvalues.add_missing(together, address)
    return together


def first_word(name, text):
    """``first_word("IP_ADDRESS", "10.0.0.1 nonsense")`` -> ``"10.0.0.1"``: what an error message shows."""
    return cut(text, CUT_AT.get(name, ""))


def cut(text, delimiters):
    """A text cut after its first word, as strtok(3) leaves it."""
    begun = False
    for at, char in enumerate(text):
        if char not in delimiters:
            begun = True
        elif begun:
            return text[:at]
    return text


# writing


def rewrite(text, changes):
    """
    Change keys in the text of a configuration; ``changes`` is ``[("CPUS", "2"), ...]``.

    The first line that starts with ``KEY=`` is replaced, a missing key appended; nothing else changes.
    """
    lines = _split_keeping_ends(text)
    for key, value in changes:
        entry = f'{key}="{value}"'
        for at, line in enumerate(lines):
            if line.startswith(key + "="):
                lines[at] = entry
                break
        else:
            lines.append(entry)
    # No newline is added after a value that contains one: the next entry is glued to it.
    return "".join(line if "\n" in line else line + "\n" for line in lines)


def _split_keeping_ends(text):
    """Lines with their ends, as vzctl's buffer reads them: a very long one in pieces."""
    pieces = []
    for line in text.split("\n"):
        data = (line + "\n").encode("utf-8", "surrogateescape")
        pieces += [data[at : at + BUFFER].decode("utf-8", "surrogateescape") for at in range(0, len(data), BUFFER)]
    last = pieces.pop()[:-1]
    # C strings: everything after a NUL is lost.
    return [piece.partition("\0")[0] for piece in pieces + ([last] if last else [])]


def save(path, changes):
    """
    Rewrite a configuration file through ``PATH.tmp``.

    A symbolic link stays one. ``OSError.filename`` tells which of the two files could not be written.
    """
    path = os.path.realpath(path) if os.path.islink(path) else path
    try:
        text = read_text(path)
    except FileNotFoundError:
        text = ""
    write_text(f"{path}.tmp", rewrite(text, changes))
    os.replace(f"{path}.tmp", path)
