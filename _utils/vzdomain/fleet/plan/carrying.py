"""
Carries out the steps of a plan: several nodes at a time, each step when those before it are done.

What a node does is asked of `do`; this knows no Salt.
"""

import logging
import queue
import threading

from ...errors import OpenVZError, sentence
from .progress import BEGUN, DONE, FAILED, WAITING

log = logging.getLogger(__name__)

HELD = "held"  # the state of a step that was not begun, since one before it failed
LEFT = "left"  # not begun, since some other step failed and `failhard` is on


class Carrier:
    """
    progress
        The `progress.Progress` of the plan.

    do
        ``do(step, again)`` carries out a step and returns what is told of it, with an ``error`` where it failed.
        `again`: it was begun before, and nobody knows how far it came. It is called in threads.

    max_nodes_at_once
        How many nodes are at work at a time; a move is at work on two.

    failhard
        Begin nothing more when a step has failed.

    tell
        Called in the calling thread, with a step and what happens to it now.
    """

    def __init__(self, progress, do, max_nodes_at_once=1, failhard=True, tell=None):
        self._progress, self._do, self._most, self._failhard = progress, do, max_nodes_at_once, failhard
        self._tell, self._news = tell or (lambda step, what: None), queue.SimpleQueue()
        self.states = {step.number: progress.state(step) for step in progress.steps}
        self._steps = {step.number: step for step in progress.steps}

    def carry_out(self):
        """Do all that can be done; `states` has what became of each step."""
        waiting = {number: step for number, step in self._steps.items() if self.states[number] != DONE}
        again = {number for number, state in self.states.items() if state in (BEGUN, FAILED)}
        for number in waiting:
            self.states[number] = WAITING
        threads = {}
        try:
            while True:
                while step := self._next(waiting, threads):
                    del waiting[step.number]
                    threads[step.number] = self._begin(step, step.number in again)
                if not threads:
                    break
                self._hear(threads)
        finally:
            for thread in threads.values():
                thread.join()
        failed = FAILED in self.states.values()
        for number in waiting:
            self.states[number] = LEFT if failed and self._failhard else HELD

    def _next(self, waiting, threads):
        """The first step that can begin now."""
        if self._failhard and FAILED in self.states.values():
            return None
        busy = set().union(*(self._steps[number].nodes for number in threads))
        for step in waiting.values():
            is_ready = all(self.states[number] == DONE for number in step.after)
            is_free = not busy & step.nodes and (not busy or len(busy | step.nodes) <= self._most)
            if is_ready and is_free:
                return step
        return None

    def _begin(self, step, again):
        self._progress.begin(step)
        self.states[step.number] = BEGUN
        self._tell(step, "begun")
        thread = threading.Thread(target=self._work, args=(step, again), name=f"openvz step {step.number}")
        thread.start()
        return thread

    def _work(self, step, again):
        self._news.put((step, self._done(step, again)))

    def _done(self, step, again):
        try:
            return self._do(step, again)
        except OpenVZError as err:
            return {"error": str(err)}
        except Exception as err:
            log.exception("Step %s was left halfway", step.number)
            return {"error": f"{sentence(err)}; how far it came is not known"}

    def _hear(self, threads):
        step, result = self._news.get()
        threads.pop(step.number).join()
        self._progress.end(step, result)
        self.states[step.number] = FAILED if result.get("error") else DONE
        self._tell(step, f"failed: {result['error']}" if result.get("error") else "done")


def report(progress, states):
    """What became of each step, as data."""
    found = []
    for step in progress.steps:
        told = {"number": step.number, "node": step.node, "kind": step.kind, "labels": list(step.labels)}
        told |= {"source": step.source} if step.source else {}
        told |= {"state": states[step.number]}
        if states[step.number] in (DONE, FAILED):
            told |= {"seconds": progress.seconds(step), **progress.result(step)}
        found.append(told)
    return found
