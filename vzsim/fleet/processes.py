"""
Processes of a node: a fork each, since starting Python anew takes longer, with the command line that a real one has.
"""

import contextlib
import os
from collections import namedtuple

Ended = namedtuple("Ended", "rc text")

NOWHERE = "/dev/null"


def start(words, act, streams=(0, 1, 2), session=False):
    """
    Begin a process that calls ``act()`` for its exit status; its process id.

    ``words`` is the command line that others see, ``streams`` are the descriptors of input, output and errors.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if session:
            os.setsid()
        for at, descriptor in enumerate([os.dup(stream) for stream in streams]):
            os.dup2(descriptor, at)
        os.closerange(3, 64)
        retitle(words)
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


def retitle(words):
    """Show another command line in /proc/PID/cmdline; where the kernel refuses that, the old one stays."""
    text = b"\0".join(os.fsencode(word) for word in words) + b"\0"
    try:
        with open("/proc/self/stat", encoding="utf-8", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
        begin, end, more, last = (int(fields[at]) for at in range(45, 49))  # arg_start .. env_end of proc(5)
        room = end - begin
        if len(text) > room and more == end:  # like setproctitle(3): words with blanks, where the environment was
            for name, value in os.environ.items():
                os.putenv(name, value)
            room, text = last - begin, text.rstrip(b"\0").replace(b"\0", b" ")
        text = text[: room - 1].ljust(room, b"\0")
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(begin)
            memory.write(text)
    except (OSError, ValueError, IndexError, OverflowError):
        return
