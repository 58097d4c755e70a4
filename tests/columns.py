"""How wide a terminal shows a line, counted without the outputter: its own count may be the mistake."""

import unicodedata


def columns(line):
    """
    The columns of a line: two for a wide letter of East Asia, none for a mark on another letter.

    >>> columns("漢字"), columns("cafe\\u0301"), columns("web01…")
    (4, 4, 6)
    """
    return sum(map(_of_letter, line))


def _of_letter(letter):
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
