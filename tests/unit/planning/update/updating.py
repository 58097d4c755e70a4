"""What the tests of updates share."""

from dataclasses import replace

from library import NODE
from vzdomain.planning import plan

CREATION = {  # field: what the container has, what the document says
    "template": ("debian-11", "debian-12"),
    "config": ("vswap-256m", "vswap-1g"),
    "layout": ("simfs", "ploop"),
    "private": ("/vz/private/209", "/srv/$VEID"),
    "local_uid": (0, 100000),
    "local_gid": (0, 100000),
}


def planned(desired, live, **given):
    return plan.make(desired, live, "209", replace(NODE, **given))


def outcome(desired, live, given=NODE):
    return plan.outcome(plan.make(desired, live, "209", given), live, given)
