"""Starting, stopping, and what is between."""

from dataclasses import dataclass

from .base import Action


@dataclass(frozen=True)
class Start(Action):
    old: str  # the status before
    reaches = "running"


@dataclass(frozen=True)
class Resume(Action):
    """Running again from its dump."""

    old: str
    reaches = "running"


@dataclass(frozen=True)
class Restart(Action):
    old: str = "running"
    reaches = "running"
    disruption = "restart"


@dataclass(frozen=True)
class Stop(Action):
    old: str
    fast: bool = False  # killed, and not asked to halt
    is_last: bool = False  # it is deleted then
    reaches = "stopped"
    disruption = "restart"


@dataclass(frozen=True)
class Suspend(Action):
    """Frozen into a dump file."""

    old: str
    reaches = "suspended"
    disruption = "restart"


@dataclass(frozen=True)
class Pause(Action):
    """Frozen in memory: its processes stand still until it goes on."""

    old: str
    reaches = "paused"
    disruption = "restart"


@dataclass(frozen=True)
class Unpause(Action):
    """Going on where it was paused."""

    old: str = "paused"
    reaches = "running"


@dataclass(frozen=True)
class Unmount(Action):
    """Before it is deleted."""

    old: str = "mounted"
    reaches = "stopped"


POWER = (Start, Resume, Restart, Stop, Suspend, Pause, Unpause)
