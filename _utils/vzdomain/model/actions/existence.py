"""That there is a container, whose it is, and what it is called."""

from dataclasses import dataclass, replace

from ..ctid import Ctid
from ..domain import Domain
from ..exclusive import host, inside, storage
from .base import Action


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
class Clone(Action):
    """
    A copy of another container, its files and its settings: it is stopped, and has UUID and MACs of its own.

    Until it has its own addresses it has those of the other one, and must not be started.
    """

    name: str  # NAME that it gets, or the CTID
    source: str  # the CTID of the other one
    called: str  # and what people call that
    area: str | None = None  # its private area, where the document says one

    reaches = "stopped"


@dataclass(frozen=True)
class HoldBack(Action):
    """A clone that has the addresses of its source starts neither with the node nor when people want it."""

    called: str  # what people call the source
    onboot: bool | str | None = None  # what it had
    disabled: bool = False

    def after(self, domain):
        return replace(domain, onboot=False, disabled=True)


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
