"""From what is wanted and what is there to what must be done. Pure: nothing is read and nothing is run."""

from . import (
    changes,
    context,
    exclusives,
    match,
    plan,
    planner,
    power,
    preconditions,
    protection,
    snapshots,
    typed,
    update,
    veth,
    view,
)

__all__ = [
    "changes",
    "context",
    "exclusives",
    "match",
    "plan",
    "planner",
    "power",
    "preconditions",
    "protection",
    "snapshots",
    "typed",
    "update",
    "veth",
    "view",
]
