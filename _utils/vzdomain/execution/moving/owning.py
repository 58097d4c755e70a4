"""
Whose a container is while it is moved: the intent, and who starts it, stops it and has its mark at the end.
"""

from ...errors import ArgumentError, RefusedError
from ...model.actions import Assign, Mark
from ...planning import context, power
from . import look
from .intents import DESTINATION, SOURCE

RUNNING, STOPPED = "running", "stopped"
_STARTS = (True, "auto")  # ONBOOT by which a node starts it


def intend(mover, move, noted=None, take_over=False):
    """
    Note the move on this node, and see that no reboot starts the container here meanwhile.

    noted
        On the destination: what the source has noted of ``onboot``, ``status`` and ``managed``.

    RefusedError where another move of it is open, its driver is alive, or anything of it is on the destination already.
    """
    role, ctid = mover.role_of(move), move.ctid
    known = mover.intents.get(ctid)
    if known is None and role == SOURCE:
        container = mover.node.there(ctid)
        _refuse_another(move, container)
        noted = {"onboot": container.onboot, "status": container.status, "managed": container.managed}
        area = {"area": mover.journal.area(container.private), "area_path": container.private}
    elif known is None:
        if not isinstance(noted, dict):
            raise ArgumentError("intend needs noted on the destination: what the source has noted")
        _refuse_remains(mover, move)
        area = {"area_path": mover.node.own_place(ctid)}
    more = {"noted": noted, **area} if known is None else {}
    mover.intents.begin(move, role, take_over, **more)
    if role == SOURCE:
        _keep_down(mover, ctid)
    return look.seen(mover, ctid)


def own(mover, move, power=RUNNING):
    """
    This node is the owner: the mark is its own, ONBOOT as it was before the move, and the container runs if it should.

    power
        ``running`` or ``stopped``: ``stopped`` leaves one as it is that does not run.
    """
    if power not in (RUNNING, STOPPED):
        raise ArgumentError(f"power must be {RUNNING} or {STOPPED}")
    intent = mover.intents.require(move)
    found = look.seen(mover, move.ctid)
    _refuse_work(mover, move, found)
    if not found["whole"]:
        raise RefusedError(f"container {move.ctid} is not whole on {mover.node.node_id}: nothing is started")
    container = mover.node.there(move.ctid)
    _refuse_another(move, container)
    _do(mover, move.ctid, lambda one: _settings(mover, one, intent.noted))
    if power == RUNNING:
        _do(mover, move.ctid, lambda one: _start(mover, one))
    return look.seen(mover, move.ctid)


def give_way(mover, move, proof):
    """
    Stop the container on the destination and keep its area: it runs on the source as well.

    proof
        What the source has: whole and running.
    """
    mover.intents.require(move)
    if mover.role_of(move) != DESTINATION:
        raise RefusedError(f"{mover.node.node_id} is the source: only the destination gives way")
    check_proof(move, proof, move.source)
    if proof.get("status") not in ("running", "paused"):
        raise RefusedError(f"container {move.ctid} does not run on {move.source}: it is not stopped here")
    _do(mover, move.ctid, lambda one: power.stop(one, mover.node.flavour))
    return look.seen(mover, move.ctid)


def check_proof(move, proof, node):
    """RefusedError where what another node has is no proof that the container is whole there."""
    is_its = isinstance(proof, dict) and proof.get("node") == node and proof.get("ctid") == str(move.ctid)
    if not is_its:
        raise ArgumentError(f"proof must be what look returns on {node}")
    if not proof.get("whole"):
        raise RefusedError(
            f"container {move.ctid} was not seen whole on {node}: nothing of it is removed or stopped here"
        )
    if move.uuid and proof.get("uuid") not in (move.uuid, None):
        raise RefusedError(f"container {move.ctid} on {node} has another UUID, {proof.get('uuid')}")


def _settings(mover, container, noted):
    """The plan for mark and ONBOOT."""
    its, node = mover.node.flavour, mover.node
    actions = []
    if container.mark:  # of another node, for it was copied: one that nobody managed stays nobody's
        actions.append(Mark(its.reading.mark(container.ctid, node.node_id), adopted=True))
    if noted.get("onboot") in _STARTS and container.onboot != noted["onboot"]:
        actions.append(Assign("onboot", container.onboot, noted["onboot"]))
    return context.of(container, its, *actions)


def _start(mover, container):
    """One that is disabled was started by nobody before either."""
    return (
        context.of(container, mover.node.flavour) if container.disabled else power.start(container, mover.node.flavour)
    )


def _keep_down(mover, ctid):
    """ONBOOT=no on the source; it travels along."""

    def plan(container):
        actions = [Assign("onboot", container.onboot, False)] if container.onboot in _STARTS else []
        return context.of(container, mover.node.flavour, *actions)

    if mover.node.exists(ctid):
        _do(mover, ctid, plan)


def _do(mover, ctid, plan):
    """Do what a plan for the container says, as it is now."""
    node = mover.node
    node.forget(ctid)

    def made():
        return plan(node.there(ctid))

    found = made()
    if found.calls:
        mover.reconciler.run(found, made)
    node.forget(ctid)


def _refuse_another(move, container):
    """What has the CTID must be what is to be moved."""
    uuid = container.domain.uuid
    if move.uuid and uuid and uuid != move.uuid:
        raise RefusedError(f"container {move.ctid} has the UUID {uuid}, and the move is of {move.uuid}")


def _refuse_work(mover, move, found):
    if found["at_work"]:
        raise RefusedError(f"container {move.ctid} is still being worked on: {'; '.join(found['at_work'])}")


def _refuse_remains(mover, move):
    """What is there before a move begins is not of it, and would be overwritten or removed by it."""
    node = mover.node
    left = node.leftovers(move.ctid) or ((node.conf_path(move.ctid),) if node.exists(move.ctid) else ())
    if left:
        raise RefusedError(f"{', '.join(left)} is on {node.node_id} already: container {move.ctid} is not moved there")
