"""OpenVZ 7 and Virtuozzo Hybrid Server 7 to 9: vzctl 7.0.180 to 9."""

import re

from ... import errors
from ..flavour import Flavour
from . import ctconf, kinds, listing, moving, netif, parameters, places, snapshots, spelling, typed, validity

__all__ = [
    "SEVEN",
    "ctconf",
    "kinds",
    "listing",
    "moving",
    "netif",
    "parameters",
    "places",
    "snapshots",
    "spelling",
    "typed",
    "validity",
]

SEVEN = Flavour(
    name="Virtuozzo 7 to 9",
    family="7 to 9",
    releases="7.0.180 to 9",
    # 7.0.180 is the first whose vzlist prints JSON (read, not run).
    pattern=re.compile(r"^vzctl v\.(7\.0\.(?:1[89][0-9]|[2-9][0-9]{2}|[0-9]{4})\S*|(?:7\.[1-9]|[89]\.)\S*)"),
    exit_codes=dict.fromkeys((156, 158, 159, 160, 161), errors.SnapshotError)
    | {
        9: errors.LockedError,
        14: errors.AbsentError,
        20: errors.BadParameterError,
        21: errors.BadParameterError,
        31: errors.NotRunningError,
        32: errors.RunningError,
        41: errors.MountedError,
        43: errors.PrivateAreaMissingError,
        44: errors.PrivateAreaExistsError,
        46: errors.DiskFullError,
        48: errors.TemplateMissingError,
        105: errors.DisabledError,
        136: errors.DeviceError,
        137: errors.NameConflictError,
        211: errors.TemplateMissingError,
    },
    statuses=listing.STATUSES,
    parameters=parameters.PARAMETERS,
    create=typed.OPTIONS.create,
    set=typed.OPTIONS.known,
    spelling=spelling,
    reading=ctconf,
    listing=listing,
    places=places,
    pairs=netif,
    typed=typed.OPTIONS,
    moving=moving,
    snapshots=snapshots,
    destroys_mounted=True,
    keeps_destroyed=False,
    not_applied={  # recorded; with any other code nobody knows
        3: ("hostdevs",),
        50: (),  # a directory that cannot be mounted is not saved
        67: ("quotaugidlimit",),
        136: (),  # nor is a network device
        146: ("cpumask", "nodemask"),
        154: (),  # nor a size
        255: ("memory", "swap", "physpages", "swappages"),
    },
    chatter=re.compile("WARNING: Use of swap significantly slows down|Unable to find suitable getty"),
    waits=60,  # read, not run
    locale="C.UTF-8",
)
