"""
``vzctl set`` of vzctl 7 to 9: name, disks, passwords, then everything else, then saving.

The name and disks are saved at once. What fails before everything else is applied keeps that from being saved, and the
line ``Saved parameters`` appears all the same. What fails while it is applied is saved.
"""

from vzsim.codes import PARAM_SYNTAX, Failed, write
from vzsim.seven import naming
from vzsim.seven.commands.setting import disks, reading, sample
from vzsim.seven.grammar import addresses, keys, netif
from vzsim.seven.grammar.values import Bad

NO_PRIVATE = 23
NOT_SAVED = (
    "WARNING: Changes are not saved and will be dropped on the next start."
    " Suspend or migrate operations may fail."
    " Use --save to save the settings in the configuration file.\n"
)

read = reading.read


def act(run, request):
    """Change the container; the exit code."""
    applied = sample.read(run, request.sample)
    _check_save(request)
    pending = {}
    try:
        rc = _change(run, request, applied, pending)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        rc = failure.rc
    if request.save:
        if run.save_conf(keys.in_order(pending, run.node.vz_conf or ())):
            run.say(f"Saved parameters for Container {run.ctid}")
    elif not request.skips_warning:
        write(1, NOT_SAVED)
    return rc


def _check_save(request):
    if request.save:
        return
    if request.setmode == "restart":
        raise Failed(PARAM_SYNTAX, "It is not allowed to use restart mode without --save")
    if request.name is not None:
        raise Failed(naming.TAKEN, "Unable to use the --name option without --save")


def _change(run, request, applied, pending):
    """Do it all; what is to be saved gets into ``pending`` as soon as it is known."""
    if request.name is not None:
        naming.change(run, request.name)
    disks.change(run, request)
    for user in request.passwords:
        from vzsim.seven.live import password

        password.change(run, user)
    if request.has_noatime and run.is_mounted():
        run.say("Setting the noatime mount flag for the Container ...\nContainer private area is not set")
        raise Failed(NO_PRIVATE)
    changes = sample.overridden(applied, request.changes(run.values, run.node.is_old))
    for line in request.warnings:
        run.say(line)
    _complain_of_devices(run, changes)
    if applied.get("DISKSPACE") and request.disk is None:
        disks.resize_root(run, int(applied["DISKSPACE"].partition(":")[2]))
    if not run.is_running():
        pending.update(changes)
        return 0
    return _change_running(run, request, changes, pending)


def _complain_of_devices(run, changes):
    """A gateway that is none is saved all the same, and the configuration is invalid from then on."""
    if not changes.get("NETIF"):
        return
    try:
        netif.read(changes["NETIF"], run.node.is_old, addresses.AFTER_MERGE)
    except Bad as bad:
        for line in (*bad.lines, f"Invalid parameter NETIF: '{changes['NETIF']}'"):
            run.complain(line)


def _change_running(run, request, changes, pending):
    from vzsim.seven.commands.setting import live

    return live.change(run, request, changes, pending)
