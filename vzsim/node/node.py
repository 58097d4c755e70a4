"""
The node: a directory laid out like the file system of an OpenVZ host.

Paths (vz.conf, confs, names, locks, dumps) follow ``ctid.conf(5)`` and ``vz.conf(5)``. What a
kernel would know (running containers, mounts) is in proc/vz.
"""

import os

from vzsim.files import exclusive, read_json, read_text, write_json
from vzsim.grammar import conf
from vzsim.grammar.values import is_number

# What the kernel of the node tells about itself when proc/vz/kernel.json is missing.
KERNEL = {"vswap": True}


def expand_ctid(text, ctid):
    """``/vz/private/$VEID`` -> ``/vz/private/101``; only the first occurrence, and without trailing slashes."""
    mark = "$VEID" if "$VEID" in text else "${VEID}"
    return text.rstrip("/").replace(mark, str(ctid), 1)


class Node:
    """
    One simulated node.

    ``Node("/srv/n1").path("/vz/private/101")`` -> ``/srv/n1/vz/private/101``
    """

    def __init__(self, directory, uid=None):
        self.directory = os.path.realpath(directory)
        self.uid = uid
        self.conf_dir = self.path("/etc/vz/conf")
        self.names_dir = self.path("/etc/vz/names")
        self.vz_conf_path = self.path("/etc/vz/vz.conf")
        self.vznet_conf_path = self.path("/etc/vz/vznet.conf")
        self.sys_class_net = self.path("/sys/class/net")
        self.vz_conf_messages = []  # messages of reading vz.conf
        self._vz_conf = None
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

    # vz.conf

    @property
    def vz_conf(self):
        """vz.conf as ``{"LOCKDIR": "/vz/lock", ...}``; ``None`` if it cannot be read."""
        if self._vz_conf is None:
            try:
                text = read_text(self.vz_conf_path)
            except OSError:
                return None
            self._vz_conf = conf.first_values(text)
            self.vz_conf_messages = conf.parse(text, self.vz_conf_path).messages
        return self._vz_conf

    def setting(self, key, default=""):
        """One value of vz.conf."""
        return (self.vz_conf or {}).get(key, default)

    @property
    def lock_dir(self):
        return self.path(self.setting("LOCKDIR", "/vz/lock"))

    @property
    def dump_dir(self):
        return self.path(self.setting("DUMPDIR", "/vz/dump"))

    @property
    def template_cache(self):
        return self.path(self.setting("TEMPLATE", "/vz/template")) + "/cache"

    # containers

    def conf_path(self, ctid):
        """``101`` -> ``DIR/etc/vz/conf/101.conf``"""
        return f"{self.conf_dir}/{ctid}.conf"

    def lock_path(self, ctid):
        return f"{self.lock_dir}/{ctid}.lck"

    def dump_path(self, ctid):
        return f"{self.dump_dir}/Dump.{ctid}"

    def private_text(self, ctid, values):
        """VE_PRIVATE as the conf (or vz.conf) says it, ``$VEID`` expanded, not yet a real path."""
        return expand_ctid(values.get("VE_PRIVATE", self.setting("VE_PRIVATE")), ctid)

    def root_text(self, ctid, values):
        return expand_ctid(values.get("VE_ROOT", self.setting("VE_ROOT")), ctid)

    def private(self, ctid, values):
        """The real place of the private area; ``values`` as of :attr:`vzsim.grammar.conf.Conf.values`."""
        return self.path(self.private_text(ctid, values))

    def root(self, ctid, values):
        """The real place of the mount point."""
        return self.path(self.root_text(ctid, values))

    # the kernel's side

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

    def running_ctids(self):
        try:
            entries = os.listdir(self.path("/proc/vz/ct"))
        except FileNotFoundError:
            return []
        stems = [entry.removesuffix(".json") for entry in entries if entry.endswith(".json")]
        return sorted(int(stem) for stem in stems if is_number(stem))

    def set_running(self, ctid, live):
        """Record the live values of a container; ``None`` if it has stopped."""
        if live is not None:
            write_json(self.running_path(ctid), live)
        elif self.is_running(ctid):
            os.unlink(self.running_path(ctid))
        if self.kernel.get("openvz_kernel"):
            from vzsim.node import kernelfiles

            kernelfiles.write(self)

    def is_suspended(self, ctid):
        return os.path.exists(self.dump_path(ctid))
