"""What vzmlocal does: clone a container on its node (``-C``), or give it another CT ID, area, mount point or name."""

import os
import shutil

from vzsim.codes import Failed, write
from vzsim.files import read_text, write_text
from vzsim.fleet.seven import container, failures, vzmigrate
from vzsim.fleet.seven.cleaning import Cleaning
from vzsim.fleet.seven.failures import MoveFailed
from vzsim.ploop import images
from vzsim.seven import ids, naming
from vzsim.seven.commands.power import booting
from vzsim.seven.grammar import conf

COPY_FAILED = 6
LEFT_OUT = (".lck", booting.RUNNING)


class Local:
    """One container; ``Local(node, calls, given, ["101", "105", None, None]).run()``"""

    def __init__(self, node, calls, given, entry):
        self.node = node
        self.calls = calls
        self.given = given
        self.is_clone = given.has("clone")
        self.name = given.values.get("new-name")
        source = self.source = container.Container(node, calls, entry[0])
        self.is_same = entry[1] in (None, entry[0])
        area, root = (entry[2] or source.area, entry[3] or source.root) if self.is_same else self._places(entry)
        self.target = container.Container(node, calls, entry[1] or entry[0], area, root)
        self.cleaning = Cleaning()

    def _places(self, entry):
        return entry[2] or self.node.setting("VE_PRIVATE"), entry[3] or self.node.setting("VE_ROOT")

    def run(self):
        """Do it; fails with :class:`MoveFailed` after all has been taken back."""
        source, target = self.source, self.target
        write(1, f"Moving/copying CT {source.ctid} -> CT {target.ctid}, [], [] ...\n")
        try:
            self._check()
            (self._clone if self.is_clone else self._move)()
        except (MoveFailed, failures.Terminated, Failed, OSError) as failure:
            problem = failures.as_move(failure)
            write(2, f"Can't move/copy CT {source.ctid} -> CT {target.ctid}, [], [] : {problem.text}\n")
            self.cleaning.run()
            raise problem from None
        finally:
            for one in (target, source):
                one.unlock()
        write(1, "Successfully completed\n")

    # checks

    def _check(self):
        source, target = self.source, self.target
        if not source.exists():
            raise MoveFailed(failures.NO_SUCH, f"CT {source.ctid} does not exist")
        self._step("lock")
        source.lock()
        if self.is_clone and source.is_suspended():
            raise MoveFailed(failures.SUSPENDED, f"CT {source.ctid} is suspended: it can not be cloned")
        if source.values.get("VE_TYPE") == "temporary":
            raise MoveFailed(failures.SPECIAL, f"CT {source.ctid} is temporary")
        if not self.is_same and os.path.lexists(target.conf_path):
            raise MoveFailed(failures.EXISTS, f"CT {target.ctid} already exists")
        same_area, same_root = source.area == target.area, source.root == target.root
        if self.is_clone and (same_area or same_root):
            raise MoveFailed(failures.SYSTEM, "source and target private areas or mount points are equal")
        if self.is_same and same_area and same_root and not self.name:
            raise MoveFailed(failures.EQUAL, "source and target are equal")
        if not same_area:
            self._check_area()
        if not self.is_same:
            self._step("lock-there")
            target.lock()
        self._check_space()
        holder = ids.ctid_of_name(self.node, self.name) if self.name else None
        if holder not in (None, source.ctid):
            raise MoveFailed(failures.NAME_TAKEN, f"name {self.name} already used by CT {holder}")

    def _check_area(self):
        """Another container's, or anything that is there, is in the way; the folder is made at once."""
        area = self.target.area
        user = container.users_of(self.node, area, self.target.ctid)
        if os.path.lexists(area) or user:
            text = f"directory '{self.target.shown_area}' already exists" + (f", used by CT {user}" if user else "")
            raise MoveFailed(failures.EXISTS, text)
        os.makedirs(area)
        self.cleaning.add(container.remove, area)

    def _check_space(self):
        free = self.node.kernel.get("free_kib")
        if self.is_clone and free is not None and free < self.source.size_kib():
            text = f"{self.target.shown_area} free:{free * 1024} need:{self.source.size_kib() * 1024} bytes"
            raise MoveFailed(failures.DISK_SPACE, text)

    # clone

    def _clone(self):
        """Files of a running container are those of a snapshot, which is deleted again."""
        source, target = self.source, self.target
        self._hand_conf()
        guid = None
        known = [images.read(image) for image in source.disks()]  # before there is a snapshot
        if source.is_running():
            guid = f"{{{ids.new_uuid()}}}"
            self._step("snapshot")
            for image in source.disks():
                images.add(image, guid)
        try:
            self._copy_all(guid)
        finally:
            if guid:
                self._step("snapshot-delete")
                for image in source.disks():
                    images.delete(image, guid)
        for image, descriptor in zip(target.disks(), known, strict=True):
            images.write(image, descriptor)
        self._step("register")
        self.cleaning.add(_unlink, target.conf_path)
        target.register(self.name, ids.new_uuid())
        failures.require(target.vzctl("mac-renew", "set", "--netif_mac_renew", "--save"), "vzctl")
        vzmigrate.ignore_signals()
        _unlink(f"{target.area}/.uptime")
        self._renew_file_systems()

    def _hand_conf(self):
        self._step("conf-copy")
        target = self.target
        shutil.copyfile(self.source.conf_path, target.conf_path)
        self.cleaning.add(_unlink, target.conf_path)
        places = {"VE_PRIVATE": target.text_of(target.area), "VE_ROOT": target.text_of(target.root)}
        target.change_conf({"NAME": None, **places})
        target.load()

    def _copy_all(self, guid):
        source, target = self.source, self.target
        names = source.contents() if guid else []
        snapshots = [os.path.relpath(images.content(image, guid), source.area) for image in source.disks() if guid]
        left_out = [f"--exclude=/{name}" for name in (*LEFT_OUT, *names, *snapshots)]
        self._rsync("copy", [*left_out, f"{source.area}/", f"{target.area}/"])
        for snapshot, name in zip(snapshots, names, strict=True):
            self._rsync("content", [f"{source.area}/{snapshot}/", f"{target.area}/{name}/"])

    def _rsync(self, step, words):
        rc = self.calls.run(step, ["rsync", "-aH", *words]).rc
        if rc:
            raise MoveFailed(COPY_FAILED, f"{words[-2]} to {words[-1]} copy error")

    def _renew_file_systems(self):
        """Mounted, and unmounted again; whether that works is no matter."""
        target = self.target
        if target.vzctl("mount", "mount") == 0:
            for image in target.disks():
                images.write(image, {**images.read(image), "fs_uuid": ids.new_uuid()})
            target.vzctl("umount", "umount")

    # move

    def _move(self):
        """The area gets another name; what ran or was mounted does so again, under the other CT ID."""
        source, target = self.source, self.target
        was_running, was_mounted = source.is_running(), source.is_mounted()
        name = self.name or source.values.get("NAME")
        again = self._halt(was_running, was_mounted)
        if again:
            self.cleaning.add(self._again, source, again)
        self.cleaning.add(self._restore, read_text(source.own_conf))
        self._step("rename")
        if source.area != target.area:
            shutil.rmtree(target.area)  # what the lock has left there
            os.rename(source.area, target.area)
            self.cleaning.add(os.rename, target.area, source.area)
        _unlink(target.conf_path)
        shutil.copyfile(target.own_conf, target.conf_path)
        self.cleaning.add(_unlink, target.conf_path)
        target.change_conf({"VE_PRIVATE": target.text_of(target.area), "VE_ROOT": target.text_of(target.root)})
        target.load()
        self._step("register")
        uuid = None if self.is_same else (target.ctid if ids.read_uuid(target.ctid) else ids.new_uuid())
        target.register(name, uuid)
        if again:
            os.makedirs(target.root, exist_ok=True)
            self._again(target, again)
        vzmigrate.ignore_signals()
        if not self.is_same:
            _unlink(source.conf_path)
        if source.root != target.root and os.path.isdir(source.root):
            os.rmdir(source.root)

    def _halt(self, was_running, was_mounted):
        """Stop, suspend or unmount it; the command that takes that back."""
        source = self.source
        if was_running:
            command = "suspend" if self.given.has("online") else "stop"
            failures.require(source.vzctl(command, command), "vzctl")
            return "resume" if command == "suspend" else "start"
        if was_mounted:
            source.umount()
            return "mount"
        return None

    def _again(self, one, command):
        failures.require(one.vzctl(command if one is self.target else f"undo-{command}", command), "vzctl")

    def _restore(self, text):
        """The source as it was, after its area has its old name again."""
        source = self.source
        write_text(source.own_conf, text)
        _unlink(source.conf_path)
        os.symlink(source.own_conf, source.conf_path)
        name = conf.read_values(text).get("NAME")
        if name:
            naming.link(self.node, name, source.own_conf)

    def _step(self, step):
        rc = self.calls.here(step)
        if rc:
            raise MoveFailed(rc, f"{step} failed")


def _unlink(path):
    if os.path.lexists(path):
        os.unlink(path)
