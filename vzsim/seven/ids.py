"""
CT IDs, UUIDs and names of vzctl 7 to 9.

A CT ID is a number or a UUID in one of three spellings; hex digits keep their case. A name is looked up first: the link
in /etc/vz/names counts only if the conf it leads to has that NAME.
"""

import os
import re

from vzsim.codes import PARAM_VALUE, Failed
from vzsim.files import read_text
from vzsim.seven.charset import is_convertible
from vzsim.seven.grammar import conf

CTID_MAX = 2147483647
ZERO_UUID = "00000000-0000-0000-0000-000000000000"
NAME_MAX = 255  # bytes

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_HEX = re.compile(r"[0-9A-Fa-f]{32}")
_NAME = re.compile(r"[A-Za-z0-9 \-+_.{}]")


def read_uuid(word):
    """``"{7D1A...}"`` or 32 hex digits -> 36 characters, in the case given; ``None`` if it is no UUID."""
    text = word
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    if _UUID.fullmatch(text):
        return text
    if _HEX.fullmatch(word):
        return "-".join((word[:8], word[8:12], word[12:16], word[16:20], word[20:]))
    return None


def read_ctid(word):
    """``"0101"`` -> ``"101"``, a UUID -> 36 characters; ``None`` if it is neither."""
    if word.isascii() and word.isdigit():
        number = int(word)
        return str(number) if number <= CTID_MAX else None
    return read_uuid(word)


def new_uuid():
    import uuid  # takes long to import, and is rarely needed

    return str(uuid.UUID(bytes=os.urandom(16), version=4))


def kernel_id(ctid):
    """The number that the kernel knows a container by: ``"7d1a5a2e-..."`` -> 2098879022 (read, not run)."""
    return int(ctid) if ctid.isdigit() else int(ctid[:8], 16) & 0x7FFFFFFF


def is_valid_name(name):
    """Letters, digits, blank, ``- + _ . { }`` and anything outside ASCII; 1 to 255 bytes."""
    data = name.encode("utf-8", "surrogateescape")
    return 0 < len(data) <= NAME_MAX and all(ord(char) >= 128 or _NAME.match(char) for char in name)


def find(node, word, by_name=True):
    """
    The CT ID that a word on the command line means; fails with 21 if it means none.

    In a locale without its characters a name fails without a word.
    """
    named = ctid_of_name(node, word) if by_name and is_convertible(word) else None
    ctid = named if named is not None else read_ctid(word)
    if ctid is None:
        raise Failed(PARAM_VALUE, f"Invalid ctid is specified: {word}" if is_convertible(word) else None)
    return ctid


def ctid_of_name(node, name):
    """
    The container with this name, ``None`` if there is none.

    The conf that the name's link leads to must be valid, have that NAME, and say in VEID or UUID which container it is.
    """
    from vzsim.seven.grammar import keys

    values = linked_values(node, name)
    if values is None or values.get("NAME") != name:
        return None
    if keys.problems(conf.with_defaults(node.vz_conf or {}, values), node.is_old):
        return None
    return _ctid_in(values)


def ctid_of_link(node, name):
    """The container a name's link leads to, whatever NAME says there; ``None`` if it leads nowhere."""
    values = linked_values(node, name)
    return None if values is None else _ctid_in(values)


def linked_values(node, name):
    """What the conf says that a name's link leads to; ``None`` if it leads nowhere."""
    if not name or "/" in name or "\0" in name:
        return None
    try:
        return conf.read_values(read_text(f"{node.names_dir}/{name}"))
    except OSError:
        return None


def _ctid_in(values):
    return read_ctid(values.get("VEID") or values.get("UUID") or "")
