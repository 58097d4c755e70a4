"""
What people type of snapshots, planned and done; and the snapshot that a run takes before a change.

What is typed is planned again once nobody else is at work on the container: its id says what there was.
"""

from dataclasses import replace

from ...errors import NotTakenError, RefusedError
from ...host import traces
from ...model.actions import SwitchSnapshot
from ...planning.snapshots import before as before_
from ...planning.snapshots import verbs
from ...planning.snapshots.tree import Tree
from .. import apply, claiming, notices
from . import reading


def protect(finder, made, container, before):
    """The plan with the snapshot that `before` (`planning.snapshots.before.Before`, or ``None``) wants in front."""
    if before is None or container is None:
        return made
    node, problem = finder.node, None if made.calls else reading.why_none(finder.node, container)
    tree = reading.tree(node, finder.journal, container) if made.calls else Tree(problem=problem)
    return before_.with_snapshot(made, container, node.flavour, tree, before)


def take(reconciler, container, name="", description="", memory=True):
    """The `Plan` that takes one."""
    return verbs.take(container, reconciler.node.flavour, _tree(reconciler, container), name, description, memory)


def delete(reconciler, container, word, force=False):
    """The `Plan` that deletes one; RefusedError for that of a protected container without `force`."""
    made = verbs.delete(container, reconciler.node.flavour, _tree(reconciler, container), word)
    return _forced(reconciler, made, container, force)


def mount(reconciler, container, word, target):
    """The `Plan` that mounts one at a directory of the node."""
    found = _tree(reconciler, container)
    there = reading.mounted(reconciler.node, container, found)
    return verbs.mount(container, reconciler.node.flavour, found, word, target, there)


def unmount(reconciler, container, word):
    """The `Plan` that unmounts one."""
    found = _tree(reconciler, container)
    there = reading.mounted(reconciler.node, container, found)
    return verbs.unmount(container, reconciler.node.flavour, found, word, there)


def switch(reconciler, container, word, resume=True, force=False):
    """
    The `Plan` that brings a snapshot back; RefusedError for a protected container without `force`.

    What comes back must not be another container's by now.
    """
    node, found = reconciler.node, _tree(reconciler, container)
    verbs.refuse(container, node.flavour, found)
    one = found.one(container.ctid, word)
    made = verbs.switch(
        *(container, node.flavour, found, one, reading.then(node, container, one)),
        mark=reading.mark(node, container.ctid),
        resume=resume,
    )
    made = _forced(reconciler, made, container, force)
    warnings = notices.check_others(reconciler, made)
    warnings += notices.check_elsewhere(reconciler, made, container.domain, container)
    return replace(made, warnings=(*made.warnings, *warnings)) if warnings else made


def imagined(reconciler, made, container):
    """What a dry run counts on after a switch."""
    (action,) = (one for one in made.actions if isinstance(one, SwitchSnapshot))
    after = replace(container, domain=action.then or container.domain, status=action.status)
    reconciler.view.follow(made, lambda: after)


def do(reconciler, ctid, remake):
    """Plan and do; returns the plan and the `apply.Outcome`, with what there is to say of an interrupted run."""
    reports = []
    with reconciler.recovery.at(ctid, reports):
        reconciler.recovery.settle(ctid)
        reconciler.node.forget(ctid)
        made = remake(reconciler.resolve(ctid))
        switched = next((one for one in made.actions if isinstance(one, SwitchSnapshot)), None)
        if switched:
            claiming.take(made, switched.then, reconciler.node, reconciler.journal, reconciler.recovery)
        outcome = apply.apply(made, reconciler.node, reconciler.journal, reconciler.lock_timeout)
        if switched:
            reconciler.journal.restarted(ctid)
            _check(reconciler.node, ctid, switched, outcome, made)
    return made, replace(outcome, warnings=[*reports, *made.warnings, *outcome.warnings])


def _check(node, ctid, switched, outcome, made):
    """The status that the container is to have: that processes do not go on is a warning to one family."""
    node.forget(ctid)
    status = node.there(ctid).status
    if (status == "running") == (switched.status == "running") and status not in ("suspended", "paused"):
        return
    remedy = f"; openvz.start {ctid} starts it anew" if switched.status == "running" else ""
    err = NotTakenError(
        f"container {ctid} has been switched to snapshot {switched.name or switched.id}, but is {status} and not "
        f"{switched.status}{remedy}"
    )
    err.done = {made.name: outcome.actions}
    raise err


def _tree(reconciler, container):
    return reading.tree(reconciler.node, reconciler.journal, container)


def _forced(reconciler, made, container, force):
    phrase = None if force or not made.calls else reconciler.protection.of(container)
    if phrase:
        raise RefusedError(f"container {container.ctid} is {phrase}; force=True does it anyway")
    return made


def listing(reconciler, container):
    """What people are told of a container's snapshots: a list of dictionaries, and warnings."""
    found = _tree(reconciler, container)
    its, area = reconciler.node.flavour.snapshots, container.private
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "description": one.description,
            "date": one.date,
            "parent": one.parent,
            "current": one.current,
            "memory": traces.exists(its.dump(area, one.id)),
            "settings": traces.exists(its.conf(area, one.id)),
            "own": one.id in found.own,
        }
        for one in found.snapshots
    ]
    said = list(verbs.lost(container, found))
    said += [f"container {container.ctid} {found.problem}"] if found.problem else []
    return rows, [*reconciler.reports(container.ctid), *said]
