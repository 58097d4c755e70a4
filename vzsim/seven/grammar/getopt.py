"""
Options of one command of vzctl 7 to 9, as getopt_long(3) reads them.

Complaints begin with the CT ID as it was typed, which getopt takes for the name of the program.
"""

from vzsim.codes import PARAM_SYNTAX, PARAM_VALUE, Failed, write
from vzsim.grammar import getopt

ARGV = "non-option ARGV-elements: "


def parse(run, argv, known, same=None, letters=None):
    """
    ``[("cpus", "2"), ...]``; fails with 21 for what getopt rejects and with 20 for other words.

    ``known`` maps option -> whether it takes an argument; ``same`` are synonyms that make no prefix ambiguous.
    """
    options, extra = split(run, argv, known, letters, same)
    refuse(extra)
    return options


def split(run, argv, known, letters=None, same=None):
    """The same with other words: ``([("cpus", "2")], ["x"])``"""
    try:
        return getopt.parse(argv, known, letters, same)
    except getopt.OptionError as error:
        _complain(run, error)
        raise Failed(PARAM_VALUE) from None


def in_turn(run, argv, known, same=None):
    """The same one by one, so that a bad value comes before a bad option behind it."""
    try:
        options, extra = getopt.parse(argv, known, None, same)
    except getopt.OptionError as error:
        yield from error.before
        _complain(run, error)
        raise Failed(PARAM_VALUE) from None
    yield from options
    refuse(extra)


def parse_leniently(run, argv, known):
    """
    The same for ``stop``, ``mount`` and ``destroy``: 20 for what getopt rejects, after reading on; other words are
    ignored.
    """
    options, rest, is_bad = [], list(argv), False
    while rest:
        try:
            found, _ = getopt.parse(rest, known)
            options, rest = options + found, []
        except getopt.OptionError as error:
            _complain(run, error)
            options, rest, is_bad = options + error.before, error.rest, True
    if is_bad:
        raise Failed(PARAM_SYNTAX)
    return options


def parse_none(run, argv):
    """For commands without options: 20 for any word."""
    if argv:
        write(2, "Invalid options: " + "".join(f"{word} " for word in argv) + "\n")
        raise Failed(PARAM_SYNTAX)


def refuse(extra):
    """Fail with 20 for words that are no options."""
    if extra:
        write(1, ARGV + "".join(f"{word} " for word in extra) + "\n")
        raise Failed(PARAM_SYNTAX)


def _complain(run, error):
    write(2, f"{run.word}: {str(error).removeprefix('vzctl: ')}\n")
