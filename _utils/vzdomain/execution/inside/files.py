"""
Files into containers and out of them, over the standard streams of a program that runs inside.

Paths of a container are opened inside it alone: a link there leads nowhere else. ``/bin/sh`` and the usual tools do,
Python is not needed. On the node a link in the place of a file is not followed, and no file is longer than was allowed.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat

from ...errors import ArgumentError, InsideError, OpenVZError, shown

MAX_SIZE = 32 * 1024 * 1024  # bytes
_MARK = "SALT-OPENVZ"
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*\$?\Z")
_MODE = re.compile(r"0?[0-7]{3,4}\Z")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CHANGES = ("new", "contents", "owner", "group", "mode")
# The first line of the input is the checksum of what follows it.
_INTO = r"""
t=$1 o=$2 g=$3 m=$4 dry=$5 d=${1%/*}
say() { printf '\nSALT-OPENVZ %s\n' "$*"; exit 0; }
IFS= read -r want
if [ -d "$t" ]; then say is-directory; fi
if [ ! -d "$d/" ]; then say no-directory; fi
what=
if [ -f "$t" ] && [ ! -L "$t" ]; then
  have=$(sha256sum < "$t") || say failed no sha256sum
  if [ "${have%% *}" != "$want" ]; then what=" contents"; fi
  set -- $(stat -c '%U %u %G %g %a' -- "$t")
  if [ -n "$o" ] && [ "$o" != "$1" ] && [ "$o" != "$2" ]; then what="$what owner"; fi
  if [ -n "$g" ] && [ "$g" != "$3" ] && [ "$g" != "$4" ]; then what="$what group"; fi
  if [ -n "$m" ] && [ "$m" != "$5" ]; then what="$what mode"; fi
  o=${o:-$2} g=${g:-$4} m=${m:-$5}
elif [ -e "$t" ] && [ ! -L "$t" ]; then say no-file
else what=" new"; fi
if [ "$dry" = yes ] || [ -z "$what" ]; then say ok $what; fi
umask 077
n=$(mktemp "$d/.salt-XXXXXX" 2>&1) || say failed "$n"
trap 'rm -f -- "$n"' EXIT
e=$(cat 2>&1 > "$n") || say failed "$e"
have=$(sha256sum < "$n") || say failed no sha256sum
if [ "${have%% *}" != "$want" ]; then say cut; fi
e=$(chown -- "${o:-0}:${g:-0}" "$n" 2>&1) || say failed "$e"
e=$(chmod -- "${m:-600}" "$n" 2>&1) || say failed "$e"
e=$(mv -f -- "$n" "$t" 2>&1) || say failed "$e"
say ok $what
"""
_OUT_OF = r"""
if [ -f "$1" ]; then printf 'SALT-OPENVZ file\n'; exec cat -- "$1"; fi
if [ -e "$1" ]; then printf 'SALT-OPENVZ no-file\n'; else printf 'SALT-OPENVZ nothing\n'; fi
"""


def source(path, max_size=MAX_SIZE):
    """The bytes of a regular file of the node; OpenVZError for anything else, and for more than `max_size` bytes."""
    if "\0" in path:
        raise ArgumentError("the source must be a path of the node")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OpenVZError(f"{shown(path)} is not a regular file")
            data = stream.read(max_size + 1)
    except OSError as err:
        raise OpenVZError(f"{shown(path)} cannot be read: {err.strerror}") from None
    return _bounded(data, shown(path), max_size)


def copy_to(
    node, container, data, target, *, owner=None, group=None, mode=None, max_size=MAX_SIZE, timeout=None, test=False
):
    """
    Write bytes to a file inside a container unless they are there already; returns what is (or would be) changed.

    That is a tuple of ``new``, ``contents``, ``owner``, ``group``, ``mode``. What is not given stays as it is; a new
    file belongs to root, who alone may read it. The file is written beside the target and renamed: a link at its place
    is replaced. InsideError says what is wrong inside.
    """
    words = [_inside(target), *_checked(owner, group, mode)]
    _bounded(data, "the source", max_size)
    head = hashlib.sha256(data).hexdigest().encode() + b"\n"
    changed = _said(node, container, [*words, "yes"], head, timeout)
    if changed and not test:
        changed = _said(node, container, [*words, "no"], head + data, timeout)
    return changed


def copy_from(node, container, path, target, *, max_size=MAX_SIZE, timeout=None, test=False):
    """
    Write a file of a container to `target` on the node; returns whether that changes something.

    It is a new file that root alone may read, renamed over the old one: a link is replaced, not followed.
    """
    _local(target)
    head = f"{_MARK} file\n".encode()
    argv = ("/bin/sh", "-c", _OUT_OF, "sh", _inside(path))
    rc, out, err = node.vzctl.inside(container.ctid, *argv, timeout=timeout, most=max_size + len(head))
    if not out.startswith(head) or rc:
        raise InsideError(_why(container, path, rc, out, err))
    data = out[len(head) :]
    is_changed = not _has(target, data)
    if is_changed and not test:
        _write(target, data)
    return is_changed


def _inside(path):
    if not isinstance(path, str) or not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise ArgumentError("a path inside a container must be absolute, and name a file")
    return path


def _local(path):
    if not isinstance(path, str) or not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise ArgumentError("the target must be an absolute path of the node, and name a file")
    if os.path.isdir(path):
        raise ArgumentError(f"{shown(path)} is a directory; name the file in it")


def _bounded(data, name, most):
    if len(data) > most:
        raise OpenVZError(f"{name} is larger than max_size ({most} bytes)")
    return data


def _checked(owner, group, mode):
    """The three as the script takes them: empty for those that are not given."""
    for name, value in (("owner", owner), ("group", group)):
        if value is not None and not _OWNER.match(str(value)):
            raise ArgumentError(f"{name} must be a name or number inside the container, not {shown(str(value))!r}")
    if mode is not None and not (isinstance(mode, str) and _MODE.match(mode)):  # YAML makes 420 of 0644
        raise ArgumentError(f"mode must be octal digits such as 0644, in quotes, not {shown(str(mode))!r}")
    octal = "" if mode is None else f"{int(mode, 8):o}"
    return ["" if owner is None else str(owner), "" if group is None else str(group), octal]


def _said(node, container, words, stdin, timeout):
    """What the script inside has changed, or would."""
    argv = ("/bin/sh", "-c", _INTO, "sh", *words)
    rc, out, err = node.vzctl.inside(container.ctid, *argv, stdin=stdin, timeout=timeout, most=65536)
    kind, _, rest = out.decode("utf-8", "replace").rpartition(f"\n{_MARK} ")[2].strip().partition(" ")
    name, target = _name(container), shown(words[0])
    sentences = {
        "is-directory": f"{target} in container {name} is a directory; name the file in it",
        "no-directory": f"container {name} has no directory for {target}; create it first",
        "no-file": f"{target} in container {name} is not a regular file",
        "cut": f"container {name} did not get all of {target}; try again",
        "failed": f"{target} in container {name} cannot be written: {shown(rest.strip()[-300:])}",
    }
    if kind == "failed" and any(os.strerror(number) in rest for number in _FULL):
        raise InsideError(f"the disk of container {name} is full, so {target} cannot be written; free some there")
    if kind in sentences:
        raise InsideError(sentences[kind])
    found = tuple(rest.split())
    if rc or kind != "ok" or not set(found) <= set(_CHANGES):
        raise InsideError(_nonsense(container, rc, err))
    return found


def _why(container, path, rc, out, err):
    where = f"{shown(path)} in container {_name(container)}"
    if out == f"{_MARK} nothing\n".encode():
        return f"{where} does not exist"
    if out == f"{_MARK} no-file\n".encode():
        return f"{where} is not a regular file"
    return _nonsense(container, rc, err)


def _nonsense(container, rc, err):
    said = shown(err.decode("utf-8", "replace").strip().rpartition("\n")[2][:300])
    return (
        f"container {_name(container)} gave no answer that makes sense, vzctl exec3 ended with code {rc}"
        + (f": {said}" if said else "")
        + "; does it still run?"
    )


def _name(container):
    return shown(str(container.domain.name or container.ctid))


def _has(path, data):
    """Whether a regular file of the node has these bytes."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.read(len(data) + 1) == data
    except OSError:
        return False


def _write(path, data):
    scratch = f"{path}.{secrets.token_hex(8)}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(scratch, flags, 0o600), "wb") as stream:
            stream.write(data)
        os.rename(scratch, path)
    except OSError as err:
        with contextlib.suppress(OSError):
            os.unlink(scratch)
        raise OpenVZError(f"{shown(path)} cannot be written: {err.strerror}") from None
