"""
What is read of a node before it is judged: each thing once, and what could not be asked is a finding of its own.
"""

import contextlib
import os
import re
import shlex
from dataclasses import dataclass
from functools import cached_property

from ... import errors
from ...host import files
from ...host.locks import is_alive
from ...model.ctid import Ctid
from ...model.kinds import scalars

NOT_ASKED = (errors.OpenVZError, OSError, ValueError)
_PID_MAX = 2**22  # of Linux
_SHOWN = 6  # containers that a sentence names


@dataclass(frozen=True)
class Finding:
    """One thing that keeps containers off the network or from starting, or stands in an administrator's way."""

    check: str  # one of doctor.ORDER
    containers: tuple[Ctid, ...]  # CTIDs concerned; empty: the node, or nobody yet
    where: str  # a path, or a name
    what: str  # the fact
    remedy: str  # with the command


def finding(check, where, what, remedy, containers=()):
    """A `Finding` that every terminal and serializer can show, whatever bytes a name or a file has."""
    return Finding(
        check, tuple(sorted(containers)), *(errors.shown(scalars.plain(str(text))) for text in (where, what, remedy))
    )


def named(ctids):
    """``[102, 101]`` -> ``"containers 101, 102"``"""
    ctids = sorted(ctids)
    more = f" and {len(ctids) - _SHOWN} more" if len(ctids) > _SHOWN else ""
    return f"container{'s' if len(ctids) > 1 else ''} {', '.join(ctids[:_SHOWN])}{more}"


class Reading:
    """
    A node as it is found. `findings` are what could not be read, and grow while checks ask for more.

    node
        The `Node`; nothing of it may have been read before.

    proc_dir
        The kernel's ``/proc``.

    moves
        Called for moves under way and old copies, as `execution.moving.closing.moves` says them; ``None``: none.
    """

    def __init__(self, node, proc_dir, moves=None):
        self.node, self.proc_dir, self.findings = node, proc_dir, []
        self.moves = {"moves": [], "copies": []}
        with self.asking("moves of containers"):
            self.moves = moves() if moves else self.moves
        # What is only in part here for the sake of a move is no half container.
        self.moving = {Ctid(one["ctid"]) for one in self.moves["moves"]}
        self.away = self.moving | {Ctid(one["ctid"]) for one in self.moves["copies"]}
        self.copies = {path for one in self.moves["copies"] for path in one["paths"]}

    @contextlib.contextmanager
    def asking(self, where, *ctids):
        """What cannot be asked in this block becomes a finding; the next block is asked all the same."""
        try:
            yield
        except NOT_ASKED as err:
            self.findings.append(
                finding("cannot_ask", where, err, "fix what prevents reading it, then run openvz.doctor again", ctids)
            )

    def judge(self, check):
        """The findings of one check, up to what it could not ask."""
        found = []
        with self.asking(check.__name__.replace("_", " ")):
            for one in check(self):
                found.append(one)
        return found

    # the node

    @cached_property
    def settings(self):
        """vz.conf, or ``None`` where it cannot be read: then nothing is known of containers, templates and locks."""
        path = self.node.path(self.node.flavour.places.NODE_FILE)
        with self.asking(path):
            if files.text(path) is not None:
                return self.node.vz_conf
            self.findings.append(
                finding(
                    "vz_conf",
                    path,
                    f"{path} does not exist: vzctl does nothing without it, and no container can be checked",
                    "reinstall vzctl, or restore the file",
                )
            )
        return None

    @cached_property
    def has_vzctl(self):
        """Whether vzctl answers, and is one that we know."""
        try:
            self.node.vzctl.version()
        except errors.CannotAskError as err:
            self.findings.append(finding("vzctl", self.node.vzctl.vzctl, *_without_vzctl(err)))
            return False
        return True

    @cached_property
    def statuses(self):
        """CTID -> status, from one vzlist, or from the kernel and the fast list; empty where it cannot be asked."""
        if not self.has_vzctl:
            return {}
        listing, found = self.node.flavour.listing, {}
        try:
            if self.settings is not None and self.node.states.tell():
                found = dict(self.node.ask_all())
            answer = self.node.vzctl.list(*(listing.STOPPED_WORDS if found else listing.STATUS_WORDS))
        except errors.CannotAskError as err:
            remedy = f"run {self.node.vzctl.vzlist} -a and see what it prints"
            self.findings.append(finding("vzlist", self.node.vzctl.vzlist, err, remedy))
            return {}
        return found | {ctid: status for ctid, status, _ in listing.statuses(answer)}

    def sysctl_path(self, name):
        """``sysctl_path("net.ipv4.ip_forward")`` -> ``"/proc/sys/net/ipv4/ip_forward"``"""
        return os.path.join(self.proc_dir, "sys", *name.split("."))

    @cached_property
    def locks(self):
        """CTID -> (path, process id that holds it or ``None``) of the lock files that can be read."""
        if self.settings is None:
            return {}
        found = {}
        directory = self.settings["LOCKDIR"]
        with self.asking(directory):
            for ctid in numbers(self.node.flavour.places.of_lock, listed(directory)):
                with self.asking(self.node.lock_path(ctid), ctid):
                    text = files.text(self.node.lock_path(ctid))
                    if text is not None:  # released this moment
                        found[ctid] = self.node.lock_path(ctid), _process(text)
        return found

    def is_busy(self, ctid):
        """Whether a vzctl works on a container now."""
        return ctid in self.locks and is_alive(self.locks[ctid][1])

    # its containers

    @cached_property
    def files(self):
        """CTID -> `Configuration` of every file that can be read."""
        if self.settings is None:
            return {}
        found = {}
        with self.asking(self.node.containers_dir):
            for ctid in self.node.ctids():
                text = self._text(ctid)
                if text is not None:
                    found[ctid] = self.node.flavour.reading.parse(text)
        return found

    @cached_property
    def domains(self):
        """CTID -> `Domain` of the same."""
        found = {}
        for ctid, conf in self.files.items():
            with self.asking(self.node.conf_path(ctid), ctid):
                found[ctid] = self.node.flavour.reading.domain(conf, ctid)
        return found

    def holders(self, things):
        """``holders(lambda domain: domain.addresses)`` -> ``{"198.51.100.1": [101, 102]}``; sorted, each once."""
        found = {}
        for ctid, domain in self.domains.items():
            for thing in dict.fromkeys(things(domain)):
                found.setdefault(thing, []).append(ctid)
        return dict(sorted(found.items()))

    def _text(self, ctid):
        path = self.node.conf_path(ctid)
        try:
            text = files.text(path)
        except NOT_ASKED as err:
            text, what = None, err
        else:
            what = f"{path} is a broken link" if os.path.islink(path) else None
            if text is None and what and self.node.flavour.places.REAL_FILE:
                return None  # it is half of a container, and told of with the others
        if text is None and what:
            remedy = f"restore {shlex.quote(path)} as a regular file that root can read, or remove it"
            self.findings.append(finding("conf_file", path, what, remedy, [ctid]))
        return text


def listed(directory):
    """The names in a directory, none if there is no such directory."""
    try:
        return sorted(os.listdir(directory))
    except FileNotFoundError:
        return []
    except OSError as err:
        raise errors.CannotAskError(f"{directory} cannot be listed: {err.strerror}") from None


def numbers(of, names):
    """The CTIDs that `of`, such as ``places.of_dump``, finds in names; sorted."""
    return sorted({ctid for ctid in map(of, names) if ctid})


def _process(text):
    first = text.partition("\n")[0].strip()
    pid = int(first) if re.fullmatch("[0-9]{1,9}", first) else 0
    return pid if 0 < pid <= _PID_MAX else None


def _without_vzctl(err):
    """What is wrong with vzctl, and the remedy."""
    if isinstance(err, errors.MissingProgramError):
        return str(err).partition(";")[0], "install vzctl, or set openvz:vzctl to the path of the program"
    if isinstance(err, errors.UnsupportedFlavourError):
        return err, "update vzctl on this node, or set openvz:vzctl to the path of one that is supported"
    return err, "run vzctl --version by hand and see what it says"
