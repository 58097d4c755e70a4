"""
Who is at work on a container that is being moved: vzmigrate, what it has started, what it runs on the other node.

A vzmigrate that is killed leaves its ssh and rsync, which go on (recorded). They are found by session and environment,
which they inherit, and on the other node by what they work on.
"""

import os
import re
import shutil
from dataclasses import dataclass

from ...host import locks
from ...host.kernel import processes

MARK = "OPENVZ_MOVE"  # in the environment of vzmigrate, and of all that it starts
_FIRST = 4  # words of a command line in which programs are looked for: an interpreter, its options, the program
_VZCTL = frozenset("vzctl vzmigrate vzmsrc vzmdest pmigrate.c2c p.haul p.haul-service".split())  # named by CTID


@dataclass(frozen=True)
class Work:
    """
    What is looked for.

    programs
        Paths of this node's own programs: another's vzctl, in a node that is simulated, is none of ours.

    areas
        Paths of private areas and configuration files of the container.
    """

    ctid: str
    id: str
    helpers: frozenset
    programs: tuple
    areas: tuple
    session: int | None = None
    birth: str | None = None

    def found(self):
        """A sentence for each process, none for nobody."""
        return [processes.described(pid) for pid in processes.numbers() if pid != os.getpid() and self._is_at_it(pid)]

    def _is_at_it(self, pid):
        if not processes.is_alive(pid) or processes.is_inside(pid):
            return False
        return self._is_sent(pid) or self._has_words(pid, processes.command(pid))

    def _is_sent(self, pid):
        """Whether vzmigrate has started it, or is it."""
        is_in_session = self.session is not None and processes.session(pid) == self.session
        if is_in_session and (pid != self.session or processes.birth(pid) == self.birth):
            return True
        return bool(self.id) and processes.environment(pid, MARK) == self.id

    def _has_words(self, pid, words):
        tokens = [word for text in words for word in text.split()]
        called = {os.path.basename(token.strip("'\"")) for token in tokens[:_FIRST]} & self.helpers
        if not called:
            return False
        if any(self._is_of_area(token) for token in tokens):
            return True
        named = {part for token in tokens for part in token.split(":")}  # vzmdest gets SOURCE:DESTINATION
        return bool(called & _VZCTL) and self.ctid in named and self._is_ours(pid, tokens[:_FIRST])

    def _is_of_area(self, token):
        bare = re.sub(r"^[^/]*:", "", token).strip("'\"").rstrip("/")  # root@hn2:/vz/private/101/
        return any(bare == area or bare.startswith(f"{area}/") for area in self.areas)

    def _is_ours(self, pid, tokens):
        """Whether it runs a program of this node, or one beside these; one of which that cannot be told may."""
        own = {os.path.dirname(os.path.realpath(path)) for path in self.programs}
        paths = [token for token in tokens if token.startswith("/") and os.path.basename(token) in _VZCTL]
        found = paths or [processes.executable(pid)]
        return any(path is None or os.path.dirname(os.path.realpath(path)) in own for path in found)


def look(node, programs, ctid, intent, areas):
    """Sentences about whoever is at work on a container: processes, and who holds its locks."""
    sent = intent.process if intent else {}
    paths = tuple(filter(None, map(shutil.which, (node.vzctl.vzctl, *programs))))
    areas = tuple(dict.fromkeys(os.path.normpath(area) for area in areas if area))
    pid = sent.get("pid")
    helpers = node.flavour.moving.HELPERS
    id = intent.id if intent and intent.data.get("sent") else ""  # whoever noted that may not have lived to note more
    work = Work(str(ctid), id, helpers, paths, areas, pid, sent.get("birth"))
    return [*work.found(), *_holders(node, ctid)]


def _holders(node, ctid):
    pid = locks.holder(node.lock_path(ctid))
    if pid and pid != os.getpid():
        yield f"{node.lock_path(ctid)} is held by {processes.described(pid)}"
    turn = node.turn_path(ctid)
    if turn and locks.is_flocked(turn):
        yield f"a vzctl holds {turn}"
