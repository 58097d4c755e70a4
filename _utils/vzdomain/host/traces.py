"""
What tells of a container beside its configuration file, and how a file is looked for that may be away for a moment.

An editor, a backup or vzctl itself renames a file over another: who looks in between finds none. So what else there is
of a container counts too, and what is missing is looked for again before anybody acts on its absence.
"""

import os
import time

from .. import errors
from . import files

_MOMENT = 0.025  # seconds between two looks
_LOOKS = 20


def exists(path):
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as err:
        raise errors.CannotAskError(f"{path} cannot be accessed: {err.strerror}") from None
    return True


def listdir(path):
    """The names in a directory; none if there is no such directory."""
    try:
        return os.listdir(path)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as err:
        raise errors.CannotAskError(f"{path} cannot be listed: {err.strerror}") from None


def stamp(path):
    """What changes with a file: vzctl writes a new one each time."""
    try:
        found = os.stat(path)
    except OSError:  # who reads it tells what is wrong
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def text(path):
    """The text of a file; ``None`` for what is missing or cannot be read, such as a directory or a pipe."""
    try:
        return files.text(path)
    except errors.CannotAskError:
        return None


def is_odd(path):
    """Whether there is something that cannot be read as a file."""
    return os.path.lexists(path) and text(path) is None


def numbers(directory, of):
    """The CTIDs that `of` finds in the names in a directory, sorted."""
    return sorted({ctid for ctid in map(of, listdir(directory)) if ctid})


def target(places, path):
    """The CTID that a link such as ``names/web`` points to, or ``None``."""
    try:
        return places.of_file(os.path.basename(os.readlink(path)))
    except (OSError, ValueError):
        return None


def links(places, directory):
    """CTID -> the links of the names directory that point to its file, be it there or not."""
    found = {}
    for name in sorted(listdir(directory)):
        ctid = target(places, os.path.join(directory, name))
        if ctid is not None:
            found.setdefault(ctid, []).append(os.path.join(directory, name))
    return found


def areas(places, setting):
    """The CTIDs of what is in the node's own place for private areas, ``/vz/private/$VEID``, and not empty."""
    directory, rest = places.areas(setting) or ("", "")
    found = numbers(directory, places.of_area) if directory and not rest else []
    return [ctid for ctid in found if is_filled(directory + ctid)]


def is_filled(path):
    """Whether a place of a container holds anything; vzctl takes an empty one. A link that points nowhere is missed."""
    return bool(listdir(path)) or (os.path.islink(path) and not os.path.exists(path)) or os.path.ismount(path)


def sought(look):
    """What `look` finds, asked again for half a second at most while it is ``None`` or empty."""
    for _ in range(_LOOKS):
        found = look()
        if found:
            return found
        time.sleep(_MOMENT)
    return look()


def pause():
    """The moment between a first and a second look."""
    time.sleep(2 * _MOMENT)
