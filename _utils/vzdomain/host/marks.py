"""
Whose a container is: the comments of its configuration file that vzctl keeps and does not read.

They are written under vzctl's own container lock (``LOCKDIR/CTID.lck``), by temporary file and rename; mode, owner and
extended attributes are kept. What a process that was killed leaves beside them is known by its name, and goes with the
next lock.
"""

import contextlib
import errno
import os
import stat

from .. import errors
from . import files
from .locks import clear_scratch, lock, usable


def write(node, ctid, patience=60, **comments):
    """
    Set comments such as ``UUID=...`` in the file of container `ctid`; waits `patience` seconds for its lock.

    Where the file is a link, the link stays and what it points to is replaced, as vzctl does.
    """
    path = os.path.realpath(node.conf_path(ctid))
    with lock(node.lock_path(ctid), patience, node.turn_path(ctid)):
        try:
            text = files.text(path, node.conf_path(ctid))
            if text is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            _replace(path, node.flavour.reading.with_comments(text, **comments))
        except OSError as err:
            raise errors.NotSavedError(f"{path} cannot be written: {err.strerror}") from None
    node.forget(ctid)


def clear(node, ctid, patience=60):
    """Remove what a process that was killed while it wrote comments into the file of container `ctid` has left."""
    lock_path, new = node.lock_path(ctid), scratch(os.path.realpath(node.conf_path(ctid)))
    if os.path.isdir(os.path.dirname(lock_path)):
        with usable(lock_path):
            clear_scratch(lock_path)
    if os.path.lexists(new):
        with lock(lock_path, patience), contextlib.suppress(FileNotFoundError):
            os.unlink(new)


def scratch(path):
    """Where the next text of a configuration file is written; who writes it has the container's lock."""
    return f"{path}.salt"


def _copy_attributes(path, descriptor):
    """The extended attributes, as far as the file system takes them."""
    with contextlib.suppress(OSError):
        for name in os.listxattr(path):
            with contextlib.suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(path, name))


def _replace(path, text):
    """Write beside the file and rename over it."""
    before = os.stat(path)
    new = scratch(path)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(text)
            os.fchmod(stream.fileno(), stat.S_IMODE(before.st_mode))
            os.fchown(stream.fileno(), before.st_uid, before.st_gid)
            _copy_attributes(path, stream.fileno())
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        raise
