"""A container as vzmigrate and vzmdest see it: its files on one node, its lock, and vzctl for it."""

import contextlib
import os
import shutil
import time

from vzsim import codes
from vzsim.files import read_text
from vzsim.fleet.seven import failures
from vzsim.fleet.seven.failures import MoveFailed
from vzsim.node import faults
from vzsim.ploop import images
from vzsim.seven import ids, locks
from vzsim.seven.commands import status
from vzsim.seven.commands.areas import layout, register
from vzsim.seven.commands.power import mounting
from vzsim.seven.grammar import conf, macs, netif
from vzsim.seven.run import Run

MIGRATED = ".migrated"
VZCTL = ("vzctl", "--skiplock", "--skipowner", "--ignore-ha-cluster")
COPYING = "vzmigrate_ssh_pid"  # file in an area that tar fills: the process id of tar


class Container:
    """``Container(node, calls, "101")``; ``area`` and ``root`` are real places, by the conf or as they are given."""

    def __init__(self, node, calls, ctid, area=None, root=None):
        self.node = node
        self.calls = calls
        self.ctid = ctid
        self.held = contextlib.ExitStack()
        self.is_locked = False
        self.run = Run(node)
        self.run.ctid, self.run.quiet = ctid, True
        self.run.load_conf()
        self.area = node.path(conf.expand(area, ctid)) if area else self.run.area
        self.root = node.path(conf.expand(root, ctid)) if root else self.run.root

    # what there is

    @property
    def values(self):
        return self.run.values

    @property
    def conf_path(self):
        """``DIR/etc/vz/conf/101.conf``"""
        return self.node.conf_path(self.ctid)

    @property
    def own_conf(self):
        """The conf in the private area."""
        return f"{self.area}/ve.conf"

    @property
    def shown_area(self):
        return self.node.strip(self.area)

    def load(self):
        self.run.load_conf()

    def exists(self):
        return status.exists(self.run)

    def is_running(self):
        return self.node.is_running(self.ctid)

    def is_mounted(self):
        return self.node.is_mounted(self.ctid)

    def is_suspended(self):
        return os.path.lexists(f"{self.area}/{status.DUMP}")

    def layout(self):
        return layout.number(self.area)

    def disks(self):
        """The real places of its images; those in the private area."""
        found = [disk["image"] for disk in mounting.disks(self.run)]
        return [image for image in found if image.startswith(f"{self.area}/")]

    def contents(self):
        """What changes while it runs, from the area: ``["root.hdd/files"]``"""
        return [os.path.relpath(images.content(image), self.area) for image in self.disks()]

    def size_kib(self):
        """KiB that its images take."""
        return sum(images.used(image) for image in self.disks())

    # the lock

    def lock(self):
        """Take the lock of vzctl, or fail with 3."""
        self.run.values = {**self.values, "VE_PRIVATE": self.area}
        try:
            self.held.enter_context(locks.held(self.run))
        except codes.Failed as failure:
            reason = failure.message or "CT locked"
            raise MoveFailed(failures.LOCK, f"can't lock CT {self.ctid} : {reason}") from None
        finally:
            self.run.load_conf()
        self.is_locked = True

    def unlock(self):
        self.held.close()
        self.is_locked = False

    # vzctl

    def vzctl(self, step, command, *options, quiet=False):
        """Run a command of vzctl for it; the exit status."""
        words = [*VZCTL[:1], *(["--quiet"] if quiet else []), *VZCTL[1:], command, self.ctid, *options]
        return self.calls.run(step, words, quiet=quiet).rc

    def umount(self, step="umount"):
        if self.is_mounted():
            failures.require(self.vzctl(step, "umount"), "vzctl")

    def destroy(self, step="destroy"):
        """Stop or unmount it, and destroy it; what vzctl answers is looked at by nobody."""
        if self.is_running() and self.vzctl(f"{step}-stop", "stop"):
            return
        if self.is_mounted() and self.vzctl(f"{step}-umount", "umount"):
            return
        self.vzctl(step, "destroy", quiet=True)

    # files

    def change_conf(self, changes):
        """Change keys in the file in /etc/vz/conf, which a move has put there."""
        conf.save(self.conf_path, changes)

    def register(self, name, uuid=None):
        """The conf in /etc/vz/conf takes the place of the one in the area; pairs get their usual names."""
        if not os.path.islink(self.conf_path):
            os.replace(self.conf_path, self.own_conf)
        run = Run(self.node)
        run.quiet = True
        register.register(
            run, self.area, self.ctid, uuid, {"force": None, "renew": None, **({"name": name} if name else {})}
        )
        self.load()
        devices = netif.read(self.values.get("NETIF", ""), self.node.is_old)
        if devices:
            fresh = [{**device, "host_ifname": macs.host_ifname(device["mac"])} for device in devices]
            conf.save(self.conf_path, {"NETIF": netif.written(fresh, self.node.is_old)})
            self.load()

    def text_of(self, path):
        """``DIR/vz/private/101`` -> ``DIR/vz/private/$VEID``, as the conf has it."""
        parent, _, name = path.rstrip("/").rpartition("/")
        return f"{parent}/$VEID" if name == self.ctid else path


def remove(path):
    """Move a folder aside and delete it; a tar that still writes there comes first."""
    await_tar(path)
    if os.path.isdir(path):
        aside = f"{path}.{os.getpid() % 10**6:06}"
        os.rename(path, aside)
        shutil.rmtree(aside, ignore_errors=True)


def await_tar(area):
    """Wait for the tar that fills an area, if there is one."""
    try:
        pid = int(read_text(f"{area}/{COPYING}"))
    except (OSError, ValueError):
        return
    while not faults.is_gone(pid):
        time.sleep(locks.PAUSE)


def users_of(node, folder, but):
    """The CT ID of another container whose area or mount point is in, above or the same as a folder; else ``None``."""
    for name in sorted(os.listdir(node.conf_dir)):
        ctid = name.removesuffix(".conf")
        if not name.endswith(".conf") or ctid == but or ids.read_ctid(ctid) is None:
            continue
        with contextlib.suppress(OSError):
            values = conf.read_values(read_text(f"{node.conf_dir}/{name}"))
            places = [node.path(conf.expand(values[key], ctid)) for key in ("VE_ROOT", "VE_PRIVATE") if key in values]
            if any(_overlap(folder, place) for place in places):
                return ctid
    return None


def _overlap(one, other):
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
