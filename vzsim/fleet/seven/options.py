"""The command lines of vzmigrate and vzmlocal, by getopt_long(3); a wrong one is answered with the usage, and 1."""

from vzsim.codes import write
from vzsim.fleet.seven import failures
from vzsim.fleet.seven.failures import MoveFailed
from vzsim.seven import ids

NO, YES, ATTACHED = "no", "yes", "attached"  # whether an option takes a value

LONG = {
    **dict.fromkeys(("nostart", "help", "keep-dst", "online", "lazy", "eztempl", "readonly", "dry-run", "noiter"), NO),
    **dict.fromkeys(("require-realtime", "batch", "nonsharedfs", "whole-file", "verbose", "no-ssl", "keep-images"), NO),
    **dict.fromkeys(("nocompress", "compress", "ignore-backup-disk", "noevent"), NO),
    **dict.fromkeys(("remove-area", "run-as", "ssh", "timeout", "limit-speed", "certificate", "privatekey"), YES),
    **dict.fromkeys(("ciphers", "ssh-cipher", "new-name", "new-id", "new-private", "dst", "new-root"), YES),
    **dict.fromkeys(("nodeps", "keeper"), ATTACHED),
}
SHORT = {
    "r": "remove-area", "f": "nodeps", "s": "nostart", "z": "eztempl", "b": "batch", "W": "whole-file",
    "v": "verbose", "l": "readonly", "t": None, "C": None, "h": None,
}  # fmt: skip
LOCAL_LONG = {
    **dict.fromkeys(("help", "verbose", "online", "skiplock", "batch", "noevent"), NO),
    **dict.fromkeys(("new-id", "new-name", "dst", "new-private", "new-root"), YES),
}
LOCAL_SHORT = {"C": "clone", "l": "skiplock", "v": "verbose", "b": "batch", "h": None}
CHECKS = (
    "all", "cpu_check", "disk_space", "technologies", "license", "rate", "bindmount", "template_area_sync",
    "cpt_image_version", "capabilities", "kernel_modules",
)  # fmt: skip
USAGE = """\
Usage: vzmigrate [-r yes|no] [-f|--nodeps[={all|cpu_check|disk_space|technologies|...}]] [-s|--nostart]
       [--online] [--nonsharedfs] [--readonly] [--dry-run] [--keep-dst] [--new-id ID] [--new-name NAME]
       [--new-private PATH] [--new-root PATH] [user@]destination_HN_address {CT List}
       {CT List} = {source_CTID[:dst_CTID[:dstCT_private[:dstCT_root]]] ...}
"""
LOCAL_USAGE = """\
Usage: vzmlocal [-C] [--online] [--new-id ID] [--new-name NAME] [--new-private PATH] [--new-root PATH] {CT List}
       {CT List} = {source_CTID[:dst_CTID[:dstCT_private[:dstCT_root]]] ...}
"""
PLACES = {"new-id": 1, "new-private": 2, "dst": 2, "new-root": 3}  # option -> its place in SRC:DST:AREA:ROOT


class Misused(MoveFailed):
    """A command line that is answered with the usage."""

    def __init__(self, text=""):
        super().__init__(failures.USAGE, text)


class Given:
    """What was asked for; ``entries`` are lists ``[source word, CT ID, area, mount point]``, the last three or None."""

    def __init__(self, values, host="", entries=()):
        self.values = values
        self.user, at, self.host = host.rpartition("@")
        self.user = self.user.partition(":")[0] if at else "root"
        self.entries = entries
        self.skipped = values.get("nodeps", ())

    def has(self, name):
        return name in self.values

    def skips(self, check):
        return check in self.skipped or "all" in self.skipped


def read(node, words):
    """The command line of vzmigrate."""
    values, rest = _parse(words, LONG, SHORT)
    if len(rest) < 2:
        raise Misused
    removes = values.get("remove-area", node.setting("REMOVEMIGRATED", "no"))
    if removes not in ("yes", "no"):
        raise Misused(f"Invalid value of the -r option: {removes}")
    if "remove-area" in values or removes == "yes":
        values["removes"] = removes == "yes"
    _read_checks(values)
    if "lazy" in values or ("online" in values and "readonly" in values):
        raise Misused("Options are not supported together")
    if values.keys() & {"noiter", "require-realtime"} and "online" not in values:
        raise Misused("Options --noiter and --require-realtime go with --online only")
    if values.keys() >= {"online", "nostart"}:
        write(2, "Option --nostart is ignored for online migration\n")
        del values["nostart"]
    return Given(values, rest[0], _entries(values, rest[1:]))


def read_local(words):
    """The command line of vzmlocal."""
    values, rest = _parse(words, LOCAL_LONG, LOCAL_SHORT)
    if not rest:
        raise Misused
    given = Given(values, entries=_entries(values, rest))
    for source, ctid, area, root in given.entries:
        if ctid in (None, source) and (given.has("clone") or not (area or root or given.has("new-name"))):
            raise Misused("source and destination are the same")
    return given


def _read_checks(values):
    if "nodeps" in values:
        checks = [check for check in (values["nodeps"] or "all").split(",") if check]
        if any(check not in CHECKS for check in checks):
            raise Misused(f"Invalid value of the --nodeps option: {values['nodeps']}")
        values["nodeps"] = checks


def _entries(values, words):
    given = values.keys() & {*PLACES, "new-name"}
    if given and (len(words) > 1 or ":" in words[0]):
        raise Misused("Options --new-* go with a single source only")
    entries = []
    for word in words:
        entry = [part or None for part in word.split(":")]
        if len(entry) > 4 or not entry[0]:
            raise Misused
        entry += [None] * (4 - len(entry))
        for name, place in PLACES.items():
            entry[place] = values.get(name, entry[place])
        if entry[1] is not None:
            entry[1] = ids.read_ctid(entry[1])
            if entry[1] is None:
                raise Misused("Invalid destination CT ID")
        entries.append(entry)
    return entries


def _parse(words, long, short):
    values, rest, words = {}, [], list(words)
    while words:
        word = words.pop(0)
        if word == "--":
            rest += words
            break
        if word.startswith("--"):
            _read_long(word[2:], words, long, values)
        elif word.startswith("-") and word != "-":
            _read_short(word[1:], words, long, short, values)
        else:
            rest.append(word)
    if "help" in values:
        raise Misused
    return values, rest


def _read_long(text, words, known, values):
    name, equals, value = text.partition("=")
    found = [name] if name in known else [one for one in known if one.startswith(name)]
    if len(found) != 1 or (equals and known[found[0]] == NO):
        raise Misused(f"unrecognized option '--{text}'")
    kind = known[found[0]]
    if kind == YES and not equals:
        if not words:
            raise Misused(f"option '--{name}' requires an argument")
        value = words.pop(0)
    values[found[0]] = value if kind == YES or equals else None


def _read_short(text, words, long, short, values):
    while text:
        letter, text = text[0], text[1:]
        name = short.get(letter)
        if name is None:
            raise Misused(f"invalid option -- '{letter}'")
        if long.get(name) == YES:
            if not text and not words:
                raise Misused(f"option requires an argument -- '{letter}'")
            values[name], text = text or words.pop(0), ""
        else:
            values[name] = None
