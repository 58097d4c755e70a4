"""
The door into a container: a program and what it is told go in over standard input, its answer comes back as JSON.

Whoever is root inside may answer what he likes, as much as he likes, or never: all of that has its limit here.
"""

import errno
import json
import math
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import InsideError, MissingProgramError, harmless, shown
from ...host import process
from .loader import FIND, LOADER, MARK, NO_PYTHON

_DEEPEST = 100  # lists and mappings in each other
_AFTER = 30  # seconds after its limit in which the program inside should have ended by itself
_DIGITS = 25  # of a number: longer ones cost time to read, and msgpack has none above 64 bits anyway
_WORDS = 300  # characters of what a program said that are quoted
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ENDS = {
    "place": "{what} in container {name} is not a directory of its root alone, so nothing is put there; remove "
    "it inside",
    "busy": "another run of states is in progress inside container {name}; try again when it has finished",
    "full": "the disk of container {name} is full, so Salt cannot be put or run there; free some space inside",
    "old": "container {name} has Python {what}, which is too old for the node's Salt; install a newer one inside, and "
    "name it as openvz:inside_python",
    "late": "what ran inside container {name} did not finish within {limit:g} seconds and was killed; raise "
    "openvz:inside_timeout if it needs longer",
    "died": "what ran inside container {name} ended before it gave an answer{said}",
    "failed": "nothing can be run inside container {name}: {what}",
    "cut": "container {name} did not get all that was sent into it; try again",
}


@dataclass(frozen=True)
class Deposit:
    """An archive that stays inside, by its hash: `path` on the node, `needs` the lowest Python for it."""

    kind: str
    digest: str
    path: str
    python: str | None = None
    needs: tuple = (3, 8)


@dataclass(frozen=True)
class Answer:
    """What the program returned, and how; `said` is what it printed beside, `sent` the bytes of the deposit."""

    value: object
    retcode: int
    said: str
    sent: int


class Door:
    """
    Runs programs inside one container.

    node, container
        The library's; the container should run. `python` is a program inside, ``None`` to look for one. `timeout` is
        how many seconds a program may take.
    """

    def __init__(self, node, container, *, timeout=3600, python=None):
        self._node, self._container, self._timeout, self._python = node, container, timeout, python

    def run(self, program, job, *, payload=None, deposit=None, timeout=None):
        """
        Run ``main(job, payload)`` of a program inside and return its `Answer`; InsideError if there is none.

        program
            Source of Python. It returns what JSON can say, and an exit code.

        job
            A mapping. ``exclusive``: refuse where another such run is at work. The program finds the place of the
            deposit in ``deposit``.

        payload
            Bytes; the program gets them in a file that nobody else can read.
        """
        limit = self._timeout if timeout is None else timeout
        said = self._tried(program, job, payload, deposit, limit, b"")
        if said.get("needs") and deposit:
            try:
                with open(deposit.path, "rb") as stream:
                    archive = stream.read()
            except OSError as err:
                raise InsideError(f"{shown(str(deposit.path))} cannot be read: {err.strerror}") from None
            said = self._tried(program, job, payload, deposit, limit, archive)
            return self._answer(said, limit, len(archive))
        return self._answer(said, limit, 0)

    def _tried(self, program, job, payload, deposit, limit, archive):
        job = dict(job)
        parts = program.encode(), None, archive, payload or b""
        head = {
            "nonce": secrets.token_hex(16),
            "limit": limit,
            "exclusive": bool(job.pop("exclusive", False)),
            "needs": list(deposit.needs) if deposit else [3, 4],
            "kind": deposit.kind if deposit else None,
            "digest": deposit.digest if deposit else None,
        }
        parts = (parts[0], json.dumps(job).encode(), *parts[2:])
        head |= dict(zip(("program", "job", "deposit", "payload"), map(len, parts), strict=True))
        sent = json.dumps(head).encode() + b"\n" + b"".join(parts)
        return self._parsed(*self._exec(sent, limit), head["nonce"])

    def _exec(self, sent, limit):
        vzctl = self._node.vzctl.vzctl
        argv = [vzctl, "exec3", str(self._container.ctid), "/bin/sh", "-c", FIND, "sh", LOADER, self._python or ""]
        try:
            return process.run(argv, limit + _AFTER, sent)
        except TimeoutError:
            raise InsideError(self._sentence("late", limit=limit)) from None
        except process.TooMuchError:
            raise InsideError(
                f"what ran inside container {self._name} printed more than {process.MAX_BYTES >> 20} MiB and was killed"
            ) from None
        except OSError as err:
            raise MissingProgramError(f"{vzctl} cannot be run: {err.strerror}; set openvz:vzctl to its path") from None

    def _parsed(self, code, out, err, nonce):
        """The mapping in the frame that the loader writes."""
        _, mark, rest = out.rpartition(f"\n{MARK} {nonce} ".encode())
        if not mark:
            raise InsideError(self._nothing(code, out, err))
        length, _, text = rest.partition(b"\n")
        try:
            said = json.loads(
                text[: int(length)].decode(), parse_int=_whole, parse_float=_finite, parse_constant=_refused
            )
            if not isinstance(said, Mapping) or not _is_shallow(said):
                raise ValueError
        except (ValueError, RecursionError):
            raise InsideError(self._senseless) from None
        return harmless(said)

    def _answer(self, said, limit, sent):
        if "error" in said:
            raise InsideError(self._sentence(said["error"], str(said.get("what") or ""), limit))
        code = said.get("retcode")
        if "value" not in said or not isinstance(code, int) or isinstance(code, bool):
            raise InsideError(self._senseless)
        return Answer(said["value"], code, str(said.get("said") or "")[-4096:], sent)

    def _sentence(self, kind, what="", limit=0):
        if not isinstance(kind, str) or kind not in _ENDS:
            return self._senseless
        if kind == "died" and any(os.strerror(number) in what for number in _FULL):
            kind = "full"
        last = what.strip().rpartition("\n")[2][:_WORDS]
        words = {"name": self._name, "what": shown(what[:_WORDS]), "limit": limit}
        return _ENDS[kind].format(**words, said=f": {shown(last)}" if last else "")

    def _nothing(self, code, out, err):
        if NO_PYTHON.encode() in out:
            if self._python:
                return f"container {self._name} has no {shown(self._python)}, which openvz:inside_python names"
            return (
                f"container {self._name} has no Python 3; install it inside (apt-get install python3), or name it as "
                "openvz:inside_python"
            )
        said = (err or out).decode("utf-8", "replace").strip().rpartition("\n")[2][:_WORDS]
        words = f": {shown(said)}" if said else ""
        return f"container {self._name} gave no answer, vzctl exec3 ended with code {code}{words}; does it still run?"

    @property
    def _senseless(self):
        return f"what container {self._name} answered makes no sense: is python3 inside what it should be?"

    @property
    def _name(self):
        return shown(str(self._container.domain.name or self._container.ctid))


def _whole(digits):
    if len(digits) > _DIGITS:
        raise ValueError
    return int(digits)


def _finite(digits):
    """1e999 is JSON, and as good as Infinity."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError
    return number


def _refused(word):
    """NaN and Infinity are not JSON."""
    raise ValueError(word)


def _is_shallow(value):
    level, depth = [value], 0
    while level and depth <= _DEEPEST:
        level = [
            one
            for part in level
            if isinstance(part, (Mapping, list))
            for one in (part.values() if isinstance(part, Mapping) else part)
        ]
        depth += 1
    return not level
