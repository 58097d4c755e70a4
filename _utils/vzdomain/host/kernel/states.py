"""
What runs, what is paused and what is mounted, from the kernel's own files, where a family's list is slow.

``/proc/vz/veinfo`` has a line for each container that has processes, paused ones too: vzlist reads what runs there
itself (read, not run). Whether one is paused says the freezer of its control group, and whether one is mounted
``/proc/mounts``. What these do not tell is asked of vzctl.
"""

import os
import re

from ...errors import CannotAskError
from .. import files
from . import addresses

_OCTAL = re.compile(r"\\([0-7]{3})")


class States:
    """
    Those of one node.

    proc_dir, cgroup_dir
        The kernel's ``/proc`` and ``/sys/fs/cgroup``.

    listing
        The family's `Listing`.
    """

    def __init__(self, proc_dir, cgroup_dir, listing):
        self._proc_dir, self._cgroup_dir, self._listing = proc_dir, cgroup_dir, listing

    def tell(self):
        """Whether the kernel tells what runs; otherwise vzlist has to be asked."""
        return self._listing.IN_KERNEL and os.path.exists(os.path.join(self._proc_dir, "vz", "veinfo"))

    def running(self):
        """CTID -> what `of` says, of all that have processes; ``None`` where the kernel does not tell."""
        found = addresses.running(self._proc_dir) if self._listing.IN_KERNEL else None
        return None if found is None else {ctid: self.of(ctid) for ctid in found}

    def is_running(self, ctid):
        """Whether a container has processes now, be they paused or not."""
        return ctid in (addresses.running(self._proc_dir) or ())

    def of(self, ctid):
        """Whether a container that has processes is ``running`` or ``paused``; ``None`` where nothing tells."""
        for path, frozen in self._listing.frozen(ctid):
            said = _text(os.path.join(self._cgroup_dir, path))
            if said is not None:
                return "paused" if said.strip() == frozen else "running"
        return None

    def values(self, ctid):
        """Field -> what the kernel has of a container that runs."""
        return self._listing.values(ctid, lambda path: _text(os.path.join(self._cgroup_dir, path)))

    def counted(self, uptimes):
        """What `Listing.counted` finds in the kernel's files; `uptimes` are those of what runs, by CTID."""
        return self._listing.counted(
            uptimes,
            lambda path: _text(os.path.join(self._proc_dir, path)),
            lambda path: _text(os.path.join(self._cgroup_dir, path)),
        )

    def mounts(self):
        """Mount point -> type of its file system; ``None`` where that is not known."""
        text = _text(os.path.join(self._proc_dir, "mounts"))
        if text is None:
            return None
        rows = (line.split(" ") for line in text.splitlines())
        return {_path(row[1]): row[2] for row in rows if len(row) > 2}


def holding(mounts, path):
    """The type of the file system that a path is on, ``None`` where that is not known."""
    while mounts:
        if path in mounts:
            return mounts[path]
        if path == os.path.dirname(path):
            break
        path = os.path.dirname(path)
    return None


def _path(text):
    """``/vz/root/my\\\\040area`` -> ``/vz/root/my area``"""
    return _OCTAL.sub(lambda found: chr(int(found.group(1), 8)), text) if "\\" in text else text


def _text(path):
    try:
        return files.text(path)
    except CannotAskError:
        return None
