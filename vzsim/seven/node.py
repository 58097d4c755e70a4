"""
A node of vzctl 7 to 9: where configurations, areas, names, owners and locks are.

``/etc/vz/conf/CTID.conf`` is a link to ``AREA/ve.conf``, ``/etc/vz/names/NAME`` as well. A CT ID is a text: a number or
a UUID. What the kernel knows of running containers is in proc/vz, as for the first family.
"""

import os

from vzsim.files import read_json, read_text
from vzsim.node.places import Places
from vzsim.seven import kernel
from vzsim.seven.grammar import conf

MARK = "/proc/vz/node.json"
RELEASE = "9.0.1"
RELEASES = ("7.0.254", "9.0.1")
HOST_NAME = "node1.example.test"
CPUS = 2  # of the node
ROOT_IMAGE = "root.hdd"
LAYOUT = "5"  # what AREA/.ve.layout points to


class Node(Places):
    """One simulated node; ``Node("/srv/n1").conf_path("101")`` -> ``/srv/n1/etc/vz/conf/101.conf``."""

    def __init__(self, directory, uid=None):
        super().__init__(directory, uid)
        self.conf_dir = self.path("/etc/vz/conf")
        self.names_dir = self.path("/etc/vz/names")
        self.vz_conf_path = self.path("/etc/vz/vz.conf")
        self.sys_class_net = self.path("/sys/class/net")
        self._vz_conf = None
        self._mark = None

    @property
    def release(self):
        """Which vzctl it is: ``"9.0.1"``."""
        if self._mark is None:
            self._mark = read_json(self.path(MARK), {})
        return self._mark.get("release", RELEASE)

    @property
    def is_old(self):
        """Whether it is the 7.0 line, which differs in a few places."""
        return self.release.startswith("7.")

    @property
    def host_name(self):
        return self.kernel.get("hostname", HOST_NAME)

    # vz.conf

    @property
    def vz_conf(self):
        """vz.conf as ``{"LOCKDIR": "/vz/lock", ...}``; ``None`` if it cannot be read."""
        if self._vz_conf is None:
            try:
                self._vz_conf = conf.read_values(read_text(self.vz_conf_path))
            except OSError:
                return None
        return self._vz_conf

    def setting(self, key, default=""):
        """One value of vz.conf."""
        return (self.vz_conf or {}).get(key, default)

    # containers

    def conf_path(self, ctid):
        """``"101"`` -> ``DIR/etc/vz/conf/101.conf``: a link to ``AREA/ve.conf``, if all is well."""
        return f"{self.conf_dir}/{ctid}.conf"

    def sample_path(self, name):
        """``"basic"`` -> ``DIR/etc/vz/conf/ve-basic.conf-sample``"""
        return f"{self.conf_dir}/ve-{name}.conf-sample"

    @property
    def lock_dir(self):
        return self.path(self.setting("LOCKDIR", "/vz/lock"))

    def lock_path(self, ctid):
        return f"{self.lock_dir}/{ctid}.lck"

    def area_text(self, ctid, values):
        """VE_PRIVATE of the conf or of vz.conf, expanded, as a path of the node: ``/vz/private/101``; may be empty."""
        return self.strip(conf.expand(values.get("VE_PRIVATE", self.setting("VE_PRIVATE")), ctid))

    def root_text(self, ctid, values):
        """VE_ROOT in the same way."""
        return self.strip(conf.expand(values.get("VE_ROOT", self.setting("VE_ROOT")), ctid))

    def area(self, ctid, values):
        """The real place of the private area; the empty text if none is named."""
        return self.path(self.area_text(ctid, values))

    def root(self, ctid, values):
        """The real place of the mount point."""
        return self.path(self.root_text(ctid, values))

    @property
    def is_shared(self):
        """Whether the private areas are on a shared file system, where owners are looked at."""
        return bool(self.kernel.get("shared_fs"))

    def publish(self):
        from vzsim.seven import kernel

        kernel.publish(self)

    def set_mounted(self, ctid, private=None):
        """Record a mount of a private area, in proc/mounts too; ``None`` for an unmount."""
        super().set_mounted(ctid, private)
        kernel.publish_mount(self, ctid, None if private is None else self._root_of(ctid))

    def _root_of(self, ctid):
        try:
            values = conf.read_values(read_text(self.conf_path(ctid)))
        except OSError:
            values = {}
        return self.root(ctid, values)

    def is_paused(self, ctid):
        return bool((self.running(ctid) or {}).get("paused"))

    def running_ctids(self):
        """All running containers, as texts, sorted."""
        try:
            entries = os.listdir(self.path("/proc/vz/ct"))
        except FileNotFoundError:
            return []
        return sorted(entry.removesuffix(".json") for entry in entries if entry.endswith(".json"))


def image_path(area, image):
    """Where an image named in DISK is: relative to the area or absolute."""
    return image if image.startswith("/") else f"{area}/{image}"
