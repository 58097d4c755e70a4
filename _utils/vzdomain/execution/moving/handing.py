"""
Making of a container on the source what vzmigrate leaves of it: an old copy that nobody starts.

That is left to do where vzmigrate was killed after the start on the other node.
"""

import contextlib
import os

from ...errors import NotSavedError, RefusedError
from ...model.actions import Unregister
from ...planning import context


def hand_over(mover, move, intent):
    """Do it; RefusedError for a container that is in use, or for an old copy that is there already."""
    node, ctid, its = mover.node, move.ctid, mover.node.flavour
    area = intent.data.get("area_path") or node.private(ctid)
    conf, old = its.moving.copies(node.conf_path(ctid), area)
    if conf and os.path.lexists(conf) or old != area and os.path.lexists(old):
        raise RefusedError(f"{conf or old} is there already: move that old copy away")
    if its.places.REAL_FILE:
        _unregister(mover, move)
    try:
        if conf:
            os.rename(node.conf_path(ctid), conf)
        if old != area:
            os.rename(area, old)
    except OSError as err:
        raise NotSavedError(f"{err.filename} cannot be made an old copy: {err.strerror}") from None
    node.forget(ctid)
    remove_link(node, ctid, move.name)


def remove_link(node, ctid, name):
    """Remove the link of a name that leads to a file that is gone; any other stays."""
    path = node.link_path(name) if name and "/" not in name else None
    if path and os.path.islink(path) and not os.path.exists(path) and node.linked_to(path) in (ctid, None):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _unregister(mover, move):
    node = mover.node
    container = node.there(move.ctid)
    ends = (node.flavour.pairs.target(move.ctid, pair) for pair in container.domain.interfaces or ())
    action = Unregister(container.status, container.private, container.domain, tuple(filter(None, ends)))
    mover.reconciler.run(context.of(container, node.flavour, action))
