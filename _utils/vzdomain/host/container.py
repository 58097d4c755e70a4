"""
A container as it is, and what of it no other container of the node may have.
"""

from dataclasses import dataclass

from ..model.ctid import Ctid, is_uuid
from ..model.domain import Domain
from ..model.exclusive import inside, storage

UP = ("running", "paused")  # the statuses of a container that the kernel has
UNUSABLE = "unusable"  # the status of one on which vzctl refuses to work


@dataclass(frozen=True)
class Container:
    """A container as it is: `domain` from its configuration file, the rest from the node."""

    ctid: Ctid
    status: str  # one of its flavour's, or UNUSABLE where vzctl refuses to say
    domain: Domain
    managed: bool  # its file has the mark of this very container on this node
    private: str  # path of its private area
    file: str  # path of its configuration file
    onboot: bool | str | None  # None: the file does not say
    disabled: bool
    layout: str  # "ploop" or "simfs"
    stop_timeout: int | None  # seconds
    mark: str | None = None  # whose mark the file has, where it is a copy: "101 on hn1"
    trouble: str | None = None  # why vzctl refuses to work on it, in a sentence

    @property
    def running(self):
        """Whether the kernel has it, be it paused."""
        return self.status in UP

    @property
    def unmanaged(self):
        """What is to be said of one that is not ``managed``, after its CTID."""
        copy = f" (its mark is that of {self.mark}: the file is a copy)" if self.mark else ""
        return f"is not managed by Salt{copy}"


@dataclass(frozen=True)
class Identity:
    """What no two containers of a node may share, as a configuration file says it."""

    uuid: str | None
    name: str | None
    addresses: tuple[str, ...]  # without prefix
    macs: tuple[str, ...]
    targets: tuple[str, ...]  # devices of the node that are ends of veth pairs
    hostdevs: tuple[str, ...]
    inside: tuple[str, ...]  # addresses of veth pairs, with the bridge or network: "10.2.0.1 in br0"
    disks: tuple[str, ...] = ()  # paths of the images and devices beside the root disk
    managed: bool = False  # the file has its own mark

    def claims(self):
        """``("uuid", "..."), ("addresses", "10.0.0.1"), ...``: all of it, one by one."""
        for kind, values in vars(self).items():
            if kind == "managed":
                continue
            yield from ((kind, value) for value in (values if isinstance(values, tuple) else (values,)) if value)


def identity(domain, ctid, pairs, name=None, managed=False, area=None):
    """
    The `Identity` that a domain has as container `ctid`, with the NAME that its file says.

    `pairs` is what its flavour says of veth pairs, `area` the path of its private area.
    """
    interfaces = domain.interfaces or ()
    return Identity(
        domain.uuid or (str(ctid) if is_uuid(str(ctid)) else None),
        name,
        tuple(address.partition("/")[0] for address in domain.addresses or ()),
        tuple(pair.mac for pair in interfaces if pair.mac),
        tuple(filter(None, (pairs.target(ctid, pair) for pair in interfaces))),
        domain.hostdevs or (),
        tuple(one for pair in interfaces for one in inside(pair)),
        tuple(filter(None, (storage(disk, area) for disk in domain.disks or ()))),
        managed,
    )
