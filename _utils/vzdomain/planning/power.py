"""
Starting, stopping and removing: plans like those of `plan`, for a container's status instead of its domain. Pure.

`its` is the flavour of the node.
"""

from ..errors import RefusedError
from ..flavours import having
from ..model.actions import Destroy, Pause, Restart, Resume, Start, Stop, Suspend, Unmount, Unpause
from . import context


def start(container, its):
    """Running; a suspended or paused one goes on where it was. DISABLED=yes is never overridden."""
    if container.status == "paused":
        return unpause(container, its)
    if container.running:
        return context.of(container, its)
    _refuse_disabled(container)
    return context.of(container, its, Start(container.status))


def stop(container, its, fast=False):
    """Not running; mounted and suspended ones are left as they are."""
    return context.of(container, its, *([Stop(container.status, fast)] if container.running else []))


def restart(container, its):
    """Stopped and started again; a container that does not run is started."""
    if not container.running:
        return start(container, its)
    _refuse_disabled(container)  # vzctl would stop it and then refuse to start it
    return context.of(container, its, Restart(container.status))


def suspend(container, its):
    """Frozen into a dump file; only a running container can be."""
    if container.status == "suspended":
        return context.of(container, its)
    if container.status != "running":
        first = f"; openvz.unpause {container.ctid} first" if container.status == "paused" else ""
        raise RefusedError(
            f"container {container.ctid} is {container.status}; only a running one can be suspended{first}"
        )
    return context.of(container, its, Suspend(container.status))


def resume(container, its):
    """Running again from its dump file."""
    if container.status == "running":
        return context.of(container, its)
    if container.status != "suspended":
        raise RefusedError(f"container {container.ctid} is {container.status}; only a suspended one can be resumed")
    return context.of(container, its, Resume(container.status))


def pause(container, its):
    """Frozen in memory; only a running container can be, and not by every family of vzctl."""
    if container.status == "paused":
        return context.of(container, its)
    _refuse_without_pause(container, its)
    if container.status != "running":
        raise RefusedError(f"container {container.ctid} is {container.status}; only a running one can be paused")
    return context.of(container, its, Pause(container.status))


def unpause(container, its):
    """Running again after a pause."""
    if container.status == "running":
        return context.of(container, its)
    if container.status != "paused":
        raise RefusedError(f"container {container.ctid} is {container.status}, not paused; openvz.start starts it")
    return context.of(container, its, Unpause(container.status))


def _refuse_without_pause(container, its):
    if "paused" not in its.statuses:
        who = having(lambda one: "paused" in one.statuses)
        raise RefusedError(
            f"container {container.ctid} cannot be paused: vzctl {its.family} has no pause{who}; "
            f"openvz.suspend {container.ctid} freezes it into a dump file"
        )


def destroy(container, its, force=False, protected=None, dump=False, adopt=False):
    """
    Deleted. One that runs, has a dump, is `protected` (in the words for that) or is not managed only with `force`.

    `adopt`: one that is not managed too. A mounted one is unmounted first.
    """
    unmanaged = container.unmanaged.removeprefix("is ")
    reasons = (
        (container.status, container.running),
        (protected, protected),
        ("suspended (it has a dump)", dump),
        (unmanaged, not (container.managed or adopt)),
    )
    found = [reason for reason, holds in reasons if holds]
    if found and not force:
        raise RefusedError(
            f"container {container.ctid} is {' and '.join(found)}; it is destroyed only with force: True"
        )
    status, domain = container.status, container.domain
    targets = tuple(filter(None, (its.pairs.target(container.ctid, pair) for pair in domain.interfaces or ())))
    before = [Stop(status, is_last=True)] if container.running else []
    before += [Unmount()] if status == "mounted" and not its.destroys_mounted else []
    told = () if its.keeps_destroyed else (_NOTHING_KEPT.format(its.family, container.ctid),)
    return context.of(container, its, *before, Destroy(status, domain, targets), warnings=told)


_NOTHING_KEPT = "vzctl {} keeps nothing of container {}, not even its configuration: only the returned document is left"


def check_start(state, domain, container=None):
    """
    RefusedError where a `state` wants a start that is refused once the container follows `domain`.

    So nothing is made or changed first and then found disabled. What the document does not say stays as the container
    has it; ``None``: there is none yet.
    """
    status = container.status if container else "stopped"
    if state not in _UP or status in ("running", "paused", state):
        return
    if domain.disabled:
        raise RefusedError(
            f"{domain.name} should be {state}, but its document disables it "
            f"(<openvz:disabled>yes</openvz:disabled>); write no there, or do not ask for it to run"
        )
    if container and domain.disabled is None:
        _refuse_disabled(container)


_UP = ("running", "suspended", "paused")  # a container that is stopped has to be started for these


def _refuse_disabled(container):
    if container.disabled:
        raise RefusedError(
            f"container {container.ctid} is disabled (DISABLED=yes in {container.file}); "
            f"it starts only after openvz.set {container.ctid} disabled=no"
        )
