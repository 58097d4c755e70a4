"""
vzctl of the node: argument vectors in, a result or an error out.

No shell, no ``--quiet`` (it hides errors too). Secrets go over standard input alone; what is run is logged without it.
Exit codes are those of vzctl(8): see `flavours`.
"""

import os
import re
import shutil
import time
from dataclasses import replace

from .. import errors, flavours
from ..model.ctid import is_ctid
from . import process

CREATE_TIMEOUT = 1800  # seconds: a template may be downloaded first, a delta be merged, memory be written
CLONE_TIMEOUT = 86400  # seconds
STOP_GRACE = 30  # seconds beyond STOP_TIMEOUT
STOP_TIMEOUT = 120  # seconds vzctl itself waits when the configuration names none
DEFAULT_TIMEOUT = 300  # seconds for everything else
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0  # seconds between two tries at a locked container
_OF_THE_NODE = re.compile(r"Warning(?:: can't parse| at) [^:]*/vz\.conf:")

# Stamp of a program -> the flavour and version that it has said; a minion's jobs are forked, and inherit it.
_releases = {}


class Vzctl:
    """
    vzctl and vzlist of one node, and what moves its devices from bridge to bridge.

    vzctl, vzlist, ip, brctl
        Program names or paths; ip is that of iproute2, brctl that of bridge-utils. vzmlocal clones containers.

    lock_timeout
        Seconds to go on trying while another vzctl holds the container.

    command_timeout
        Seconds for any one command. ``None``: 30 minutes for ``create`` and snapshots, STOP_TIMEOUT and 30 seconds for
        ``stop`` and ``restart``, 5 minutes for the rest.
    """

    def __init__(
        self,
        vzctl="vzctl",
        vzlist="vzlist",
        lock_timeout=60,
        command_timeout=None,
        ip="ip",
        brctl="brctl",
        vzmlocal="vzmlocal",
    ):
        self.vzctl, self.vzlist, self.ip, self.brctl, self.vzmlocal = vzctl, vzlist, ip, brctl, vzmlocal
        self.lock_timeout, self.command_timeout = lock_timeout, command_timeout
        self._release = None  # flavour and version
        self._version = None  # as it says now
        self._failed = {}  # question -> the error that was the answer
        self._complained = set()  # what has been said of the node's own configuration

    def version(self):
        """``"4.11.1"``, asked once by each `Vzctl`; UnsupportedFlavourError for a vzctl of another family."""
        return self._once("--version", self._ask_version)

    def _once(self, question, ask):
        """A question that has failed is not asked again by this `Vzctl`: each may take minutes to fail."""
        self._give_up(question)
        try:
            return ask()
        except errors.CannotAskError as err:
            self._failed[question] = err
            raise

    def _give_up(self, question):
        if question in self._failed:
            raise type(self._failed[question])(str(self._failed[question]))

    def _ask_version(self):
        if self._version is None:
            stamp = self._stamp()
            result = self._execute([self.vzctl, "--version"], self._limit("--version", 0))
            if result.rc:
                raise errors.CannotAskError(
                    f"{self.vzctl} --version ended with code {result.rc}: {result.message or 'no message'}"
                )
            printed = result.stdout.strip()
            flavour = flavours.of(printed)
            if not flavour:
                _releases.pop(stamp, None)
                raise errors.UnsupportedFlavourError(
                    f"{self.vzctl} says {printed!r}, which is not supported; {_supported()} are"
                )
            self._version = flavour.version(printed)
            self._release = (flavour, self._version)
            if stamp:
                _releases[stamp] = self._release
        return self._version

    @property
    def flavour(self):
        """The `Flavour` of the vzctl of this node."""
        return self.release()[0]

    def release(self):
        """The `Flavour` and the version; vzctl is asked only where this process has not met this very file."""
        if self._release is None:
            self._release = _releases.get(self._stamp())
        if self._release is None:
            self.version()
        return self._release

    def _stamp(self):
        """What tells this program from one that was installed in its place; ``None`` where there is none."""
        path = shutil.which(self.vzctl)
        try:
            status = os.stat(path) if path else None
        except OSError:
            return None
        return status and (path, status.st_mtime_ns, status.st_size)

    def run(self, *argv, stdin=None, secret=False, stop_timeout=STOP_TIMEOUT, timeout=None, check=True):
        """
        Run ``vzctl ARGV`` and return its `Result`; a code other than 0 is raised unless `check` is false.

        A locked container is tried again until `lock_timeout` is over. `stdin` is text and is never logged. Nothing
        that a `secret` call prints is in an error, whatever its code: a program may print a password in any shape.
        """
        self.release()
        self._give_up(argv[0])
        limit = timeout or self._limit(argv[0], stop_timeout)
        patience = time.monotonic() + self.lock_timeout
        delay = _FIRST_DELAY
        while True:
            result = self._asked(argv, limit, stdin)
            if not self._is_locked(result) or argv[0].startswith("exec") or time.monotonic() + delay > patience:
                break
            time.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY)
        if argv[0] != "status":  # nobody sees its complaints
            result = self._without_repetitions(result)
        if result.rc and check:
            raise self.error(argv, result, secret)
        return result

    def inside(self, ctid, *command, stdin=None, timeout=None, keep=None, most=None):
        """
        Run a program inside a container, without a shell, and return its code and both outputs as bytes.

        `stdin` are bytes; nothing of the command is logged. `keep` and `most` are those of `process.exchange`.
        """
        release = self.release()[0]
        argv = ["exec3", str(ctid), *command]
        program = process.Program(self.vzctl, *self._whence([self.vzctl]))
        limit = timeout or self._limit("exec3", 0)
        return program.heard(argv, limit, stdin, _logged(argv), release.locale, keep, most)

    def _is_locked(self, result):
        return self.release()[0].exit_codes.get(result.rc) is errors.LockedError

    def _without_repetitions(self, result):
        """vzctl complains of vz.conf whatever it is called for: by each `Vzctl` that is told once."""
        lines = result.stderr.splitlines(keepends=True)
        known = {line for line in lines if _OF_THE_NODE.match(line)}
        repeated = known & self._complained
        self._complained |= known
        return replace(result, stderr="".join(line for line in lines if line not in repeated)) if repeated else result

    def _asked(self, argv, limit, stdin):
        """A vzctl that hangs when it is asked for a status does so for all containers: it is not asked again."""
        try:
            return self._execute([self.vzctl, *argv], limit, stdin)
        except errors.CommandTimeoutError as err:
            if argv[0] == "status":
                self._failed["status"] = err
            raise

    def list(self, *argv):
        """
        Run ``vzlist ARGV`` and return its standard output; any failure is CannotAskError.

        One that fails for all containers, or hangs, is not run again by this `Vzctl`: the answer stays.
        """
        self.release()
        is_whole = not argv or not is_ctid(argv[-1])
        return self._once("vzlist", lambda: self._listed(argv)) if is_whole else self._listed_one(argv)

    def _listed_one(self, argv):
        """A container that is gone by now is not a failure of vzlist."""
        self._give_up("vzlist")
        try:
            return self._listed(argv)
        except (errors.CommandTimeoutError, errors.MissingProgramError) as err:
            self._failed["vzlist"] = err
            raise

    def _listed(self, argv):
        result = self._execute([self.vzlist, *argv], self._limit("list", 0))
        if result.rc:
            raise errors.CannotAskError(f"vzlist ended with code {result.rc}: {result.message or 'no message'}")
        return result.stdout

    def link(self, *argv):
        """Run ``ip ARGV``; LinkError for a code other than 0."""
        self._run_other("ip", self.ip, argv)

    def bridge(self, *argv):
        """Run ``brctl ARGV``; LinkError for a code other than 0."""
        self._run_other("brctl", self.brctl, argv)

    def clone(self, *argv):
        """Run ``vzmlocal ARGV``, which copies whole disks; VzctlError for a code other than 0."""
        result = self._execute([self.vzmlocal, *argv], self.command_timeout or CLONE_TIMEOUT)
        if result.rc:
            its = self.flavour.moving
            ended = f"vzmlocal {' '.join(argv)} ended with code {result.rc} ({its.sentence(result.rc)})"
            raise errors.VzctlError(f"{ended}: {result.message or 'no message'}", rc=result.rc, argv=argv)

    def _run_other(self, name, program, argv):
        result = self._execute([program, *argv], self._limit(name, 0))
        if result.rc:
            what = f"{name} {' '.join(argv)} ended with code {result.rc}"
            raise errors.LinkError(f"{what}: {result.message or 'no message'}")

    def error(self, argv, result, secret=False):
        """The exception for a `result` that failed; that of a `secret` call has nothing of its output."""
        kind = self.release()[0].exit_codes.get(result.rc, errors.VzctlError)
        ended = f"vzctl {' '.join(argv[:2])} ended with code {result.rc}"
        output = (
            "; its output is not shown since it may contain secrets"
            if secret
            else f": {result.message or 'no message'}"
        )
        return kind(ended + output, rc=result.rc, argv=argv)

    def _limit(self, command, stop_timeout):
        if self.command_timeout:
            return self.command_timeout
        if command in ("stop", "restart"):
            waits = self._release[0].waits if self._release else 0
            return stop_timeout + STOP_GRACE + waits
        is_long = command == "create" or command.startswith("snapshot")
        return CREATE_TIMEOUT if is_long else DEFAULT_TIMEOUT

    def _execute(self, command, limit, stdin=None):
        program = process.Program(command[0], *self._whence(command))
        locale = self._release[0].locale if self._release else "C"
        return program.run(command[1:], limit, stdin, _logged(command[1:]), locale)

    def _whence(self, command):
        """The package of a program, and the setting that has its path."""
        programs = {
            self.brctl: ("bridge-utils", "brctl"),
            self.ip: ("iproute2", "ip"),
            self.vzmlocal: ("vzmigrate", "vzmlocal"),
            self.vzlist: ("vzctl", "vzlist"),
            self.vzctl: ("vzctl", "vzctl"),
        }
        return programs[command[0]]


def _supported():
    return " and ".join(f"vzctl {one.releases or one.family} ({one.name})" for one in flavours.FLAVOURS)


def _logged(argv):
    """What is logged of a call: people type passwords after ``exec``."""
    if len(argv) > 2 and argv[0].startswith("exec"):
        return [*argv[:2], f"({len(argv) - 2} more that may contain secrets)"]
    return argv
