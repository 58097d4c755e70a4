"""
``vzctl compact``, which gives unused blocks of the images back.

That it succeeds is read, not run: the recorded runs had no device to do it with.
"""

import re

from vzsim.codes import PARAM_VALUE, Failed
from vzsim.seven.commands.power import mounting
from vzsim.seven.grammar import getopt

OPTIONS = {"defrag": False, "dry": False, "threshold": True, "delta": True}  # these and what they refuse: read, not run
NUMBER = re.compile(r"\s*[+-]?[0-9]+")


def read(run, argv):
    for name, text in getopt.in_turn(run, argv, OPTIONS):
        if OPTIONS[name] and not NUMBER.fullmatch(text):
            raise Failed(PARAM_VALUE, f"Incorrect {name} number '{text}' is specified")


def act(run, options):
    """A container that is not mounted is mounted for it."""
    is_mounted = run.is_mounted()
    if not is_mounted:
        mounting.mount(run)
    for image in mounting.enabled(run):
        run.say(f"Compact {image}")
    if not is_mounted:
        mounting.unmount(run)
