"""The width of a line on a terminal, counted independently of the outputter, whose own count may be wrong."""

import unicodedata


def columns(line):
    """
    Two columns for a wide East Asian character, none for a combining mark.

    >>> columns("漢字"), columns("cafe\\u0301"), columns("web01…")
    (4, 4, 6)
    """
    return sum(map(_of_letter, line))


def _of_letter(letter):
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
