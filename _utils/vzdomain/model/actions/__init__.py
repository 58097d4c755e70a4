"""
What can be done to a container: a closed set, and the only currency between planning and whoever does it.

An action holds values of the model, no word of vzctl and nothing for people: a flavour spells it as calls, and
`planning.changes` shows it. Each says what it disrupts, what it takes and gives that containers of a node cannot share,
and what the container is afterwards.
"""

from .base import DISRUPTIONS, Action, claims, worst
from .disks import AddDisk, ChangeDisk, RemoveDisk
from .existence import Clone, Create, Destroy, HoldBack, Mark, Register, Rename, Unregister
from .networks import AddVeth, Bridge, ChangeVeth, FilterVeth, PassThrough, RemoveVeth, Route
from .power import POWER, Pause, Restart, Resume, Start, Stop, Suspend, Unmount, Unpause
from .settings import Assign, SetPassword, Type, Wrote
from .snapshots import (
    DeleteSnapshot,
    MountSnapshot,
    PutMarkBack,
    PutNameBack,
    SwitchSnapshot,
    TakeSnapshot,
    UnmountSnapshot,
)

KINDS = {one.__name__: one for one in vars().copy().values() if isinstance(one, type) and issubclass(one, Action)}

__all__ = [
    "Action",
    "AddDisk",
    "AddVeth",
    "Assign",
    "Bridge",
    "ChangeDisk",
    "ChangeVeth",
    "Clone",
    "Create",
    "DISRUPTIONS",
    "DeleteSnapshot",
    "Destroy",
    "FilterVeth",
    "HoldBack",
    "KINDS",
    "Mark",
    "MountSnapshot",
    "POWER",
    "PassThrough",
    "Pause",
    "PutMarkBack",
    "PutNameBack",
    "Register",
    "RemoveDisk",
    "RemoveVeth",
    "Rename",
    "Restart",
    "Resume",
    "Route",
    "SetPassword",
    "Start",
    "Stop",
    "Suspend",
    "SwitchSnapshot",
    "TakeSnapshot",
    "Type",
    "Unmount",
    "UnmountSnapshot",
    "Unpause",
    "Unregister",
    "Wrote",
    "claims",
    "worst",
]
