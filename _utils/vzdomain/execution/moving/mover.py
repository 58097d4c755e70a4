"""
The node's part of a move: one call for each step, which may come twice, be cut off, and go on where it was.
"""

import contextlib
import inspect

from ...errors import ArgumentError
from . import clearing, closing, destination, look, owning, sending, source
from .intents import DESTINATION, SOURCE, Move


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

    # Below: steps that only look, by the name of a container; those of a move; and those that go by its last look.
    NAMED, DOES, FENCED = {}, {}, ()

    def __init__(self, reconciler, programs, ssh_host):
        self.reconciler, self.node, self.journal = reconciler, reconciler.node, reconciler.journal
        self.intents, self.programs, self.ssh_host = self.journal.moves, programs, ssh_host

    def step(self, step, move, **arguments):
        """
        Do one step of a move, and return what it found: see `look.seen`, and for checks `source` and `destination`.

        RefusedError where it must not be done, ArgumentError for a step that there is not.
        """
        if step not in (*self.NAMED, *self.DOES):
            raise ArgumentError(f"{step} is no step of a move; there are {', '.join((*self.NAMED, *self.DOES))}")
        if not isinstance(move, dict) or not (move.get("name") or move.get("ctid")):
            raise ArgumentError("move must be a mapping with the name of a container")
        if step in self.NAMED:
            return _called(self.NAMED[step], self, move, arguments)
        known, turn = Move.of(move), arguments.pop("turn", None)
        with self.journal.hold(f"move-{known.ctid}"), self.reconciler.recovery.moving(known.ctid):
            if step in self.FENCED or (step == "close" and self.intents.get(known.ctid)):
                self.intents.require(known, turn)
            return _called(self.DOES[step], self, known, arguments)

    def look(self, move):
        """What the node has of the container that a move, or only a name, means; the turn of the move is counted up."""
        with contextlib.suppress(ArgumentError):
            self.intents.looked(Move.of(move))
        return look.of_name(self, move)

    def see(self, ctid):
        """What the node has, for a step that is just being done."""
        return look.seen(self, ctid, is_own=True)

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


Mover.NAMED = {
    "look": Mover.look,
    "check_source": source.check,
    "check_destination": destination.check,
    "check_program": sending.check,
}
Mover.DOES = {
    "intend": owning.intend,
    "send": sending.send,
    "own": owning.own,
    "give_way": owning.give_way,
    "clear": clearing.clear,
    "clean": clearing.clean,
    "close": closing.close,
}
Mover.FENCED = ("send", "own", "give_way", "clear")
