"""
CTIDs: what vzctl calls a container on its node. In 4.x that is a number; later families have UUIDs as well.
"""

import re

_NUMBER = re.compile("[1-9][0-9]{0,254}")  # no longer than the name of a file
_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Ctid(str):
    """
    A CTID in canonical form: ``209`` without leading zeros, or a UUID in lower case with hyphens.

    It is text, and equal to the same text. Numbers sort by value and before UUIDs; comparing the order with anything
    but a `Ctid` is a TypeError. 0 is the node itself, not a container. ValueError for anything that is not a CTID.

    >>> sorted([Ctid("1000"), Ctid("209")])
    ['209', '1000']
    """

    __slots__ = ()  # no __dict__: to whoever makes plain data of records a Ctid is text

    def __new__(cls, value):
        text = str(value)
        if not is_ctid(text):
            raise ValueError(f"{text!r} is not a valid CTID; use a number above 0, or a lower-case UUID")
        return super().__new__(cls, text)

    @property
    def number(self):
        """The CTID as a number; ``None`` for a UUID."""
        return int(self) if self.isdecimal() else None

    @property
    def data(self):
        """What Salt returns for it: an int for a number, plain text for a UUID."""
        return int(self) if self.isdecimal() else str(self)

    def __lt__(self, other):
        return _place(self) < _place(other)

    def __le__(self, other):
        return _place(self) <= _place(other)

    def __gt__(self, other):
        return _place(self) > _place(other)

    def __ge__(self, other):
        return _place(self) >= _place(other)


def data(ctid):
    """`Ctid.data`; ``None`` stays ``None``."""
    return ctid and ctid.data


def is_ctid(text):
    """Whether a text is a CTID in canonical form."""
    return bool(_NUMBER.fullmatch(text) or _UUID.fullmatch(text))


def is_uuid(text):
    """Whether a CTID is a UUID in canonical form."""
    return bool(_UUID.fullmatch(text))


def ctid_of(text):
    """``ctid_of("0209")`` -> ``Ctid("209")``; ``None`` for a text that is not a CTID, with or without leading zeros."""
    try:
        return Ctid(text.lstrip("0") if text.isdecimal() else text)
    except ValueError:
        return None


def in_order(texts):
    """The `Ctid` of each text, sorted and without duplicates; the texts are CTIDs in canonical form."""
    return sorted(set(map(Ctid, texts)))


def _place(ctid):
    """The sort key: of two numbers the shorter one is lower."""
    if not isinstance(ctid, Ctid):
        raise TypeError("a CTID can only be compared with another CTID")
    return not ctid.isdecimal(), len(ctid), str(ctid)
