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


def leads_to(path):
    """The absolute path that a link points to; ``None`` for what is not a link, and for what is not there."""
    try:
        return os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    except (OSError, ValueError):
        return None


def real_files(places, directory):
    """The files that configuration files are links to, be they there or not -> the CTIDs of these."""
    found = {}
    for name in listdir(directory) if places.REAL_FILE else ():
        ctid = places.of_file(name)
        file = leads_to(os.path.join(directory, name)) if ctid else None
        if file:
            found[file] = ctid
    return found


def target(places, path, real=()):
    """The CTID that a link such as ``names/web`` points to, or ``None``; `real` is what `real_files` says."""
    file = leads_to(path)
    if file is None:
        return None
    return real[file] if file in real else places.of_target(file)


def links(places, directory, real=()):
    """CTID -> the links of the names directory that point to its file, be it there or not."""
    found = {}
    for name in sorted(listdir(directory)):
        ctid = target(places, os.path.join(directory, name), real)
        if ctid is not None:
            found.setdefault(ctid, []).append(os.path.join(directory, name))
    return found


class Listed:
    """What is made of the names in a directory, and made again when it has changed."""

    _SETTLED = 0.1  # seconds after which the time of a directory tells of each change

    def __init__(self, make):
        self._make, self._known = make, (None, None)

    def get(self, directory_stamp):
        """What `make` gives, while the directory has this stamp."""
        if directory_stamp is None or directory_stamp != self._known[0]:
            made = self._make()
            is_settled = directory_stamp is not None and time.time() - directory_stamp[1] / 1e9 > self._SETTLED
            self._known = (directory_stamp if is_settled else None), made
        return self._known[1]


def areas(places, setting, registered=()):
    """
    The CTIDs of what is in the node's own place for private areas, ``/vz/private/$VEID``, and not empty.

    `registered` are areas that are not those of the containers they are named for.
    """
    directory, rest = places.areas(setting) or ("", "")
    found = numbers(directory, places.of_area) if directory and not rest else []
    return [ctid for ctid in found if directory + ctid not in registered and is_filled(directory + ctid)]


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
