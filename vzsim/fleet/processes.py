"""
Processes of a node: a fork each, since starting Python anew takes longer, with the command line that a real one has.
"""

import contextlib
import os
from collections import namedtuple

Ended = namedtuple("Ended", "rc text")

NOWHERE = "/dev/null"


def start(words, act, streams=(0, 1, 2), elsewhere=False):
    """
    Begin a process that calls ``act()`` for its exit status; its process id.

    ``words`` is the command line that others see, ``streams`` are the descriptors of input, output and errors. One
    that runs ``elsewhere``, on another node, has a session and an environment of its own.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if elsewhere:
            os.setsid()
        for at, descriptor in enumerate([os.dup(stream) for stream in streams]):
            os.dup2(descriptor, at)
        os.closerange(3, 64)
        retitle(words, keeps_environment=not elsewhere)
        code = act()
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def wait(pid):
    """Its exit status as a shell has it: 128 and the number of the signal that killed it."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code


def run(words, act, quiet=False, capture=False):
    """Run ``act()`` in a process of its own and wait for it; `Ended`, with what it printed if ``capture``."""
    with contextlib.ExitStack() as stack:
        out, error, source = 1, 2, None
        if quiet:
            out = error = os.open(NOWHERE, os.O_WRONLY)
            stack.callback(os.close, out)
        if capture:
            source, out = os.pipe()
            stack.callback(os.close, source)
        pid = start(words, act, (0, out, error))
        if capture:
            os.close(out)
        text = _read(source) if capture else ""
        return Ended(wait(pid), text)


def _read(source):
    parts = []
    while part := os.read(source, 65536):
        parts.append(part)
    return b"".join(parts).decode("utf-8", "surrogateescape")


def retitle(words, keeps_environment=True):
    """
    Show another command line in /proc/PID/cmdline, cut if there is no room; an old kernel may refuse that.

    A process that another node has started shows nothing of the environment of who has asked for it.
    """
    text = b"\0".join(os.fsencode(word) for word in words) + b"\0"
    try:
        begin, end, more, last = _places()
        room = end - begin
        if not keeps_environment and more == end:
            for name, value in os.environ.items():
                os.putenv(name, value)  # the library's own are gone now
            room = last - begin
            if len(text) > end - begin:  # like setproctitle(3): then words have blanks between them
                text = text.rstrip(b"\0").replace(b"\0", b" ")
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(begin)
            memory.write(text[: room - 1].ljust(room, b"\0"))
    except (OSError, ValueError, IndexError, OverflowError):
        return


def _places():
    """arg_start, arg_end, env_start and env_end of proc(5)."""
    with open("/proc/self/stat", encoding="utf-8", errors="replace") as stream:
        fields = stream.read().rpartition(")")[2].split()
    return tuple(int(fields[at]) for at in range(45, 49))
