"""One plan for all nodes: from what they say to steps that are carried out in an order that works. Pure."""

from . import carrying, differences, made, matching, nodes, order, progress, sharing, told
from .carrying import Carrier
from .made import COUNTS, FleetPlan, as_data, plan
from .nodes import Node, answered, beside, silent
from .order import Step
from .progress import Progress

__all__ = [
    "COUNTS",
    "Carrier",
    "FleetPlan",
    "Node",
    "Progress",
    "Step",
    "answered",
    "as_data",
    "beside",
    "carrying",
    "differences",
    "made",
    "matching",
    "nodes",
    "order",
    "plan",
    "progress",
    "sharing",
    "silent",
    "told",
]
