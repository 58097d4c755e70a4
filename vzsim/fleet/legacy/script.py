"""
What all stages of vzmigrate share: its variables, its messages, its calls.
"""

import os
import time

from vzsim import programs
from vzsim.codes import write
from vzsim.fleet import paths, peers
from vzsim.fleet.legacy import sourcing

# Exit codes, by the names of the script.
USAGE, STOPPED, CANNOT_CONNECT, COPY, START, STOP_SOURCE, EXISTS, NO_SUCH = 1, 2, 4, 6, 7, 8, 9, 10
IP_IN_USE, QUOTA, NOT_RUNNING, APPLY, NO_PLOOP, CPT_VERSION, CPU, NO_REMOTE_CONF, LOCKED = range(12, 21)

TEMPORARY = "/var/tmp"
DUMP = "/vz/dump"


class Exit(Exception):
    """The script ends here."""

    def __init__(self, rc):
        super().__init__(rc)
        self.rc = rc


class Script:
    """One run of vzmigrate; ``calls`` are its :class:`vzsim.fleet.calls.Calls`, ``values`` its variables."""

    def __init__(self, node, calls, values):
        self.node = node
        self.calls = calls
        self.values = values
        self.remote = {}  # VE_ROOT, VE_PRIVATE and DUMPDIR of the other node
        self.times = {}

    def __getitem__(self, name):
        return self.values.get(name) or ""

    def is_on(self, name):
        """Whether a switch is 1; a configuration file may have made it anything."""
        return str(self[name]) == "1"

    @property
    def ctid(self):
        return self["VEID"]

    @property
    def verbose(self):
        return int(self["verbose"]) if str(self["verbose"]).isdigit() else 0

    @property
    def has_quota(self):
        return self["DISK_QUOTA"] != "no"

    @property
    def is_ploop(self):
        return self["PLOOP"] == "yes"

    # messages

    def error(self, text):
        write(2, f"Error: {text}\n")

    def say(self, text):
        write(1, f"{text}\n")

    def debug(self, text):
        if self.verbose:
            write(1, f"   {text}\n")

    def shell_complains(self, line, text, bash=None):
        """A message of the shell that runs the script; ``bash`` is its wording there."""
        if sourcing.is_bash(self.node):
            write(2, f"{sourcing.SCRIPT}: line {line}: {bash or text}\n")
        else:
            write(2, f"{sourcing.SCRIPT}: {line}: {text}\n")

    # calls

    def local(self, step, command, shown=False):
        """Run ``vzctl --skiplock COMMAND`` here; its exit status."""
        words = [*self["VZCTL_L"].split(), *command.split()]
        return self.calls.run(step, words, quiet=not (shown or self.verbose)).rc

    def ssh(self, step, command, shown=False):
        """Run a command on the other node; the exit status. Not ``shown``: only with ``-v``."""
        return self.calls.run(step, self._ssh(command), quiet=not (shown or self.verbose)).rc

    def ask(self, step, command):
        """Run a command on the other node; what it prints."""
        return self.calls.run(step, self._ssh(command), capture=True).text

    def _ssh(self, command):
        return [*self["SSH"].split(), f"root@{self['host']}", command]

    def vzctl_there(self, step, command, shown=False):
        return self.ssh(step, f"{self['VZCTL']} {command}", shown)

    def scp(self, step, sources, target):
        words = [*self["SCP"].split(), *sources, f"root@{self['host']}:{target}"]
        return self.calls.run(step, words, quiet=not self.verbose).rc

    def rsync(self, step, options=()):
        words = [*self["RSYNC"].split(), *options]
        words += [f"{self.area}/", f"root@{self['host']}:{self.area_there}/"]
        return self.calls.run(step, words).rc

    # places

    @property
    def area(self):
        """Without VE_PRIVATE the script copies ``/``: the node, not the machine."""
        return self.node.path(self["VE_PRIVATE"]).rstrip("/") or self.node.directory

    @property
    def area_there(self):
        return self.there(self.remote["VE_PRIVATE"])

    @property
    def root_there(self):
        return self.there(self.remote["VE_ROOT"])

    def there(self, path):
        """The real place of a path of the other node."""
        try:
            directory = peers.find(self.node.directory, self["host"])
        except peers.Unreachable:
            return path
        return programs.node_at(directory).path(paths.translated(path, self.node.directory, directory))

    def here(self, path):
        """The same place of this node as a real one of the other node."""
        try:
            directory = peers.find(self.node.directory, self["host"])
        except peers.Unreachable:
            return path
        return paths.translated(path, directory, self.node.directory)

    @property
    def dump_name(self):
        return f"tmp-dump.{self.ctid}"

    @property
    def dump_file(self):
        return f"{self.node.path(self['DUMPDIR'] or DUMP)}/{self.dump_name}"

    @property
    def dump_file_there(self):
        return f"{self.dump_dir_there}/{self.dump_name}"

    @property
    def dump_dir_there(self):
        return self.there(self.remote.get("DUMPDIR") or DUMP)

    @property
    def quota_file(self):
        return f"{self.node.path(self['tmpdir'])}/quotadump.{self.ctid}"

    @property
    def lock_path(self):
        return f"{self.node.path(self['LOCKDIR'])}/{self.ctid}.lck"

    @property
    def conf_path(self):
        return self["vpsconf"]

    def note_time(self, name):
        self.times[name] = time.time()

    def forget(self, path):
        """``rm -f`` of a file of this node."""
        if os.path.isfile(path):
            os.unlink(path)
