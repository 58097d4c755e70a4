"""What people and the master are told of a node and of a fleet."""

from . import (
    doctor,
    drift,
    dump,
    explain,
    history,
    inventory,
    lint,
    memory,
    mine,
    returns,
    selection,
    states,
    survey,
    telling,
    usage,
)

__all__ = [
    "doctor",
    "drift",
    "dump",
    "explain",
    "history",
    "inventory",
    "lint",
    "memory",
    "mine",
    "returns",
    "selection",
    "states",
    "survey",
    "telling",
    "usage",
]
