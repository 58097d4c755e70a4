"""
What a ``vzctl create`` that was killed leaves, and how the next one is given a clean place.

vzctl copies the sample configuration first, makes the link of the name, unpacks the template beside the private area
and renames it there, and saves what the options say last of all (vzctl 4.x, src/lib/create.c: read, not run). So a
file that is nothing but the beginning of the sample belongs to a creation that never finished: to take it for
finished would miss the options, and what vzctl does in the new area. Only a creation of ours, known by the journal, is
ever looked at here; a private area without a file is none of these halves and is left alone.

vzctl 7 makes the area first, with the file in it, and saves VEID and makes the link when all is done (recorded: what a
whole one has; the order is read, not run). There an area of ours that is not registered is a half, and has to go: vzctl
refuses a place that is taken, be it empty.
"""

import contextlib
import os
import shutil

from .. import errors
from ..host import locks
from ..model.actions import Register

_CLOCK = 2  # seconds that the time of a file may be behind the clock


def is_half(node, ctid, config, since):
    """
    Whether container `ctid`, begun at `since` (seconds of the epoch), is what a killed ``create`` leaves of it.

    `config` is the sample configuration that ``create`` was told, ``None`` for the node's own.
    """
    if not all(_is_younger(path, since) for path in (node.conf_path(ctid), node.private(ctid))):
        return False
    text = node.text(ctid)
    if node.flavour.places.REAL_FILE:
        is_begun = os.path.lexists(node.conf_path(ctid)) or os.path.lexists(node.private(ctid))
        return is_begun and (text is None or not node.flavour.reading.parse(text).get("VEID"))
    return text is not None and node.sample_text(config).startswith(text)


def clear(node, ctid, config, since, patience=60):
    """
    Take away what is left, if it is such a half.

    A private area of 4.x goes where vzctl unpacks: the next ``create`` removes what it finds there.
    """
    if not is_half(node, ctid, config, since):
        return
    if node.status(ctid) == "mounted":  # vzctl was at its last actions in the new area
        if node.flavour.places.REAL_FILE:
            _destroy(node, ctid)
            return
        node.vzctl.run("umount", str(ctid))
    with locks.lock(node.lock_path(ctid), patience):
        if is_half(node, ctid, config, since):  # it may have been finished meanwhile
            _take_away(node.private(ctid), node.conf_path(ctid), is_whole=bool(node.flavour.places.REAL_FILE))
    node.forget(ctid)


def _destroy(node, ctid):
    """Have vzctl 7 unmount and delete it all, for which it must know the area."""
    if not node.exists(ctid):
        for call in node.flavour.spelling.calls([Register(node.private(ctid))], ctid):
            node.vzctl.run(*call.argv)
    node.vzctl.run("destroy", str(ctid))
    node.forget(ctid)


def clear_link(node, ctid, name):
    """Take away the link of its name, if that is all that a failed ``create`` left (its template is missing)."""
    link = node.link_path(name)
    if node.leftovers(ctid) == (link,):
        with contextlib.suppress(OSError):  # it is named then, whenever the name is looked for
            os.unlink(link)


def _take_away(private, path, is_whole=False):
    """`is_whole`: the area goes for good, even an empty one, and the file may not be there."""
    try:
        if os.path.isdir(private) and (is_whole or os.listdir(private)):
            shutil.rmtree(f"{private}.tmp", ignore_errors=True)
            os.rename(private, f"{private}.tmp")
        if is_whole:
            shutil.rmtree(f"{private}.tmp", ignore_errors=True)
        if not is_whole or os.path.lexists(path):
            os.unlink(path)
    except OSError as err:
        raise errors.NotSavedError(
            f"{err.filename} is left over from an earlier creation and cannot be removed: {err.strerror}"
        ) from None


def _is_younger(path, since):
    """Nothing that is not there is old."""
    with contextlib.suppress(FileNotFoundError):
        return os.stat(path).st_ctime >= since - _CLOCK
    return True
