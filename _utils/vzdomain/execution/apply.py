"""
Doing what a plan says, and looking again.

What was really done is in the `Outcome`, or in the `done` attribute of the error that ended it: never the whole plan.
What is being done is in the journal: a run that is cut off leaves it there for the next one.
"""

import contextlib
import logging
import os
import time
from dataclasses import dataclass, field

from .. import errors
from ..host import marks, runtime
from ..host.node import STATUSES
from ..host.vzctl import STOP_TIMEOUT
from ..model import fields
from ..planning.plan import MARK
from ..planning.steps import merged
from . import bridging, partial_create

log = logging.getLogger(__name__)

_SLACK = 2  # seconds that an uptime may be ahead of our clock
_SHOWN = {"addresses", *(row.field for row in runtime.ROWS)}


@dataclass
class Outcome:
    """What has been done so far."""

    changes: dict = field(default_factory=dict)
    warnings: list = field(default_factory=list)


def apply(whole, node, journal, lock_timeout=60, watch=None):
    """
    Run the steps of a `plan.Plan`; raises what stopped it, with the changes made until then as ``done``.

    The caller holds the container (`Journal.hold`): what is in flight is this run's. `watch` is called with each step
    before it is done.
    """
    outcome = Outcome()
    try:
        with node.at_work():
            for step in whole.steps:
                if watch:
                    watch(step)
                area = node.private(whole.ctid)
                journal.take_off(whole.ctid, whole.name, step.argv, step.pending, step.attach, area)
                _run(step, whole, node, journal, lock_timeout, outcome)
                outcome.changes = merged(outcome.changes, step.changes)
                _note_restart(step, whole, journal)
                _see_bridges(step, whole.ctid, node)
        journal.land(whole.ctid)
    except errors.OpenVZError as err:
        _end(err, whole, journal, outcome)
        raise
    except Exception as err:
        log.exception("A plan for container %s was stopped halfway", whole.ctid)
        known = errors.DefectError(errors.sentence(err))
        _end(known, whole, journal, outcome)
        raise known from err
    finally:
        if whole.steps:
            node.forget(whole.ctid)
    return outcome


def _see_bridges(step, ctid, node):
    """New pairs, and all of a container that was started, are in their bridges."""
    for guest, bridge in step.attach:
        bridging.see_new(node, ctid, guest, bridge)
    if step.argv[:1] in (("start",), ("restart",), ("resume",)):
        bridging.see_all(node, ctid)


def _end(err, whole, journal, outcome):
    """What was done goes with the error that stopped a plan, which is worth more than one of the journal."""
    err.done = {whole.name: outcome.changes} if outcome.changes else None
    with contextlib.suppress(errors.OpenVZError):
        journal.land(whole.ctid)


def _note_restart(step, whole, journal):
    """What waits for a restart, and that it has come."""
    if step.pending:
        journal.wait_for_restart(whole.ctid, step.pending)
    if step.argv[:1] == ("restart",):
        journal.restarted(whole.ctid)


def _note_what_was_saved(step, whole, node, journal):
    """A failed ``set`` may have saved all the same; then its fields wait for a restart."""
    if not step.pending:
        return
    with contextlib.suppress(errors.OpenVZError):
        node.forget(whole.ctid)
        domain = node.there(whole.ctid).domain
        saved = [name for name in step.pending if name not in step.changes or _is_saved(name, step, domain)]
        if saved:
            journal.wait_for_restart(whole.ctid, saved)


def remove_dump(node, ctid):
    """Remove what a suspended container leaves when it is destroyed."""
    path = node.dump_path(ctid)
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as err:
        raise errors.NotSavedError(f"{path} cannot be removed: {err.strerror}") from None


def _run(step, whole, node, journal, lock_timeout, outcome):
    if step.comments:
        marks.write(node, whole.ctid, lock_timeout, **step.comments)
        journal.end(whole.ctid)
        return
    try:
        if step.argv[0] == "ip":
            bridging.move(node, whole.ctid, step.argv)
        elif step.argv[0] == "create":
            _create(step, whole, node, journal, lock_timeout, outcome)
        else:
            began = time.time()
            outcome.warnings += node.vzctl.run(*step.argv, stop_timeout=_stop_timeout(step, whole, node)).warnings
            node.forget(whole.ctid)
            _check(step, whole, node, time.time() - began)
    except errors.OpenVZError as err:
        if isinstance(err, errors.VzctlError):  # one that hangs is not asked again
            _explain(err, step, node, whole.ctid)
            _note_what_was_saved(step, whole, node, journal)
        node.forget(whole.ctid)
        raise


def _check(step, whole, node, seconds):
    """NotTakenError where a container is not as a step was to make it, whatever vzctl said of that."""
    ctid, verb = whole.ctid, step.argv[0]
    wanted = step.changes.get("status", step.changes.get("container", {})).get("new")
    if wanted == "destroyed":
        if node.exists(ctid):
            raise errors.NotTakenError(f"vzctl destroy reported success, but container {ctid} is still there")
    elif wanted == "restarted":
        _check_status(node, ctid, verb, "running")
        _check_restart(node, ctid, seconds)
    elif wanted in STATUSES:
        _check_status(node, ctid, verb, wanted)


def _check_status(node, ctid, verb, wanted):
    status = node.status(ctid)
    if status != wanted:
        raise errors.NotTakenError(
            f"vzctl {verb} reported success, but container {ctid} is {status} instead of {wanted}"
        )


def _check_restart(node, ctid, seconds):
    """Its uptime tells, where vzlist does."""
    with contextlib.suppress(errors.CannotAskError):
        if node.uptime(ctid) > seconds + _SLACK:
            raise errors.NotTakenError(f"vzctl restart reported success, but container {ctid} was not stopped by it")


def _create(step, whole, node, journal, lock_timeout, outcome):
    """Keep a note of it until our mark is in its file; without a mark to come it is the caller's container."""
    begun = journal.begun(whole.ctid) if journal.has(whole.ctid, whole.name) else None
    if begun is not None:
        partial_create.clear(node, whole.ctid, _config(step), begun, lock_timeout)
    if any(each.comments.get(MARK) for each in whole.steps):
        journal.begin(whole.ctid, whole.name)
    try:
        outcome.warnings += node.vzctl.run(*step.argv).warnings
    except errors.PrivateAreaExistsError:  # what is there is somebody else's, or an earlier run of ours has made it
        if begun is None:
            journal.end(whole.ctid)
        raise
    except errors.OpenVZError:
        node.forget(whole.ctid)
        with contextlib.suppress(errors.OpenVZError):  # vzctl's own message is worth more; the note stays as it is
            _note_what_is_left(step, whole, node, journal, outcome)
        raise
    node.forget(whole.ctid)
    if node.leftovers(whole.ctid) or not node.exists(whole.ctid):
        _note_what_is_left(step, whole, node, journal, Outcome())
        raise errors.NotTakenError(
            f"vzctl create reported success, but there is no container {whole.ctid}, or only a part of one"
        )


def _config(step):
    """The sample configuration that a ``create`` names, or ``None``."""
    words = dict(zip(step.argv, step.argv[1:], strict=False))
    return words.get("--config")


def _note_what_is_left(step, whole, node, journal, outcome):
    """After a creation that failed: nothing, something to be finished, or all of it, and only the answer got lost."""
    partial_create.clear_link(node, whole.ctid, whole.name)
    half = node.leftovers(whole.ctid)
    if not half and not node.exists(whole.ctid):
        journal.end(whole.ctid)
        return
    half = half or partial_create.is_half(node, whole.ctid, _config(step), journal.begun(whole.ctid) or 0)
    journal.bind(whole.ctid, node.private(whole.ctid))
    if not half:
        outcome.changes["container"] = step.changes["container"]


def _stop_timeout(step, whole, node):
    """Seconds that vzctl waits for the container to halt."""
    if step.argv[0] not in ("stop", "restart"):
        return 0
    return node.there(whole.ctid).stop_timeout or STOP_TIMEOUT


def _explain(err, step, node, ctid):
    """
    After a failed ``set`` on a running container: say what the kernel took although it was not saved.

    Kernel and file are both read: vzctl applies before it saves, and an answer that got lost says nothing.
    """
    try:
        if step.argv[0] != "set" or node.status(ctid) != "running":
            return
        taken = [name for name in _kernel_has(step, node, ctid) if not _is_saved(name, step, node.there(ctid).domain)]
    except errors.OpenVZError:  # the failure itself is worth more than this
        return
    if taken:
        err.args = (f"{err}; applied to the running container but not saved: {', '.join(taken)}",)


def _kernel_has(step, node, ctid):
    """The fields of a step whose new value the kernel shows."""
    shown, container = runtime.ask(node, ctid).get(ctid, runtime.Shown("", 0.0)), node.there(ctid)
    values = {name: runtime.show(name, shown, container) for name in step.changes if name in _SHOWN}
    if values.get("addresses") is not None:
        values["addresses"] = _hosts(values["addresses"])
    return [name for name, value in values.items() if value is not None and value == _new(name, step)]


def _is_saved(name, step, domain):
    """Whether the configuration file has the new value of a field."""
    value = getattr(domain, name)
    return (_hosts(value) if name == "addresses" else fields.BY_NAME[name].show(value)) == _new(name, step)


def _new(name, step):
    new = step.changes[name]["new"]
    return _hosts(new) if name == "addresses" else new


def _hosts(addresses):
    """Addresses as vzlist shows those of a running container: without mask; their order tells nothing."""
    return sorted(address.partition("/")[0] for address in addresses or ())
