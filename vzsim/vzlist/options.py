"""
The command line of ``vzlist`` 4.11: options, fields, CT IDs and names; see ``vzlist(8)``.
"""

from vzsim.grammar.values import INT_RANGE, scan_int
from vzsim.node.names import CTID_MAX
from vzsim.vzlist.columns import FIELDS
from vzsim.vzlist.containers import ctid_of_name

DEFAULT_ORDER = "ctid,numproc,status,ip,hostname"
NAME_ORDER = "smart_name,numproc,status,ip,hostname"
FIELD_LIMIT = 31  # characters; longer names cannot be a field

SHORT_OPTIONS = dict.fromkeys("HtSanjLe1", False) | dict.fromkeys("Nhdos", True)
LONG_OPTIONS = {
    "no-header": "H",
    "no-trim": "t",
    "stopped": "S",
    "all": "a",
    "name": "n",
    "json": "j",
    "name_filter": "N",
    "hostname": "h",
    "description": "d",
    "output": "o",
    "sort": "s",
    "list": "L",
    "help": "e",
}

# Columns that need more from the kernel than whether a container runs (read, not run).
RESOURCES = {
    **dict.fromkeys(("diskspace", "diskinodes"), "quota"),
    **dict.fromkeys(("laverage", "uptime"), "cpustat"),
    **dict.fromkeys(("cpulimit", "cpuunits"), "cpu"),
    "cpus": "cpus",
}

USAGE = """\
Usage:\tvzlist [-a | -S] [-n] [-H] [-o field[,field...] | -1] [-s [-]field]
\t       [-h pattern] [-N pattern] [-d pattern] [CTID [CTID ...]]
\tvzlist -L | --list

Options:
\t-a, --all\t\tlist all containers
\t-S, --stopped\t\tlist stopped containers
\t-n, --name\t\tdisplay containers' names
\t-H, --no-header\t\tsuppress columns header
\t-t, --no-trim\t\tdo not trim long values
\t-j, --json\t\toutput in JSON format
\t-o, --output\t\toutput only specified fields
\t-1\t\t\tsynonym for -H -octid
\t-s, --sort\t\tsort by the specified field
\t\t\t\t('-field' to reverse sort order)
\t-h, --hostname\t\tfilter CTs by hostname pattern
\t-N, --name_filter\tfilter CTs by name pattern
\t-d, --description\tfilter CTs by description pattern
\t-L, --list\t\tget possible field names
"""


class Refused(Exception):
    """The program ends with 1; text for standard error and for standard output."""

    def __init__(self, message, output=""):
        super().__init__(message)
        self.message = message
        self.output = output


class Request:
    """What was asked for."""

    def __init__(self, argv):
        self.flags = set()
        self.patterns = {}
        self.order = None
        self.sort_field = None
        self.reverse = False
        self.listing = False
        self.fields = []
        self.ctids = None
        self.words = self._take_options(list(argv))

    def _take_options(self, rest):
        """Options may be anywhere and are processed in order; returns the other words."""
        words = []
        while rest and not self.listing:
            word = rest.pop(0)
            if word == "--":
                return words + rest
            if word.startswith("--"):
                self._long(word[2:], rest)
            elif word.startswith("-") and word != "-":
                self._short(word[1:], rest)
            else:
                words.append(word)
        return words

    def _short(self, letters, rest):
        while letters and not self.listing:
            letter, letters = letters[0], letters[1:]
            if letter not in SHORT_OPTIONS:
                raise Refused(f"vzlist: invalid option -- '{letter}'\n", USAGE)
            if not SHORT_OPTIONS[letter]:
                self._option(letter, None)
                continue
            if not letters and not rest:
                raise Refused(f"vzlist: option requires an argument -- '{letter}'\n", USAGE)
            self._option(letter, letters or rest.pop(0))
            return

    def _long(self, text, rest):
        name, equals, value = text.partition("=")
        matches = [name] if name in LONG_OPTIONS else [known for known in LONG_OPTIONS if known.startswith(name)]
        if not matches:
            raise Refused(f"vzlist: unrecognized option '--{name}'\n", USAGE)
        if len(matches) > 1:
            possible = " ".join(f"'--{match}'" for match in matches)
            raise Refused(f"vzlist: option '--{name}' is ambiguous; possibilities: {possible}\n", USAGE)
        letter = LONG_OPTIONS[matches[0]]
        if equals and not SHORT_OPTIONS[letter]:
            raise Refused(f"vzlist: option '--{matches[0]}' doesn't allow an argument\n", USAGE)
        if SHORT_OPTIONS[letter] and not equals:
            if not rest:
                raise Refused(f"vzlist: option '--{matches[0]}' requires an argument\n", USAGE)
            value = rest.pop(0)
        self._option(letter, value)

    def _option(self, letter, value):
        if letter == "e":
            raise Refused("", USAGE)
        if letter == "L":
            self.listing = True
        elif letter == "s":
            self._sort(value)
        elif letter in "Nhd":
            self.patterns[letter] = value
        elif letter in "on1":
            self.order = {"n": NAME_ORDER, "1": "veid"}.get(letter, value)
            self.flags |= {"H"} if letter == "1" else set()
        else:
            self.flags.add(letter)

    def _sort(self, value):
        self.reverse = self.reverse or value.startswith("-")
        self.sort_field = _field(value[1:] if value.startswith("-") else value)
        if self.sort_field is None:
            raise Refused(f"Invalid sort field name: {value}\n")

    def resolve(self, node):
        """Names become CT IDs, names of fields become fields."""
        if self.words:
            self.ctids = [_ctid(node, word) for word in self.words]
        order = self.order
        if order is None:
            order = "" if self.json else DEFAULT_ORDER
            self.fields = [field for field in FIELDS if field.in_json] if self.json else []
        if order or self.order is not None:
            self.fields = self._ordered(order)

    def _ordered(self, order):
        names = order.split(",")
        names = names[:-1] if len(names) > 1 and not names[-1] else names
        fields = []
        for place, name in enumerate(names):
            if len(name) >= FIELD_LIMIT:
                raise Refused(f"Invalid field: {','.join(names[place:])}\n")
            field = _field(name)
            if field is None:
                raise Refused(f"Unknown field: {name}\n")
            if self.json and not field.in_json:
                raise Refused(f"Field `{name}' is not available in JSON output\n")
            fields.append(field)
        return fields

    @property
    def json(self):
        return "j" in self.flags

    @property
    def wants_stopped(self):
        """Whether stopped containers are included."""
        return bool(self.flags & {"a", "S"}) or self.ctids is not None

    def wants(self, ctid):
        return self.ctids is None or ctid in self.ctids

    @property
    def resources(self):
        """What is read besides confs: the kernel is asked for the columns shown, not for the sort column."""
        names = {field.name.partition(".")[0] for field in self.fields}
        return {RESOURCES[name] for name in names & RESOURCES.keys()}

    def wants_field(self, name):
        return any(field.name == name for field in self.fields)


def _field(name):
    return next((field for field in FIELDS if field.name == name), None)


def _ctid(node, word):
    """A number is a CT ID, anything else a name."""
    ctid, tail = scan_int(word)
    ctid = (ctid + INT_RANGE // 2) % INT_RANGE - INT_RANGE // 2  # an int of C (read, not run)
    if tail or not ctid:
        ctid = ctid_of_name(node, word)
    if ctid is None or not 0 <= ctid <= CTID_MAX:
        raise Refused(f"CT ID {word} is invalid.\n")
    return ctid
