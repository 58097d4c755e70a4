"""From what is wanted and what is there to what must be done. Pure: nothing is read and nothing is run."""

from . import exclusives, overlay, plan, planner, power, preconditions, protection, steps, update, veth

__all__ = [
    "exclusives",
    "overlay",
    "plan",
    "planner",
    "power",
    "preconditions",
    "protection",
    "steps",
    "update",
    "veth",
]
