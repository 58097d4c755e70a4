"""
DISK and BINDMOUNT: what a container has mounted beside its own files, as vzctl 7 and later read it from its file.
"""

import re

from .. import names
from ..domain import BindMount, Disk
from ..units import show_kib
from .scalars import Kind, plain

ROOT_DISK = "00000000-0000-0000-0000-000000000000"  # its own files; an entry only once its size was changed
MOUNT_OPTIONS = ("nodev", "noexec", "nosuid", "ro")
_UUID = re.compile(r"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?")
_SIZE = re.compile("[0-9]{1,20}")


class Disks(Kind):
    """Disk images beside the root disk; the plan matches them, and the flavour writes them."""

    form = "disks"
    datatype = "disks"

    def read(self, text):
        """``"uuid={0e6f...},size=5242880,mnt=/data,image=data.hdd;..."`` -> disks; ValueError where it cannot."""
        found = (disk(entry) for entry in text.split(";") if entry)
        return tuple(one for one in found if one.uuid != ROOT_DISK)

    def show(self, value):
        return None if value is None else [shown_disk(one) for one in value]

    def same(self, new, old):
        return set(new) == set(old or ())


class BindMounts(Kind):
    """Directories of the node; their order tells nothing."""

    form = "mounts"
    datatype = "mounts"

    def read(self, text):
        """``"/srv:/mnt/x,nosuid /mnt/y "`` -> bind mounts; ValueError for what is not a path."""
        return tuple(map(bind_mount, text.split()))

    def parse(self, text):
        """One of them; ValueError with a sentence for the author."""
        try:
            found = bind_mount(text)
        except ValueError:
            raise ValueError(
                f"{text!r} is not a bind mount; write it like /srv/shop:/mnt/shop, with {', '.join(MOUNT_OPTIONS)} "
                "behind commas"
            ) from None
        for path in (found.source, found.target):
            if path is not None:
                names.place(path)
        if not found.target.strip("/"):
            raise ValueError("nothing can be mounted over the container's root")
        return found

    def parse_lenient(self, text):
        return bind_mount(text)

    def render_one(self, one):
        return shown_mount(one)

    def show(self, value):
        return None if value is None else [shown_mount(one) for one in value]

    def same(self, new, old):
        return set(new) == set(old or ())


def disk(entry):
    """One entry of DISK -> `Disk`; ValueError for one that vzctl cannot read."""
    said = {}
    for part in entry.split(","):
        name, equals, value = part.partition("=")
        if equals:
            said[name] = plain(value)
    uuid = _UUID.fullmatch(said.get("uuid", ""))
    size = said.get("size")
    if not uuid or not (size is None or _SIZE.fullmatch(size)) or said.get("enabled", "yes") not in ("yes", "no"):
        raise ValueError(entry)
    enabled = said.get("enabled")
    return Disk(
        image=said.get("image") or None,
        size=int(size or 0) or None,  # 0 for a block device
        mount=said.get("mnt") or None,
        uuid=uuid.group(1).lower(),
        enabled=None if enabled is None else enabled == "yes",
        device=said.get("device") or None,
    )


def bind_mount(word):
    """``"/srv:/mnt/x,nosuid"`` -> `BindMount`."""
    paths, *options = word.split(",")
    source, colon, target = paths.rpartition(":")
    if not target.startswith("/") or (colon and not source.startswith("/")) or set(options) - set(MOUNT_OPTIONS):
        raise ValueError(word)
    return BindMount(plain(source) or None, plain(target), tuple(sorted(options)))


def shown_disk(one):
    """A disk, for people: ``{"image": "data.hdd", "size": "5 GiB", "mount": "/data"}``."""
    values = {
        "image": one.image,
        "device": one.device,
        "size": None if one.size is None else show_kib(one.size),
        "mount": one.mount,
        "enabled": None if one.enabled is None else "yes" if one.enabled else "no",
    }
    return {name: value for name, value in values.items() if value is not None}


def shown_mount(one):
    """``"/srv:/mnt/x,nosuid"``: as vzctl writes it."""
    paths = f"{one.source}:{one.target}" if one.source else one.target
    return ",".join((paths, *one.options))


def disk_name(one):
    """What a disk is called to people: where it is mounted, else its image or device."""
    return one.mount or one.image or one.device or one.uuid
