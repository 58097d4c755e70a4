"""
What a run that was killed at a snapshot has left: told, and put right where no plan would.
"""

from ...errors import OpenVZError
from ...host import marks
from ...model.actions import Clone, DeleteSnapshot, HoldBack, PutMarkBack, PutNameBack, SwitchSnapshot, TakeSnapshot
from ...planning.snapshots import verbs
from . import reading

KINDS = (Clone, HoldBack, TakeSnapshot, DeleteSnapshot, SwitchSnapshot, PutMarkBack, PutNameBack)
_TOLD = {
    TakeSnapshot: ("snapshot {} was taken", "snapshot {} was not taken"),
    DeleteSnapshot: ("snapshot {} was deleted", "snapshot {} is still there"),
    SwitchSnapshot: (
        "the switch to snapshot {} was done",
        "the list of snapshots does not say that the switch to {} was done, and the files may already be those of the "
        "snapshot; openvz.snapshot_switch does it again",
    ),
}

_UNKNOWN = (
    "nothing tells whether the switch to snapshot {} was done, since the container stood on it before; "
    "openvz.snapshot_switch does it again"
)


def go_on(node, journal, ctid, step, lock_timeout):
    """Sentences about it, after what was left has been put right."""
    for action in step.actions:
        if type(action) in _TOLD:
            told = _TOLD[type(action)][0 if reading.is_done(action, node, ctid) else 1]
            told = _UNKNOWN if getattr(action, "was_current", False) else told
            yield told.format(action.name or action.id)
    for clone in (one for one in step.actions if isinstance(one, (Clone, HoldBack))):
        yield from _disable(clone, node, ctid)
    for back in _backs(step, node, ctid):
        try:
            yield from _put(back, node, journal, ctid, step, lock_timeout)
        except OpenVZError as err:
            yield str(err)


def _disable(clone, node, ctid):
    """A clone that is no more than that must not start: its addresses are those of its source."""
    for call in node.flavour.spelling.calls([HoldBack(clone.called)], ctid):
        node.vzctl.run(*call.argv)
    node.forget(ctid)
    yield (
        f"container {ctid} is a clone of {clone.called} that was not finished, and has the addresses of that one; "
        f"it is disabled: openvz.destroy {ctid} force=True, and clone it again"
    )


def marks_of(step):
    """The mark that the step of a switch was to leave, ``None`` where it is no such step."""
    found = (one.mark for one in step.actions if isinstance(one, (SwitchSnapshot, PutMarkBack))) if step else ()
    return next((mark for mark in found if mark), None)


def names_of(step):
    """The names that such a step may leave a container with for a moment."""
    for one in step.actions if step else ():
        if isinstance(one, SwitchSnapshot) and one.given_name:
            yield one.given_name
        elif isinstance(one, PutMarkBack) and one.name:
            yield one.name
        elif isinstance(one, PutNameBack) and one.new:
            yield one.new


def _backs(step, node, ctid):
    """What is to be put right: comments first, and the name of the file as it is now."""
    now = node.values(ctid).get("NAME") or ""
    for one in step.actions:
        if isinstance(one, SwitchSnapshot):
            yield from verbs.put_back(one, now)
        elif isinstance(one, PutMarkBack):
            yield one
            if one.name is not None:
                yield PutNameBack(now, one.name)
        elif isinstance(one, PutNameBack):
            yield one


def _put(back, node, journal, ctid, step, lock_timeout):
    for call in node.flavour.spelling.calls([back], ctid):
        if isinstance(back, PutNameBack):
            if (node.values(ctid).get("NAME") or "") == back.new and (not back.new or node.linked(back.new) == ctid):
                continue
            node.vzctl.run(*call.argv)
            did = f"the name {back.new} was put back" if back.new else "the name from the snapshot was removed again"
        else:
            if back.mark is not None and reading.mark(node, ctid) == back.mark and back.uuid is None:
                continue
            marks.write(node, ctid, lock_timeout, **call.comments)
            did = "Salt's mark was put back into its file"
        node.forget(ctid)
        journal.remember(ctid, step.name, did)
        yield did
