"""
What must happen on the node for a container to follow its domain. Pure: nothing is read and nothing is run here.

As few calls as vzctl's rules allow: ``create`` for what it takes, one ``set`` for everything else. Not in that one:
adding a device that the same call deletes (vzctl loses it) and a new name (its link would stay after a failure).
Nothing is ever destroyed in order to change it.
"""

from dataclasses import dataclass, replace

from ..errors import RefusedError
from ..flavours.legacy import ctconf
from ..flavours.legacy.parameters import TABLE
from ..model import fields
from ..model.domain import Domain
from ..model.names import CTID_FIRST_NEW
from ..model.units import UNLIMITED, whole_pages
from . import veth
from .steps import DISRUPTIONS, Circumstances, Plan, Step, deeds
from .update import MARK, Update, argument, change, note, restarting, without_end

__all__ = [
    "DISRUPTIONS", "MARK", "Circumstances", "Plan", "Step", "check_uuid", "deeds", "is_as_created", "make", "outcome",
]  # fmt: skip

# What ``create`` takes beside the name and the addresses.
_AT_CREATION = tuple(row.field for row in TABLE if row.create and row.field not in ("name", "addresses"))


def make(desired, live, ctid, given=None):
    """
    Plan the way from `live` (a `node.Container`, or ``None``) to the `desired` domain.

    RefusedError when the container is somebody else's, or when vzctl has no way to do it.
    """
    given = given or Circumstances()
    if "diskspace" not in given.unwritable and (not live or desired.diskspace != live.domain.diskspace):
        _check_space(desired.diskspace)
    desired = _settled(desired, given)
    if live is None:
        return _creation(desired, ctid, given)
    if not given.ours:  # what we began may have the UUID of the sample yet
        check_uuid(desired, live, given.adopt)
    update = Update(desired, live, given)
    steps = update.steps()
    if not live.managed:
        steps = _taken_over(steps, desired, live, given)
    restart, pending, warnings = restarting(steps, desired, live, given)
    warnings = (*update.warnings, *warnings)
    return Plan(desired.name, ctid, (*steps, *restart), warnings, pending, update.expected)


def outcome(made, desired, live, given):
    """The `Domain` that the container has when `made`, the plan for `desired`, is done."""
    desired = _settled(desired, given)
    before = live.domain if live else replace(given.sample, name=desired.name, ctid=desired.ctid)
    said = {name: _laid(name, value, before) for name, value in vars(desired).items() if value is not None}
    if live:  # neither a number nor what is chosen at creation changes what is there
        fixed = (row.field for row in TABLE if row.effect == "creation")
        said |= {name: getattr(before, name) for name in fixed}
        said |= {"name": before.name if desired.name.isdecimal() else desired.name, "ctid": before.ctid}
    said["interfaces"] = before.interfaces if made.interfaces is None else made.interfaces
    return replace(before, **said)


def _laid(name, value, before):
    return fields.BY_NAME[name].kind.laid(value, getattr(before, name))


def is_as_created(desired, live, sample):
    """Whether `live` is what ``create`` alone makes for `desired`: nothing that somebody else has done to it."""
    said = {name: getattr(desired, name) for name in (*_AT_CREATION, "addresses") if getattr(desired, name) is not None}
    own = {name: getattr(live, name) for name in ("ctid", "uuid", "layout", "config", "private", "root", "title")}
    own |= {"template": desired.template or live.template, "local_uid": live.local_uid, "local_gid": live.local_gid}
    expected = replace(sample, **(said | own), name=live.name if desired.name.isdecimal() else desired.name)
    return expected == replace(live, addresses=_in_order(live.addresses, expected.addresses))


def _in_order(addresses, wanted):
    """Order does not tell two sets of addresses apart."""
    return wanted if set(addresses or ()) == set(wanted or ()) else addresses


def _check_space(limit):
    if limit and UNLIMITED in (limit.soft, limit.hard):
        raise RefusedError("vzctl knows no unlimited disk space; say a size, or leave it out to keep the container's")


def _settled(desired, given):
    """The document as this node means it: networks resolved, sizes in pages, unnamed lists empty if `exact`."""
    sizes = {name: getattr(desired, name) for name in ("memory", "swap")}
    changes = {name: None if size is None else whole_pages(size) for name, size in sizes.items()}
    for name in ("physpages", "swappages"):
        changes[name] = without_end(getattr(desired, name))
    if desired.interfaces is not None:
        changes["interfaces"] = tuple(veth.resolved(one, given.bridges) for one in desired.interfaces)
    if given.exact:
        empty = {name: () for name in fields.EMPTIED if getattr(desired, name) is None}
        changes.update(empty)
    changes = {name: value for name, value in changes.items() if value != getattr(desired, name)}
    return replace(desired, **changes) if changes else desired


# creation


def _creation(desired, ctid, given):
    """``create`` with all it takes, our mark, then one ``set`` for the rest."""
    for error in given.unwritable.values():
        raise error
    if ctid < CTID_FIRST_NEW:
        raise RefusedError(
            f"there is no container {ctid} on this node, and none is created with a CTID below {CTID_FIRST_NEW}: vzctl "
            f"keeps those to itself; say a number from {CTID_FIRST_NEW} on, or none"
        )
    argv, changes = ["create", str(ctid)], {"container": {"old": None, "new": "created"}}
    if not desired.name.isdecimal():
        argv += ["--name", desired.name]
    for name in _AT_CREATION:
        if getattr(desired, name) is not None:
            argv += argument(name, getattr(desired, name))
            changes[name] = change(name, None, getattr(desired, name))
    for address in desired.addresses or ():
        argv += ["--ipadd", address]
    if desired.addresses:
        changes["addresses"] = change("addresses", None, desired.addresses)
    rest = replace(desired, addresses=None, **dict.fromkeys(_AT_CREATION))
    steps = [Step(tuple(argv), changes=changes), _note_of_new(desired, None, ctid, given)]
    # Unlimited memory of a sample of beancounters need not be set, and cannot be without a swap limit.
    kept = ("swap", "physpages", "swappages", "devnodes", "devices")
    brought = {name: getattr(given.sample, name) for name in kept}
    blank = _Blank(ctid, Domain(str(ctid), **dict.fromkeys(fields.EMPTIED, ()), **brought))
    update = Update(rest, blank, given, given.sample)
    steps += [_as_new(step) for step in update.steps(named=True)]
    return Plan(desired.name, ctid, tuple(steps), interfaces=update.expected)


def _note_of_new(desired, old, ctid, given):
    """Our mark; a sample that was made of a container's file brings that one's mark and UUID along."""
    step = note(desired, old, ctconf.mark(ctid, given.node_id))
    brought = {"UUID": None} if given.sample.uuid and not desired.uuid else {}
    return replace(step, comments={**step.comments, **brought})


def _as_new(step):
    """A step of a creation: nothing was there before, not even what the sample configuration brings."""
    return replace(step, changes={name: {"old": None, "new": change["new"]} for name, change in step.changes.items()})


@dataclass(frozen=True)
class _Blank:
    """A container as ``create`` leaves it, as far as ``set`` must know it."""

    ctid: int
    domain: Domain
    layout: str = "simfs"
    managed: bool = True
    running: bool = False
    status: str = "stopped"
    private: str = ""


# ownership


def check_uuid(desired, live, adopt=False):
    """RefusedError for a container with another UUID than the document's."""
    theirs = live.domain.uuid
    if not desired.uuid or not theirs or desired.uuid == theirs:
        return
    if adopt and not live.managed:
        return  # libvirt's driver writes random UUIDs into every file it reads
    raise RefusedError(
        f"container {live.ctid} has the UUID {theirs}, the document {desired.uuid}: it belongs to another domain"
        + ("" if live.managed else "; adopt: True takes it over")
    )


def _taken_over(steps, desired, live, given):
    """An unmarked container: one we were creating is ours; another may be equal, or else must be adopted."""
    owner = ctconf.mark(live.ctid, given.node_id)
    if given.ours:
        return [_note_of_new(desired, live.domain, live.ctid, given), *steps]
    noted = note(desired, live.domain)
    if not steps and not noted.changes and not given.adopt:
        return steps
    if not given.adopt:
        differing = ", ".join(name for step in (noted, *steps) for name in step.changes)
        raise RefusedError(
            f"container {live.ctid} {live.unmanaged} and differs from the document in: {differing}; "
            f"adopt: True (or openvz.adopt) takes it over"
        )
    return [note(desired, live.domain, owner, adopted=True), *steps]
