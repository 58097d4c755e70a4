"""
Files of the node, of which any may turn out to be something else: a pipe never answers, a device answers for ever.
"""

import os
import stat

from ..errors import CannotAskError

_PIECE = 65536  # bytes
MAX_BYTES = 4 * 1024 * 1024  # a configuration file has a few KiB, the notes on a thousand containers some hundred


def text(path, name=None, broken="surrogateescape"):
    """
    The text of a regular file, ``None`` if there is none; CannotAskError as `data` says.

    Bytes that are no UTF-8 are kept as halves of characters, or are an error where `broken` is ``strict``.
    """
    found = data(path, name)
    try:
        return None if found is None else found.decode("utf-8", broken)
    except UnicodeDecodeError as err:
        raise CannotAskError(f"{name or path} cannot be read: byte {err.start + 1} is not UTF-8") from None


def data(path, name=None):
    """
    The bytes of a regular file, ``None`` if there is none; `name` is what an error calls it, if not its path.

    CannotAskError for everything else that hinders reading, and for a file of more than `MAX_BYTES`. Nothing but a
    regular file is opened: opening alone would hang on a pipe, and does something on some devices.
    """
    try:
        _check(name or path, os.stat(path))
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _check(name or path, os.fstat(descriptor))
            found = _read(descriptor)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as err:
        raise CannotAskError(f"{name or path} cannot be read: {err.strerror}") from None
    except ValueError:
        raise CannotAskError(
            f"{name or path} cannot be read: the path contains a NUL or an invalid character"
        ) from None
    if len(found) > MAX_BYTES:
        raise CannotAskError(f"{name or path} cannot be read: it has more than {MAX_BYTES} bytes")
    return found


def replace(path, text):
    """
    Put `text` in the place of a file of ours: whole and on the disk before the name changes hands. OSError.

    What a dead run left beside it is overwritten.
    """
    scratch = f"{path}.new"
    with open(scratch, "w", encoding="utf-8", opener=own) as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(scratch, path)
    directory = os.open(os.path.dirname(path), os.O_RDONLY)  # a name is on the disk when its directory is
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def own(path, flags):
    """``open(path, "w", opener=own)``: a file of ours, for nobody else to read; not through a link, not into a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)


def _read(descriptor):
    """All bytes, but hardly more than `MAX_BYTES`."""
    found = piece = os.read(descriptor, _PIECE)
    while piece and len(found) <= MAX_BYTES:
        piece = os.read(descriptor, _PIECE)
        found += piece
    return found


def _check(name, found):
    if not stat.S_ISREG(found.st_mode):
        raise CannotAskError(f"{name} cannot be read: it is not a regular file")
