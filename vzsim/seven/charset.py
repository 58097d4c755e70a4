"""
The character set of the environment: vzctl keeps names and descriptions in UTF-8 and converts what it is given.

In a UTF-8 locale nothing is converted, not even invalid UTF-8. In any other one, C above all, only ASCII can be.
"""

import os


class Unreadable(ValueError):
    """Text that cannot be converted."""


def is_utf8():
    """Whether the locale of the environment is a UTF-8 one."""
    for variable in ("LC_ALL", "LC_CTYPE", "LANG"):
        if os.environ.get(variable):
            charset = os.environ[variable].partition("@")[0].partition(".")[2]
            return charset.replace("-", "").lower() == "utf8"
    return False


def is_convertible(text):
    return text.isascii() or is_utf8()


def converted(text):
    """The text, to or from UTF-8; :class:`Unreadable` if the locale has no such characters."""
    if is_convertible(text):
        return text
    raise Unreadable(text)
