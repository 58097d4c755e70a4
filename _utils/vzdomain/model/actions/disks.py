"""Further disks of a container."""

from dataclasses import dataclass, replace

from ..domain import Disk
from ..exclusive import storage
from .base import Action


@dataclass(frozen=True)
class AddDisk(Action):
    """A further disk; an image that is there is taken as it is."""

    new: Disk
    disruption: str = "none"

    def takes(self):
        return [("disks", path)] if (path := storage(self.new)) else ()

    def after(self, domain):
        return replace(domain, disks=(*(domain.disks or ()), self.new))


@dataclass(frozen=True)
class ChangeDisk(Action):
    """Another size or mount point, or switched on or off; `differing` is what the document says of it."""

    old: Disk
    new: Disk
    differing: tuple[str, ...] = ()
    disruption: str = "none"

    def after(self, domain):
        return replace(domain, disks=tuple(self.new if one == self.old else one for one in domain.disks or ()))


@dataclass(frozen=True)
class RemoveDisk(Action):
    """A further disk goes, and its image with all that is in it."""

    old: Disk
    disruption: str = "none"

    def gives(self):
        return [("disks", path)] if (path := storage(self.old)) else ()

    def after(self, domain):
        return replace(domain, disks=tuple(one for one in domain.disks or () if one != self.old))
