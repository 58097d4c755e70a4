"""
One run of ``vzctl`` 7 to 9: its messages, its container, how it saves the configuration.

Progress goes to standard output, errors to standard error, ``--quiet`` silences both.
"""

import contextlib
import os

from vzsim.codes import PARAM_VALUE, Failed, write
from vzsim.files import exclusive, read_text, write_text
from vzsim.seven.grammar import conf, keys
from vzsim.seven.node import CPUS


class Run:
    """
    A run of the program on one container.

    ``values`` are the container's own, as read; ``all_values`` with those of vz.conf below them.
    """

    def __init__(self, node):
        self.node = node
        self.quiet = False
        self.verbose = 0
        self.skip_lock = False
        self.skip_owner = False
        self.command = None
        self.word = None  # the CT ID or name as it was typed
        self.ctid = None
        self.values = {}
        self.has_conf = False

    def say(self, text):
        """Print a line of progress."""
        if not self.quiet:
            write(1, text + "\n")

    def complain(self, text):
        """Print a line about something wrong."""
        if not self.quiet:
            write(2, text + "\n")

    # the container

    @property
    def conf_path(self):
        return self.node.conf_path(self.ctid)

    @property
    def all_values(self):
        return conf.with_defaults(self.node.vz_conf or {}, self.values)

    @property
    def area(self):
        """The real place of the private area; empty if no conf names one."""
        return self.node.area(self.ctid, self.values)

    @property
    def root(self):
        """The real place of the mount point."""
        return self.node.root(self.ctid, self.values)

    @property
    def shown_area(self):
        """The private area as messages name it."""
        return self.node.strip(self.area)

    def is_running(self):
        return self.node.is_running(self.ctid)

    def is_mounted(self):
        return self.node.is_mounted(self.ctid)

    def load_conf(self):
        """Read the conf; one that is missing or leads nowhere leaves the values empty."""
        self.values, self.has_conf = {}, False
        with contextlib.suppress(OSError):
            self.values = conf.read_values(read_text(self.conf_path))
            self.has_conf = True

    def check_conf(self):
        """Fail if any known key has an invalid value: with 21, and the value named, for most keys."""
        values = self.all_values
        found = keys.problems(values, self.node.is_old)
        for line in keys.old_warnings(values) if self.node.is_old else ():
            self.complain(line)
        for line in keys.skipped(values, self.node.is_old):
            self.complain(line)
        if not found:
            for line in keys.warnings(values, CPUS) if self.command != "status" else ():
                self.say(line)
            return
        for _, lines in found:
            for line in lines:
                self.complain(line)
        raise Failed(found[0][0] or PARAM_VALUE)

    def save_conf(self, changes):
        """
        Change keys of the conf, ``None`` removing one; whether that worked.

        A failure is printed and does not change the exit code. A regular file in the place of the link moves into the
        private area first.
        """
        os.makedirs(self.node.path("/var/vz"), exist_ok=True)
        with exclusive(self.node.path(f"/var/vz/{self.ctid}.conf.lck")):
            self._restore_link()
            try:
                conf.save(self.conf_path, changes)
            except OSError as problem:
                self.complain(_why_unsaved(problem))
                return False
        for key, value in changes.items():
            self.values.pop(key, None)
            if value is not None:
                self.values[key] = value
        return True

    def _restore_link(self):
        path, area = self.conf_path, self.area
        if not os.path.isfile(path) or os.path.islink(path) or not area or not os.path.isdir(area):
            return
        self.complain("Inconsistent Container configuration is detected: restoring link...")
        write_text(f"{area}/ve.conf", read_text(path))
        os.unlink(path)
        os.symlink(f"{area}/ve.conf", path)


def _why_unsaved(problem):
    if problem.filename2:
        return f"Failed to rename {problem.filename} -> {problem.filename2}: {problem.strerror}"
    return f"Unable to create configuration file {problem.filename}: {problem.strerror}"
