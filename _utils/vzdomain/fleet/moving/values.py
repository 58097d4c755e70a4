"""A move, what the two nodes say of it, and what the judge can say to that."""

import uuid
from dataclasses import dataclass, field

from ...errors import CannotAskError
from ...host.container import UP
from ...model import names


class NoAnswerError(CannotAskError):
    """A node did not answer. Whatever it was asked to do, it may have done, or may be doing now."""


@dataclass(frozen=True)
class Move:
    """
    One container's way from `source` to `destination` (minion ids).

    master, run
        Who drives it: the master's id, and a token of this one process.

    why
        What it is part of, for the history of both nodes; empty where somebody has typed the move itself.

    lost
        The nodes that are off for good, as a person says.

    withdrawn
        Nothing was sent yet, and nothing shall be.

    force
        A protected container may be stopped for it.
    """

    id: str
    ctid: str
    uuid: str | None
    name: str
    source: str
    destination: str
    online: bool = False
    keep_for: float | None = None  # days; `None`: until someone removes the copy
    master: str = ""
    run: str = ""
    why: str = ""
    lost: tuple = ()
    withdrawn: bool = False
    force: bool = False

    @property
    def data(self):
        """What the nodes are told."""
        keys = ("id", "ctid", "uuid", "name", "source", "destination", "online", "force")
        named = {key: getattr(self, key) for key in keys}
        return {**named, "driver": {"master": self.master, "run": self.run, **({"why": self.why} if self.why else {})}}

    @property
    def command(self):
        """What a person types to go on with it."""
        return f"salt-run openvz.move {names.typed(self.name)} {self.destination}{self.options}"

    @property
    def options(self):
        """What is typed with it of `online`, `force` and `keep_for`."""
        days = "" if self.keep_for is None else f" keep_for={self.keep_for:g}"
        return "".join(f" {key}=True" for key in ("online", "force") if getattr(self, key)) + days


def new_id():
    """An id for a new move."""
    return f"move-{uuid.uuid4().hex[:16]}"


class Seen:
    """What one node says of a container, as the judge needs it; `data` is the node's answer."""

    def __init__(self, data, move_id=None):
        self.data = data
        intent = data.get("intent")
        self.intent = intent if intent and move_id in (None, intent.get("id")) else None
        self.status = data.get("status")
        self.is_up = self.status in UP
        self.is_there = bool(data.get("registered"))
        self.is_handed_over = bool(data.get("handed_over"))
        self.is_whole = bool(data.get("whole"))
        self.has_remains = bool(self.is_there or data.get("area"))
        self.at_work = tuple(data.get("at_work") or ())
        self.mark = data.get("marked_by")
        self.rc = data.get("rc")
        self.start_sent = bool(data.get("start_sent"))
        self.turn = data.get("turn")

    def noted(self, key):
        """What the intent says; ``None`` without one."""
        return (self.intent or {}).get(key)

    @property
    def before(self):
        """``status``, ``onboot`` and ``managed`` of the container before the move, by the intent."""
        return {key: self.noted(key) for key in ("status", "onboot", "managed")}

    @property
    def should_run(self):
        """Whether it ran before the move."""
        return self.before.get("status") in UP

    @property
    def was_done(self):
        """Whether vzmigrate came to cleaning up: all was copied, and the container started if it ran before."""
        lines = [str(line).strip() for line in self.data.get("log") or ()]
        return self.rc == 0 or "Cleaning up" in lines


# what the judge says


@dataclass(frozen=True)
class Step:
    """The node is to do this; `why` is for people, and `warning` what they have to know of it afterwards."""

    node: str
    step: str
    why: str
    arguments: dict = field(default_factory=dict)
    warning: str = ""


@dataclass(frozen=True)
class Wait:
    """Somebody is still at work; looking again later is all that can be done."""

    why: str


@dataclass(frozen=True)
class Done:
    """Nothing is left to do, and `owner` (a minion id) has the container."""

    owner: str


@dataclass(frozen=True)
class Stop:
    """
    Nothing more can be done now without a person.

    rule
        A word for programs.

    reason
        One sentence.

    command
        What to type once that is settled.
    """

    rule: str
    reason: str
    command: str
