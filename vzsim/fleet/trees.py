"""
Copy a tree as rsync does: only what differs in size or time, each file by way of a scratch file beside it.
"""

import contextlib
import fnmatch
import os
import shutil
import stat

from vzsim.codes import write

PARTIAL, VANISHED, NO_DIRECTORY, CUT = 23, 24, 11, 12
KINDS = {stat.S_IFDIR: "d", stat.S_IFREG: "f", stat.S_IFLNK: "L"}


class Gone(Exception):
    """The other end is no more."""


class Copy:
    """One transfer; ``given`` are the switches of :mod:`vzsim.fleet.rsync`, ``is_cut()`` is whether it cannot go on."""

    def __init__(self, given, excluded, is_cut):
        self.given = given
        self.excluded = excluded
        self.is_cut = is_cut
        self.linked = {}  # (device, inode) -> the first copy of a file with several names
        self.rc = 0
        self.is_real = "n" not in given

    def run(self, source, target):
        """Copy; the exit status of rsync."""
        inside = source.endswith("/")
        source = source.rstrip("/") or "/"
        if not os.path.lexists(source):
            write(2, f'rsync: [sender] change_dir "{source}" failed: No such file or directory (2)\n')
            return PARTIAL
        target = target.rstrip("/") if inside else f"{target.rstrip('/')}/{os.path.basename(source)}"
        target = os.path.realpath(target) if os.path.isdir(target) else target
        if os.path.realpath(source) == target:  # one folder on shared storage
            return 0
        if self.is_real and not os.path.isdir(os.path.dirname(target)):
            write(2, f'rsync: [Receiver] mkdir "{target}" failed: No such file or directory (2)\n')
            return NO_DIRECTORY
        try:
            self._entry(source, target, "", os.stat(source) if inside else os.lstat(source))
        except Gone:
            return CUT
        return self.rc

    def _entry(self, source, target, name, found):
        if self.is_cut():
            raise Gone
        try:
            kind = stat.S_IFMT(found.st_mode)
            if kind == stat.S_IFDIR:
                self._folder(source, target, name, found)
            elif kind == stat.S_IFREG:
                self._file(source, target, name, found)
            elif kind == stat.S_IFLNK:
                self._link(source, target, name, found)
            else:
                self._special(target, name, found)
        except FileNotFoundError as problem:
            is_source = problem.filename == source
            write(2, f'rsync: [sender] link_stat "{problem.filename}" failed: No such file or directory (2)\n')
            self.rc = self.rc or (VANISHED if is_source else PARTIAL)
        except OSError as problem:
            write(2, f'rsync: [receiver] "{problem.filename}" failed: {problem.strerror} ({problem.errno})\n')
            self.rc = PARTIAL

    def _folder(self, source, target, name, found):
        before = _state(target)
        if before and not stat.S_ISDIR(before.st_mode):
            self._remove(target, name)
            before = None
        self._say(name or ".", found, before, before is None)
        if self.is_real and not before:
            os.mkdir(target, 0o700)
        if "r" in self.given or not name:
            there = {entry.name: entry for entry in os.scandir(source)}
            names = sorted(one for one in there if not self._is_excluded(f"{name}/{one}"))
            if "delete" in self.given or "delete-excluded" in self.given:
                self._clear(target, name, set(there if "delete-excluded" not in self.given else names))
            for one in names:
                with contextlib.suppress(FileNotFoundError):
                    state = os.lstat(f"{source}/{one}")
                    self._entry(f"{source}/{one}", f"{target}/{one}", f"{name}/{one}".lstrip("/"), state)
        self._keep(source, target, found)

    def _clear(self, target, name, wanted):
        """Remove what the source has not; what is left out stays, unless ``--delete-excluded`` is given."""
        with contextlib.suppress(FileNotFoundError):
            for one in sorted(os.listdir(target), reverse=True):
                kept = self._is_excluded(f"{name}/{one}") and "delete-excluded" not in self.given
                if one not in wanted and not kept:
                    self._remove(f"{target}/{one}", f"{name}/{one}".lstrip("/"))

    def _remove(self, path, name):
        is_folder = os.path.isdir(path) and not os.path.islink(path)
        if "i" in self.given or "v" in self.given:
            write(1, f"{'*deleting   ' if 'i' in self.given else 'deleting '}{name}{'/' if is_folder else ''}\n")
        if self.is_real:
            shutil.rmtree(path) if is_folder else os.unlink(path)

    def _file(self, source, target, name, found):
        number = found.st_dev, found.st_ino
        before = _state(target)
        if "H" in self.given and found.st_nlink > 1 and number in self.linked:
            self._hard_link(self.linked[number], target, name, found, before)
            return
        same = before and stat.S_ISREG(before.st_mode) and before.st_size == found.st_size
        same = same and before.st_mtime_ns == found.st_mtime_ns
        if same and "c" in self.given:
            same = _content(source) == _content(target)
        self._say(name, found, before, not same)
        if self.is_real and not same:
            if before and stat.S_ISDIR(before.st_mode):
                self._remove(target, name)
            scratch = f"{os.path.dirname(target)}/.{os.path.basename(target)[:200]}.{os.getpid()}"
            shutil.copyfile(source, scratch)
            self._keep(source, scratch, found)
            os.replace(scratch, target)
        else:
            self._keep(source, target, found)
        self.linked[number] = target

    def _hard_link(self, first, target, name, found, before):
        state = _state(first)
        if before and state and (before.st_dev, before.st_ino) == (state.st_dev, state.st_ino):
            return
        self._say(name, found, before, True)
        if self.is_real:
            if before:
                self._remove(target, name)
            os.link(first, target)

    def _link(self, source, target, name, found):
        if "l" not in self.given:
            return
        text, before = os.readlink(source), _state(target)
        same = before and stat.S_ISLNK(before.st_mode) and os.readlink(target) == text
        self._say(name, found, before, not same)
        if self.is_real and not same:
            if before:
                self._remove(target, name)
            os.symlink(text, target)
        self._keep(source, target, found)

    def _special(self, target, name, found):
        if "D" not in self.given:
            return
        before = _state(target)
        same = before and (before.st_mode, before.st_rdev) == (found.st_mode, found.st_rdev)
        self._say(name, found, before, not same)
        if self.is_real and not same:
            if before:
                self._remove(target, name)
            os.mknod(target, found.st_mode, found.st_rdev)
        self._keep(None, target, found)

    def _keep(self, source, target, found):
        """Owner, mode, extended attributes and times; the owner only if root copies."""
        if not self.is_real:
            return
        before, is_link = os.lstat(target), stat.S_ISLNK(found.st_mode)
        owner = found.st_uid if "o" in self.given else -1, found.st_gid if "g" in self.given else -1
        if os.geteuid() == 0 and owner != (before.st_uid, before.st_gid):
            os.chown(target, *owner, follow_symlinks=False)
        if "p" in self.given and not is_link:
            os.chmod(target, stat.S_IMODE(found.st_mode))
        if source and "X" in self.given and not is_link:
            with contextlib.suppress(OSError):
                for key in os.listxattr(source):
                    os.setxattr(target, key, os.getxattr(source, key))
        if "t" in self.given:
            os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns), follow_symlinks=False)

    def _is_excluded(self, path):
        """``--exclude root.hdd/top.hds``: a path from the top, a name, or a pattern of either."""
        path = path.lstrip("/")
        for pattern in self.excluded:
            whole = pattern.strip("/")
            anchored = pattern.startswith("/") or "/" in whole
            if fnmatch.fnmatchcase(path if anchored else os.path.basename(path), whole):
                return True
        return False

    def _say(self, name, found, before, is_sent):
        """The line of ``-i`` or ``-v``; nothing for what stays as it is."""
        kind = KINDS.get(stat.S_IFMT(found.st_mode), "S")
        shown = f"{name}/" if kind == "d" else name
        if not is_sent and (kind == "d" or stat.S_IMODE(before.st_mode) == stat.S_IMODE(found.st_mode)):
            return
        if "i" in self.given:
            marks = "+++++++++" if not before else ".st......" if is_sent else "...p....."
            write(1, f"{'<' if kind == 'f' and is_sent else 'c' if is_sent else '.'}{kind}{marks} {shown}\n")
        elif "v" in self.given:
            write(1, f"{shown}\n")


def _state(path):
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _content(path):
    with open(path, "rb") as stream:
        return stream.read()
