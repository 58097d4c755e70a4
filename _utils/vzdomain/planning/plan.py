"""
What must happen on the node for a container to follow its domain. Pure: nothing is read and nothing is run here.

A creation, our mark, then the settings; nothing is ever destroyed in order to change it. The flavour says how few calls
that takes.
"""

from dataclasses import dataclass, replace

from ..errors import RefusedError
from ..flavours import check
from ..model import fields
from ..model.actions import AddVeth, Assign, ChangeVeth, Create, PassThrough, Route
from ..model.ctid import Ctid
from ..model.domain import Domain
from ..model.names import CTID_FIRST_NEW
from ..model.units import UNLIMITED, whole_pages
from . import changes, match
from .context import Context, Plan
from .update import Update, mark, restarting, still_waiting, without_end

__all__ = ["Context", "Plan", "check_uuid", "is_as_created", "make", "outcome"]


def make(desired, live, ctid, context):
    """
    Plan the way from `live` (a `node.Container`, or ``None``) to the `desired` domain.

    RefusedError when the container is someone else's, or when vzctl has no way to do it; DocumentError for what it
    has no parameter for.
    """
    check(desired, context.flavour, context.version, context.unwritable, to_set=() if live else None)
    if "diskspace" not in context.unwritable and (not live or desired.diskspace != live.domain.diskspace):
        _check_space(desired.diskspace)
    desired = _settled(desired, context)
    if live is None:
        return _creation(desired, ctid, context)
    if not context.ours:  # what we began may have the UUID of the sample yet
        check_uuid(desired, live, context.flavour, context.adopt)
    update = Update(desired, live, context)
    actions = update.actions()
    check(desired, context.flavour, context.version, context.unwritable, to_set=set(_set_by(actions)))
    if not live.managed:
        actions = _taken_over(actions, desired, live, context)
    context = replace(context, pending=still_waiting(actions, context.pending))
    restart, pending, warnings = restarting(actions, desired, live, context)
    calls = _with_pending(context.flavour.spelling.calls([*actions, *restart], ctid), context)
    return Plan(desired.name, ctid, calls, (*update.warnings, *warnings), pending, update.expected)


def _set_by(actions):
    """The fields that these set, and the attributes of veth pairs as ``interfaces.gateway``."""
    for action in actions:
        if isinstance(action, Assign):
            yield action.field
        elif isinstance(action, ChangeVeth):
            yield from (f"interfaces.{name}" for name in action.differing)
        elif isinstance(action, AddVeth):
            yield from (f"interfaces.{name}" for name in vars(action.new))


def _with_pending(calls, context):
    """Each call knows all that waits for a restart when it is done."""
    found = []
    for call in calls:
        fields = [field for action in call.actions for field in action.waits]
        found.append(replace(call, pending=tuple(dict.fromkeys((*context.pending, *fields)))) if fields else call)
    return tuple(found)


def outcome(made, live, context):
    """The `Domain` that the container has when `made` is done; `live` is ``None`` for a new one."""
    domain = live.domain if live else context.sample
    for action in made.actions:
        domain = action.after(domain)
    return domain if made.interfaces is None else replace(domain, interfaces=made.interfaces)


def is_as_created(desired, live, sample, its):
    """Whether `live` is what ``create`` alone makes for `desired`: nothing that someone else has done to it."""
    stated = {
        name: getattr(desired, name)
        for name in (*its.spelling.AT_CREATION, "addresses")
        if getattr(desired, name) is not None
    }
    own = {name: getattr(live, name) for name in ("ctid", "uuid", "layout", "config", "private", "root", "title")}
    own |= {name: getattr(live, name) for name in ("local_uid", "local_gid", "distribution")}
    own["template"] = desired.template or live.template
    expected = replace(sample, **(stated | own), name=live.name if desired.name.isdecimal() else desired.name)
    return expected == replace(live, addresses=_in_order(live.addresses, expected.addresses))


def _in_order(addresses, wanted):
    """Order does not tell two sets of addresses apart."""
    return wanted if set(addresses or ()) == set(wanted or ()) else addresses


def _check_space(limit):
    if limit and UNLIMITED in (limit.soft, limit.hard):
        raise RefusedError("vzctl has no unlimited disk space; give a size, or leave it out to keep the container's")


def _settled(desired, context):
    """The document as this node means it: networks resolved, sizes in pages, unnamed lists empty if `exact`."""
    its = context.flavour
    sizes = {name: getattr(desired, name) for name in ("memory", "swap")}
    settled = {name: None if size is None else whole_pages(size) for name, size in sizes.items()}
    for name in ("physpages", "swappages"):
        settled[name] = without_end(getattr(desired, name))
    if desired.diskspace is not None:
        settled["diskspace"] = its.parameters["diskspace"].kind.kept(desired.diskspace)
    if desired.interfaces is not None:
        settled["interfaces"] = tuple(match.resolved(one, context.bridges, its.pairs) for one in desired.interfaces)
    if context.exact:
        empty = {name: () for name in fields.EMPTIED if getattr(desired, name) is None and name in its.parameters}
        settled.update(empty)
    settled = {name: value for name, value in settled.items() if value != getattr(desired, name)}
    return replace(desired, **settled) if settled else desired


# creation


def _creation(desired, ctid, context):
    """``create`` with all it takes, our mark, then one ``set`` for the rest."""
    for error in context.unwritable.values():
        raise error
    if ctid.number is not None and ctid.number < CTID_FIRST_NEW:
        raise RefusedError(
            f"there is no container {ctid} on this node, and vzctl reserves CTIDs below {CTID_FIRST_NEW}; "
            f"use {CTID_FIRST_NEW} or more, or leave the CTID out"
        )
    spelling = context.flavour.spelling
    own = desired.uuid if desired.uuid == ctid else None  # the CTID says it
    actions = [Create(desired.name, desired.ctid, desired.config, own)]
    values = {name: getattr(desired, name) for name in spelling.AT_CREATION}
    values |= {"uuid": None} if own else {}
    actions += [Assign(name, None, value) for name, value in values.items() if value is not None]
    if desired.addresses:
        actions.append(Route(None, desired.addresses))
    actions.append(_mark_of_new(desired, None, ctid, context))
    rest = replace(desired, addresses=None, **dict.fromkeys(spelling.AT_CREATION))
    # Unlimited memory of a sample of beancounters need not be set, and cannot be without a swap limit.
    kept = ("swap", "physpages", "swappages", "devnodes", "devices")
    brought = {name: getattr(context.sample, name) for name in kept}
    empty = {**dict.fromkeys(fields.EMPTIED, ()), "uuid": desired.uuid}
    blank = _Blank(ctid, Domain(str(ctid), **empty, **brought))
    update = Update(rest, blank, context, context.sample)
    actions += [_as_new(action) for action in update.actions(is_new=True)]
    return Plan(desired.name, ctid, spelling.calls(actions, ctid), interfaces=update.expected)


def _mark_of_new(desired, old, ctid, context):
    """Our mark; a sample that was made of a container's file brings that one's mark and UUID along."""
    found = mark(desired, old, context, context.flavour.reading.mark(ctid, context.node_id))
    is_comment = not context.flavour.parameters["uuid"].option
    return replace(found, forgotten=("uuid",)) if is_comment and context.sample.uuid and not desired.uuid else found


def _as_new(action):
    """A part of a creation: nothing was there before, not even what the sample configuration brings."""
    if isinstance(action, Assign):
        return replace(action, old=None, displaced=())
    return replace(action, old=None) if isinstance(action, PassThrough) else action


@dataclass(frozen=True)
class _Blank:
    """A container as ``create`` leaves it, as far as ``set`` must know it."""

    ctid: Ctid
    domain: Domain
    layout: str = "simfs"
    managed: bool = True
    running: bool = False
    status: str = "stopped"
    private: str = ""


# ownership


def check_uuid(desired, live, its, adopt=False):
    """RefusedError for a container of the flavour `its` with another UUID than the document's."""
    theirs = live.domain.uuid
    if not desired.uuid or not theirs or desired.uuid == theirs:
        return
    is_comment = not its.parameters["uuid"].option
    if adopt and not live.managed and is_comment:
        return  # libvirt's driver writes random UUIDs as comments into every file it reads
    remedy = "" if live.managed else "; adopt: True takes it over" if is_comment else "; its UUID never changes"
    raise RefusedError(
        f"container {live.ctid} has the UUID {theirs}, the document {desired.uuid}: it belongs to another "
        f"domain{remedy}"
    )


def _taken_over(actions, desired, live, context):
    """An unmarked container: one we were creating is ours; another may be equal, or else must be adopted."""
    owner = context.flavour.reading.mark(live.ctid, context.node_id)
    if context.ours:
        return [_mark_of_new(desired, live.domain, live.ctid, context), *actions]
    noted = mark(desired, live.domain, context)
    if not actions and not noted and not context.adopt:
        return actions
    if not context.adopt:
        differing = ", ".join(changes.fields([*filter(None, [noted]), *actions]))
        raise RefusedError(
            f"container {live.ctid} {live.unmanaged} and differs from the document in: {differing}; "
            f"adopt: True (or openvz.adopt) takes it over"
        )
    return [mark(desired, live.domain, context, owner, adopted=True), *actions]
