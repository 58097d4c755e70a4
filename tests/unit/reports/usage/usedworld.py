"""What vzlist says of use: objects as those of recorded runs of vzlist 4.11 and 9.0.1, with few numbers changed."""

import json

from vzdomain.flavours import LEGACY, SEVEN
from vzdomain.model.units import UNLIMITED

COUNTERS = {
    LEGACY.family: LEGACY.listing.USAGE_WORDS[-1].split(",")[6:],
    SEVEN.family: SEVEN.listing.USAGE_WORDS[-1].split(",")[6:],
}
PARTS = ("held", "maxheld", "barrier", "limit", "failcnt")


def counter(*numbers):
    return dict(zip(PARTS, numbers, strict=True))


def space(usage, soft, hard):
    return {"usage": usage, "softlimit": soft, "hardlimit": hard}


def four(ctid, status="running", **values):
    """As recorded of container 601: swap and memory have limits, and there is no disk quota."""
    counters = {name: counter(0, 0, UNLIMITED, UNLIMITED, 0) for name in COUNTERS[LEGACY.family]}
    counters |= {
        "physpages": counter(243, 811, 0, 131072, 0),
        "swappages": counter(0, 0, 0, 65536, 0),
        "numproc": counter(4, 4, UNLIMITED, UNLIMITED, 0),
    }
    runs = status == "running"
    return {
        "ctid": ctid,
        "status": status,
        "uptime": 4.32 if runs else 0.0,
        "laverage": [0.0, 0.5, 0.25] if runs else None,
        "diskspace": space(0, 10485760, 11534336),
        "diskinodes": space(0, 200000, 220000),
        **counters,
        **values,
    }


def seven(ctid, status="running", **values):
    """As recorded: swappages are never filled, and the file system of the image is seen of a stopped one too."""
    runs = status == "running"
    none = UNLIMITED if runs else 0
    counters = {name: counter(0, 0, none, none, 0) for name in COUNTERS[SEVEN.family]}
    counters |= {"swappages": counter(0, 0, 0, 0, 0)}
    if runs:
        counters |= {"physpages": counter(1586, 2178, 131072, 131072, 0), "numproc": counter(2, 2, 200, 200, 0)}
    return {
        "ctid": ctid,
        "status": status,
        "uptime": 123.45 if runs else 0.0,
        "laverage": [0.05, 0.1, 0.15] if runs else None,
        "diskspace": space(102400, 10420224, 10420224),
        "diskinodes": space(1000, 655360, 655360),
        **counters,
        **values,
    }


def text(*objects):
    return json.dumps(list(objects), indent=2)
