"""
What must be done to the further disks of a container: actions. Pure.
"""

import posixpath
import uuid
from dataclasses import replace

from ..errors import RefusedError
from ..model.actions import AddDisk, ChangeDisk, RemoveDisk
from ..model.kinds.disks import disk_name

_CHANGEABLE = ("size", "mount", "enabled")
_NAMESPACE = uuid.UUID("7f0d5f0e-5a53-4c62-9d0a-7a2c3f2d6b10")  # of the UUIDs that are derived here


class Disks:
    """
    The disks of a document over those of a container.

    One is known by its UUID, else by its image or device, else by its mount point.
    """

    def __init__(self, desired, live, context):
        self.desired, self.live, self.context = desired, live, context

    def actions(self):
        """RefusedError for what vzctl has no way to do."""
        if self.desired.disks is None:
            return []
        free, found = list(self.live.domain.disks or ()), []
        partners = [self._partner(disk, free) for disk in self.desired.disks]
        gone = [RemoveDisk(one, self._disruption("live")) for one in free]
        for disk, partner in zip(self.desired.disks, partners, strict=True):
            found += self._change(disk, partner) if partner else [self._add(disk)]
        if (gone or found) and "disks" in self.context.unwritable:
            raise self.context.unwritable["disks"]
        return [*gone, *found]  # first, since a mount point may be taken over

    def _disruption(self, disruption):
        return disruption if self.live.running else "none"

    def _partner(self, disk, free):
        """The disk of the container that the document means; it is not free any more."""
        for name in ("uuid", "image", "device", "mount"):
            said = self._said(name, disk)
            one = next((one for one in free if said and said == self._said(name, one)), None)
            if one:
                free.remove(one)
                return one
        return None

    def _said(self, name, disk):
        """What a disk has of a name; an image is a path, which is short below the private area."""
        value, area = getattr(disk, name), getattr(self.live, "private", None)
        return posixpath.join(area, value) if name == "image" and value and area else value

    def _add(self, disk):
        if not (disk.image or disk.device or disk.mount or disk.uuid):
            raise RefusedError(
                f"a new disk of container {self.live.ctid} cannot be identified: give it a <source file=>, an "
                f"<openvz:mount> or a <serial>"
            )
        if disk.size is None and not disk.device and not disk.image:
            raise RefusedError(f"disk {disk_name(disk)} of container {self.live.ctid} needs an <openvz:size>")
        return AddDisk(replace(disk, uuid=disk.uuid or self._uuid(disk)), self._disruption("live"))

    def _change(self, disk, old):
        differing = [name for name in _CHANGEABLE if self._differs(name, disk, old)]
        if disk.uuid and disk.uuid != old.uuid:
            raise RefusedError(
                f"disk {disk_name(old)} of container {self.live.ctid} has the UUID {old.uuid}, the document says "
                f"{disk.uuid}: vzctl cannot change it; write the container's in <serial>, or leave it out"
            )
        for name in ("image", "device"):
            if getattr(disk, name) and self._said(name, disk) != self._said(name, old):
                raise RefusedError(
                    f"disk {disk_name(old)} of container {self.live.ctid} has {name} "
                    f"{getattr(old, name) or 'none'}, the document says {getattr(disk, name)}: vzctl would leave the "
                    f"data where it is; move the disk by hand"
                )
        if not differing:
            return []
        new = replace(old, **{name: getattr(disk, name) for name in differing})
        return [ChangeDisk(old, new, tuple(differing), self._disruption("live"))]

    def _differs(self, name, disk, old):
        new, has = getattr(disk, name), getattr(old, name)
        return new is not None and new != (True if name == "enabled" and has is None else has)

    def _uuid(self, disk):
        """The same in each plan, so that a run that was cut off finds its own disk again."""
        owner = self.desired.uuid or self.live.domain.uuid or f"{self.context.node_id} {self.live.ctid}"
        return str(uuid.uuid5(_NAMESPACE, f"{owner} {disk.image or disk.device or disk.mount}"))
