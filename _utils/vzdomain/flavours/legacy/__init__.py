"""OpenVZ legacy: vzctl 4.x."""

import re

from ... import errors
from ..flavour import Flavour
from . import ctconf, listing, moving, netif, parameters, places, snapshots, spelling, typed

__all__ = ["LEGACY", "ctconf", "listing", "moving", "netif", "parameters", "places", "snapshots", "spelling", "typed"]

LEGACY = Flavour(
    name="OpenVZ legacy",
    family="4.x",
    pattern=re.compile(r"^vzctl version (4\.\S+)"),
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
        91: errors.TemplateMissingError,
        104: errors.DeviceError,
        105: errors.DisabledError,
        130: errors.DeviceError,
        131: errors.NameConflictError,
        139: errors.NotSavedError,
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
)
