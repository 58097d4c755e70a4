"""
Commands inside containers: as a user, in a directory, with an environment, and no more of their output than is wanted.

What of that is asked for is done by a line of ``/bin/sh`` inside. It gets everything as parameters, so nothing needs
quotes; the environment comes before the standard input of the command, since arguments are for everybody to read.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import ArgumentError, shown
from ...host.process import text

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*\$?\Z")
# dd, since a shell's read may take more of the input than its line
_PREPARED = """
n=$1 d=$2; shift 2
if [ "$n" -gt 0 ]; then
    if ! v=$(dd bs=1 count="$n" 2>/dev/null); then
        echo "the environment cannot be read: there is no dd inside" >&2
        exit 126
    fi
    eval "$v"
fi
if [ -n "$d" ]; then cd -- "$d" || exit 126; fi
exec "$@"
"""


@dataclass(frozen=True)
class Done:
    """How a command ended; `truncated` names the outputs that were longer than was kept."""

    rc: int
    stdout: str
    stderr: str
    truncated: tuple = ()


def run(node, container, command, *, stdin=None, user=None, cwd=None, env=None, timeout=None, keep=None):
    """
    Run a command inside a container, and return how it is `Done`, whatever its exit code.

    stdin
        Bytes.

    user
        A user that the container has; ``su`` there changes to it. `cwd` is an absolute path, and `env` a mapping of
        variables beside those that are set anyway.

    keep
        Bytes of each output; what follows is read and dropped.

    ArgumentError, CommandTimeoutError after `timeout` seconds, and what `Vzctl.inside` raises.
    """
    variables = _exported(env or {})
    argv = list(command)
    if user is not None or cwd is not None or variables:
        argv = _wrapped(argv, len(variables), _directory(cwd), user)
    said = variables + (stdin or b"") if variables or stdin is not None else None
    rc, *outputs = node.vzctl.inside(container.ctid, *argv, stdin=said, timeout=timeout, keep=keep)
    cut = [keep is not None and len(output) > keep for output in outputs]
    names = [name for name, is_cut in zip(("stdout", "stderr"), cut, strict=True) if is_cut]
    return Done(rc, *(text(output[:keep]) for output in outputs), tuple(names))


def _wrapped(argv, size, directory, user):
    parameters = ["sh", str(size), directory, *argv]
    if user in (None, "root"):  # who it is already: that needs no PAM of the container's
        return ["/bin/sh", "-c", _PREPARED, *parameters]
    if not _USER.match(str(user)):
        raise ArgumentError(f"user must be the name of a user inside, not {shown(str(user))!r}")
    return ["su", "-s", "/bin/sh", "-c", _PREPARED, "--", str(user), *parameters]


def _directory(cwd):
    if cwd is None:
        return ""
    if not str(cwd).startswith("/"):
        raise ArgumentError("cwd must be an absolute path inside the container")
    return str(cwd)


def _exported(env):
    """A script that sets these variables, as bytes; the error for a wrong one has its name, not its value."""
    if not isinstance(env, Mapping):
        raise ArgumentError("env must be a mapping of names and values")
    lines = []
    for name, value in env.items():
        if not _NAME.match(str(name)):
            raise ArgumentError(f"env: {shown(str(name))!r} cannot be the name of a variable")
        if "\0" in str(value):
            raise ArgumentError(f"env: the value of {name} has a NUL in it")
        lines.append(f"export {name}={shlex.quote(str(value))}")
    return "\n".join(lines).encode("utf-8", "replace")
