"""
What a node of any family has: paths below its directory, and what its kernel knows of mounts and running containers.
"""

import os

from vzsim.files import exclusive, read_json, write_json

# What the kernel of the node tells about itself when proc/vz/kernel.json is missing.
KERNEL = {"vswap": True}

# Paths in vz.conf; absolute, so that readers of the file find the real places.
PLACES = ("LOCKDIR", "DUMPDIR", "LOGFILE", "ACTIONLOGDIR", "TEMPLATE", "VE_ROOT", "VE_PRIVATE")


def local_setting(line, directory):
    """``LOCKDIR=/vz/lock`` -> ``LOCKDIR="DIR/vz/lock"``"""
    key, _, value = line.partition("=")
    return f'{key}="{directory}{value}"' if key in PLACES else line


class Places:
    """
    One simulated node.

    ``Places("/srv/n1").path("/vz/private/101")`` -> ``/srv/n1/vz/private/101``
    """

    def __init__(self, directory, uid=None):
        self.directory = os.path.realpath(directory)
        self.uid = uid
        self._kernel = None

    @property
    def is_root(self):
        """Every user is root on their own simulated node, unless VZSIM_UID says otherwise."""
        return self.uid in (None, 0)

    def path(self, path):
        """The real place of a path of the node; paths already below the node and the empty path are unchanged."""
        if path == self.directory or path.startswith(self.directory + "/") or not path:
            return path
        return self.directory + ("" if path.startswith("/") else "/") + path

    def strip(self, path):
        """The opposite of :meth:`path`: ``/srv/n1/vz/root/101`` -> ``/vz/root/101``."""
        if path.startswith(self.directory + "/"):
            return path[len(self.directory) :]
        return path

    @property
    def kernel(self):
        """proc/vz/kernel.json: ``{"vswap": True, "kernel": {...}, "vzquota": {...}, ...}``"""
        if self._kernel is None:
            self._kernel = read_json(self.path("/proc/vz/kernel.json"), KERNEL)
        return self._kernel

    @property
    def mounts_path(self):
        return self.path("/proc/vz/mounts.json")

    def mounts(self):
        """The mounted containers: ``{"101": "/vz/private/101"}``"""
        return read_json(self.mounts_path, {})

    def is_mounted(self, ctid):
        return str(ctid) in self.mounts()

    def set_mounted(self, ctid, private=None):
        """Record a mount of a private area; ``None`` for an unmount."""
        with exclusive(self.mounts_path):
            mounts = self.mounts()
            mounts.pop(str(ctid), None)
            if private is not None:
                mounts[str(ctid)] = self.strip(private)
            write_json(self.mounts_path, mounts)

    def running_path(self, ctid):
        return self.path(f"/proc/vz/ct/{ctid}.json")

    def is_running(self, ctid):
        return os.path.exists(self.running_path(ctid))

    def running(self, ctid):
        """The live values of a running container, ``None`` if it does not run."""
        return read_json(self.running_path(ctid), None)

    def set_running(self, ctid, live):
        """Record the live values of a container; ``None`` if it has stopped."""
        if live is not None:
            write_json(self.running_path(ctid), live)
        elif self.is_running(ctid):
            os.unlink(self.running_path(ctid))
        self.publish()

    def publish(self):
        """Rewrite the files in which the kernel shows its running containers."""
