"""
What containers use, as the node's programs and its kernel say: one vzlist for all of them, and the kernel's files.
"""

import functools

from ..container import UP
from . import runtime


def look(node, *ctids):
    """
    Return CTID -> `flavours.vzlist.Used` of these containers, of all if none is named.

    CTIDs that vzlist leaves out are left out. A node that has to ask vzlist for statuses takes them from the answer.
    CannotAskError where vzlist fails, or says what cannot be read.
    """
    if ctids or node.states.tell():
        return _ask(node, *ctids)
    return node.learn(functools.partial(_ask, node))


def counted(node, found):
    """CTID -> what the kernel's files say of what runs among `found`, and what they do not say -> why."""
    return node.states.counted({ctid: one.uptime for ctid, one in found.items() if one.status in UP})


def _ask(node, *ctids):
    listing = node.flavour.listing
    answer = node.vzctl.list(*(() if ctids else ("-a",)), *listing.USAGE_WORDS, *map(str, ctids))
    with runtime.readable():
        return listing.usage(answer)
