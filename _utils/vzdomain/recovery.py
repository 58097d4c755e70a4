"""
Working on one container at a time, after what a run that was cut off has left.

A minion that is killed leaves the step it was at in the journal, and perhaps its vzctl, which is a session of its own
and goes on alone. The next run waits for that one, does what nobody else would find missing, and says so once.
"""

import contextlib

from . import bridging, identity
from .errors import OpenVZError


class Recovery:
    """What dead runs have left on one node; `lock_timeout` are the seconds to wait for a vzctl that is at work."""

    def __init__(self, node, journal, lock_timeout):
        self.node, self.journal, self.lock_timeout = node, journal, lock_timeout

    def reports(self, ctid):
        """What is to be said beside any plan for container `ctid`; for those who do not work on it."""
        return [str(one) for one in (self.journal.damage(), self.journal.cut_off(ctid)) if one]

    @contextlib.contextmanager
    def at(self, ctid, reports):
        """
        Work on container `ctid` alone, after what a run that was cut off has left has come to its end.

        What there is to report of it gets into `reports`, and is forgotten when the work has ended well. Tells whether
        somebody else may have changed the container.
        """
        with self.journal.hold(ctid) as waited:
            if waited:  # for another process of this minion, which may have made what we are after
                self.node.forget(ctid)
            flight = self.journal.flight(ctid)
            reports += [one for one in (self.journal.mend(),) if one]
            if flight:
                reports.append(f"{flight}; this run has looked at the container anew")
                reports += self._recover(ctid, flight)
            with self._told(ctid, flight):
                yield waited or flight is not None

    def settle(self, ctid):
        """Let another vzctl that works on container `ctid` come to its end; tells whether there was one."""
        if not identity.wait(self.node.lock_path(ctid), self.lock_timeout):
            return False
        self.node.forget(ctid)
        return True

    def was_naming(self, ctid, name):
        """Whether a run that was cut off was giving that name to container `ctid`: the link is made first."""
        return self.journal.has(ctid, name) or ("--name", name) in self._words(ctid)

    def devices(self, ctid):
        """The node's ends of pairs that a run was making for container `ctid` when it was cut off."""
        values = [value.split(",") for word, value in self._words(ctid) if word == "--netif_add"]
        return {fields[2] for fields in values if len(fields) > 2 and fields[2]}

    def _words(self, ctid):
        """Each word of the step that was cut off, with the one after it."""
        flight = self.journal.flight(ctid)
        return list(zip(flight.argv, flight.argv[1:], strict=False)) if flight else []

    @contextlib.contextmanager
    def _told(self, ctid, flight):
        """The note goes when its report gets to the caller, be it with an error."""
        try:
            yield
        except OpenVZError as err:
            if flight and self.journal.flight(ctid) is None:
                err.args = (f"{err}; {flight}", *err.args[1:])
            raise
        if flight:
            self.journal.land(ctid)

    def _recover(self, ctid, flight):
        """Do what the dead run had to do after its step and no plan would find missing; what fails is reported."""
        self.settle(ctid)
        identity.clear(self.node, ctid, self.lock_timeout)
        self.node.forget(ctid)
        if not (flight.pending or flight.attach) or self.node.status(ctid) != "running":
            return []
        if flight.pending:
            earlier = self.journal.pending(ctid, lambda: self.node.uptime(ctid))
            self.journal.wait_for_restart(ctid, dict.fromkeys((*earlier, *flight.pending)), flight.time)
        return [said for pair in flight.attach for said in self._attach(ctid, *pair)]

    def _attach(self, ctid, guest, bridge):
        """See a new veth in its bridge, if the container is still to have it there."""
        pairs = self.node.there(ctid).domain.interfaces or ()
        if any((pair.guest, pair.bridge) == (guest, bridge) for pair in pairs):
            try:
                bridging.see_new(self.node, ctid, guest, bridge)
            except OpenVZError as err:
                yield str(err)
