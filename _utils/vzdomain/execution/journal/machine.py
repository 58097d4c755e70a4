"""
By what a minion is known that was given another id: a mine may have both, of one and the same node.
"""

import contextlib
import hashlib
import os

from ...errors import OpenVZError
from ...host import files

_MACHINE_ID = "/etc/machine-id"  # of a copy of this machine it is another, where there is one


def token(directory):
    """
    What tells the minion with its notes in `directory` from all others, whatever its id; ``None`` if it cannot be kept.
    """
    path = os.path.join(directory, "machine")
    with contextlib.suppress(OSError, OpenVZError):
        kept = files.text(path) or _made(directory, path)
        return hashlib.sha256(f"{kept.strip()} {_machine_id()}".encode()).hexdigest()[:16]
    return None


def _made(directory, path):
    os.makedirs(directory, mode=0o700, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w") as stream:
            stream.write(os.urandom(16).hex())
    return files.text(path) or ""


def _machine_id():
    try:
        return files.text(_MACHINE_ID) or ""
    except OpenVZError:
        return ""
