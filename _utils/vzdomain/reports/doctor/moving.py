"""
Moves of containers to and from other nodes: those that nobody drives any more, and what is left of finished ones.
"""

import shlex
import time

from ...model import names
from ...model.ctid import Ctid
from .reading import finding

_SILENT = 600  # seconds after which a driver is missed: it looks every few seconds, and waits for minutes at most


def moves(reading):
    """Moves that are under way, and whose driver has not been heard of for long."""
    for one in reading.moves["moves"]:
        seen = (one.get("driver") or {}).get("seen")
        silence = time.time() - seen if isinstance(seen, (int, float)) else _SILENT
        if silence < _SILENT:
            continue
        where = one.get("path") or str(one["ctid"])
        way = f"from {one.get('source')} to {one.get('destination')}"
        what = (
            f"container {one['ctid']} is being moved {way}, {one['now']}, and nobody has driven that for "
            f"{silence / 60:.0f} minutes: nothing else is done to it"
        )
        yield finding("move", where, what, command(one), [Ctid(one["ctid"])])


def copies(reading):
    """Old copies of containers that were moved to other nodes."""
    for one in reading.moves["copies"]:
        until = f", to be kept until {one['until']}" if one["until"] else ""
        what = f"the old copy of {one['name']} is kept since its move to {one['to']} on {one['when']}{until}"
        remedy = f"salt-run openvz.remove_copies name={shlex.quote(one['name'])} removes it"
        yield finding("old_copy", one["paths"][-1], what, remedy, [Ctid(one["ctid"])])


CHECKS = (moves, copies)


def command(move):
    """What goes on with a move."""
    if not move.get("destination"):
        return f"look at both nodes, then remove {move.get('path')}"
    kind = "move" if move.get("kind") == "move" else "convert"
    return f"salt-run openvz.{kind} {names.typed(move.get('name'))} {move['destination']} goes on"
