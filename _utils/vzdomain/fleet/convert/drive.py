"""
Drive one conversion to its end, or to where a person must decide: as a move is driven, with other steps.
"""

import dataclasses

from ...model import names
from ..moving import drive
from ..moving.values import UP, Move
from . import judge

KIND = "convert"


@dataclasses.dataclass(frozen=True)
class Conversion(Move):
    """One container's way from a node of vzctl 4 to one of vzctl 7."""

    pillar_key: str | None = None  # of the document, in the pillar of the destination

    @classmethod
    def of(cls, move, pillar_key=None):
        """The same way as that of a `Move`."""
        named = {one.name: getattr(move, one.name) for one in dataclasses.fields(Move)}
        return cls(**named, pillar_key=pillar_key and str(pillar_key))

    @property
    def data(self):
        """What the nodes are told."""
        return {**super().data, "kind": KIND}

    @property
    def command(self):
        """What a person types to go on with it."""
        key = f" pillar_key={self.pillar_key}" if self.pillar_key else ""
        return f"salt-run openvz.convert {names.typed(self.name)} {self.destination}{key}{self.options}"


class Driver(drive.Driver):
    """
    Drives a `Conversion`; see `moving.drive.Driver`.

    decided
        What a person has decided, of `judge.DECISIONS`.
    """

    kind = KIND

    def __init__(self, means, request, take_over=False, decided=None):
        super().__init__(means, request, take_over)
        self.decided = decided

    def _judged(self, a, b):
        return judge.next_step(self.move, a, b, frozenset(self.done), self.decided)

    def _checked(self):
        a, b = self.request.source, self.request.destination
        facts = self._check(a, "check_source", "checks the container")["facts"]
        self._name(facts)
        key = {"pillar_key": self.move.pillar_key} if self.move.pillar_key else {}
        found = self._check(b, "check_destination", "checks the document, and that it would fit", facts=facts, **key)
        if not self.problems:
            to = found["facts"].get("ssh_host") or b
            self._check(a, "check_program", "asks whether it may copy files there", to=to)

    def _arguments(self, step):
        found = super()._arguments(step)
        if step.step.startswith("copy_"):
            found["to"] = (self.seen.get(self.move.destination) or {}).get("ssh_host")
        return found

    def _outcome(self, result, reason="", rule="", command=""):
        """An outage that goes on is said, and how it is ended without the new container."""
        a, b = (self.seen.get(node) or {} for node in (self.move.source, self.move.destination))
        is_out = a.get("disabled") and (a.get("intent") or {}).get("status") in UP and b.get("status") not in UP
        if result == drive.STOPPED and is_out:
            said = f"{self.move.name} is down meanwhile; to have it on {self.move.source} again: {self.move.command}"
            self.warnings.append(f"{said} decide={judge.BACK}")
        return super()._outcome(result, reason, rule, command)

    def _ended(self, owner):
        if owner == self.move.destination:
            return super()._ended(owner)
        return self._outcome(drive.FAILED, "the conversion was given up", "given up", self.move.command)

    def _again(self):
        """One that was given up is not begun again by itself."""
        return self._ended(self.move.source)


def convert(means, request, is_test=False, take_over=False, decided=None):
    """
    Convert a container, or go on with it; as `moving.drive.move`.

    decided
        ``accept`` or ``back``, where an earlier run has asked for a decision.
    """
    return Driver(means, request, take_over, decided).run(is_test)
