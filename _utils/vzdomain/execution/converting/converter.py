"""
What a node does of a conversion: the steps of a move, with a copy of the files in the place of vzmigrate.

The container is made anew on the destination from its document there, and gets the files of the one that is stopped.
From the end of that on all goes as in a move: the source keeps an old copy that nobody starts.
"""

import re

from ..moving import clearing, closing, mover, owning
from . import destination, source

_ITEM = re.compile(r"(?:[<>ch.*][fdLDS][^ ]{6,} |\*deleting )")  # a difference, as rsync lists it


class Converter(mover.Mover):
    """
    Conversions of one node.

    tools
        ``rsync`` and ``ssh``, as `process.Program`.

    documents
        Called with the key of a pillar, or ``None``, for the entries among which the container's is.
    """

    def __init__(self, reconciler, programs, ssh_host, tools, documents):
        super().__init__(reconciler, (*programs, tools["rsync"].path), ssh_host)
        self.tools, self.documents = tools, documents
        reconciler.elsewhere = None  # that the source has it is why this is done

    def look(self, move):
        """As of a move, and what only a conversion needs."""
        return self._with_more(super().look(move))

    def see(self, ctid):
        """As `look`, for a step that is just being done."""
        return self._with_more(super().see(ctid))

    def _with_more(self, seen):
        ctid, intent = seen["ctid"], seen["intent"] or {}
        container = self.node.container(self.intents.get(ctid).ctid) if seen["whole"] and seen["intent"] else None
        copy = intent.get("copy") or {}
        return {
            **seen,
            "ssh_host": self.ssh_host,
            "root": self.node.root(container.ctid) if container else None,
            "disabled": container.disabled if container else None,
            "mounted": seen["mounted"] or seen["status"] == "mounted",
            "copied": copy.get("which"),
            "differences": [line for line in seen["log"] if copy.get("which") == source.CHECK and _ITEM.match(line)],
        }


Converter.NAMED = {
    "look": Converter.look,
    "check_source": source.check,
    "check_destination": destination.check,
    "check_program": source.check_program,
}
Converter.DOES = {
    "intend": owning.intend,
    "make": destination.make,
    "mount": destination.mount,
    "copy_first": source.copy_first,
    "halt": source.halt,
    "copy_final": source.copy_final,
    "copy_check": source.copy_check,
    "umount": destination.umount,
    "own": destination.own,
    "verify": destination.verify,
    "accept": destination.accept,
    "withdraw": source.withdraw,
    "yield_up": destination.yield_up,
    "clear": clearing.clear,
    "clean": clearing.clean,
    "close": closing.close,
}
Converter.FENCED = tuple(step for step in Converter.DOES if step not in ("intend", "clean", "close"))
