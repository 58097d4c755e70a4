"""
Starting vzmigrate, by itself: it outlives the job that starts it, and the minion.
"""

import os
import re
import time

from ...errors import ArgumentError, MissingProgramError, RefusedError, shown
from ...host import locks, process
from ...host.kernel import processes
from . import work
from .intents import SOURCE

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,252}")
_DRY_LIMIT = 600  # seconds
# Its code is put beside the log in one step, when it has ended; whatever ends this shell leaves none.
_WRAPPER = 'rc=$1; shift; "$@"; code=$?; echo "$code" > "$rc.new" && mv -f "$rc.new" "$rc"'


def send(mover, move, to):
    """
    Start vzmigrate towards `to`, the name by which the other node is reached, unless it is at work already.

    RefusedError where the container is not whole here, or this node is not the source.
    """
    intent, node = mover.intents.get(move.ctid), mover.node
    if intent.role != SOURCE:
        raise RefusedError(f"container {move.ctid} is moved to this node, not from it")
    found = mover.see(move.ctid)
    if found["at_work"] or intent.data.get("sent"):  # what it has done is judged before anything else is
        return found
    if not found["whole"]:
        raise RefusedError(f"container {move.ctid} is not whole on {node.node_id}: nothing is sent")
    launch(mover, move, [mover.programs[0], *node.flavour.moving.words(move.ctid, host(to), move.online)])
    return mover.see(move.ctid)


def check(mover, move, to):
    """vzmigrate's own checks, which change nothing: the shape of a check, without facts."""
    node, its = mover.node, mover.node.flavour.moving
    program = process.Program(mover.programs[0], "vzctl", "vzmigrate")
    container = mover.reconciler.resolve(str(move.get("name") or move.get("ctid")))
    lock = node.lock_path(container.ctid)
    was_left = locks.left_by(lock) is not None
    result = program.run(its.words(container.ctid, host(to), bool(move.get("online")), dry=True), _DRY_LIMIT)
    if not was_left and locks.left_by(lock) is not None:  # its own: it dies on some files, and leaves that (recorded)
        locks.wait(lock, 0)
    problems = []
    if result.rc not in its.CHECKED:
        said = result.message or "no message"
        what = f"vzmigrate on {node.node_id} refuses to move {container.domain.name} to {to} (code {result.rc}): {said}"
        problems.append(["program", shown(what), f"{its.sentence(result.rc)}; mend that, and try again"])
    return {"facts": {}, "problems": problems, "warnings": []}


def host(to):
    """The name or address of a node; ArgumentError for what ssh could take for something else."""
    if not _HOST.fullmatch(str(to)):
        raise ArgumentError(f"{shown(str(to))!r} is not the name or address of a node (openvz:ssh_host)")
    return str(to)


def launch(mover, move, argv):
    """Start a program that works for a move by itself, with a log and its code beside the intent."""
    intents = mover.intents
    log, rc = intents.path(move.ctid, "log"), intents.path(move.ctid, "rc")
    for path in (rc, log):
        if os.path.lexists(path):
            os.replace(path, f"{path}.before")
    intents.note(move.ctid, sent=time.time())  # first: it may be all that is left of this
    command = ["/bin/sh", "-c", _WRAPPER, "vzmigrate", rc, *argv]
    try:
        pid = process.detach(command, log, {work.MARK: move.id})
    except OSError as err:
        intents.note(move.ctid, sent=None)
        raise MissingProgramError(f"{argv[0]} cannot be started: {err.strerror}") from None
    intents.note(move.ctid, process={"pid": pid, "birth": processes.birth(pid)})
