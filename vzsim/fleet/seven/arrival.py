"""What vzmdest does on its node, one request after another: checks, conf, files, registration."""

import os
import shutil

from vzsim.files import read_text, write_text
from vzsim.fleet.seven import failures
from vzsim.fleet.seven.cleaning import Cleaning
from vzsim.fleet.seven.container import COPYING, MIGRATED, Container, await_tar, remove, users_of
from vzsim.fleet.seven.failures import MoveFailed
from vzsim.seven import ids
from vzsim.seven.commands.areas import layout
from vzsim.seven.node import LAYOUT

ALL_CLASSES = "/etc/vz/conf/networks_classes"


class Arrival:
    """The move of one container to this node; ``entry`` is ``SRC:DST[:AREA[:ROOT]]``."""

    def __init__(self, node, calls, entry):
        self.node = node
        self.calls = calls
        _, ctid, area, root = (*entry.split(":"), "", "", "")[:4]
        area = area or node.setting("VE_PRIVATE")
        self.container = Container(node, calls, ctid, area, root or node.setting("VE_ROOT"))
        self.cleaning = Cleaning()
        self.name = None
        self.is_kept = False  # there is something to copy over
        self.is_shared = False

    # checks

    def begin(self, request):
        """A container, or another's place, must not be here; an area without conf, or ``AREA.migrated``, is used."""
        it = self.container
        if it.exists():
            raise MoveFailed(failures.EXISTS, f"CT {it.ctid} already exists")
        self._forget_conf()
        self._check_layout(it.area)
        self.is_kept = os.path.lexists(it.area)
        self._use_migrated()
        if self._make_folder(it.root):
            self.cleaning.add(_rmdir, it.root)
        if self._make_folder(it.area) and not request["keep_dst"]:
            self.cleaning.add(remove, it.area)
        self.keeps = request["keep_dst"]

    def _forget_conf(self):
        """The link of a container whose area is gone."""
        if os.path.lexists(self.container.conf_path):
            os.unlink(self.container.conf_path)

    def _check_layout(self, area):
        known = layout.number(area)
        if known and str(known) != LAYOUT:
            text = f"Can't migrate: there is private area {self.node.strip(area)} with different layout {known}"
            raise MoveFailed(failures.SYSTEM, f"{text} on destionation")

    def _use_migrated(self):
        """What a move away has left: put in its place if nothing else is there, removed otherwise."""
        kept, area = f"{self.container.area}{MIGRATED}", self.container.area
        if not os.path.lexists(kept):
            return
        if os.path.lexists(area) or str(layout.number(kept)) != LAYOUT:
            remove(kept)
            return
        os.rename(kept, area)
        self.cleaning.add(os.rename, area, kept)
        self.is_kept = True

    def _make_folder(self, path):
        """Whether it had to be made; one that is there must not be another container's."""
        if not os.path.lexists(path):
            os.makedirs(path)
            return True
        user = users_of(self.node, path, self.container.ctid)
        if user:
            text = f"directory '{self.node.strip(path)}' or it descendant already used by CT {user}"
            raise MoveFailed(failures.EXISTS, text)
        return False

    def look_for_shared(self, request):
        """Whether a file that the other node has just made in the area is here too."""
        found = os.path.exists(f"{self.container.area}/{request['file']}")
        if found:
            self.is_shared = True
            shutil.copyfile(self.container.own_conf, self.container.conf_path)
            self.cleaning.add(_unlink, self.container.conf_path)
            self._prepare_conf()
        return {"found": found}

    def tell_of_kept(self, request):
        return {"found": self.is_kept}

    def check_technologies(self, request):
        """The lock is taken at this point too."""
        if not self.is_shared:
            self.container.lock()
        known = self.node.kernel.get("technologies")
        return {"missing": [one for one in request["wanted"] if known is not None and one not in known]}

    def check_space(self, request):
        free = self.node.kernel.get("free_kib")
        if free is None:
            found = os.statvfs(self.container.area)
            free = found.f_bfree * found.f_bsize // 1024
        if free < request["kib"]:
            shown = self.container.shown_area
            text = f"{shown} free:{free * 1024} need:{request['kib'] * 1024} bytes"
            raise MoveFailed(failures.DISK_SPACE, text)

    def check_name(self, request):
        holder = ids.ctid_of_name(self.node, request["name"])
        if holder not in (None, self.container.ctid):
            raise MoveFailed(failures.NAME_TAKEN, f"name {request['name']} already used by CT {holder}")
        self.name = request["name"]

    def check_rate(self, request):
        """The devices and classes of RATE, if this node shapes traffic."""
        if self.node.setting("TRAFFIC_SHAPING") != "yes":
            return
        try:
            lines = read_text(self.node.path(ALL_CLASSES)).splitlines()
        except OSError as problem:
            raise MoveFailed(failures.SYSTEM, f"fopen('{ALL_CLASSES}') : {problem.strerror}") from None
        classes = [line.split()[0] for line in lines if line.split() and not line.lstrip().startswith("#")]
        for one in request["rates"]:
            device, _, rest = one.partition(":")
            kind = rest.partition(":")[0]
            if device != "*" and not os.path.isdir(f"{self.node.sys_class_net}/{device}"):
                raise MoveFailed(failures.RATE, f"rate device {device} not found")
            if kind != "*" and kind not in classes:
                raise MoveFailed(failures.RATE, f"rate class {kind} not found")

    # conf and files

    def take_conf(self, request):
        """From now on the container is there, for vzctl and vzlist; a failure destroys it with all that is there."""
        write_text(self.container.conf_path, request["text"])
        self._prepare_conf()
        self.cleaning.add(self._destroy)
        if self.keeps:
            self.cleaning.add(os.rename, self.container.area, f"{self.container.area}{MIGRATED}")

    def _prepare_conf(self):
        it = self.container
        it.change_conf({"NAME": None, "VE_PRIVATE": it.text_of(it.area), "VE_ROOT": it.text_of(it.root)})
        it.load()

    def _destroy(self):
        await_tar(self.container.area)
        self.container.destroy("undo-destroy")

    def expect_copy(self, request):
        """The real place that the files go to; ``ended``: they are there, with the conf of the other node."""
        if request.get("ended") and os.path.exists(f"{self.container.area}/{COPYING}"):
            os.unlink(f"{self.container.area}/{COPYING}")
        return {"area": self.container.area}

    # the end

    def finish(self, request):
        """Mount it if it was mounted, register it, let go of it."""
        it = self.container
        if request["action"] == "mount":
            failures.require(it.vzctl("mount", "mount"), "vzctl")
        self._register()
        it.unlock()

    def _register(self):
        self.container.register(self.name)
        self.cleaning.add(self._unregister)

    def _unregister(self):
        """As libvzctl does, it leaves the area alone."""
        if self.name:
            _unlink(f"{self.node.names_dir}/{self.name}")
        shutil.copyfile(self.container.own_conf, f"{self.container.conf_path}.new")
        os.replace(f"{self.container.conf_path}.new", self.container.conf_path)


def _rmdir(path):
    """What vzctl has removed already is no failure."""
    if os.path.isdir(path):
        os.rmdir(path)


def _unlink(path):
    if os.path.lexists(path):
        os.unlink(path)
