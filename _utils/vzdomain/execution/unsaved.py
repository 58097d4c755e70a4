"""
What a ``set`` that failed has done all the same: vzctl applies to the running container before it saves.
"""

import contextlib

from .. import errors
from ..host import runtime
from ..model.actions import Assign, Route, host
from ..planning import changes

_SHOWN = {"addresses", *(row.field for row in runtime.ROWS)}


def explain(err, call, node, ctid):
    """
    Add to an error what the kernel of a running container took although it was not saved.

    Kernel and file are both read: an answer that got lost says nothing.
    """
    wanted = _wanted(call)
    try:
        if not wanted or node.status(ctid) != "running":
            return
        shown, container = runtime.ask(node, ctid).get(ctid, runtime.Shown("", 0.0)), node.there(ctid)
        has = {name: _comparable(name, runtime.show(name, shown, container)) for name in wanted if name in _SHOWN}
        taken = [name for name, value in has.items() if value is not None and value == wanted[name]]
        taken = [name for name in taken if not _is_saved(name, wanted, container.domain)]
    except errors.OpenVZError:  # the failure itself is worth more than this
        return
    if taken:
        err.args = (f"{err}; applied to the running container but not saved: {', '.join(taken)}",)


def note_pending(call, ctid, node, journal):
    """A failed ``set`` may have saved all the same; then its fields wait for a restart."""
    if not call.pending:
        return
    wanted = _wanted(call)
    with contextlib.suppress(errors.OpenVZError):
        node.forget(ctid)
        domain = node.there(ctid).domain
        saved = [name for name in call.pending if name not in wanted or _is_saved(name, wanted, domain)]
        if saved:
            journal.wait_for_restart(ctid, saved)


def _wanted(call):
    """Field -> its new value, for people."""
    found = {}
    for action in call.actions:
        if isinstance(action, Assign):
            found[action.field] = changes.shown(action.field, action.new)
        elif isinstance(action, Route):
            found["addresses"] = _comparable("addresses", action.new)
    return found


def _is_saved(name, wanted, domain):
    """Whether the configuration file has the new value of a field."""
    value = getattr(domain, name)
    return _comparable(name, value if name == "addresses" else changes.shown(name, value)) == wanted[name]


def _comparable(name, value):
    """Addresses as vzlist shows those of a running container: without mask; their order tells nothing."""
    return sorted(map(host, value)) if name == "addresses" and value is not None else value
