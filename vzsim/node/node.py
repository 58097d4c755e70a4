"""
The node: a directory laid out like the file system of an OpenVZ host.

Paths (vz.conf, confs, names, locks, dumps) follow ``ctid.conf(5)`` and ``vz.conf(5)``. What a
kernel would know (running containers, mounts) is in proc/vz.
"""

import os

from vzsim.files import read_text
from vzsim.grammar import conf
from vzsim.grammar.values import is_number
from vzsim.node.places import Places


def expand_ctid(text, ctid):
    """``/vz/private/$VEID`` -> ``/vz/private/101``; only the first occurrence, and without trailing slashes."""
    mark = "$VEID" if "$VEID" in text else "${VEID}"
    return text.rstrip("/").replace(mark, str(ctid), 1)


class Node(Places):
    """
    One simulated node.

    ``Node("/srv/n1").path("/vz/private/101")`` -> ``/srv/n1/vz/private/101``
    """

    def __init__(self, directory, uid=None):
        super().__init__(directory, uid)
        self.conf_dir = self.path("/etc/vz/conf")
        self.names_dir = self.path("/etc/vz/names")
        self.vz_conf_path = self.path("/etc/vz/vz.conf")
        self.vznet_conf_path = self.path("/etc/vz/vznet.conf")
        self.sys_class_net = self.path("/sys/class/net")
        self.vz_conf_messages = []  # messages of reading vz.conf
        self._vz_conf = None

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

    def running_ctids(self):
        try:
            entries = os.listdir(self.path("/proc/vz/ct"))
        except FileNotFoundError:
            return []
        stems = [entry.removesuffix(".json") for entry in entries if entry.endswith(".json")]
        return sorted(int(stem) for stem in stems if is_number(stem))

    def publish(self):
        if self.kernel.get("openvz_kernel"):
            from vzsim.node import kernelfiles

            kernelfiles.write(self)

    def is_suspended(self, ctid):
        return os.path.exists(self.dump_path(ctid))
