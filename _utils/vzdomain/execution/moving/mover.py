"""
The node's part of a move: one call for each step, which may come twice, be cut off, and go on where it was.
"""

import inspect

from ...errors import ArgumentError
from . import clearing, closing, destination, look, owning, sending, source
from .intents import DESTINATION, SOURCE, Move

CHECKS = ("check_source", "check_destination", "check_program")
STEPS = (*CHECKS, "intend", "send", "look", "own", "give_way", "clear", "clean", "close")


class Mover:
    """
    Moves of one node.

    reconciler
        A `Reconciler` of its own.

    programs
        The paths of vzmigrate and others that work for it, vzmigrate first.

    ssh_host
        By which the other nodes reach this one as root.
    """

    def __init__(self, reconciler, programs, ssh_host):
        self.reconciler, self.node, self.journal = reconciler, reconciler.node, reconciler.journal
        self.intents, self.programs, self.ssh_host = self.journal.moves, programs, ssh_host

    def step(self, step, move, **arguments):
        """
        Do one step of a move, and return what it found: see `look.seen`, and for checks `source` and `destination`.

        RefusedError where it must not be done, ArgumentError for a step that there is not.
        """
        if step not in STEPS:
            raise ArgumentError(f"{step} is no step of a move; there are {', '.join(STEPS)}")
        if step == "check_source":
            if not isinstance(move, dict) or not move.get("name"):
                raise ArgumentError("check_source needs a move with the name of a container")
            return _called(source.check, self, str(move["name"]), arguments)
        known = Move.of(move)
        if step == "look":
            return _called(Mover.look, self, known, arguments)
        with self.journal.hold(f"move-{known.ctid}"), self.reconciler.recovery.moving(known.ctid):
            return _called(_DOES[step], self, known, arguments)

    def look(self, move):
        """What the node has; the lease of the driver that asks is renewed."""
        intent = self.intents.get(move.ctid)
        if intent and not intent.damaged and intent.id == move.id and intent.is_driven_by(move):
            self.intents.heard_of(intent)
        return look.seen(self, move.ctid)

    def role_of(self, move):
        """Whether this node is the source or the destination; RefusedError for neither."""
        here = self.node.node_id
        if here not in (move.source, move.destination):
            raise ArgumentError(f"this is {here}, and the move goes from {move.source} to {move.destination}")
        return SOURCE if here == move.source else DESTINATION


def _called(does, mover, move, arguments):
    """What a step does; ArgumentError for arguments that it does not take, and for one that it lacks."""
    try:
        inspect.signature(does).bind(mover, move, **arguments)
    except TypeError:
        takes = ", ".join(list(inspect.signature(does).parameters)[2:]) or "no arguments"
        raise ArgumentError(f"this step takes {takes}, and not {', '.join(arguments) or 'none'}") from None
    return does(mover, move, **arguments)


_DOES = {
    "check_destination": destination.check,
    "check_program": sending.check,
    "intend": owning.intend,
    "send": sending.send,
    "own": owning.own,
    "give_way": owning.give_way,
    "clear": clearing.clear,
    "clean": clearing.clean,
    "close": closing.close,
}
