"""Snapshots: what a container was, kept beside it, and brought back."""

from dataclasses import dataclass, replace

from ..domain import Domain
from ..exclusive import beyond, ends, host
from .base import Action


@dataclass(frozen=True)
class TakeSnapshot(Action):
    """Files and configuration as they are now; with `memory` also what a running container has in memory."""

    id: str  # without braces
    name: str = ""
    description: str = ""
    memory: bool = False
    is_own: bool = False  # taken by a run itself, before a change: pruned by the same runs

    disruption = "live"


@dataclass(frozen=True)
class DeleteSnapshot(Action):
    """One goes; those that stand on it stand on its parent then."""

    id: str
    name: str = ""


@dataclass(frozen=True)
class SwitchSnapshot(Action):
    """
    Files and configuration as they were then; those of now are lost.

    `was` and `then` are the domain before and after; `given_name` is the NAME that the container keeps, empty for none,
    and `mark` and `uuid` are what its file keeps of comments, empty for none.
    """

    id: str
    name: str = ""
    old: str = "stopped"  # the status before
    status: str = "stopped"  # the one afterwards
    was: Domain | None = None
    then: Domain | None = None
    given_name: str | None = None  # None: vzctl keeps it
    mark: str | None = None  # None: it is the same then
    uuid: str | None = None
    was_current: bool = False  # it stood on it before: then nothing tells whether it was done
    resume: bool = True
    keeps_settings: bool = False

    disruption = "restart"

    def takes(self):
        return _claims(self.then, self.was)

    def gives(self):
        return _claims(self.was, self.then)

    def after(self, domain):
        return self.then or domain


@dataclass(frozen=True)
class PutMarkBack(Action):
    """Comments of a file that a switch has brought back: ``None`` leaves one, an empty one goes. Next comes `name`."""

    mark: str | None = None
    uuid: str | None = None
    name: str | None = None

    def after(self, domain):
        return replace(domain, uuid=self.uuid or None) if self.uuid is not None else domain


@dataclass(frozen=True)
class PutNameBack(Action):
    """The NAME that a switch has brought back becomes the one of before; empty: it had none."""

    old: str
    new: str

    def after(self, domain):
        return replace(domain, name=self.new or domain.name)


@dataclass(frozen=True)
class MountSnapshot(Action):
    """The files of a snapshot, to be read below a directory of the node."""

    id: str
    target: str
    name: str = ""


@dataclass(frozen=True)
class UnmountSnapshot(Action):
    id: str
    target: str | None = None
    name: str = ""


def _claims(one, other):
    """What containers cannot share that the one domain has and the other has not."""
    if one is None:
        return
    has = [getattr(other, name) if other else () for name in ("addresses", "hostdevs", "interfaces")]
    addresses, hostdevs, pairs = (found or () for found in has)
    yield from beyond("addresses", map(host, one.addresses or ()), map(host, addresses))
    yield from beyond("hostdevs", one.hostdevs or (), hostdevs)
    known = {pair.guest: pair for pair in pairs}
    for pair in one.interfaces or ():
        yield from ends(pair, known.get(pair.guest))
