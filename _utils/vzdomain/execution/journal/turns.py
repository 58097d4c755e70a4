"""
Turns between the processes and threads of one minion: locks that the kernel releases when a process dies.
"""

import contextlib
import fcntl
import os

from ...errors import CannotAskError, ConfigurationError, LockedError, shown
from ...host import files
from ...host.kernel import processes

_BUSY = {
    "allocation": "CTIDs are being chosen",
    "claiming": "addresses and devices are being noted",
    "journal": "the notes in {} are being written",
}


class Turns:
    """
    The turns of one minion, below `directory`.

    patience
        Seconds to wait for another process or thread of this minion.

    who
        Called for whose work this is: the ``jid`` and ``fun`` of a Salt job, as far as there is one.
    """

    def __init__(self, directory, patience=60, who=None):
        self.directory, self.patience, self._ask = directory, patience, who or dict
        self._asked = (None, {})  # process, what it was told

    def allocation(self):
        """Let no other process of this minion choose a CTID meanwhile."""
        return self.hold("allocation")

    def claiming(self):
        """
        Let no other process of this minion take meanwhile what containers cannot share.

        Held for a look at files and a note, by those who hold a container. It is not `allocation`: who has that may be
        waiting for a container.
        """
        return self.hold("claiming")

    @contextlib.contextmanager
    def hold(self, what):
        """
        Let no other process or thread of this minion work on `what`, a CTID, meanwhile; tells whether it waited.

        LockedError after `patience` seconds, which names who holds it.
        """
        self._make_directory()
        with _usable(self.directory):
            stream = open(self._lock_path(what), "a+", encoding="utf-8", opener=files.own)  # noqa: SIM115
        with stream:
            with _usable(self.directory):
                waited = self._wait(stream, what)
                self._sign(stream)
            owner = os.getpid()
            try:
                yield waited
            finally:
                if os.getpid() == owner:  # closing is not enough where another thread has forked: the child has it too
                    fcntl.flock(stream, fcntl.LOCK_UN)

    def _who(self):
        """Whose work this is: asked once by each process of a run."""
        if self._asked[0] != os.getpid():
            self._asked = os.getpid(), self._ask()
        return self._asked[1]

    def _sign(self, stream):
        """Say who holds a lock, where that is not what its file says."""
        who = self._who()
        job = f"Salt job {who['jid']}, {who['fun']}" if who.get("jid") else ""
        text = f"{os.getpid()}\n{job}\n"
        stream.seek(0)
        if stream.read(len(text) + 1) != text:
            stream.truncate(0)
            stream.write(text)
            stream.flush()

    def _wait(self, stream, what):
        if _locked(stream):
            return False
        if processes.wait_while(lambda: not _locked(stream), self.patience):
            busy = _BUSY.get(what, f"container {what} is being worked on").format(self.directory)
            raise LockedError(
                f"{busy} by {self.holder(what)}, which has not finished within {self.patience:g} seconds "
                f"(openvz:lock_timeout)"
            )
        return True

    def holder(self, what):
        """Who had the `hold` of something last, for people: ``process 4711 (salt-minion), Salt job 2026...``."""
        try:
            pid, _, who = (files.text(self._lock_path(what)) or "").strip().partition("\n")
        except CannotAskError:
            pid, who = "", ""
        if not (pid.isascii() and pid.isdecimal()):
            return "another process of this minion"
        return ", ".join(filter(None, (processes.described(int(pid[:10])), shown(who))))

    def is_held(self, what):
        """Whether some process or thread of this minion, be it this one, has the `hold` of a CTID now."""
        try:
            with _usable(self.directory), open(self._lock_path(what), opener=files.own) as stream:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def _lock_path(self, what):
        return os.path.join(self.directory, f"{what}.lock")

    def _make_directory(self):
        with _usable(self.directory):
            os.makedirs(self.directory, mode=0o700, exist_ok=True)


def _locked(stream):
    """One try."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _usable(directory):
    """What hinders the use of `directory`, other than a file that is missing or held, in one sentence."""
    try:
        yield
    except (FileNotFoundError, BlockingIOError):
        raise
    except OSError as err:
        raise ConfigurationError(f"the notes in {directory} cannot be used: {err.strerror}") from None
