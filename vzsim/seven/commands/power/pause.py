"""``vzctl pause``"""

from vzsim.codes import VE_NOT_RUNNING, VE_RUNNING, Failed
from vzsim.seven import kernel
from vzsim.seven.grammar import getopt


def read(run, argv):
    getopt.parse_none(run, argv)


def act(run, options):
    """Freeze what runs in the container."""
    record = run.node.running(run.ctid)
    if record is None:
        raise Failed(VE_NOT_RUNNING, "Container is not running")
    if record.get("paused"):
        raise Failed(VE_RUNNING, "Container is already paused")
    run.say("Pause the Container ...\n\tfreeze")
    kernel.set_live(run.node, run.ctid, {**record, "paused": True})
    run.say("The Container has been successfully paused")
