"""
What can be done to a container: a closed set, and the only currency between planning and whoever does it.

An action holds values of the model, no word of vzctl and nothing for people: a flavour spells it as calls, and
`planning.changes` shows it. Each says what it disrupts, what it takes and gives that containers of a node cannot share,
and what the container is afterwards.
"""

from dataclasses import dataclass, replace

from .ctid import Ctid
from .domain import Disk, Domain, Interface
from .exclusive import beyond, ends, host, inside, storage
from .fields import BY_NAME

DISRUPTIONS = ("none", "live", "network", "restart")


class Action:
    """One thing that is done to one container."""

    disruption = "none"  # one of DISRUPTIONS
    waits = ()  # fields that are saved and wait for the container to be restarted
    reaches = None  # the status that it has then

    def takes(self):
        """What only one container can have: ``("addresses", "10.0.0.1")``, ``("macs", ...)``, ``("targets", ...)``."""
        return ()

    def gives(self):
        """The same of what it gives up."""
        return ()

    def after(self, domain):
        """The `Domain` that a container has then."""
        return domain


# existence, ownership, names


@dataclass(frozen=True)
class Create(Action):
    """A container is made; the assignments after it are its settings."""

    name: str  # NAME, or the CTID
    ctid: Ctid | None = None  # where the document says it beside a name
    config: str | None = None  # the sample configuration that the document says
    uuid: str | None = None  # where that is its CTID

    reaches = "stopped"

    def after(self, domain):
        return replace(domain, name=self.name, ctid=self.ctid, uuid=self.uuid or domain.uuid)


@dataclass(frozen=True)
class Destroy(Action):
    """A container and its files are deleted; `was` is what it had."""

    old: str  # its status
    was: Domain | None = None
    targets: tuple[str, ...] = ()  # the node's ends of its pairs

    def gives(self):
        if self.was:
            yield from (("addresses", host(one)) for one in self.was.addresses or ())
            yield from (("hostdevs", one) for one in self.was.hostdevs or ())
        yield from (("targets", one) for one in self.targets)
        if self.was:
            yield from (("macs", one.mac) for one in self.was.interfaces or () if one.mac)
            yield from (("inside", one) for pair in self.was.interfaces or () for one in inside(pair))
            yield from (("disks", path) for disk in self.was.disks or () if (path := storage(disk)))


@dataclass(frozen=True)
class Register(Action):
    """A private area that is there becomes a container of this node."""

    area: str  # its path
    name: str | None = None  # None: what its file says
    uuid: str | None = None  # the same

    def after(self, domain):
        changed = {name: getattr(self, name) for name in ("name", "uuid") if getattr(self, name) is not None}
        return replace(domain, **changed) if changed else domain


@dataclass(frozen=True)
class Unregister(Action):
    """A container is no longer one of this node; its files stay where they are."""

    old: str  # its status
    area: str  # the path of its private area, which is left
    was: Domain | None = None
    targets: tuple[str, ...] = ()  # the node's ends of its pairs

    def gives(self):
        return Destroy(self.old, self.was, self.targets).gives()


@dataclass(frozen=True)
class Mark(Action):
    """The comments of a configuration file that say whose the container is; vzctl keeps them and does not read them."""

    owner: str | None = None  # our mark; None leaves it as it is
    adopted: bool = False  # it takes a container over
    uuid: str | None = None  # None leaves it as it is
    old_uuid: str | None = None
    title: str | None = None  # None leaves it as it is
    old_title: str | None = None
    forgotten: tuple[str, ...] = ()  # "mark" and "uuid" that a sample brings along

    def after(self, domain):
        changed = {name: getattr(self, name) for name in ("uuid", "title") if getattr(self, name) is not None}
        return replace(domain, **changed) if changed else domain


@dataclass(frozen=True)
class Rename(Action):
    """Another NAME."""

    old: str | None  # None: it was known by its CTID alone
    new: str

    def after(self, domain):
        return replace(domain, name=self.new)


# settings


@dataclass(frozen=True)
class Assign(Action):
    """A field of the document; of a map the keys that differ."""

    field: str
    old: object
    new: object
    beside: tuple = ()  # (field, value) pairs that do not change, and that the flavour wants named with it
    disruption: str = "none"
    is_pending: bool = False  # saved, and in effect after a restart
    displaced: tuple = ()  # (field, value) pairs that vzctl takes away when it sets this one

    @property
    def waits(self):
        return (self.field,) if self.is_pending else ()

    def after(self, domain):
        kind = BY_NAME[self.field].kind
        changed = {name: None for name, _ in self.displaced}
        return replace(domain, **changed, **{self.field: kind.merged_over(self.new, getattr(domain, self.field))})


# networks


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


# disks


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


# power


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


# what people type


@dataclass(frozen=True)
class Type(Action):
    """Settings as an operator has typed them, in words of vzctl: what they do is known afterwards."""

    words: tuple[str, ...] = ()
    disruption: str = "none"


@dataclass(frozen=True)
class Wrote(Action):
    """What a typed call has done to a key of the configuration file."""

    key: str
    old: str
    new: str


@dataclass(frozen=True)
class SetPassword(Action):
    """The hash itself is in no action."""

    user: str


POWER = (Start, Resume, Restart, Stop, Suspend, Pause, Unpause)
KINDS = {one.__name__: one for one in vars().copy().values() if isinstance(one, type) and issubclass(one, Action)}


def claims(actions):
    """What these take and what they give, as two lists in their order."""
    taken = dict.fromkeys(claim for one in actions for claim in one.takes())
    given = dict.fromkeys(claim for one in actions for claim in one.gives())
    return list(taken), list(given)


def worst(actions):
    """The worst disruption of all."""
    return max((one.disruption for one in actions), key=DISRUPTIONS.index, default="none")
