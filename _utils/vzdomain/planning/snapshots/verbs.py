"""
Taking, deleting, mounting snapshots, and switching to one: plans for one container. Pure.

`its` is the flavour of the node, `tree` what is known of the container's snapshots.
"""

from dataclasses import replace

from ...errors import RefusedError
from ...model.actions import (
    DeleteSnapshot,
    MountSnapshot,
    PutMarkBack,
    PutNameBack,
    SwitchSnapshot,
    TakeSnapshot,
    UnmountSnapshot,
)
from ...model.snapshot import PREFIX, children, is_fork, is_id
from ..context import Plan, of
from .tree import refuse

LONGEST = 200  # characters of a name or a description


def take(container, its, tree, name="", description="", memory=True):
    """A new snapshot; what runs is kept with `memory` as it is in memory."""
    refuse(container, its, tree)
    _check("name", name)
    _check("description", description)
    if name.startswith(PREFIX):
        raise RefusedError(f"names that begin with {PREFIX} are those of snapshots that Salt prunes; choose another")
    if is_id(name):
        raise RefusedError("the name of a snapshot must not look like an id; leave it out, or choose another")
    if container.status == "suspended":
        raise RefusedError(
            f"container {container.ctid} is suspended; openvz.resume {container.ctid} first: a snapshot would not have "
            f"what it has in memory"
        )
    with_memory = memory and container.running
    id = tree.new_id(container.ctid, name, description, with_memory)
    return of(container, its, TakeSnapshot(id, name, description, with_memory), warnings=lost(container, tree))


def delete(container, its, tree, word):
    """A snapshot goes; what stands on it stays."""
    refuse(container, its, tree)
    one = tree.one(container.ctid, word)
    if is_fork(tree.snapshots, one) and not its.snapshots.DELETES_FORKS:
        above = [*map(str, children(tree.snapshots, one)), *(["what is written now"] if one.current else [])]
        names = " and ".join(above)
        raise RefusedError(
            f"snapshot {one} of container {container.ctid} cannot be deleted: {names} stand on it; delete snapshots "
            f"until one is left"
        )
    return of(container, its, DeleteSnapshot(one.id, one.name))


def mount(container, its, tree, word, target, mounted):
    """The files of a snapshot below `target`; `mounted` is id -> where it is mounted already."""
    refuse(container, its, tree)
    one = tree.one(container.ctid, word)
    if not target.startswith("/") or not target.isprintable():
        raise RefusedError("target must be the absolute path of an empty directory of the node, such as /mnt/snapshot")
    there = mounted.get(one.id)
    if there == target:
        return of(container, its)
    if there:
        raise RefusedError(
            f"snapshot {one} of container {container.ctid} is mounted at {there}; "
            f"openvz.snapshot_umount {container.ctid} {one.id} first"
        )
    return of(container, its, MountSnapshot(one.id, target, one.name))


def unmount(container, its, tree, word, mounted):
    """No longer mounted."""
    refuse(container, its, tree)
    one = tree.one(container.ctid, word)
    is_there = one.id in mounted
    return of(container, its, *([UnmountSnapshot(one.id, mounted[one.id], one.name)] if is_there else []))


def switch(container, its, tree, one, then, mark="", resume=True):
    """
    The container as it was; `one` is the snapshot, `then` what it brings back, `mark` the comment that is kept.

    What of the configuration does not belong to the past is put right in the same plan: whose it is, and its name.
    """
    refuse(container, its, tree)
    _refuse_switch(container, its, one, then)
    now, given = container.domain, _given_name(container)
    keeps = then.domain is None or (then.elsewhere is not None and its.snapshots.CAN_KEEP_SETTINGS)
    settled = now if keeps else replace(then.domain, **{name: getattr(now, name) for name in _kept(its)})
    is_comment = not its.parameters["uuid"].option
    mark_back = None if keeps or then.mark == mark else mark
    uuid_back = None if keeps or not is_comment or then.uuid == (now.uuid or "") else now.uuid or ""
    name_back = None if keeps or "name" in its.snapshots.KEPT or (then.name or "") == given else given
    resumes = resume and then.has_memory
    action = SwitchSnapshot(
        *(one.id, one.name, container.status, "running" if resumes else "stopped"),
        was=now,
        then=settled,
        given_name=name_back,
        mark=mark_back,
        uuid=uuid_back,
        was_current=one.current,
        resume=resume,
        keeps_settings=keeps and its.snapshots.CAN_KEEP_SETTINGS,
    )
    return _with_identity(action, then, container, its)


def _with_identity(action, then, container, its):
    """The call, those that put right what is not of the past, and what is to be said."""
    calls = [*its.spelling.calls([action], container.ctid)]
    for back in put_back(action, then.name):
        calls += its.spelling.calls([back], container.ctid)
    return Plan(container.domain.name, container.ctid, tuple(calls), tuple(_said(action, then, container)))


def put_back(action, name_then=None):
    """The actions that put right what a switch has brought back and is not of the past."""
    if action.mark is not None or action.uuid is not None:
        yield PutMarkBack(action.mark, action.uuid, action.given_name)
    if action.given_name is not None:
        yield PutNameBack(name_then or "", action.given_name)


def _refuse_switch(container, its, one, then):
    ctid = container.ctid
    if container.status == "suspended":
        raise RefusedError(
            f"container {ctid} is suspended: what it has in memory goes with its present files; "
            f"openvz.resume {ctid} first"
        )
    if then.domain is None and its.snapshots.NEEDS_CONF:
        raise RefusedError(
            f"snapshot {one} of container {ctid} has no configuration of its time, and vzctl {its.family} does not "
            f"switch to one without; openvz.snapshot_mount shows its files"
        )
    if then.invalid:
        key, value = then.invalid
        raise RefusedError(
            f"the configuration that snapshot {one} of container {ctid} brings back says {key}={value!r}, for which "
            f"vzctl refuses the whole file; openvz.snapshot_mount shows its files"
        )


def _said(action, then, container):
    if action.keeps_settings or then.domain is None:
        reason = (
            f"says that its files are in {then.elsewhere}" if then.elsewhere else "is not there: the snapshot has none"
        )
        yield f"the configuration stays as it is: that of the snapshot {reason}"
    if container.running:
        yield f"container {container.ctid} is {container.status}: what runs in it now is killed"
    if action.status == "running":
        yield "its processes go on from where they were when the snapshot was taken; their connections are gone"


def _kept(its):
    return {"name", "uuid", "ctid", *its.snapshots.KEPT}


def _given_name(container):
    """The NAME of a container; empty for one that is known by its CTID alone."""
    name = container.domain.name
    return "" if name == str(container.ctid) or name.isdecimal() else name


def _check(what, text):
    if len(text) > LONGEST or not text.isprintable():
        raise RefusedError(
            f"the {what} of a snapshot has at most {LONGEST} characters, and no line break or control character"
        )


def lost(container, tree):
    """What is to be said where files of snapshots are there, and the list does not have them."""
    if tree.lost:
        yield (
            f"there are files of snapshots of container {container.ctid} that its list does not have: "
            f"{', '.join(tree.lost)}; the list was lost or replaced"
        )
