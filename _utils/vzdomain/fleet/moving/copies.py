"""
Old copies that moves have left, and where their containers are now: the proof without which none is removed.

The notes are those of ``openvz.moves`` on each node: ``{"moves": [...], "copies": [...], "arrivals": [...]}``.
"""

import datetime
from dataclasses import dataclass

from ...model import names, times
from .values import Move, Seen

STUCK = 60  # seconds without a word of its driver after which a move counts as left


@dataclass(frozen=True)
class Copy:
    """One old copy: `node` keeps it, `owners` are the nodes where the container should be, the last first."""

    node: str
    note: dict
    owners: tuple

    @property
    def name(self):
        return self.note.get("name") or str(self.note["ctid"])

    def move(self, owner, **options):
        """How the node is asked to remove it, with the container on `owner`."""
        its = (str(self.note["ctid"]), self.note.get("uuid"), self.name)
        return Move(self.note.get("id") or "move-" + "0" * 16, *its, self.node, owner, **options)

    def is_due(self, now):
        """Whether the days for which it is kept are over; never where nobody said how many."""
        until = _time(self.note.get("until"))
        return until is not None and until <= now


def chosen(notes, name=None, node=None, all_=False, now=None):
    """
    Return the `Copy`s to remove: those whose time is over, or all of `name`, of `node`, of the fleet.

    notes
        ``{node: what openvz.moves returned}``.
    """
    now = now or datetime.datetime.now(datetime.timezone.utc)
    found = []
    for place, said in sorted(notes.items()):
        for note in said.get("copies") or ():
            copy = Copy(place, note, tuple(_owners(notes, place, note)))
            is_named = name is None or str(name) in (copy.name, str(note["ctid"]), str(note.get("uuid")))
            is_asked = all_ or name is not None or copy.is_due(now)
            if is_named and is_asked and node in (None, place):
                found.append(copy)
    return found


def _owners(notes, place, note):
    """Where it went, and from there, as far as the notes tell; the last first."""
    way, at = [], note.get("to")
    while at and at != place and at not in way:
        way.insert(0, at)
        later = [one for one in (notes.get(at) or {}).get("copies") or () if _same(one, note)]
        at = later[-1].get("to") if later else None
    return way


def _same(one, other):
    if one.get("uuid") and other.get("uuid"):
        return one["uuid"] == other["uuid"]
    return (str(one.get("ctid")), one.get("name")) == (str(other.get("ctid")), other.get("name"))


def proof(copy, answer, owner):
    """Why what `owner` answered is no proof that the container is safe there; empty where it is one."""
    if answer is None:
        return f"{owner} does not answer"
    seen = Seen(answer)
    if seen.intent:
        return f"{copy.name} is being moved: {Move('', '', None, copy.name, '', seen.intent['destination']).command}"
    if not (seen.is_there and seen.is_whole):
        return f"{owner} does not have {copy.name} whole"
    if copy.note.get("uuid") and answer.get("uuid") not in (None, copy.note["uuid"]):
        return f"what {owner} has as {copy.note['ctid']} is another container"
    return ""


def overview(notes, now):
    """
    All moves of a fleet for people: what is under way, what is kept, what has arrived and is in no pillar's entry yet.

    now
        Seconds of the epoch.
    """
    moves, copies, arrivals = {}, [], []
    for place, said in sorted(notes.items()):
        for intent in said.get("moves") or ():
            moves.setdefault(intent.get("id"), _under_way(intent, now))
        for note in said.get("copies") or ():
            until = note.get("until") or "until removed"
            copies.append({"container": note.get("name"), "kept on": place, "moved to": note["to"], "keep": until})
        for note in said.get("arrivals") or ():
            arrivals.append({"container": note.get("name"), "on": place, "from": note["source"], "since": note["when"]})
    return {"moves": list(moves.values()), "copies": copies, "arrivals": arrivals}


def _under_way(intent, now):
    seen = (intent.get("driver") or {}).get("seen") or 0
    is_left = now - seen > STUCK
    kind = intent.get("kind") or "move"
    command = f"salt-run openvz.{kind} {names.typed(intent.get('name'))} {intent.get('destination')}"
    return {
        "container": intent.get("name"),
        "from": intent.get("source"),
        "to": intent.get("destination"),
        "since": times.minute(intent.get("since")),
        "state": "nobody drives it" if is_left else "is driven",
        "command": command if is_left else "",
    }


def _time(text):
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    except (TypeError, ValueError):
        return None
