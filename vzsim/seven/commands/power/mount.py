"""``vzctl mount`` and ``umount``"""

from vzsim.codes import NOT_MOUNTED, VE_RUNNING, Failed
from vzsim.seven.commands.power import mounting
from vzsim.seven.grammar import getopt

OPTIONS = {"skip_ve_setup": False, "skipquotacheck": False, "skip-fsck": False}


def read(run, argv):
    if run.command == "mount":
        getopt.parse_leniently(run, argv, OPTIONS)
    else:
        getopt.parse_none(run, argv)


def act(run, options):
    """Mount the container's images, or unmount them; mounting twice is no error."""
    if run.command == "umount":
        if run.is_running():
            raise Failed(VE_RUNNING, "Unable to unmount running Container: stop it first")
        if not run.is_mounted():
            raise Failed(NOT_MOUNTED, "Container is not mounted")
        mounting.unmount(run)
    elif run.is_mounted():
        run.say("Container is already mounted")
    else:
        mounting.mount(run)
