"""
Where the commands of the container's shell read from and write to.

Files are opened inside the container only; :mod:`vzsim.jail` finds them.
"""

import errno

from vzsim import jail, shell_files


class Source:
    """Something to read from: bytes, or a file that is read when somebody asks."""

    def __init__(self, content):
        self._content = content

    def read(self):
        content, self._content = self._content, b""
        content = content if isinstance(content, bytes) else content.read()
        return content.decode("utf-8", "surrogateescape")

    def readline(self):
        if not isinstance(self._content, bytes):
            return self._content.readline().decode("utf-8", "surrogateescape")
        line, newline, self._content = self._content.partition(b"\n")
        return (line + newline).decode("utf-8", "surrogateescape")

    def write(self, text):
        """``>&0``: it goes nowhere."""


class Sink:
    """Something to write to: memory, or an open file."""

    def __init__(self, file=None):
        self.content = bytearray()
        self._file = file

    def write(self, text):
        data = text.encode("utf-8", "surrogateescape")
        if self._file is None:
            self.content += data
        else:
            self._file.write(data)

    def read(self):
        """``<&1``: nothing comes from there."""
        return ""

    readline = read


class RedirectionError(Exception):
    """A file cannot be opened; the message is the shell's."""


def _reason(problem, missing):
    """busybox has words of its own for what is not there."""
    return missing if problem.errno in (errno.ENOENT, errno.ENOTDIR) else problem.strerror


def redirected(shell, operator, text, streams, opened):
    """The stream that ``operator text`` stands for; files that were opened for it are noted."""
    if operator.startswith("<<"):
        return Source(text.encode("utf-8", "surrogateescape"))
    if operator in (">&", "<&"):
        return streams.get(int(text) if text.isdecimal() else -1) or Sink()
    if text == "/dev/null":
        return Source(b"") if operator == "<" else Sink()
    if operator == "<":
        return _input(shell, text)
    try:
        place = jail.resolve(shell.root, shell.cwd, text)
        file = open(place, "ab" if operator == ">>" else "wb", buffering=0)  # noqa: SIM115
    except OSError as problem:
        raise RedirectionError(f"can't create {text}: {_reason(problem, 'nonexistent directory')}") from None
    opened.append(file)
    return Sink(file)


def _input(shell, path):
    try:
        return Source(shell_files.content(shell, path).encode("utf-8", "surrogateescape"))
    except OSError as problem:
        raise RedirectionError(f"can't open {path}: {_reason(problem, 'no such file')}") from None
