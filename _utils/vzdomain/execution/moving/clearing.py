"""
Removing what a move has left: of a failed one on the destination, of a finished one on the source.

Only after the container was seen whole on the other node, and only what is this very container's.
"""

import contextlib
import os
import shutil

from ...errors import NotSavedError, RefusedError
from ...host import files, locks, traces
from ...host.container import UP
from .closing import copy_paths
from .handing import remove_link
from .intents import DESTINATION
from .owning import check_proof, refuse_another, refuse_work


def clear(mover, move, proof):
    """
    Remove from the destination what a move has left that did not succeed; `proof` is what the source has: whole.

    RefusedError for what runs, is mounted, belongs to another container or lies on storage that both nodes share.
    """
    node, ctid = mover.node, move.ctid
    if mover.role_of(move) != DESTINATION:
        raise RefusedError(f"{node.node_id} is the source: only the destination is cleared")
    check_proof(move, proof, move.source)
    found = mover.see(ctid)
    _refuse_use(node, ctid, found)
    refuse_another(move, found["uuid"])
    area = os.path.normpath(node.own_place(ctid))  # where a move puts it, whatever its file says
    _refuse_place(node, area)
    name = found["name"] or move.name
    _clear_lock(node, ctid)
    for path in (node.conf_path(ctid), *scripts(node, ctid), node.dump_path(ctid)):
        _unlink(path)
    _remove_tree(area)
    remove_link(node, ctid, name)
    _remove_empty(node.root(ctid))
    node.forget(ctid)
    return mover.see(ctid)


def clean(mover, move, proof):
    """
    Remove the old copy from the source, when the container is whole on the destination and its own.

    It may come long after the move: the note of it says what is this container's.
    """
    node, ctid = mover.node, move.ctid
    check_proof(move, proof, move.destination)
    if proof.get("marked_by") not in (move.destination, None) or proof.get("intent"):
        raise RefusedError(f"container {ctid} is not {move.destination}'s own yet: its old copy stays")
    found = mover.see(ctid)
    if found["registered"]:
        raise RefusedError(f"container {ctid} is on {node.node_id}, and not only an old copy of it")
    _refuse_use(node, ctid, found)
    note = next((one for one in mover.journal.moved() if one["ctid"] == ctid and one.get("uuid") == move.uuid), None)
    if note is None:
        raise RefusedError(f"no move of container {ctid} away from {node.node_id} is noted: nothing is removed")
    for path in copy_paths(mover, note):
        if os.path.isdir(path) and not os.path.islink(path):
            _refuse_place(node, path)
            _refuse_uuid(node, path, move)
            _remove_tree(path)
        else:
            _unlink(path)
    for path in scripts(node, ctid):
        _unlink(path)
    remove_link(node, ctid, move.name)
    _remove_empty(node.root(ctid))
    mover.journal.remember(ctid, move.name, f"removed the old copy that was kept since the move to {move.destination}")
    return mover.see(ctid)


def scripts(node, ctid):
    """The paths of action scripts beside the file of a container."""
    stem = os.path.join(node.containers_dir, str(ctid))
    return [path for path in (f"{stem}.{word}" for word in node.flavour.moving.SCRIPTS) if os.path.lexists(path)]


def _refuse_use(node, ctid, found):
    refuse_work(ctid, found)
    if found["status"] in UP or found["mounted"]:
        what = found["status"] if found["status"] in UP else "mounted"
        raise RefusedError(f"container {ctid} is {what} on {node.node_id}: nothing of it is removed")


def _refuse_place(node, area):
    """A private area that leads elsewhere, or into which something is mounted, is not removed."""
    if not traces.exists(area) and not os.path.islink(area):
        return
    if os.path.islink(area):
        raise RefusedError(f"{area} is a link to {os.path.realpath(area)}: remove it by hand")
    real, mounts = os.path.realpath(area), node.states.mounts() or {}
    inside = [place for place in mounts if f"{place}/".startswith((f"{area}/", f"{real}/"))]
    if inside or os.path.ismount(area):
        raise RefusedError(f"something is mounted in {area} ({', '.join(inside) or area}): unmount it first")


def _refuse_uuid(node, area, move):
    """The file in an area says whose it is, where the family has one there."""
    name = node.flavour.places.REAL_FILE
    text = files.text(os.path.join(area, name)) if name else None
    uuid = node.flavour.reading.parse(text).uuid if text else None
    if move.uuid and uuid not in (move.uuid, None):
        raise RefusedError(f"{area} is the private area of another container, {uuid}: it is left alone")


def _clear_lock(node, ctid):
    """The lock that a dead process has left."""
    if locks.left_by(node.lock_path(ctid)) is not None:
        locks.wait(node.lock_path(ctid), 0)


def _unlink(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        _remove_tree(path)
    except OSError as err:
        raise NotSavedError(f"{path} cannot be removed: {err.strerror}") from None


def _remove_tree(path):
    """A directory with all that is in it; links in it are removed, and not followed."""
    if not os.path.lexists(path):
        return
    try:
        shutil.rmtree(path)
    except OSError as err:
        raise NotSavedError(f"{err.filename or path} cannot be removed: {err.strerror}") from None


def _remove_empty(path):
    """A mount point that holds nothing."""
    with contextlib.suppress(OSError):
        os.rmdir(path)
