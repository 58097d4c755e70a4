"""
Looking again: what vzctl accepted and did not take, what it changed unasked, and what a call that failed has done all
the same.
"""

import contextlib
from dataclasses import replace

from .. import errors
from ..host.kernel import bridges, runtime
from ..model.actions import Assign, Route, host
from ..planning import changes, plan


def verify(desired, outcome, node, made, context):
    """
    Plan once more: what is still to be done was accepted by vzctl and not taken.

    `made` is the plan that was done. If it touched an interface, all of them are compared with what they were to be,
    also in what the document does not say.
    """
    ctid, left = made.ctid, ()
    node.forget(ctid)
    try:
        container = node.there(ctid)
        wrong = _other_interfaces(node, made, container)
        left = [f"{what} {guest}" for guest in wrong for what in ("interface", "mac_filter")]
        if wrong:
            raise errors.NotTakenError(
                f"vzctl accepted the change, but container {ctid} has other interfaces than planned: "
                f"{'; '.join(said for some in wrong.values() for said in some)}; "
                f"vzctl set {ctid} --ifname changes one while the container is stopped"
            )
        again = plan.make(desired, container, ctid, replace(context, held=bridges.held(node, container)))
        left = changes.fields(again.actions)
        if left:
            raise errors.NotTakenError(
                f"vzctl accepted the change, but container {ctid} still differs in: {', '.join(left)}; "
                + _why(left, node, ctid)
            )
    except errors.OpenVZError as err:
        taken = tuple(action for action in outcome.actions if not _is_left(action, left))
        err.done = {desired.name: taken} if taken else None
        raise


def _is_left(action, left):
    """Whether all that an action changes is still to be done."""
    names = [name for name, _, _ in changes.each(action)]
    return bool(names) and all(name in left for name in names)


def _other_interfaces(node, made, container):
    """Guest device -> what it has otherwise than planned, in sentences."""
    if made.interfaces is None or container is None:
        return {}
    found = {one.guest: node.flavour.pairs.as_read(made.ctid, one) for one in container.domain.interfaces or ()}
    wrong = {one.guest: list(_otherwise(one, found.pop(one.guest, None))) for one in made.interfaces}
    wrong |= {guest: [f"interface {guest} is still there"] for guest in found}
    return {guest: said for guest, said in wrong.items() if said}


def _otherwise(wanted, found):
    """What an interface has otherwise than it was to have."""
    if found is None:
        yield f"there is no interface {wanted.guest}"
        return
    for name in ("mac", "host_mac", "target", "bridge"):
        planned, has = getattr(wanted, name), getattr(found, name)
        if has != planned and (planned or name == "bridge"):
            yield f"interface {wanted.guest} has {name} {has or 'none'}, not {planned or 'none'}"
    if (wanted.mac_filter is False) != (found.mac_filter is False):
        yield f"interface {wanted.guest} has its MAC filter {'off' if found.mac_filter is False else 'on'}"


def _why(left, node, ctid):
    """What a person can look at: another line of the same key may win over the one that vzctl wrote."""
    text = node.text(ctid) or ""
    lines = node.flavour.reading.parse(text).lines
    indented = {line.partition("=")[0].strip() for line in text.splitlines() if line[:1] in (" ", "\t")}
    keys = {row.key for row in node.flavour.parameters.values() if row.field in left and row.key}
    if indented & keys or any(len(lines.get(key, ())) > 1 for key in keys):
        return f"look for an indented or duplicate key in {node.conf_path(ctid)}"
    return f"vzctl did not save that, or somebody has changed it since; see openvz.info {ctid}, and run this again"


# a ``set`` that failed: vzctl applies to the running container before it saves


def explain_unsaved(err, call, node, ctid):
    """
    Add to an error what the kernel of a running container took although it was not saved.

    Kernel and file are both read: an answer that got lost says nothing.
    """
    wanted = _wanted(call)
    try:
        if not wanted or node.status(ctid) != "running":
            return
        shown, container = runtime.ask(node, ctid).get(ctid, runtime.Shown("", 0.0)), node.there(ctid)
        seen = {"addresses", *(row.field for row in node.flavour.in_kernel)}
        has = {name: _comparable(name, runtime.show(name, shown, container)) for name in wanted if name in seen}
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
