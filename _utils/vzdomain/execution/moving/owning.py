"""
Whose a container is while it is moved: the intent, and who starts it, stops it and has its mark at the end.
"""

import contextlib
import os
import time

from ...errors import ArgumentError, NotSavedError, RefusedError
from ...host import locks
from ...host.container import UP
from ...model.actions import Assign, Mark, Register, Rename
from ...planning import context
from ...planning import power as power_
from ...planning.context import Plan
from . import look
from .intents import DESTINATION, SOURCE

RUNNING, STOPPED = "running", "stopped"
_STARTS = (True, "auto")  # ONBOOT by which a node starts it


def intend(mover, move, noted=None, take_over=False, proof=None):
    """
    Note the move on this node, and see that no reboot starts the container here meanwhile.

    noted
        On the destination: ``onboot``, ``status`` and ``managed`` of the container, where the checks have not told.

    proof
        What the source has, where it has handed the container over and the destination has lost its notes.

    RefusedError where another move of it is open, its driver is alive, or anything of it is on the destination already.
    """
    role, ctid = mover.role_of(move), move.ctid
    with mover.journal.allocation() if role == DESTINATION else contextlib.nullcontext():
        _note(mover, move, role, noted, take_over, proof)
    if role == SOURCE:
        _remove_marker(mover, ctid)
    if role == SOURCE and mover.node.exists(ctid):
        do(mover, ctid, lambda one: _kept_down(mover, one))
    return mover.see(ctid)


def _note(mover, move, role, noted, take_over, proof):
    """Write the intent; what it says of the container is noted the first time only."""
    ctid, more = move.ctid, {}
    if mover.intents.get(ctid) is None and role == SOURCE:
        container = mover.node.there(ctid)
        refuse_another(move, container.domain.uuid)
        more = {"onboot": container.onboot, "status": container.status, "managed": container.managed}
        more |= {"area": mover.journal.area(container.private), "area_path": container.private}
    elif mover.intents.get(ctid) is None:
        if not _has_come(mover, move, proof):
            _refuse_remains(mover, move)
        facts = noted if isinstance(noted, dict) else _told(mover, move)
        more = {key: facts.get(key) for key in ("onboot", "status", "managed")}
        more["area_path"] = mover.node.own_place(ctid)
    mover.intents.begin(move, role, bool(take_over), **more)


def own(mover, move, power=RUNNING):
    """
    This node is the owner: the container runs if it should, ONBOOT is as before the move, and the mark is its own.

    An old copy on the source is made the container again, where the destination is lost.

    power
        ``running`` or ``stopped``: ``stopped`` leaves one as it is.
    """
    if power not in (RUNNING, STOPPED):
        raise ArgumentError(f"power must be {RUNNING} or {STOPPED}")
    intent, ctid = mover.intents.get(move.ctid), move.ctid
    found = mover.see(ctid)
    refuse_work(ctid, found)
    if found["handed_over"] and intent.role == SOURCE:
        _take_back(mover, move, intent)
        found = mover.see(ctid)
    if not found["whole"]:
        raise RefusedError(f"container {ctid} is not whole on {mover.node.node_id}: nothing is started")
    refuse_another(move, mover.node.there(ctid).domain.uuid)
    if found["stale_lock"]:  # of a vzmigrate that was killed; any vzctl would remove it
        locks.wait(mover.node.lock_path(ctid), 0)
    if power == RUNNING:
        _thaw(mover, move, intent)
        do(mover, ctid, lambda one: _started(mover, one))
    do(mover, ctid, lambda one: _settled(mover, one, intent.data.get("onboot")))
    mover.intents.note(ctid, owned=time.time())
    return mover.see(ctid)


def give_way(mover, move, proof, told=False):
    """
    Stop the container on the destination and keep its area, and note it: it may have run here, and is the source's.

    proof
        What the source has: whole, and running where the container runs here.

    told
        Whether a person has been told of this copy by the run that asks.
    """
    ctid = move.ctid
    if mover.role_of(move) != DESTINATION:
        raise RefusedError(f"{mover.node.node_id} is the source: only the destination gives way")
    check_proof(move, proof, move.source)
    is_up = mover.see(ctid)["status"] in UP
    if is_up and not mover.node.exists(ctid):
        raise _ghost(mover.node, move)
    if is_up and proof.get("status") not in UP:
        raise RefusedError(f"container {ctid} does not run on {move.source}: it is not stopped here")
    known = mover.intents.get(ctid).data.get("gave_way")
    if not known or told:
        run = {"run": move.driver["run"], "time": time.time(), "told": bool(told)}
        mover.intents.note(ctid, gave_way=run)
    if is_up:
        do(mover, ctid, lambda one: power_.stop(one, mover.node.flavour))
    return mover.see(ctid)


def _ghost(node, move):
    """The error for one that runs on the destination though vzmigrate has removed its files (recorded)."""
    conf, ctid = node.conf_path(move.ctid), move.ctid
    return RefusedError(
        f"container {ctid} runs on {node.node_id}, but vzmigrate has removed its files, so vzctl cannot stop it: on "
        f"{node.node_id} type scp root@{move.source}:{conf} {conf} && vzctl stop {ctid} --fast && rm {conf}"
    )


def check_proof(move, proof, node):
    """RefusedError where what another node has is no proof that the container is whole there."""
    is_its = isinstance(proof, dict) and proof.get("node") == node and proof.get("ctid") == str(move.ctid)
    if not is_its:
        raise ArgumentError(f"proof must be what look returns on {node}")
    if not proof.get("whole"):
        raise RefusedError(f"container {move.ctid} was not seen whole on {node}: nothing is removed or stopped here")
    if move.uuid and proof.get("uuid") not in (move.uuid, None):
        raise RefusedError(f"container {move.ctid} on {node} has another UUID, {proof.get('uuid')}")


def refuse_another(move, uuid):
    """RefusedError where what has the CTID is not what is to be moved."""
    if move.uuid and uuid and uuid != move.uuid:
        raise RefusedError(f"container {move.ctid} has the UUID {uuid}, and the move is of {move.uuid}: left alone")


def refuse_work(ctid, found):
    """RefusedError where somebody is at work on a container."""
    if found["at_work"]:
        raise RefusedError(f"container {ctid} is still being worked on: {'; '.join(found['at_work'])}")


def do(mover, ctid, plan):
    """Do what a plan for the container says, as it is now; `plan` makes it of a `Container`."""
    node = mover.node

    def made():
        node.forget(ctid)
        return plan(node.there(ctid))

    found = made()
    if found.calls:
        mover.reconciler.run(found, made)
    node.forget(ctid)


def _settled(mover, container, onboot):
    """The plan for ONBOOT, and the mark last: one that nobody managed stays nobody's."""
    its, node = mover.node.flavour, mover.node
    actions = []
    if onboot in _STARTS and container.onboot != onboot:
        actions.append(Assign("onboot", container.onboot, onboot))
    if container.mark:  # another node's, with which it has come
        actions.append(Mark(its.reading.mark(container.ctid, node.node_id), adopted=True))
    return context.of(container, its, *actions)


def _started(mover, container):
    """One that is disabled was started by nobody before either."""
    its = mover.node.flavour
    return context.of(container, its) if container.disabled else power_.start(container, its)


def _thaw(mover, move, intent):
    """Let one go on that a live move has frozen on the source; where it was not, vzctl says so, and nothing is done."""
    words = mover.node.flavour.moving.thaw(move.ctid, look.log_of(mover, move.ctid))
    if intent.role == SOURCE and intent.data.get("sent") and words:
        mover.node.vzctl.run(*words, check=False)
        mover.node.forget(move.ctid)


def _remove_marker(mover, ctid):
    """The file by which the other node knew whether both have the same storage."""
    marker = mover.intents.facts(ctid).get("marker")
    with contextlib.suppress(OSError):
        if marker:
            os.unlink(marker)


def _kept_down(mover, container):
    """ONBOOT=no on the source; it travels along."""
    actions = [Assign("onboot", container.onboot, False)] if container.onboot in _STARTS else []
    return context.of(container, mover.node.flavour, *actions)


def _take_back(mover, move, intent):
    """Make the old copy the container again: its file, its name."""
    node, ctid, its = mover.node, move.ctid, mover.node.flavour
    area = look.area_of(mover, ctid, intent)
    conf, old = its.moving.copies(node.conf_path(ctid), area)
    try:
        if old != area and not os.path.lexists(area):
            os.rename(old, area)
        if conf:
            os.rename(conf, node.conf_path(ctid))
    except OSError as err:
        raise NotSavedError(f"{err.filename} cannot be made the container's again: {err.strerror}") from None
    node.forget(ctid)
    if its.places.REAL_FILE:
        calls = its.spelling.calls([Register(area)], ctid)
        mover.reconciler.run(Plan(move.name, ctid, calls))
    elif node.there(ctid).domain.name != str(ctid) and node.linked(move.name) != ctid:
        do(mover, ctid, lambda one: context.of(one, its, Rename(None, one.domain.name)))


def _told(mover, move):
    """What the checks have told of the container that is to come."""
    facts = mover.intents.facts(move.ctid)
    return facts if facts.get("uuid") == move.uuid else {}


def _has_come(mover, move, proof):
    """Whether what is on the destination is the very container that the source has handed over."""
    is_its = isinstance(proof, dict) and proof.get("node") == move.source and proof.get("ctid") == str(move.ctid)
    if not (is_its and proof.get("handed_over") and move.uuid):
        return False
    found = mover.see(move.ctid)
    return found["whole"] and found["uuid"] == move.uuid


def _refuse_remains(mover, move):
    """What is there before a move begins is not of it, and would be overwritten or removed by it."""
    node = mover.node
    if mover.journal.is_begun(move.ctid):
        raise RefusedError(f"container {move.ctid} is being created on {node.node_id}: it is not moved there")
    left = node.leftovers(move.ctid) or ((node.conf_path(move.ctid),) if node.exists(move.ctid) else ())
    if left:
        raise RefusedError(f"{', '.join(left)} is on {node.node_id} already: container {move.ctid} is not moved there")
