"""
What a family of vzctl is: data, and small protocols for what data cannot say.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from ..model import fields
from ..model.kinds.scalars import Kind

EFFECTS = {
    "live": "at once",
    "file": "in the configuration file alone",
    "restart": "saved at once, in effect after the next restart",
    "stopped": "only while the container is stopped",
    "creation": "when the container is created, and never after",
}

# Which of several lines of one key counts.
FIRST, LAST = "first", "last"
MERGED = "merged"  # all of them together
NAMED = "named"  # the first one that names anything


@dataclass(frozen=True)
class Parameter:
    """
    What a family of vzctl calls a field.

    `option` and `key` are ``None`` for what it has no parameter for: it is told in another way. `kernel` columns of
    vzlist show what the kernel of a running container has, in the form of the key; the others what the file says.
    """

    field: str  # of fields.BY_NAME
    option: str | None  # vzctl(8), without the dashes
    key: str | None  # of the container configuration file
    effect: str  # one of EFFECTS
    column: str | None = None  # of vzlist; two of them with a colon between
    create: bool = False  # ``vzctl create`` takes it as well
    kernel: bool = False
    lines: str = FIRST
    since: str | None = None  # the first and the last version of this family that has it; None: all of them
    until: str | None = None
    kind: Kind = None  # how this family spells values, where it is not as all do: the field's own
    whole: bool = False  # of a map: the option replaces all of it
    displaces: str | None = None  # another field, of which vzctl keeps nothing when this one is set
    refuse: Callable | None = None  # value -> why this family cannot have it, as the end of a sentence, or None
    tolerates: bool = False  # a container may have what `refuse` refuses, set by someone else

    def __post_init__(self):
        if self.kind is None:
            object.__setattr__(self, "kind", fields.BY_NAME[self.field].kind)

    def read(self, text):
        """The value of a key, ``None`` where vzctl would skip it."""
        try:
            return None if text is None else self.kind.read(text)
        except ValueError:
            return None

    def write(self, value):
        """The arguments of the option."""
        return self.kind.write(value)

    def is_in(self, version):
        """Whether this version of the family has it; ``until="4.8"`` means 4.8.3 too, and ``"7"`` any release of 7."""
        found = _numbers(version)
        first, last = _numbers(self.since or ""), _numbers(self.until or "")
        if len(found) == 1:
            first = first[:1]
        return first <= found and (not last or found[: len(last)] <= last)

    @property
    def versions(self):
        """``"4.4 to 4.8"``, ``"4.4 and later"``, ``"4.8 and earlier"``: those that have it, where not all do."""
        if self.since and self.until:
            return f"{self.since} to {self.until}"
        return f"{self.since} and later" if self.since else f"{self.until} and earlier"


class Spelling(Protocol):
    """How actions become calls; a module will do."""

    AT_CREATION: tuple[str, ...]  # the fields that ``create`` takes beside name and addresses
    NEEDS_SWAP: bool  # memory is set with swap or not at all
    NEEDS_CPUMASK: bool  # the same of nodemask and cpumask

    def contradictions(self, domain):
        """What a domain says that cannot be set together here: (fields, sentence) pairs; fields as in `refused`."""

    def calls(self, actions, ctid):
        """The `calls.Call` list for `model.actions` on a container, in the order in which they are to be run."""

    def typed(self, verb, ctid, words, action):
        """The `calls.Call` of a verb with the words that an operator has typed."""

    def again(self, pair, ctid):
        """The words that add a veth pair that is there once more, so that the node finds it saved."""

    def comments(self, mark):
        """The comments that a `Mark` writes to the configuration file; ``None`` removes one."""


class Reading(Protocol):
    """How a container's configuration file becomes values of the model; a module will do."""

    UUID_LINE: str  # what a file says the UUID with
    SKIPS_INVALID: bool  # a value that cannot be read is as good as none; otherwise it spoils the file
    REWRITES_ALL: bool  # vzctl changes all lines of a key, and not the first one alone

    def parse(self, text):
        """The `Configuration` of a file: its keys and the values that count, and its comments."""

    def domain(self, configuration, ctid):
        """The `Domain` that it says; what it does not set is ``None``, lists are complete."""

    def facts(self, configuration, node):
        """What it says beside the domain, or the node's own configuration: ``onboot``, ``disabled``, ``layout``, ..."""

    def refused(self, configuration, version):
        """The first key, and its value, for which this version of vzctl refuses the whole file, or ``None``."""

    def missing_limits(self, values):
        """The keys that a container lacks without which it does not start."""

    def network(self, configuration):
        """Only the fields that can conflict with other containers of the node; faster than `domain`."""

    def expand(self, path, ctid):
        """The path of a setting such as VE_PRIVATE for one container."""

    def mark(self, ctid, node_id):
        """The text of the comment `MARK` that says that Salt manages the container on this node."""

    def with_comments(self, text, **comments):
        """The text of a file with these comments; ``None`` removes one."""


class Listing(Protocol):
    """What the node's programs say of statuses and of the kernel; a module will do."""

    STATUS_WORDS: tuple[str, ...]  # what the list of statuses is asked with
    UPTIME_WORDS: tuple[str, ...]  # the same of one container, whose CTID comes behind
    KERNEL_WORDS: tuple[str, ...]
    FAILCOUNT_WORDS: tuple[str, ...]
    USAGE_WORDS: tuple[str, ...]
    IN_KERNEL: bool  # the kernel's files tell what runs: then there are `STOPPED_WORDS`, `frozen` and `values` as well

    def statuses(self, text):
        """CTID, status and uptime (seconds) of each container in the answer to `STATUS_WORDS`."""

    def status(self, text):
        """The status that ``vzctl status`` names, ``None`` for none."""

    def kernel(self, text):
        """CTID -> status, uptime, values by field and addresses, in the answer to `KERNEL_WORDS`."""

    def failcounts(self, text):
        """CTID -> fail counters by resource, in the answer to `FAILCOUNT_WORDS`."""

    def usage(self, text):
        """CTID -> `vzlist.Used`, in the answer to `USAGE_WORDS`."""

    def counted(self, uptimes, proc, cgroup):
        """What the kernel's files say of the use of what runs, by CTID, and what they cannot say -> why."""


class Places(Protocol):
    """The names of files; a module will do. Each ``of_...`` gives ``None`` for a name of another form."""

    TURN_FILE: str | None  # in a private area, with a flock of the vzctl that is at work
    NODE: dict  # the defaults of the node's own configuration
    NODE_FILE: str  # its name; as the others, below the configuration directory
    NETWORK_FILE: str | None  # that of what names the script for bridges
    CONTAINERS: str  # the directory of containers' files
    NAMES: str  # that of links of their names
    REAL_FILE: str | None  # the file in the private area to which a container's file is a link
    ROOT_IMAGE: str  # the directory in the private area that has the images of ploop
    FILLS_EMPTY_AREAS: bool  # create takes an empty directory that is there for the private area
    NUMBERS: bool  # new containers get the lowest free number
    TEMPLATES: tuple[str, str]  # what to type for templates, and for one of a name

    def file(self, ctid):
        """The name of a container's configuration file; `lock` alike."""

    def dump(self, ctid, conf, private):
        """The path of what a suspended container had in memory; `conf` is the node's own configuration."""

    def sample(self, name):
        """The name of a sample configuration's file."""

    def of_file(self, name):
        """The CTID of a file; `of_lock`, `of_dump`, `of_area`, `of_target` (a path) alike. `of_sample` gives a name."""

    def areas(self, setting):
        """The directory of all private areas and what comes behind the CTID, from the node's VE_PRIVATE."""


class Pairs(Protocol):
    """How the family names veth pairs and completes them; a module will do."""

    HOST_MAC: str  # of the node's end, where nothing else is said
    ATTRIBUTES: frozenset  # of `Interface` that the family can have
    INSTEAD: dict  # another one -> what to write instead, as the end of a sentence
    COMPARED: tuple[str, ...]  # those that are compared and changed, but for the MAC filter
    LIVE: frozenset  # those that can be changed while the container runs
    HAS_NETWORKS: bool  # the file has the network itself, and not the bridge that it has on this node
    MOVES: bool  # vzctl itself moves the pair of a running container from bridge to bridge, or out of it

    def as_read(self, ctid, live):
        """A live interface with what its line of the file leaves out."""

    def target(self, ctid, interface):
        """The name of the node's end."""

    def settled(self, interface):
        """An interface without what vzctl takes away by itself when it saves it."""

    def is_conventional(self, interface):
        """Whether the MAC of the node's end is one that any pair gets, which no document needs to say."""

    def vzctls_target(self, ctid, guest, mac):
        """The name that vzctl itself would give the node's end, ``None`` where it has none."""

    def other_targets(self, ctid, guest):
        """Names that vzctl would not give it, without end."""


class Snapshots(Protocol):
    """Snapshots of containers; a module will do."""

    KEPT: tuple[str, ...]  # the fields of a domain that a switch does not bring back
    CAN_KEEP_SETTINGS: bool  # a switch can leave the whole configuration as it is
    NEEDS_CONF: bool  # there is no switch to a snapshot without a configuration of its time
    DELETES_FORKS: bool  # one that several others stand on can be deleted
    CLONES: bool  # there is a program that clones containers

    def file(self, area):
        """The list of the snapshots in a private area; `conf` and `dump` (with the id) are what belongs to one."""

    def parse(self, text):
        """The `Snapshot`s of that file; ValueError for one that is none."""

    def kept(self, names):
        """The ids for which there are files, of the names in the directory of those."""

    def spelled(self, action, ctid):
        """The `calls.Call` of an action on snapshots, ``None`` for any other."""

    def targets_words(self, ctid):
        """What vzctl is asked with where snapshots are mounted; `targets` reads the answer."""


class Typed(Protocol):
    """The options that operators may type; a module will do."""

    SAVE: str

    def given(self, options, known):
        """The words for ``{"cpus": 2}``; `known` are the options that are taken."""

    def restarts(self, words):
        """Whether they would restart a running container."""

    def ignores(self, words):
        """Whether they tell vzctl to apply what it can where something else of them needs a restart."""

    def keys_of(self, words):
        """The keys of the file that they may write; ``None`` for any."""

    def claims_of(self, words):
        """What they take that containers cannot share."""


class Moving(Protocol):
    """What vzmigrate of the family is called with, says and leaves behind; a module will do."""

    CHECKED: tuple[int, ...]  # codes of a dry run that has found nothing wrong
    DONE: tuple[int, ...]  # codes of a run that says that all is done
    SCRIPTS: tuple[str, ...]  # what follows the CTID in the names of action scripts beside the configuration file
    HELPERS: frozenset  # programs that work for it, on either node
    IN_AREA: bool  # the configuration file is in the private area

    def words(self, ctid, host, online=False, dry=False):
        """The words after the program's name; the old copy is kept."""

    def start_sent(self, log):
        """Whether the text of a log says that the other node was asked to start the container."""

    def touched(self, log):
        """Whether it says, of one that was started, that anything may have been put on the other node."""

    def thaw(self, ctid, log):
        """The words of vzctl that let a container go on which a live move has frozen, or ``None``."""

    def sentence(self, code):
        """What a code means, for people."""

    def copies(self, conf, area):
        """What a move leaves on the source: the paths of the old configuration file (or ``None``) and the old area."""

    def risks(self, text, ctid):
        """Why vzmigrate must not be given a file with this text: (what, what to do) pairs."""


@dataclass(frozen=True, eq=False)
class Flavour:
    """One family of vzctl."""

    name: str  # ``"OpenVZ legacy"``
    family: str  # ``"4.x"``
    pattern: re.Pattern  # of what ``vzctl --version`` prints; its group is the version
    exit_codes: dict = field(repr=False)  # code -> error
    statuses: tuple  # words of vzlist
    parameters: dict = field(repr=False)  # field -> Parameter, in the order of a call
    create: frozenset = field(repr=False)  # options that operators may give to ``create``
    set: frozenset = field(repr=False)  # and to ``set``
    spelling: Spelling = field(repr=False)
    reading: Reading = field(repr=False)
    listing: Listing = field(repr=False)
    places: Places = field(repr=False)
    pairs: Pairs = field(repr=False)
    typed: Typed = field(repr=False)
    moving: Moving = field(repr=False)
    snapshots: Snapshots = field(repr=False)
    releases: str | None = None  # ``"7.0.180 to 9"``: those that are supported, where not all of the family are
    destroys_mounted: bool = False  # ``destroy`` unmounts by itself
    keeps_destroyed: bool = True  # ... and leaves the configuration as CTID.conf.destroyed
    not_applied: dict = field(default_factory=dict, repr=False)  # code of a failed ``set`` -> fields saved, not applied
    chatter: re.Pattern | None = field(default=None, repr=False)  # what its programs say in the best of cases
    waits: int = 0  # seconds that its vzctl itself waits for another one that has the container
    locale: str = "C"  # in which its programs say what is in files as it is

    @cached_property
    def changeable(self):
        """The parameters of options that ``set`` takes of a container that is there, in the order of a call."""
        return tuple(row for row in self.parameters.values() if row.option and row.effect != "creation")

    @cached_property
    def in_kernel(self):
        """Those that show what the kernel of a running container has."""
        return tuple(row for row in self.parameters.values() if row.kernel)

    @cached_property
    def by_key(self):
        """Key of the file -> its parameter; the last one where two have one key."""
        return {row.key: row for row in self.parameters.values() if row.key}

    @cached_property
    def fixed(self):
        """Those that only a creation can set."""
        return tuple(row for row in self.parameters.values() if row.option and row.effect == "creation")

    def version(self, text):
        """``"vzctl version 4.11.1"`` -> ``"4.11.1"``; ``None`` for a vzctl of another family."""
        match = self.pattern.match(text)
        return match and match.group(1)

    def parameter(self, name, version=None):
        """The `Parameter` of a field, ``None`` where this family, or this version of it, has none."""
        found = self.parameters.get(name)
        return found if found and (version is None or found.is_in(version)) else None


def _numbers(version):
    """``"4.11.1-3.git"`` -> (4, 11, 1)"""
    return tuple(int(number) for number in re.match(r"[0-9.]*", version).group().split(".") if number)
