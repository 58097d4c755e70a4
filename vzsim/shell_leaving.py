"""
How a run of the shell is left before its text is at an end.
"""


class Exit(Exception):
    """``exit N``"""


class Killed(Exception):
    """A signal ended the shell."""


class Jump(Exception):
    """``break``, ``continue`` or ``return``: kind and number."""
