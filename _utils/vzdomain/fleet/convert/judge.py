"""
What is to be done next for a conversion, by what both nodes say of the container. Pure.

A is the source, B the destination. The law is that of moves: never two that run, never none that is whole.

* Nobody starts B's before A's is stopped and disabled, its last files are copied, and a comparison has found no
  difference. Until then A's is the container, and giving up is: remove B's, and let A's be as it was.
* From the start of B's on it is the container. What a look inside finds wrong is for a person to decide.
* A node that is silent: nothing is begun.
"""

from ..moving.values import Done, Seen, Stop, Wait
from ..moving.values import Step as Step_

ACCEPT, BACK = DECISIONS = ("accept", "back")
_COPIED = (0, 24)  # 24: files vanished while it ran; the last copy brings what counts
FIRST, FINAL, CHECK = "first", "final", "check"


def next_step(move, source, destination, done=frozenset(), decided=None):
    """
    Return the `Step`, `Wait`, `Done` or `Stop` that comes next.

    source, destination
        What the nodes answered to ``look`` just now; ``None`` where a node does not answer.

    done
        ``(node, step)`` of what this run has done already.

    decided
        What a person has decided: ``accept`` (the container that was started is good) or ``back``.
    """
    return _Case(move, source and Seen(source, move.id), destination and Seen(destination, move.id), done, decided)()


class _Case:
    def __init__(self, move, a, b, done, decided):
        self.move, self.a, self.b, self.done, self.decided = move, a, b, done, decided
        self.source, self.destination = move.source, move.destination

    def __call__(self):
        for node, seen in ((self.source, self.a), (self.destination, self.b)):
            if seen is None:
                return self._stop("silent", f"{node} does not answer: nothing is started, stopped or removed")
        busy = [(node, words) for node, seen in self._both() for words in seen.at_work]
        if busy:
            return Wait(f"{busy[0][0]}: {busy[0][1]}")
        if self.a.is_up and self.b.is_up:
            node = self.source if self.b.noted("owned") else self.destination
            what = f"{self.move.name} runs on both nodes: somebody has started it on {node}"
            by_hand = f"salt {node} cmd.run 'vzctl stop {self.move.ctid}'"  # openvz.stop refuses what is being moved
            return self._stop("both run", f"{what}; look what was written there, and stop it", by_hand)
        if not (self.a.intent and self.b.intent):
            return self._half_open()
        if self.a.noted("withdrawn"):
            return self._given_back()
        if self.decided == BACK:
            return self._step(self.source, "withdraw", "notes that it keeps the container")
        if self.b.noted("owned") or self.b.is_up:
            return self._started()
        return self._copied() if self.b.is_whole and self.b.noted("made") else self._made()

    def _both(self):
        return (self.source, self.a), (self.destination, self.b)

    # the ends

    def _half_open(self):
        """The node that does not have the container closes first; at the beginning the source notes it first."""
        a, b = self.a, self.b
        if a.intent is None and b.intent is None:
            return Done(self.source if a.is_there and not a.is_handed_over else self.destination)
        if a.intent is None:
            owner = "destination" if a.is_handed_over or not a.is_there else "source"
            node = self.destination
            if owner == "source":  # it was never the destination's, or that has been undone
                return self._cleared() or self._close(node, owner)
            return self._close(node, owner)
        if a.noted("withdrawn"):
            return self._close(self.source, "source")
        if b.is_there:
            what = f"{self.destination} has a container {self.move.ctid} that this conversion has not made"
            return self._stop("foreign", what, f"salt {self.destination} openvz.info {self.move.ctid}")
        return self._step(self.destination, "intend", "notes that the container is coming", noted=a.before)

    def _close(self, node, owner):
        arguments = {"owner": owner, "keep_for": self.move.keep_for} if node == self.source else {"owner": owner}
        if node == self.source and owner == "destination":
            arguments["proof"] = self.b.data
        return self._step(node, "close", "closes the note of it", **arguments)

    # the destination's container

    def _made(self):
        if not self.a.is_whole:
            return self._stop("gone", f"{self.source} does not have {self.move.name} whole: nothing is touched")
        if (self.destination, "make") in self.done:
            return self._stop("not made", f"{self.destination} has made {self.move.name}, and it is not whole there")
        key = {"pillar_key": self.move.pillar_key} if self.move.pillar_key else {}
        return self._step(self.destination, "make", "makes the container from its document", **key)

    def _copied(self):
        """Its files: a copy while it runs, one when it is stopped, and a comparison."""
        a, copied = self.a, self.a.data.get("copied")
        if not a.is_whole:
            return self._stop("gone", f"{self.source} does not have {self.move.name} whole: nothing is touched")
        if a.is_up and not (copied == FIRST and a.rc in _COPIED):
            return self._mounted() or self._copy(FIRST, "copies the files of the running container")
        if a.is_up or not a.data.get("disabled"):
            return self._step(self.source, "halt", "stops the container, and disables it: the outage begins")
        if copied not in (FINAL, CHECK) or (copied == FINAL and a.rc != 0):
            return self._mounted() or self._copy(FINAL, "copies what has changed since")
        if copied == FINAL or a.rc != 0:
            return self._mounted() or self._copy(CHECK, "compares both, file by file")
        if a.data.get("differences"):
            return self._differing()
        return self._handed_over()

    def _copy(self, which, why):
        step = f"copy_{which}"
        if (self.source, step) in self.done and self.a.rc is not None and self.a.data.get("copied") == which:
            lines = [line for line in self.a.data.get("log") or () if line.strip()]
            said = f": {lines[-1]}" if lines else ""
            return self._stop("copy", f"rsync on {self.source} ended with code {self.a.rc}{said}")
        return self._step(self.source, step, why, root=self.b.data.get("root"))

    def _differing(self):
        if (self.source, "copy_check") in self.done and (self.source, "copy_final") in self.done:
            some = ", ".join(line.split(" ", 1)[-1] for line in self.a.data["differences"][:3])
            return self._stop("differs", f"files of {self.move.name} differ after the last copy: {some}")
        return self._mounted() or self._copy(FINAL, "copies what differs")

    def _mounted(self):
        if self.b.data.get("mounted"):
            return None
        return self._step(self.destination, "mount", "mounts the new container for its files")

    def _handed_over(self):
        for node, seen in self._both():
            if seen.data.get("mounted"):
                return self._step(node, "umount", "unmounts it")
        power = "running" if self.a.should_run else "stopped"
        if (self.destination, "own") in self.done:
            return self._stop("down", f"{self.destination} was to have {self.move.name}, and does not say so")
        why = "starts it: the container is this node's from now on"
        return self._step(self.destination, "own", why, power=power, proof=self.a.data)

    def _started(self):
        """It is the destination's."""
        a, b = self.a, self.b
        if a.is_up or not a.data.get("disabled") and a.is_there:
            what = f"{self.source} could start its {self.move.name} again: somebody has enabled it"
            by_hand = f"salt {self.source} cmd.run 'vzctl set {self.move.ctid} --disabled yes --save'"
            return self._stop("enabled", what, by_hand)
        if not a.should_run or b.noted("verified"):
            return self._close(self.source, "destination")
        if self.decided == ACCEPT:
            return self._step(self.destination, "accept", "takes it as it is: a person has looked at it")
        if b.noted("inside") and (self.destination, "verify") in self.done:
            what = f"{b.noted('inside')}; look at it, then take it (decide=accept) or go back (decide=back: what was "
            return self._stop("inside", f"{what}written there is lost)", f"{self.move.command} decide=accept")
        return self._step(self.destination, "verify", "looks whether the container does anything")

    # going back

    def _given_back(self):
        if self.b.is_up or self.b.noted("owned"):
            return self._step(self.destination, "yield_up", "stops the new container: the old one is taken again")
        if not self.a.is_whole:
            return self._stop("gone", f"{self.source} does not have {self.move.name} whole: nothing is touched")
        if (self.source, "own") not in self.done:
            power = "running" if self.a.should_run else "stopped"
            why = "has the container as before"
            return self._step(self.source, "own", why, power=power, proof=self.b.data)
        if self.a.should_run and not self.a.is_up:
            return self._stop("down", f"{self.move.name} was started on {self.source} and does not run")
        return self._cleared() or self._close(self.destination, "source")

    def _cleared(self):
        if not self.b.has_remains:
            return None
        if self.b.data.get("mounted"):
            return self._step(self.destination, "umount", "unmounts what it has made")
        if (self.destination, "clear") in self.done:
            return self._stop("remains", f"{self.destination} did not remove what it has of {self.move.name}")
        return self._step(self.destination, "clear", "removes what it has made", proof=self.a.data)

    # what it says

    @staticmethod
    def _step(node, step, why, **arguments):
        return Step_(node, step, why, arguments)

    def _stop(self, rule, reason, command=None):
        return Stop(rule, reason, command or self.move.command)
