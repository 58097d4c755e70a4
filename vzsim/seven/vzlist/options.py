"""
The command line of ``vzlist`` 9.0.1: options, fields, CT IDs and names.

The first wrong option prints the usage, and then the run is a success; in the 7.0 line it is not.
"""

from vzsim.seven.charset import Unreadable, converted
from vzsim.seven.vzlist.columns import fields_of, json_order

DEFAULT_ORDER = "veid,numproc,status,configured_ip,hostname"
NAME_ORDER = "ctid,numproc,status,configured_ip,name"
NETIF_ORDER = "ctid,status,host_ifname,configured_ip,hostname"
COMPAT_ORDER = "status,configured_ip,smart_name"
FIELD_LIMIT = 31  # characters; longer names cannot be a field (read, not run)

SHORT_OPTIONS = dict.fromkeys("HSanjLe1cw", False) | dict.fromkeys("Nhdosi", True)
LONG_OPTIONS = {
    "no-header": "H",
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
    "netif": "i",
    "help": "e",
    "compat": "c",
    "skipowner": "w",
}

USAGE = """\
Usage: vzlist\t[-a|-S] [-n] [-H] [-o field[,field...]] [-s [-]field]
\t\t[-h <pattern>] [-N <pattern>] [-d <pattern>] [-i <ifname>]
\t\t[CTID [CTID ...]|-1]
       vzlist -L

   -a, -all\t\tlist all Containers
   -S, --stopped\tlist stopped Containers
   -n, --name\t\tdisplay Container names instead of hostnames
   -H, --no-header\tsuppress displaying the header
   -o, --output\t\tdisplay only specified fields
   -j, --json\t\toutput in JSON format
   -s, --sort\t\tsort by the field ('-field' to reverse sort order)
   -h, -hostname\tfilter by hostname pattern
   -N, --name_filter\tfilter by name pattern
   -d, --description\tfilter by description pattern
   -i, --netif\t\tfilter by network interface name
   -L, --list\t\tget the list of known fields
"""


class Refused(Exception):
    """The run ends with this message and exit code."""

    def __init__(self, message, rc=1):
        super().__init__(message)
        self.message = message
        self.rc = rc


class Request:
    """What was asked for; options are taken in order, and the first wrong one ends the run."""

    def __init__(self, node, argv):
        self.node = node
        self.known = fields_of(node)
        self.flags = set()
        self.patterns = {}
        self.netif = None
        self.order = None
        self.sort_field = None
        self.reverse = False
        self.listing = False
        self.words = self._take_options(list(argv))

    def _take_options(self, rest):
        """Options may be anywhere; returns the other words."""
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

    def _misused(self, complaint=""):
        return Refused(f"vzlist: {complaint}\n{USAGE}" if complaint else USAGE, 1 if self.node.is_old else 0)

    def _short(self, letters, rest):
        while letters and not self.listing:
            letter, letters = letters[0], letters[1:]
            if letter not in SHORT_OPTIONS:
                raise self._misused(f"invalid option -- '{letter}'")
            if not SHORT_OPTIONS[letter]:
                self._option(letter, None)
                continue
            if not letters and not rest:
                raise self._misused(f"option requires an argument -- '{letter}'")
            self._option(letter, letters or rest.pop(0))
            return

    def _long(self, text, rest):
        name, equals, value = text.partition("=")
        matches = [name] if name in LONG_OPTIONS else [known for known in LONG_OPTIONS if known.startswith(name)]
        if not matches:
            raise self._misused(f"unrecognized option '--{text}'")
        if len(matches) > 1:
            possible = " ".join(f"'--{match}'" for match in matches)
            raise self._misused(f"option '--{text}' is ambiguous; possibilities: {possible}")
        letter = LONG_OPTIONS[matches[0]]
        if SHORT_OPTIONS[letter] and not equals and not rest:
            raise self._misused(f"option '--{matches[0]}' requires an argument")
        if not SHORT_OPTIONS[letter] and equals:
            raise self._misused(f"option '--{matches[0]}' doesn't allow an argument")
        self._option(letter, (value if equals else rest.pop(0)) if SHORT_OPTIONS[letter] else None)

    def _option(self, letter, value):
        if letter == "e":
            raise self._misused()
        if letter == "L":
            self.listing = True
        elif letter == "s":
            self._sort(value)
        elif letter in "Nhd":
            self.patterns[letter] = value
        elif letter == "i":
            self.netif = value
        elif letter in "on1":
            self.order = {"n": NAME_ORDER, "1": "veid"}.get(letter, value)
            self.flags |= {"H"} if letter == "1" else set()
        else:
            self.flags.add(letter)

    def _sort(self, value):
        name = value.removeprefix("-")
        self.reverse = self.reverse or name != value
        self.sort_field = self._field(name)
        if self.sort_field is None:
            raise Refused(f"{value} is an invalid field name for this query.\n")

    def _field(self, name):
        return next((field for field in self.known if field.name == name), None)

    def resolve(self, ctid_of_word):
        """
        Words become CT IDs, names of fields become fields.

        ``ctid_of_word`` finds a container by CT ID or name and returns ``None`` if there is none.
        """
        self.ctids = [self._ctid(word, ctid_of_word) for word in self.words] if self.words else None
        self.fields = self._ordered(self.order if self.order is not None else self._default_order())

    def _ctid(self, word, ctid_of_word):
        try:
            ctid = ctid_of_word(self.node, converted(word))
        except Unreadable:
            ctid = None
        if ctid is None:
            raise Refused(f"Container ID {word} is invalid.\n")
        return ctid

    def _default_order(self):
        if self.is_json:
            return json_order(self.node)
        if "c" in self.flags:
            return COMPAT_ORDER
        return DEFAULT_ORDER if self.netif is None else NETIF_ORDER

    def _ordered(self, order):
        names = order.split(",")
        names = names[:-1] if len(names) > 1 and not names[-1] else names
        fields = []
        for place, name in enumerate(names):
            if len(name) >= FIELD_LIMIT:
                raise Refused(f"Field name {','.join(names[place:])} is unknown.\n")
            field = self._field("uuid" if "c" in self.flags and name in ("veid", "ctid") else name)
            if field is None:
                raise Refused(f"Unknown field: {name}\n")
            fields.append(field)
        return fields

    @property
    def is_json(self):
        return "j" in self.flags

    @property
    def wants_stopped(self):
        """Whether containers that do not run are included."""
        return bool(self.flags & {"a", "S"}) or self.ctids is not None

    def wants(self, ctid):
        return self.ctids is None or ctid in self.ctids

    def shows(self, name):
        return any(field.name == name for field in self.fields)
