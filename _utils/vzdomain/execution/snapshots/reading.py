"""
What a node has of a container's snapshots. Nothing is changed, and only for where they are mounted vzctl is asked.
"""

import os

from ...errors import CannotAskError
from ...host import files, traces
from ...model.actions import DeleteSnapshot, MountSnapshot, SwitchSnapshot, TakeSnapshot
from ...planning.snapshots.tree import Then, Tree


def tree(node, journal, container):
    """The `Tree` of a container; CannotAskError where its list cannot be read."""
    its = node.flavour.snapshots
    problem = why_none(node, container)
    if problem:
        return Tree(problem=problem)
    found = listed(node, container.private)
    known = {one.id for one in found}
    names = traces.listdir(os.path.dirname(its.conf(container.private, "")))
    lost = tuple(id for id in its.kept(names) if id not in known)
    own = tuple(id for id in journal.snapshots(container.ctid) if id in known)
    return Tree(tuple(found), lost=lost, own=own)


def listed(node, area):
    """The `Snapshot`s in a private area; none where there is no list, as vzctl has it."""
    path = node.flavour.snapshots.file(area)
    text = files.text(path)
    try:
        return [] if text is None else node.flavour.snapshots.parse(text)
    except ValueError as err:
        raise CannotAskError(f"{path} cannot be read as a list of snapshots: {err}") from None


def why_none(node, container):
    """Why a container can have no snapshots, as the end of a sentence, or ``None``."""
    places = node.flavour.places
    if container.layout != "ploop":
        return f"is stored as {container.layout}: vzctl {node.flavour.family} takes snapshots of ploop containers alone"
    if places.REAL_FILE:
        link = os.path.join(container.private, places.LAYOUT_FILE)
        if traces.leads_to(link) != os.path.join(container.private, places.LAYOUT):
            return (
                f"is in an old format ({link} does not point to {places.LAYOUT}): vzctl {node.flavour.family} takes "
                f"no snapshots of it"
            )
    return None


def then(node, container, one):
    """The `Then` of a snapshot."""
    its, reading = node.flavour.snapshots, node.flavour.reading
    has_memory = traces.exists(its.dump(container.private, one.id))
    text = files.text(its.conf(container.private, one.id))
    if text is None:
        return Then(has_memory=has_memory)
    conf, ctid = reading.parse(text), container.ctid
    return Then(
        reading.domain(conf, ctid),
        has_memory,
        conf.name,
        conf.comments.get(reading.MARK, ""),
        conf.uuid or "",
        _elsewhere(node, conf, container),
        reading.refused(conf, node.vzctl.release()[1]),
    )


def mark(node, ctid):
    """The comment that a container's file has, be it ours or not; empty for none."""
    reading = node.flavour.reading
    return reading.parse(node.text(ctid) or "").comments.get(reading.MARK, "")


def _elsewhere(node, conf, container):
    """The private area or root of a configuration, where it is another than now: a switch would lose the container."""
    if {"private", "root"} <= set(node.flavour.snapshots.KEPT):
        return None
    ctid = container.ctid
    pairs = ((conf.private(ctid, node.vz_conf), container.private), (conf.root(ctid, node.vz_conf), node.root(ctid)))
    return next((then for then, now in pairs if os.path.normpath(then) != os.path.normpath(now)), None)


def mounted(node, container, found):
    """Id -> directory, of the snapshots in a `Tree` that are mounted."""
    its = node.flavour.snapshots
    ids = {one.id for one in found.snapshots}
    if not ids:
        return {}
    return its.targets(node.vzctl.run(*its.targets_words(container.ctid)).stdout, ids)


def is_done(action, node, ctid):
    """Whether the node is as an action on snapshots was to make it."""
    container = node.there(ctid)
    found = {one.id: one for one in listed(node, container.private)}
    if isinstance(action, TakeSnapshot):
        return action.id in found
    if isinstance(action, DeleteSnapshot):
        return action.id not in found
    if isinstance(action, SwitchSnapshot):
        return action.id in found and found[action.id].current
    there = mounted(node, container, Tree(tuple(found.values()))).get(action.id)
    return there == action.target if isinstance(action, MountSnapshot) else there is None


def undone(action, ctid):
    """What is wrong where vzctl said that it did it, and `is_done` says no."""
    called = action.name or action.id
    if isinstance(action, TakeSnapshot):
        return f"container {ctid} has no snapshot {called}"
    if isinstance(action, DeleteSnapshot):
        return f"snapshot {called} of container {ctid} is still there"
    if isinstance(action, SwitchSnapshot):
        return f"container {ctid} does not stand on snapshot {called}"
    there = f"not mounted at {action.target}" if isinstance(action, MountSnapshot) else "still mounted"
    return f"snapshot {called} of container {ctid} is {there}"
