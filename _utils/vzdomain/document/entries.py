"""
What a pillar says of the containers of a node: one `Entry` for each, a document and how it is to be followed.

An entry is the text of a document, or a mapping with it::

    web01: "<domain type='openvz'>...</domain>"
    db01: {source: salt://containers/db01.xml, template: jinja, state: running, protected: true}
    old01: {state: absent}
    app01: {source: salt://containers/app01.xml, state: running, wait_for: true, inside: {sls: [app]}}
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import MASK, DocumentError, kind_of, shown
from ..model.ctid import ctid_of
from ..model.domain import Record
from ..model.inside import How, Waiting
from ..model.nearest import meant
from . import codec, insides

STATES = RUNNING, STOPPED, SUSPENDED, PAUSED, ABSENT = ("running", "stopped", "suspended", "paused", "absent")
_TEXTS = ("xml", "source", "template", "saltenv", "name", "state", "snapshot")
_SWITCHES = ("protected", "adopt", "exact", "restart", "force", "strict")
_NUMBERS = ("keep",)
_KEYS = (*_TEXTS, *_SWITCHES, *_NUMBERS, "wait_for", "inside")
BEFORE = "before"  # the one word of `snapshot`
_KNOWN = frozenset(_KEYS)


@dataclass(frozen=True)
class Entry(Record):
    """
    One container as a pillar wants it.

    Without a document (`xml` or `source`) it is about power or existence alone, of the container `name`. `error` says
    why the entry cannot be followed; then nothing else of it counts.
    """

    label: str
    xml: str | None = None
    source: str | None = None  # URL of a file of the master
    template: str | None = None  # the engine that renders it
    saltenv: str = "base"
    name: str | None = None
    state: str | None = None  # one of STATES; None: its power is left alone
    protected: bool = False  # never stopped, restarted or destroyed
    adopt: bool = False
    exact: bool = False
    restart: bool = False  # where fields wait for it
    force: bool = False  # disks may be deleted; with state absent: one that is running or suspended too
    strict: bool = True
    snapshot: str | None = None  # BEFORE: one is taken before a change that breaks something
    keep: int | None = None  # how many of those stay; None: all
    inside: How | None = None  # the states that are applied in it
    inside_key: str | None = None  # path of more pillar for those; it is read with the entry
    waiting: Waiting | None = None  # what must be true of it after a start, and before those states
    allocate: bool = True  # whether a new container may get the lowest free CTID
    starts: bool = False  # somebody starts it next: what would keep it from that is refused
    place: str = ""  # where the pillar has it: the key above its label
    document: codec.Document | None = None
    unread: str | None = None  # why only the minion itself could read its source
    error: str | None = None

    @property
    def domain(self):
        return self.document.domain if self.document else None

    @property
    def called(self):
        """The name that the container has, or will have."""
        return self.domain.name if self.domain else self.name or self.label

    @property
    def stated_ctid(self):
        """The CTID that it says, or ``None``; nobody knows which one, where the document is not read."""
        if self.domain:
            return self.domain.stated_ctid
        is_known = self.called.isdecimal() and not (self.error or self.source)
        return ctid_of(self.called) if is_known else None


def read(label, value, place=""):
    """
    The `Entry` that a pillar value says, its document unread; `place` is where the pillar has it.

    DocumentError for a value that says no entry.
    """
    settings = {"label": shown(str(label)), "place": place}
    if isinstance(value, str):
        return Entry.of(settings | {"xml": _checked("the document", value)})
    if not isinstance(value, Mapping):
        raise DocumentError(
            f"{settings['label']} is {kind_of(value)}; write the document, or a mapping with xml or source"
        )
    unknown = sorted([key for key in map(str, value) if key not in _KNOWN])
    if unknown:
        raise DocumentError(
            f"{unknown[0]} is not a key of a container{meant(unknown[0], _KEYS)}; the keys are {', '.join(_KEYS)}"
        )
    for keys, understood in ((_TEXTS, _text), (_SWITCHES, _switch), (_NUMBERS, _number)):
        for key in keys:
            one = value.get(key)
            if one is not None:
                settings[key] = understood(key, one)
    if value.get("inside") is not None:
        settings["inside"], settings["inside_key"] = insides.inside(value["inside"])
    if value.get("wait_for") is not None:
        settings["waiting"] = insides.waiting(value["wait_for"])
    entry = Entry.of(settings)
    _check(entry)
    return entry


def may_protect(value):
    """Whether a pillar value says ``protected``, or cannot be understood there, so that nobody knows."""
    if not isinstance(value, Mapping):
        return value == MASK
    if value.get("protected") is None:
        return False
    try:
        return _switch("protected", value["protected"])
    except DocumentError:
        return True


def with_document(entry, text, refused=None):
    """The entry with its document read; `refused` and DocumentError as `codec.parse` says."""
    document = codec.parse(_checked("the document", text), strict=entry.strict, refused=refused)
    return Entry.of({**vars(entry), "document": document})


def failed(label, error):
    """An entry that cannot be followed."""
    return Entry(shown(str(label)), error=str(error))


def in_turns(entries, follow):
    """
    Label -> what comes of each entry, in their order.

    `follow` gives that, and whether the entry was refused what another one may yet give up: it is followed again then,
    as long as that makes a difference.
    """
    found, waiting = {}, list(entries)
    while waiting:
        refused = []
        for entry in waiting:
            found[entry.label], again = follow(entry)
            refused += [entry] if again else []
        if len(refused) == len(waiting):
            break
        waiting = refused[::-1]  # where each takes what the next one has, all come right in this turn
    return {entry.label: found[entry.label] for entry in entries}


def doubles(meant):
    """
    Label -> what is wrong, of the entries that refer to the same container: they would change it back and forth.

    `meant` are pairs of a label and what it is known to mean: a CTID, a name.
    """
    labels = {}
    for label, known in meant:
        labels.setdefault(known, []).append(label)
    found = ((f"{' and '.join(both)} refer to the same container {known}", both) for known, both in labels.items())
    return {label: wrong for wrong, both in found if len(both) > 1 for label in both}


def free_label(name, ctid, taken):
    """A label that none of `taken` is, for container `ctid`: two may have one name, or one the label of another."""
    label = name if name not in taken else f"{name} ({ctid})"
    while label in taken:
        label += "+"
    return label


def _check(entry):
    if entry.xml is not None and entry.source is not None:
        raise DocumentError("xml and source are both given; keep one")
    if entry.state not in (None, *STATES):
        near = difflib.get_close_matches(entry.state.lower(), STATES, 1)
        raise DocumentError(f"state must be one of {', '.join(STATES)}" + "".join(f"; is it {one}?" for one in near))
    if (entry.xml, entry.source, entry.state, entry.inside) == (None, None, None, None):
        raise DocumentError("give a document (xml or source) or a state")
    if entry.state not in (None, RUNNING) and (entry.inside or entry.waiting):
        key = "inside" if entry.inside else "wait_for"
        raise DocumentError(f"{key} needs a container that runs, and state is {entry.state}; leave one of them out")
    if entry.name and (entry.xml or entry.source):
        raise DocumentError("the name comes from the document; use name only without one")
    check_snapshot(entry.snapshot, entry.keep)
    if entry.source is None and entry.template:
        raise DocumentError("template works with source only; render xml in the pillar itself")


def check_snapshot(snapshot, keep, kind=DocumentError):
    """An error of this kind where these do not go together."""
    if snapshot not in (None, BEFORE):
        raise kind(f"snapshot must be {BEFORE}, or left out: it is taken before a change that breaks something")
    if keep is not None and snapshot is None:
        raise kind(f"keep works with snapshot: {BEFORE} only; it says how many of those stay")


def _number(key, value):
    if isinstance(value, bool) or not str(value).strip().isdecimal() or int(str(value)) < 1:
        raise DocumentError(f"{key} must be a whole number of at least 1")
    return int(str(value))


def _text(key, value):
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise DocumentError(f"{key} must be text, not {kind_of(value)}")
    text = _checked(key, str(value))
    if key != "xml" and shown(text) != text:
        raise DocumentError(f"{key} is too long, or has a line break or control character in it")
    return text


def _checked(key, text):
    if not text.strip():
        raise DocumentError(f"{key} is empty")
    if text.strip() == MASK:
        raise DocumentError(f"the pillar has only a masked value for {key}; the value itself is needed")
    return text


def _switch(key, value):
    """A YAML boolean, or the word of one in quotes."""
    word = str(value).strip().lower()
    if word not in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        raise DocumentError(f"{key} must be true or false, not {kind_of(value)}")
    return word in ("true", "yes", "on", "1")
