"""
The snapshot that a run takes before it breaks something, and those of earlier runs that are too many then.

It is in the plan: the dry run has its id and its name, and where it cannot be taken nothing is done.
"""

from dataclasses import dataclass, replace

from ...errors import RefusedError
from ...model.actions import Assign, ChangeDisk, DeleteSnapshot, RemoveDisk, TakeSnapshot
from ...model.snapshot import PREFIX, is_fork
from ...model.units import UNLIMITED
from .. import changes

MARK = "SALT-OPENVZ: before: "  # how the description begins


@dataclass(frozen=True)
class Before:
    """What an entry says of it."""

    keep: int | None = None  # how many of our own stay; None: all


def is_disruptive(made):
    """Whether a plan restarts, stops or freezes a container, cuts its network, shrinks a disk or deletes one."""
    return any(_is_disruptive(one) for one in made.actions)


def _is_disruptive(action):
    if action.disruption in ("network", "restart") or isinstance(action, RemoveDisk):
        return True
    if isinstance(action, ChangeDisk):
        return bool(action.new.size and action.old.size and action.new.size < action.old.size)
    return isinstance(action, Assign) and action.field == "diskspace" and _is_smaller(action.old, action.new)


def _is_smaller(old, new):
    """Whether less room is left, of two limits."""
    pairs = ((old.soft, new.soft), (old.hard, new.hard)) if old and new else ()
    return any(one not in (None, UNLIMITED) and (before in (None, UNLIMITED) or one < before) for before, one in pairs)


def with_snapshot(made, container, its, tree, before):
    """The plan with a snapshot in front where it needs one, and behind it what `keep` leaves no room for."""
    if made.creates or made.destroys or container is None or made.has(TakeSnapshot):
        return made
    if tree.problem:
        return _without(made, container, tree)
    if not is_disruptive(made):
        return made
    words = changes.words(made.actions)
    id = tree.new_id(container.ctid, *(call.command for call in made.calls))
    action = TakeSnapshot(id, f"{PREFIX}{id[:8]}", f"{MARK}{', '.join(words)}"[:200], is_own=True)
    gone = too_many(tree, before.keep, its)
    first, last = (its.spelling.calls(some, container.ctid) for some in ([action], gone))
    return replace(made, calls=(*first, *made.calls, *last))


def _without(made, container, tree):
    """RefusedError where the plan needs a snapshot; else it is told early that none will be possible."""
    said = f"snapshot: before is set for container {container.ctid}, which {tree.problem}"
    if is_disruptive(made):
        raise RefusedError(f"{said}; remove that key from its entry to do it without: {_what(made)}")
    return replace(made, warnings=(*made.warnings, f"{said}; a change that needs one will be refused"))


def _what(made):
    return ", ".join(changes.words(made.actions))


def too_many(tree, keep, its):
    """The deletions after which `keep` of our own snapshots are left, with one that is about to be taken."""
    own = [one for one in tree.snapshots if one.has_our_name and one.id in tree.own]
    can_go = [one for one in own if its.snapshots.DELETES_FORKS or not is_fork(tree.snapshots, one)]
    count = 0 if keep is None else len(own) + 1 - keep
    oldest = sorted(can_go, key=lambda one: tree.own.index(one.id))  # a clock may be put back
    return [DeleteSnapshot(one.id, one.name) for one in oldest[: max(count, 0)]]


def taken(actions):
    """``{"id": ..., "name": ...}`` of the snapshot among what was done, or ``None``."""
    found = next((one for one in actions if isinstance(one, TakeSnapshot)), None)
    return found and {"id": found.id, "name": found.name}
