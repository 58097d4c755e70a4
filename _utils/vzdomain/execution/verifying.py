"""
Looking again: what vzctl accepted and did not take, what it changed unasked, and what a call that failed has done all
the same.
"""

import contextlib
import functools
from dataclasses import replace

from .. import errors
from ..host.kernel import bridges, runtime
from ..model.actions import (
    AddDisk,
    AddVeth,
    Assign,
    Bridge,
    ChangeDisk,
    ChangeVeth,
    Clone,
    Create,
    DeleteSnapshot,
    Destroy,
    FilterVeth,
    HoldBack,
    MountSnapshot,
    PassThrough,
    PutMarkBack,
    PutNameBack,
    Register,
    RemoveDisk,
    RemoveVeth,
    Rename,
    Restart,
    Route,
    SetPassword,
    SwitchSnapshot,
    TakeSnapshot,
    Type,
    UnmountSnapshot,
    Unregister,
)
from ..model.exclusive import host
from ..planning import changes, plan
from .snapshots import reading


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
    names = [action.field] if isinstance(action, Assign) else [name for name, _, _ in changes.each(action)]
    return bool(names) and all(name in left for name in names)


def _other_interfaces(node, made, container):
    """Guest device -> what it has otherwise than planned, in sentences."""
    if made.interfaces is None or container is None:
        return {}
    found = {one.guest: node.flavour.pairs.as_read(made.ctid, one) for one in container.domain.interfaces or ()}
    names = node.flavour.pairs.COMPARED
    wrong = {one.guest: list(_otherwise(one, found.pop(one.guest, None), names)) for one in made.interfaces}
    wrong |= {guest: [f"interface {guest} is still there"] for guest in found}
    return {guest: said for guest, said in wrong.items() if said}


def _otherwise(wanted, found, names):
    """What an interface has otherwise than it was to have, of the attributes `names`."""
    if found is None:
        yield f"there is no interface {wanted.guest}"
        return
    for name in names:
        planned, has = (_comparable_of_pair(getattr(one, name)) for one in (wanted, found))
        if has != planned and (planned is not None or name in _NONE_IF_NOT_SAID):
            yield f"interface {wanted.guest} has {name} {has or 'none'}, not {planned or 'none'}"
    if (wanted.mac_filter is False) != (found.mac_filter is False):
        yield f"interface {wanted.guest} has its MAC filter {'off' if found.mac_filter is False else 'on'}"


_NONE_IF_NOT_SAID = ("bridge", "network", "addresses")


def _comparable_of_pair(value):
    """For people as well; the order of addresses tells nothing, and no DHCP is as good as none said."""
    if isinstance(value, tuple):
        return ", ".join(sorted(value))
    return "yes" if value is True else value or None


def _why(left, node, ctid):
    """What a person can look at: another line of the same key may win over the one that vzctl wrote."""
    text = node.text(ctid) or ""
    lines = node.flavour.reading.parse(text).lines
    indented = {line.partition("=")[0].strip() for line in text.splitlines() if line[:1] in (" ", "\t")}
    keys = {row.key for row in node.flavour.parameters.values() if row.field in left and row.key}
    if indented & keys or any(len(lines.get(key, ())) > 1 for key in keys):
        return f"look for an indented or duplicate key in {node.conf_path(ctid)}"
    return f"vzctl did not save that, or somebody has changed it since; see openvz.info {ctid}, and run this again"


# a call that failed: vzctl applies to the running container before it saves, and one family saves all the same


def look_again(err, call, node, ctid, journal):
    """
    What a call that failed has done all the same: the actions of which the node tells that they are done.

    The error gets the words for that, and for what the kernel of a running container took and no file says. What was
    saved and not applied waits for a restart from now on, and the journal notes it.
    """
    done, waits, unsaved = (), (), []
    if any(isinstance(action, Create) for action in call.actions):  # which `partial_create` looks after
        return done
    with contextlib.suppress(errors.OpenVZError):  # the failure itself is worth more than this
        node.forget(ctid)
        done = tuple(action for action in call.actions if _is_done(action, node, ctid))
        if call.argv[:1] == ("set",) and node.there(ctid).running:
            has = _in_kernel(call, node, ctid)
            waits, unsaved = _not_applied(err, call, done, node, has), _unsaved(call, node, ctid, has)
        if waits:
            known = journal.pending(ctid, lambda: node.uptime(ctid))
            journal.wait_for_restart(ctid, dict.fromkeys((*known, *waits)))
    said = [f"saved all the same: {', '.join(changes.fields(done))}"] if done and call.argv[:1] == ("set",) else []
    said += [f"not in effect before a restart: {', '.join(waits)}"] if waits else []
    said += [f"applied to the running container but not saved: {', '.join(unsaved)}"] if unsaved else []
    err.args = ("; ".join((str(err), *said)),)
    return done


def is_saved_whole(call, node, ctid):
    """Whether a call has done all that it was to do, whatever its code; what cannot be read says no."""
    with contextlib.suppress(errors.OpenVZError):
        node.forget(ctid)
        return all(_is_done(action, node, ctid) for action in call.actions)
    return False


@functools.singledispatch
def _is_done(action, node, ctid):
    """Whether the node is as an action was to make it; of what nothing tells, no."""
    if isinstance(action, (Register, Clone)):
        return node.exists(ctid) and not node.leftovers(ctid)
    return action.reaches in node.flavour.statuses and node.exists(ctid) and node.status(ctid) == action.reaches


@_is_done.register(Create)
@_is_done.register(Restart)
@_is_done.register(Bridge)
@_is_done.register(SetPassword)
@_is_done.register(Type)
def _(action, node, ctid):
    return False  # those have ways of their own to tell


@_is_done.register(Destroy)
@_is_done.register(Unregister)
def _(action, node, ctid):
    return not node.exists(ctid) and not node.leftovers(ctid)


@_is_done.register(TakeSnapshot)
@_is_done.register(DeleteSnapshot)
@_is_done.register(SwitchSnapshot)
@_is_done.register(MountSnapshot)
@_is_done.register(UnmountSnapshot)
def _(action, node, ctid):
    return reading.is_done(action, node, ctid) and not getattr(action, "was_current", False)


@_is_done.register
def _(action: HoldBack, node, ctid):
    return node.there(ctid).disabled and not node.there(ctid).onboot


@_is_done.register
def _(action: PutMarkBack, node, ctid):
    return action.mark is None or reading.mark(node, ctid) == action.mark


@_is_done.register
def _(action: PutNameBack, node, ctid):
    return (node.values(ctid).get("NAME") or "") == action.new


@_is_done.register
def _(action: Assign, node, ctid):
    domain, kind = node.there(ctid).domain, node.flavour.parameters[action.field].kind
    return kind.same(getattr(action.after(domain), action.field), getattr(domain, action.field))


@_is_done.register(Route)
@_is_done.register(PassThrough)
def _(action, node, ctid):
    name = "addresses" if isinstance(action, Route) else action.field
    return set(action.new) == set(getattr(node.there(ctid).domain, name) or ())


@_is_done.register
def _(action: Rename, node, ctid):
    return node.there(ctid).domain.name == action.new


@_is_done.register(AddVeth)
@_is_done.register(ChangeVeth)
def _(action, node, ctid):
    found = _pairs(node, ctid).get(action.new.guest)
    stated = {name: value for name, value in vars(action.new).items() if value not in (None, ())}
    return found is not None and all(getattr(found, name) == value for name, value in stated.items())


@_is_done.register
def _(action: RemoveVeth, node, ctid):
    return action.old.guest not in _pairs(node, ctid)


@_is_done.register
def _(action: FilterVeth, node, ctid):
    found = _pairs(node, ctid).get(action.guest)
    return found is not None and (found.mac_filter is not False) == action.new


@_is_done.register(AddDisk)
@_is_done.register(ChangeDisk)
def _(action, node, ctid):
    found = _disks(node, ctid).get(action.new.uuid)
    names = action.differing if isinstance(action, ChangeDisk) else ("uuid",)
    return found is not None and all(getattr(found, name) == getattr(action.new, name) for name in names)


@_is_done.register
def _(action: RemoveDisk, node, ctid):
    return action.old.uuid not in _disks(node, ctid)


def _pairs(node, ctid):
    return {one.guest: node.flavour.pairs.as_read(ctid, one) for one in node.there(ctid).domain.interfaces or ()}


def _disks(node, ctid):
    return {one.uuid: one for one in node.there(ctid).domain.disks or ()}


def _not_applied(err, call, done, node, has):
    """The fields that a failed ``set`` has saved, and that the running container does not have."""
    wanted, failed = _wanted(call), node.flavour.not_applied
    saved = [action.field for action in done if isinstance(action, (Assign, PassThrough))]
    waits = [name for name in call.pending if name not in wanted or name in saved]
    live = [name for name in saved if node.flavour.parameters[name].effect == "live" and failed]
    told = [name for name in live if name in failed.get(err.rc, live)]
    return tuple(dict.fromkeys((*waits, *(name for name in told if has.get(name, _UNKNOWN) != wanted.get(name)))))


def _unsaved(call, node, ctid, has):
    """
    What the kernel of a running container took although it was not saved.

    Kernel and file are both read: an answer that got lost says nothing.
    """
    wanted, domain = _wanted(call), node.there(ctid).domain
    taken = [name for name, value in has.items() if value is not None and value == wanted[name]]
    return [name for name in taken if not _is_saved(name, wanted, domain)]


_UNKNOWN = object()


def _in_kernel(call, node, ctid):
    """Field -> what the kernel has of those that a call was to change; only of those that it tells."""
    wanted = _wanted(call)
    if not wanted:
        return {}
    try:
        shown, container = runtime.ask(node, ctid).get(ctid, runtime.Shown("", 0.0)), node.there(ctid)
    except errors.CannotAskError:
        return {}
    seen = {"addresses", *(row.field for row in node.flavour.in_kernel)}
    return {name: _comparable(name, runtime.show(name, shown, container)) for name in wanted if name in seen}


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
