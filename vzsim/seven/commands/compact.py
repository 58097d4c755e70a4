"""
``vzctl compact``, which gives unused blocks of the images back.

That it succeeds is read, not run: the recorded runs had no device to do it with.
"""

from vzsim.seven.commands.power import mounting
from vzsim.seven.grammar import getopt

OPTIONS = {"defrag": False, "threshold": True, "dry": False}


def read(run, argv):
    """A rejected option is 20 (read, not run, like the options there are)."""
    getopt.parse_leniently(run, argv, OPTIONS)


def act(run, options):
    """A container that is not mounted is mounted for it."""
    is_mounted = run.is_mounted()
    if not is_mounted:
        mounting.mount(run)
    for image in mounting.enabled(run):
        run.say(f"Compact {image}")
    if not is_mounted:
        mounting.unmount(run)
