"""One plan for all nodes: from what they say to steps that are carried out in an order that works. Pure."""

from . import differences, made, matching, nodes, order, sharing
from .made import COUNTS, FleetPlan, as_data, plan
from .nodes import Node, answered, beside, silent
from .order import Step

__all__ = [
    "COUNTS",
    "FleetPlan",
    "Node",
    "Step",
    "answered",
    "as_data",
    "beside",
    "differences",
    "made",
    "matching",
    "nodes",
    "order",
    "plan",
    "sharing",
    "silent",
]
