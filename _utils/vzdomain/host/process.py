"""
The one door to other programs, any of which may never finish, of its words or of its time.

What a container runs answers through vzctl, and whoever is root inside decides what it says and how much. A program has
finished when its process has: what that leaves behind may keep its outputs open for as long as it likes.
"""

import contextlib
import logging
import os
import re
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass

from .. import errors

log = logging.getLogger(__name__)

MAX_BYTES = 32 * 1024 * 1024  # of each output: vzlist says 4 KiB of a container
LINGER = 1.0  # seconds at most that outputs are read when the process has finished
_PIECE = 65536  # bytes
_TICK = 0.1  # seconds between two looks at a process that is silent
_GRACE = 2  # seconds between SIGTERM and SIGKILL
_LAST = 5  # seconds for the kernel to end a process that was killed: one that waits for a disk may not
_CHATTER = re.compile(r"^(warning|unable|error)", re.IGNORECASE)


class TooMuchError(Exception):
    """The program has said more than it may."""


class BadArgumentError(Exception):
    """An argument has a NUL or half a character: no program can be given that."""


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    rc: int
    stdout: str
    stderr: str

    @property
    def message(self):
        """What it said, in one line: standard error, else standard output."""
        said = (self.stderr.strip() or self.stdout.strip()).splitlines()
        return "; ".join(errors.shown(line.strip()) for line in said if line.strip())

    @property
    def warnings(self):
        """Complaints of a command that succeeded all the same."""
        lines = [line.strip() for line in (self.stdout + "\n" + self.stderr).splitlines()]
        return tuple(errors.shown(line) for line in lines if _CHATTER.match(line))


@dataclass(frozen=True)
class Program:
    """A program of the node."""

    path: str  # or its name
    package: str  # that has it
    setting: str | None = None  # below ``openvz``, with its path

    def run(self, argv, limit, stdin=None, logged=None, locale="C"):
        """
        Run it with these arguments and return its `Result`, as text with line breaks of one kind.

        `limit` are seconds; `stdin` is text and never logged; `logged` are the arguments as the log may have them;
        `locale` is its ``LC_ALL``.
        CommandTimeoutError, MissingProgramError (its cause is the OSError), CannotAskError where it says too much, and
        RefusedError for an argument that no program can be given.
        """
        data = None if stdin is None else stdin.encode("utf-8", "replace")
        rc, *said = self.heard(argv, limit, data, logged, locale)
        return Result(rc, *map(text, said))

    def heard(self, argv, limit, stdin=None, logged=None, locale="C", keep=None, most=None):
        """The same with bytes: code and both outputs. `keep` and `most` are those of `exchange`."""
        log.debug("Running %s", [self.path, *(argv if logged is None else logged)])
        what = " ".join((self.path, *argv[:2]))
        try:
            ended = run([self.path, *argv], limit, stdin, locale, keep, most)
        except TimeoutError:  # an OSError too
            raise errors.CommandTimeoutError(
                f"{what} did not finish within {limit} seconds and was killed; what it did before that is unknown"
            ) from None
        except TooMuchError:
            most = most or MAX_BYTES
            said = f"{most // 1024**2} MiB" if most >= 1024**2 else f"{most} bytes"
            raise errors.CannotAskError(f"{what} printed more than {said} and was killed") from None
        except OSError as err:
            where = f", or set openvz:{self.setting} to its path" if self.setting else ""
            raise errors.MissingProgramError(
                f"{self.path} cannot be run: {err.strerror}; install {self.package}{where}"
            ) from err
        except BadArgumentError:
            raise errors.RefusedError(
                f"{what} cannot be run: an argument contains a NUL or an invalid character"
            ) from None
        log.debug("%s ended with code %s", self.path, ended[0])
        return ended


def run(command, limit, stdin=None, locale="C", keep=None, most=None):
    """
    Run a program without a shell, in a session of its own; returns its code and both outputs, as
    bytes.

    `stdin` are bytes or ``None``. OSError or BadArgumentError for what cannot be started. TimeoutError after `limit`
    seconds and TooMuchError beyond `most` bytes: it is killed then, with all that it started. `keep` is that of
    `exchange`.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": locale},
            bufsize=0,
            start_new_session=True,
        )
    except ValueError:
        raise BadArgumentError from None
    try:
        streams = exchange(process, stdin, limit, keep, most)
    except (TimeoutError, TooMuchError):
        _kill(process)
        raise
    finally:
        for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
            stream.close()
    return (process.returncode, *streams)


def detach(command, log, environment):
    """
    Start a program that outlives this process, in a session of its own, and return its number. OSError.

    It reads nothing, and all that it says goes to the file `log`, which is for nobody else to read. `environment` has
    variables beside those of this process.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            cwd="/",
            env={**os.environ, "LC_ALL": "C", **environment},
            start_new_session=True,
        ).pid
    finally:
        os.close(descriptor)


def exchange(process, stdin, limit, keep=None, most=None):
    """
    Give a process its standard input (bytes or ``None``) and return both its outputs, as bytes, when it has finished.

    TimeoutError after `limit` seconds, TooMuchError beyond `most` bytes of one output (`MAX_BYTES` unless said); the
    process goes on running then. With `keep` no output is too long: what follows its first `keep` bytes is read and
    dropped, and an output of one byte more was cut. It must have been started with pipes and without buffers.
    """
    end, left, most = time.monotonic() + limit, memoryview(stdin or b""), most or MAX_BYTES
    heard = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as selector:
        for stream in heard:
            selector.register(stream, selectors.EVENT_READ)
        if stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        while selector.get_map():
            ready = selector.select(min(_remaining(end), _TICK))
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    left = _feed(selector, process.stdin, left)
                else:
                    _hear(selector, key.fileobj, heard[key.fileobj], keep, most)
            if process.poll() is not None:
                _drain(selector, heard, keep, most)
                return tuple(bytes(said) for said in heard.values())  # in time, however long that was read
    try:
        process.wait(_remaining(end))  # it may have closed its outputs and go on
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return tuple(bytes(said) for said in heard.values())


def _drain(selector, heard, keep, most):
    """What was said before the process finished is in the pipes: read it, and wait no longer for those it left."""
    for key in list(selector.get_map().values()):
        if key.fileobj not in heard:
            selector.unregister(key.fileobj)
    end = time.monotonic() + LINGER
    while selector.get_map() and time.monotonic() < end:
        ready = selector.select(_TICK)
        if not ready:
            return
        for key, _ in ready:
            try:
                _hear(selector, key.fileobj, heard[key.fileobj], keep, most)
            except TooMuchError:  # a pipe holds little of the process's own
                return


def _remaining(end):
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _feed(selector, stream, left):
    """Write a piece; who reads no more has had enough."""
    try:
        left = left[os.write(stream.fileno(), left[:_PIECE]) :] if left else left
    except BrokenPipeError:
        left = left[:0]
    if not left:
        selector.unregister(stream)
        stream.close()
    return left


def _hear(selector, stream, heard, keep, most):
    piece = os.read(stream.fileno(), _PIECE)
    if not piece:
        selector.unregister(stream)
    heard += piece
    if keep is not None:
        del heard[keep + 1 :]
    elif len(heard) > most:
        raise TooMuchError


def text(data):
    """What a program said, with line breaks of one kind; what is not UTF-8 becomes U+FFFD."""
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _kill(process):
    """End the whole process group: vzctl starts helpers of its own."""
    for sign, grace in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _LAST)):
        try:
            os.killpg(process.pid, sign)
        except (ProcessLookupError, PermissionError):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
