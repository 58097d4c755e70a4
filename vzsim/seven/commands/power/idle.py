"""``vzctl convert``, ``quotaon``, ``quotaoff`` and ``quotainit``, which do nothing any more."""

from vzsim.codes import PARAM_SYNTAX, PARAM_VALUE, Failed, write
from vzsim.grammar import getopt as words
from vzsim.seven.grammar import getopt

LAYOUTS = ("ploop", "5")


def read(run, argv):
    """A rejected option is 20 here."""
    try:
        options, extra = words.parse(argv, {"config": True, "ve_layout": True})
    except words.OptionError as error:
        write(2, f"{run.ctid}: {str(error).removeprefix('vzctl: ')}\n")
        raise Failed(PARAM_SYNTAX) from None
    for name, value in options:
        if name == "ve_layout" and value not in LAYOUTS:
            write(2, f"An incorrect value '{value}' for --velayout is specified\n")
            raise Failed(PARAM_VALUE)
    getopt.refuse(extra)


def act(run, options):
    """Nothing."""


def warn(run, words):
    """Of the quota commands; no container is looked at."""
    write(2, f"Warning: The '{run.command}' action is deprecated\n")
