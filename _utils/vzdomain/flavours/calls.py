"""
How actions are done on a node: calls of its programs.
"""

from dataclasses import dataclass, field

from ..model.actions import Bridge, Clone, worst

_PROGRAMS = {Bridge: "ip", Clone: "vzmlocal"}  # what does it, where that is not vzctl


def into_bridge(device, bridge):
    """The words of ip(8) that put a device of the node into a bridge, out of whatever other one holds it."""
    return ("link", "set", "dev", device, "master", bridge)


@dataclass(frozen=True)
class Call:
    """
    One call of vzctl or ip; or, without arguments, the comments that are written into the configuration file.

    `attach` are (guest device, bridge) pairs to be seen in their bridges afterwards, `pending` all fields that wait for
    a restart then.
    """

    argv: tuple[str, ...] = ()  # what comes after the program
    actions: tuple = ()
    comments: dict = field(default_factory=dict)
    attach: tuple = ()
    pending: tuple[str, ...] = ()
    saves: tuple[int, ...] = ()  # codes beside 0 with which vzctl has saved all of it

    @property
    def program(self):
        found = (_PROGRAMS.get(type(one)) for one in self.actions)
        return next(filter(None, found), "vzctl")

    @property
    def command(self):
        """``("vzctl", "set", "209", ...)``, ``("ip", "link", ...)``; empty for comments."""
        return (self.program, *self.argv) if self.argv else ()

    @property
    def disruption(self):
        """The worst of all its actions."""
        return worst(self.actions)
