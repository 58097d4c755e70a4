"""``vzctl start`` and ``restart``."""

from vzsim.codes import VE_RUNNING, Failed
from vzsim.seven import kernel
from vzsim.seven.commands.power import booting, checkpoint
from vzsim.seven.grammar import getopt

OPTIONS = {
    "force": False, "skip_ve_setup": False, "wait": False, "osrelease": True, "skip-fsck": False, "repair": False,
    "cloud-init": False,
}  # fmt: skip


def read(run, argv):
    """The names of the options given; ``--force`` has no effect, not even on DISABLED."""
    return {name for name, _ in getopt.parse(run, argv, OPTIONS)}


def act(run, options):
    """Start the container; let a paused one go on, restore a suspended one."""
    if run.command == "restart":
        booting.restart(run, waits="wait" in options, sets_up="skip_ve_setup" not in options)
        return
    start(run, options)


def start(run, options=()):
    if run.is_running():
        if not run.node.is_paused(run.ctid):
            raise Failed(VE_RUNNING, "Container is already running")
        unpause(run)
        return
    if checkpoint.is_suspended(run) and checkpoint.try_restore(run):
        return
    booting.boot(run, "wait" in options, "skip_ve_setup" not in options, "repair" in options)


def unpause(run):
    run.say("Unpause the Container\n\tunfreeze")
    record = run.node.running(run.ctid)
    record.pop("paused", None)
    kernel.set_live(run.node, run.ctid, record)
    run.say("The Container has been successfully unpaused")
