"""Addresses, veth pairs, and what the node passes through."""

from dataclasses import dataclass, replace

from ..domain import Interface
from ..exclusive import beyond, ends, host
from .base import Action


@dataclass(frozen=True)
class Route(Action):
    """The routed addresses; `unsaved` are those that the kernel has already, and no file says."""

    old: tuple[str, ...] | None  # None: there was no container yet
    new: tuple[str, ...]
    unsaved: tuple[str, ...] = ()
    disruption: str = "none"

    @property
    def added(self):
        return tuple(one for one in self.new if one not in (self.old or ()))

    @property
    def removed(self):
        """One that stays with another prefix is not among them: vzctl replaces it."""
        kept = {host(one) for one in self.new}
        return tuple(one for one in self.old or () if host(one) not in kept)

    def takes(self):
        return beyond("addresses", map(host, self.new), map(host, self.old or ()))

    def gives(self):
        return beyond("addresses", map(host, self.old or ()), map(host, self.new))

    def after(self, domain):
        return replace(domain, addresses=self.new)


@dataclass(frozen=True)
class PassThrough(Action):
    """
    What the node gives a container: devices, network (`hostdevs`) or PCI ones (`pci`), that it has to itself, or
    directories (`bindmounts`).
    """

    field: str
    old: tuple[str, ...] | None  # None: there was no container yet
    new: tuple[str, ...]
    disruption: str = "none"

    @property
    def added(self):
        return tuple(one for one in self.new if one not in (self.old or ()))

    @property
    def removed(self):
        return tuple(one for one in self.old or () if one not in self.new)

    def takes(self):
        return beyond("hostdevs", self.new, self.old or ()) if self.field == "hostdevs" else ()

    def gives(self):
        return beyond("hostdevs", self.old or (), self.new) if self.field == "hostdevs" else ()

    def after(self, domain):
        return replace(domain, **{self.field: self.new})


@dataclass(frozen=True)
class AddVeth(Action):
    """
    A veth pair; `old` is the one that was taken away for it.

    `device` is the node's end, be it named by the flavour.
    """

    new: Interface
    device: str
    old: Interface | None = None
    is_running: bool = False  # it has to be seen in its bridge afterwards
    disruption: str = "none"

    def takes(self):
        new = self.new if self.old or self.new.target else replace(self.new, target=self.device)
        return ends(new, self.old)

    def gives(self):
        return ends(self.old, self.new)


@dataclass(frozen=True)
class ChangeVeth(Action):
    """Other attributes of a veth pair that stays; `differing` are those that the document says."""

    old: Interface
    new: Interface
    differing: tuple[str, ...] = ()
    disruption: str = "none"

    def takes(self):
        return ends(self.new, self.old)

    def gives(self):
        return ends(self.old, self.new)


@dataclass(frozen=True)
class RemoveVeth(Action):
    """A veth pair goes; where it comes back otherwise, `AddVeth` tells what it gives up."""

    old: Interface
    comes_back: bool = False
    disruption: str = "none"

    def gives(self):
        return () if self.comes_back else ends(self.old, None)


@dataclass(frozen=True)
class FilterVeth(Action):
    """The MAC filter of a pair; `old` is ``None`` for a new one."""

    guest: str
    old: bool | None
    new: bool


@dataclass(frozen=True)
class Bridge(Action):
    """The node's end of a running container's pair is put into another bridge; `old` is ``None`` for none."""

    guest: str
    device: str
    old: str | None
    new: str

    disruption = "network"
