"""What vzmigrate does on its own node, and in which order; the other end is asked for the rest."""

import os
import shutil

from vzsim.codes import Failed, write
from vzsim.files import write_text
from vzsim.fleet import trees
from vzsim.fleet.seven import channel, container, failures, phaul, vzmigrate
from vzsim.fleet.seven.cleaning import Cleaning
from vzsim.fleet.seven.failures import MoveFailed
from vzsim.seven.node import LAYOUT

SHARED_MARK = "vzmigrate.shared"  # the file that is looked for on the other node
LOCAL_FILES = (".lck", container.COPYING, SHARED_MARK)
TAR = ("/bin/tar", "-c", "-S", "--ignore-failed-read", "--numeric-owner", "-f", "-", "-C")
WHOLE = {*"rlptgoDHX"}  # what is kept of files


class Departure:
    """One container to the other node; ``Departure(node, calls, given, ["101", None, None, None]).run()``"""

    def __init__(self, node, calls, given, entry):
        self.node = node
        self.calls = calls
        self.given = given
        self.container = container.Container(node, calls, entry[0])
        self.ctid = entry[1] or entry[0]
        self.entry = ":".join([entry[0], self.ctid, *(part or "" for part in entry[2:])]).rstrip(":")
        self.starts = not given.has("nostart")
        self.is_kept = self.is_shared = False
        self.cleaning = Cleaning()
        self.channel = None

    def run(self):
        """Move it; fails with :class:`MoveFailed` after all has been taken back."""
        it = self.container
        try:
            self._move()
        except (MoveFailed, failures.Terminated, Failed, OSError) as failure:
            problem = failures.as_move(failure)
            self._complain(problem.text)
            self.cleaning.run()
            raise problem from None
        finally:
            if self.channel:
                self.channel.close()
            if it.is_locked:
                self._say(f"unlocking {it.ctid}")
                it.unlock()

    def _move(self):
        it = self.container
        if not it.exists():
            raise MoveFailed(failures.NO_SUCH, f"CT {it.ctid} does not exist")
        self._step("lock")
        self._say(f"locking {it.ctid}")
        it.lock()
        is_running, is_mounted = it.is_running(), it.is_mounted()
        if self.given.has("online") and not is_running:
            raise MoveFailed(failures.USAGE, f"CT {it.ctid} is not running: online migration is not possible")
        if it.values.get("VE_TYPE") == "temporary":
            raise MoveFailed(failures.SPECIAL, f"CT {it.ctid} is temporary")
        self.channel = channel.Channel(self.calls, (self.given.user, self.given.host), self.entry)
        self._say(f"Connection to destination node ({self.given.host}) is successfully established")
        word = "The beginning of check" if self.given.has("dry-run") else "Moving/copying"
        self._say(f"{word} CT {it.ctid} -> CT {self.ctid}, [], [] ...")
        self._check()
        if not self.given.has("dry-run"):
            self._carry(is_running, is_mounted)
        self._say("Successfully completed")

    # checks

    def _check(self):
        it = self.container
        self.channel.ask("checks-exists", "init", keep_dst=self.given.has("keep-dst"))
        self._say("Checking bindmounts")
        if any(":" in word for word in it.values.get("BINDMOUNT", "").split()):
            self._may_fail("bindmount", failures.BIND_MOUNT, "CT has bind mounts with a source on this node")
        self._look_for_shared()
        self._say("Checking keep dir for private area copy")
        self.is_kept = self.channel.ask("checks-keep", "keep")["found"]
        self._check_technologies()
        if not (self.is_shared or self.is_kept or self.given.skips("disk_space")):
            self._say("Checking disk space")
            self.channel.ask("checks-space", "space", kib=it.size_kib())
        self._say("Checking IP addresses on destination node")
        self._check_name()
        if os.path.exists(f"{it.area}/scripts/mount") and not self.is_shared:
            text = f"CT has the mount script {it.shown_area}/scripts/mount"
            self._may_fail("", failures.MOUNT_SCRIPT, text)
        self._hand_conf()

    def _may_fail(self, check, rc, text):
        """A check has failed: with ``-f`` the container just does not start there."""
        if not self.given.skips(check or "all"):
            raise MoveFailed(rc, text)
        self._say(f"Warning: {text}; CT will not be started")
        self.starts = False

    def _look_for_shared(self):
        """Both areas may be one on shared storage: a file that is made here is seen there, then."""
        self._say("Check cluster ID")
        if self.given.has("nonsharedfs"):
            return
        mark = f"{self.container.area}/{SHARED_MARK}"
        write_text(mark, "")
        try:
            self.is_shared = self.channel.ask("checks-shared", "shared", file=SHARED_MARK)["found"]
        finally:
            os.unlink(mark)
        if self.is_shared:
            raise MoveFailed(failures.NOT_SHARED, "Source and target private areas are one: not supported by vzsim")

    def _check_technologies(self):
        self._say("Checking technologies")
        wanted = self.container.values.get("TECHNOLOGIES", "").replace(",", " ").split()
        missing = self.channel.ask("checks-technologies", "technologies", wanted=wanted)["missing"]
        if missing:
            text = f"technologies not supported on the destination node: {' '.join(missing)}"
            self._may_fail("technologies", failures.TECHNOLOGIES, text)

    def _check_name(self):
        name = self.given.values.get("new-name") or self.container.values.get("NAME")
        if name:
            self._say(f"Check target CT name: {name}")
            self.channel.ask("checks-name", "name", name=name)

    def _hand_conf(self):
        with open(self.container.conf_path, encoding="utf-8", errors="surrogateescape") as stream:
            self.channel.ask("conf-copy", "conf", text=stream.read())
        self._say("Checking RATE parameters in config")
        rates = self.container.values.get("RATE", "").replace(",", " ").split()
        if not rates:
            return
        try:
            self.channel.ask("checks-rate", "rate", rates=rates)
        except MoveFailed as failure:
            if failure.rc == failures.BROKEN:
                raise
            self._may_fail("rate", failure.rc, failure.text)

    # the move

    def _carry(self, is_running, is_mounted):
        it = self.container
        if is_running:
            if str(it.layout()) != LAYOUT:
                raise MoveFailed(failures.USAGE, "Unable to migrate running SIMFS container. Try offline migration.")
            self._copy(it.contents())
            phaul.move(self)
        else:
            if is_mounted:
                it.umount()
            self._copy([])
        vzmigrate.ignore_signals()
        is_mounted = is_mounted and not is_running and self.starts
        self.channel.ask("final", "final", action="mount" if is_mounted else "nothing")
        self.channel.finish()
        if not self.given.has("readonly"):
            self._leave()

    def _copy(self, excluded):
        """All files but ``excluded``: with tar into an empty area, with rsync into one that is there."""
        it = self.container
        there = self.channel.ask("place", "copy")["area"]
        self._say(f"copy CT private {it.shown_area}")
        if self.is_kept:  # -c: an image is one file, of which size and time say little
            given = [f"--exclude=/{name}" for name in (*excluded, *LOCAL_FILES)]
            target = f"{self.given.user}@{self.given.host}:{there}/"
            words = ["rsync", "-aHSXc", "--delete", "--numeric-ids", *given, f"{it.area}/", target]
            rc = self.calls.run("copy", words).rc
        else:
            words = [*TAR, it.area, *(f"--exclude=./{name}" for name in excluded), "."]
            left_out = [f"/{name}" for name in (*excluded, *LOCAL_FILES)]
            tar = trees.Copy(WHOLE, left_out, lambda: False)  # it goes on when vzmigrate is killed
            rc = self.calls.work("copy", words, lambda: tar.run(f"{it.area}/", there), lambda: _begin(there))
        if self.calls.is_lost:
            self.channel.cut()
            raise MoveFailed(failures.BROKEN, "can not read reply from destination node")
        if rc > 1 or (rc and self.is_kept):
            text = f"{'rsync' if self.is_kept else 'tar'} exited with code {rc}"
            raise MoveFailed(failures.EXITED if self.is_kept else failures.SYSTEM, text)
        self.channel.ask("copied", "copy", ended=True)

    def _leave(self):
        """``-r no``: the area becomes ``AREA.migrated``, and vzctl destroys what is left; the name's link stays."""
        it = self.container
        if not self.given.values.get("removes"):
            self._step("rename")
            kept = f"{it.area}{container.MIGRATED}"
            shutil.rmtree(kept, ignore_errors=True)
            os.rename(it.area, kept)
            os.unlink(it.conf_path)
            os.symlink(f"{kept}/ve.conf", it.conf_path)
        it.destroy()

    # words

    def _step(self, step):
        rc = self.calls.here(step)
        if rc:
            raise MoveFailed(rc, f"{step} failed")

    def _say(self, text):
        write(1, text + "\n")

    def _complain(self, text):
        it = self.container
        action = "check" if self.given.has("dry-run") else "move/copy"
        write(2, f"Can't {action} CT {it.ctid} -> CT {self.ctid}, [], [] : {text}\n")


def _begin(target):
    """The other end waits for the process that is named there before it removes the area."""
    write_text(f"{target}/{container.COPYING}", f"{os.getpid()}\n")
