"""
CT IDs, UUIDs and names of vzctl 7 to 9.

A CT ID is a number or a UUID in one of three spellings; hex digits keep their case. A name is looked up first: the link
in /etc/vz/names counts only if the conf it leads to has that NAME.
"""

import os
import re

from vzsim.codes import PARAM_VALUE, Failed
from vzsim.files import read_text
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
    """The CT ID that a word on the command line means; fails with 21 if it means none."""
    name_holder = ctid_of_name(node, word) if by_name else None
    ctid = name_holder if name_holder is not None else read_ctid(word)
    if ctid is None:
        raise Failed(PARAM_VALUE, f"Invalid ctid is specified: {word}")
    return ctid


def ctid_of_name(node, name):
    """The container with this name: linked, and its conf says the same; ``None`` if there is none."""
    if not name or "/" in name or not is_valid_name(name):
        return None
    ctid = ctid_of_link(node, name)
    if ctid is None:
        return None
    try:
        values = conf.read_values(read_text(f"{node.names_dir}/{name}"))
    except OSError:
        return None
    return ctid if values.get("NAME") == name else None


def ctid_of_link(node, name):
    """The container a name's link leads to, whatever its conf says; ``None`` if it leads nowhere."""
    try:
        target = node.strip(os.readlink(f"{node.names_dir}/{name}"))
    except OSError:
        return None
    if os.path.basename(target) != "ve.conf":
        return read_ctid(os.path.basename(target).removesuffix(".conf"))
    try:
        values = conf.read_values(read_text(node.path(target)))
    except OSError:
        return None
    return read_ctid(values.get("VEID", "")) or read_ctid(os.path.basename(os.path.dirname(target)))
