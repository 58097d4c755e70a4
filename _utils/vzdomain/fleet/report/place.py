"""Where the page is put: whole or not at all, and never in the place of a file that is something else."""

import os
import tempfile

from ...errors import RefusedError, sentence, shown
from .page import BEGINS

_MODE = 0o644  # it is for others to read, a web server perhaps: the folder decides who gets there


def put(path, text):
    """
    Write a page to a file, and return its absolute path.

    RefusedError where that cannot be done, or where the file is there and is not such a page.
    """
    path = os.path.abspath(path)
    try:
        _refuse_others(path)
        _write(path, text)
    except (OSError, ValueError) as err:
        why = sentence(err) if isinstance(err, OSError) else f"{shown(path)} is not a path"
        raise RefusedError(f"the page cannot be written: {why}") from None
    return path


def _refuse_others(path):
    """Whoever may run this may not replace any file of the master."""
    if os.path.lexists(path):
        with open(path, "rb") if os.path.isfile(path) else open(os.devnull, "rb") as stream:
            if stream.read(len(BEGINS)) == BEGINS.encode():
                return
        raise RefusedError(
            f"{shown(path)} is not a page of openvz.report, and stays as it is: remove it, or give another path"
        )


def _write(path, text):
    descriptor, scratch = tempfile.mkstemp(".new", ".", os.path.dirname(path))
    try:
        with open(descriptor, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(descriptor)
            os.fchmod(descriptor, _MODE)
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise
