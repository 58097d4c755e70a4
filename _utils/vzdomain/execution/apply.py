"""
Doing what a plan says, and looking again.

What was really done is in the `Outcome`, or in the `done` attribute of the error that ended it: never the whole plan.
What is being done is in the journal: a run that is interrupted leaves it there for the next one.
"""

import contextlib
import logging
import os
import time
from dataclasses import dataclass, field

from .. import errors
from ..host import marks
from ..host.vzctl import STOP_TIMEOUT
from ..model.actions import (
    AddVeth,
    Assign,
    Bridge,
    ChangeVeth,
    Clone,
    Create,
    DeleteSnapshot,
    Destroy,
    Mark,
    MountSnapshot,
    PassThrough,
    Restart,
    Resume,
    Start,
    Stop,
    SwitchSnapshot,
    TakeSnapshot,
    UnmountSnapshot,
)
from ..planning import changes
from . import bridging, partial_create, verifying
from .snapshots import reading

log = logging.getLogger(__name__)

_SNAPSHOTS = (TakeSnapshot, DeleteSnapshot, SwitchSnapshot, MountSnapshot, UnmountSnapshot)
_SLACK = 2  # seconds that an uptime may be ahead of our clock


@dataclass
class Outcome:
    """What has been done so far."""

    actions: tuple = ()
    warnings: list = field(default_factory=list)

    @property
    def changes(self):
        """What Salt shows."""
        return changes.show(self.actions)


def apply(plan, node, journal, lock_timeout=60, watch=None):
    """
    Run the calls of a `plan.Plan`; raises what stopped it, with the actions done until then as ``done``.

    The caller holds the container (`Journal.hold`): the step in the journal is this run's. `watch` is called with each
    call before it is made.
    """
    outcome = Outcome()
    try:
        with node.at_work():
            for call in plan.calls:
                if watch:
                    watch(call)
                journal.begin_step(plan.ctid, plan.name, call, node.private(plan.ctid))
                _note_own(call, plan.ctid, node, journal)
                _run(call, plan, node, journal, lock_timeout, outcome)
                outcome.actions += call.actions
                _note_restart(call, plan, journal)
                _note_gone(call, plan.ctid, node, journal)
                _see_bridges(call, plan.ctid, node)
        journal.end_step(plan.ctid)
    except errors.OpenVZError as err:
        _end(err, plan, journal, outcome)
        raise
    except Exception as err:
        log.exception("A plan for container %s was stopped halfway", plan.ctid)
        known = errors.DefectError(errors.sentence(err))
        _end(known, plan, journal, outcome)
        raise known from err
    finally:
        if plan.calls:
            node.forget(plan.ctid)
    return outcome


def _has(call, *kinds):
    return any(isinstance(action, kinds) for action in call.actions)


def _note_own(call, ctid, node, journal):
    """A snapshot that the run takes by itself is known before it is there: it is no one else's."""
    for action in call.actions:
        if isinstance(action, TakeSnapshot) and action.is_own:
            journal.keep_snapshots(ctid, {one.id for one in reading.listed(node, node.private(ctid))})
            journal.took_snapshot(ctid, action.id)


def _note_gone(call, ctid, node, journal):
    """Those of a run that are there no more need no note."""
    if _has(call, DeleteSnapshot) and journal.snapshots(ctid):
        journal.keep_snapshots(ctid, {one.id for one in reading.listed(node, node.private(ctid))})
    elif _has(call, Destroy):
        journal.keep_snapshots(ctid, ())


def _see_bridges(call, ctid, node):
    """New pairs, and all of a container that was started, are in their bridges."""
    for guest, bridge in call.attach:
        bridging.see_new(node, ctid, guest, bridge)
    if _has(call, Start, Restart, Resume, SwitchSnapshot):
        bridging.see_all(node, ctid)


def _end(err, plan, journal, outcome):
    """What was done goes with the error that stopped a plan, which is worth more than one of the journal."""
    err.done = {plan.name: outcome.actions} if outcome.actions else None
    with contextlib.suppress(errors.OpenVZError):
        journal.end_step(plan.ctid, str(err))


def _note_restart(call, plan, journal):
    """What waits for a restart, and that it has come."""
    if call.pending:
        journal.wait_for_restart(plan.ctid, call.pending)
    journal.applied(
        plan.ctid, [one.field for one in call.actions if isinstance(one, (Assign, PassThrough)) and not one.waits]
    )
    if _has(call, Restart, SwitchSnapshot):
        journal.restarted(plan.ctid)


def remove_dump(node, ctid):
    """Remove what a suspended container leaves when it is destroyed."""
    path = node.dump_path(ctid)
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as err:
        raise errors.NotSavedError(f"{path} cannot be removed: {err.strerror}") from None


def _run(call, plan, node, journal, lock_timeout, outcome):
    if call.comments:
        marks.write(node, plan.ctid, lock_timeout, **call.comments)
        journal.end(plan.ctid)
        return
    try:
        if _has(call, Bridge):
            for move in call.actions:
                bridging.move(node, plan.ctid, move.device, move.new)
        elif _has(call, Clone):
            _clone(call, plan, node)
        elif _has(call, Create):
            _create(call, plan, node, journal, lock_timeout, outcome)
        else:
            _call(call, plan, node, outcome)
    except errors.OpenVZError as err:
        if isinstance(err, errors.VzctlError) and err.rc is not None:  # one that hangs is not asked again
            outcome.actions += verifying.look_again(err, call, node, plan.ctid, journal)
        node.forget(plan.ctid)
        raise


def _call(call, plan, node, outcome):
    """Run a vzctl and look; a code by which it only says that something waits for a restart is no failure."""
    if call.argv[0] == "set" and not node.exists(plan.ctid):  # vzctl would make a file
        raise errors.GoneError(f"container {plan.ctid} was removed by someone else in the meantime")
    began = time.time()
    try:
        result = node.vzctl.run(*call.argv, stop_timeout=_stop_timeout(call, plan, node))
    except errors.VzctlError as err:
        if err.rc not in call.saves or not verifying.is_saved_whole(call, node, plan.ctid):
            raise
    else:
        outcome.warnings += _said(result, node)
    node.forget(plan.ctid)
    _check(call, plan, node, time.time() - began)


def _clone(call, plan, node):
    """It may take hours. What it says of that is a table of percents, and worth nothing when it has ended."""
    node.vzctl.clone(*call.argv)
    node.look_again()
    node.forget(plan.ctid)
    if node.leftovers(plan.ctid) or not node.exists(plan.ctid):
        raise errors.NotTakenError(f"vzmlocal reported success, but there is no container {plan.ctid}, or only a part")
    _check_status(node, plan.ctid, "clone", "stopped")


def _said(result, node):
    """The complaints of a vzctl, without those that this family has for everybody."""
    chatter = node.flavour.chatter
    return [one for one in result.warnings if not (chatter and chatter.match(one))]


def _check(call, plan, node, seconds):
    """NotTakenError where a container is not as a call was to make it, whatever vzctl said of that."""
    ctid, verb = plan.ctid, call.argv[0]
    for action in call.actions:
        if isinstance(action, (AddVeth, ChangeVeth)):
            node.there(ctid)  # or its file cannot be read any more, and nothing else is to be sent
        if isinstance(action, Destroy) and node.exists(ctid):
            raise errors.NotTakenError(f"vzctl {verb} reported success, but container {ctid} is still there")
        if isinstance(action, _SNAPSHOTS) and not reading.is_done(action, node, ctid):
            raise errors.NotTakenError(f"vzctl {verb} reported success, but {reading.undone(action, ctid)}")
        if action.reaches in node.flavour.statuses:
            _check_status(node, ctid, verb, action.reaches)
        if isinstance(action, Restart):
            _check_restart(node, ctid, verb, seconds)


def _check_status(node, ctid, verb, wanted):
    if not node.exists(ctid):  # which vzctl 7 calls stopped, with code 0
        raise errors.GoneError(f"container {ctid} was removed by someone else in the meantime")
    status = node.status(ctid)
    if status != wanted:
        raise errors.NotTakenError(
            f"vzctl {verb} reported success, but container {ctid} is {status} instead of {wanted}"
        )


def _check_restart(node, ctid, verb, seconds):
    """Its uptime tells, where vzlist does."""
    with contextlib.suppress(errors.CannotAskError):
        if node.uptime(ctid) > seconds + _SLACK:
            raise errors.NotTakenError(f"vzctl {verb} reported success, but container {ctid} was not stopped by it")


def _create(call, plan, node, journal, lock_timeout, outcome):
    """Keep a note of it until our mark is in its file; without a mark to come it is the caller's container."""
    config = next(action.config for action in call.actions if isinstance(action, Create))
    begun = journal.begun(plan.ctid) if journal.has(plan.ctid, plan.name) else None
    if begun is not None:
        partial_create.clear(node, plan.ctid, config, begun, lock_timeout)
    if any(isinstance(action, Mark) and action.owner for action in plan.actions):
        journal.begin(plan.ctid, plan.name)
    try:
        outcome.warnings += node.vzctl.run(*call.argv).warnings
    except errors.PrivateAreaExistsError:  # what is there is someone else's, or an earlier run of ours has made it
        if begun is None:
            journal.end(plan.ctid)
        raise
    except errors.OpenVZError:
        node.forget(plan.ctid)
        with contextlib.suppress(errors.OpenVZError):  # vzctl's own message is worth more; the note stays as it is
            _note_what_is_left(config, call, plan, node, journal, outcome)
        raise
    node.forget(plan.ctid)
    if node.leftovers(plan.ctid) or not node.exists(plan.ctid):
        _note_what_is_left(config, call, plan, node, journal, Outcome())
        raise errors.NotTakenError(
            f"vzctl create reported success, but there is no container {plan.ctid}, or only a part of one"
        )


def _note_what_is_left(config, call, plan, node, journal, outcome):
    """After a creation that failed: nothing, something to be finished, or all of it, and only the answer got lost."""
    partial_create.clear_link(node, plan.ctid, plan.name)
    half = node.leftovers(plan.ctid)
    if not half and not node.exists(plan.ctid):
        journal.end(plan.ctid)
        return
    half = half or partial_create.is_half(node, plan.ctid, config, journal.begun(plan.ctid) or 0)
    journal.bind(plan.ctid, node.private(plan.ctid))
    if not half:
        outcome.actions += tuple(action for action in call.actions if isinstance(action, Create))


def _stop_timeout(call, plan, node):
    """Seconds that vzctl waits for the container to halt."""
    if not _has(call, Stop, Restart):
        return 0
    return node.there(plan.ctid).stop_timeout or STOP_TIMEOUT
