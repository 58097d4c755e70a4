"""``vzctl stop``: of what does not run, or does not exist, that is done already."""

from vzsim.seven.commands.power import booting
from vzsim.seven.grammar import getopt

OPTIONS = {"fast": False, "force": False, "skip-umount": False}


def read(run, argv):
    """The names of the options given; other words are ignored."""
    return {name for name, _ in getopt.parse_leniently(run, argv, OPTIONS)}


def act(run, options):
    """Stop the container; with ``--force`` nothing happens to a running one."""
    if not run.is_running():
        run.complain("Container is not running")
    elif "force" not in options:
        booting.halt(run, forcibly="fast" in options, unmounts="skip-umount" not in options)
