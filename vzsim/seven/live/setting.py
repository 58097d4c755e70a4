"""``vzctl set`` on a running container: what is applied, and the exit code for what is not."""

from vzsim.codes import Failed
from vzsim.seven import kernel
from vzsim.seven.commands.power import booting
from vzsim.seven.live import apply

RESTART, IGNORE = "restart", "ignore"


def change(run, wanted):
    """
    Apply what :class:`vzsim.seven.live.apply.Wanted` says; the exit code, 0 if all was done.

    Something that only a restart can change stops everything else, unless ``--setmode`` says ``ignore``, or
    ``restart``: then the container starts anew with all of it. The caller saves what it would have saved anyway, but
    for the devices and mounts that are gone from `wanted`.
    """
    rc = apply.needing_restart(run, wanted)
    if rc and wanted.setmode == RESTART:
        return _restart(run, wanted)
    if rc and wanted.setmode != IGNORE:
        run.complain(apply.NEEDS_SETMODE)
        return rc
    record = run.node.running(run.ctid)
    try:
        apply.apply(run, record, wanted)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        return failure.rc
    finally:
        kernel.set_live(run.node, run.ctid, record)
    return rc


def _restart(run, wanted):
    """The conf is not saved yet: the new values are only in the memory of this run."""
    before = run.values
    run.values = {**before, **wanted.values}
    try:
        booting.restart(run)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        return failure.rc
    finally:
        run.values = before
    return 0
