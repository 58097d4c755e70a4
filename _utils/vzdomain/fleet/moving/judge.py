"""
What is to be done next for a move, by what both nodes say of the container. Pure, and no code of vzmigrate's counts.

A is the source, B the destination. The rules, the first that fits:

* Somebody is at work on either: wait.
* Both run: B gives way, its copy is kept, and a person is told.
* B runs and its start was asked for; or A has handed the container over; or all was copied of a stopped one: B owns.
* B is down otherwise: A owns. What B has is removed, but a copy that may have run there only after a person was told.
* B is silent: A may start only if B's start was never asked for. A is silent: nothing is started.
* No node has a whole copy: nothing is touched.

The intent of the owner is the last to be closed: until then nothing but this move can change its container.
"""

from .values import Done, Seen, Step, Stop, Wait


def next_step(move, source, destination, done=frozenset()):
    """
    Return the `Step`, `Wait`, `Done` or `Stop` that comes next.

    source, destination
        What the nodes answered to ``look`` just now; ``None`` where a node does not answer.

    done
        ``(node, step)`` of what this run has done already.
    """
    return _Case(move, source and Seen(source, move.id), destination and Seen(destination, move.id), done).judged()


class _Case:
    def __init__(self, move, a, b, done):
        self.move, self.a, self.b, self.done = move, a, b, done

    def judged(self):
        if self.a is None or self.b is None:
            return self._with_a_silent_node()
        busy = [(node, words) for node, seen in self._both() for words in seen.at_work]
        if busy:
            return Wait(f"{busy[0][0]}: {busy[0][1]}")
        if self.a.is_up and self.b.is_up and (self.a.intent or self.b.intent):
            return self._both_run()
        if self.a.intent is None and self.b.intent is None:
            return self._closed()
        if self.b.intent is None:
            return self._source_alone_is_open()
        if self.a.intent is None:
            return self._destination_alone_is_open()
        return self._open() if self.a.noted("sent") else self._unsent()

    def _both(self):
        return (self.move.source, self.a), (self.move.destination, self.b)

    # before vzmigrate was started

    def _unsent(self):
        move = self.move
        if self.b.is_up:
            return self._stop(
                "foreign", f"a container {move.ctid} runs on {move.destination} that this move did not start"
            )
        if not self.a.is_whole:
            return self._nobody()
        return self._source_owns() if move.withdrawn else Step(move.source, "send", "starts vzmigrate")

    # vzmigrate was started, and is not at work any more

    def _open(self):
        a, b = self.a, self.b
        wanted = a.should_run
        if self._runs_without_its_file():
            return self._own_on_source("it runs here, though vzmigrate has handed it over as one that is down")
        if b.is_up and not (a.start_sent or a.is_handed_over or b.noted("owned")):
            what = f"{self.move.name} runs on {self.move.destination} though vzmigrate never came to start it there"
            return self._stop("foreign", what)
        if b.is_whole and b.is_there and (a.is_handed_over or b.is_up or self._is_all_that_is_left(wanted)):
            return self._destination_owns()
        if a.is_whole and not a.is_handed_over:
            return self._source_owns()
        return self._taken_back() if a.is_handed_over and not b.has_remains else self._nobody()

    def _runs_without_its_file(self):
        """Whether vzmigrate has taken the source's for one that is down: what it copied is old."""
        return self.a.is_up and self.a.is_handed_over and (self.move.source, "own") not in self.done

    def _is_all_that_is_left(self, wanted):
        """Whether the destination's copy, which is down, is all of the container: the last files were copied too."""
        a = self.a
        return bool(self.b.noted("owned") or (a.was_done and not wanted) or (a.start_sent and not a.is_whole))

    def _taken_back(self):
        move = self.move
        if move.destination in move.lost:
            return self._source_owns()
        what = f"{move.source} has handed {move.name} over, and {move.destination} has nothing of it"
        return Stop("gone", what, f"{move.command} lost={move.destination}")

    def _both_run(self):
        move = self.move
        if self._runs_without_its_file():
            return self._own_on_source("it runs here as well, without its configuration")
        if not self.b.has_remains:
            return self._ghost()
        if (move.destination, "give_way") in self.done:
            return self._stop("both run", f"{move.name} runs on both nodes, and {move.destination} did not stop it")
        return self._give_way(f"{move.name} runs on both nodes")

    def _ghost(self):
        """Processes without a configuration: vzmigrate removed that though the container came up (recorded)."""
        move = self.move
        if (move.source, "own") not in self.done and self.a.intent:
            return self._own_on_source("the container stays this node's")
        what = f"processes of container {move.ctid} run on {move.destination} without its configuration and its files"
        return self._stop("ghost", f"{what}: end them there, or restart that node; {move.source} has the container")

    def _give_way(self, why):
        arguments = {"proof": self.a.data, "told": False}
        return Step(self.move.destination, "give_way", f"{why}: stops this one and keeps its area", arguments)

    # who has it from now on

    def _destination_owns(self):
        move, node = self.move, self.move.destination
        wanted = self.a.should_run
        if (node, "own") not in self.done:
            power = {"power": "running" if wanted else "stopped"}
            return Step(node, "own", "the container is this node's from now on", power)
        if wanted and not self.b.is_up:
            return self._stop("down", f"{move.name} was started on {node} and does not run")
        return self._close(move.source, node, self.b)

    def _source_owns(self):
        move, a = self.move, self.a
        if a.start_sent and self.b.is_whole and self.b.has_remains and not self.b.noted("gave_way"):
            return self._give_way("it may have run here")
        if (move.source, "own") not in self.done:
            return self._own_on_source("the container stays this node's")
        if a.should_run and not a.is_up:
            return self._stop("down", f"{move.name} was started on {move.source} and does not run")
        return self._cleared() or self._close(move.destination, move.source, a)

    def _own_on_source(self, why):
        power = "running" if self.a.should_run else "stopped"
        return Step(self.move.source, "own", why, {"power": power})

    def _cleared(self):
        """What removes the destination's copy, or why that is not done; ``None`` where nothing can be there."""
        move, b = self.move, self.b
        gave_way = b.noted("gave_way")
        if gave_way and not gave_way.get("told"):
            arguments = {"proof": self.a.data, "told": True}
            return Step(move.destination, "give_way", "notes that a person is told of this copy", arguments)
        if gave_way and gave_way.get("run") == move.run:
            kept = f"the copy on {move.destination} is down and kept, in case something was written there"
            return self._stop("gave way", f"{move.name} stays on {move.source}; {kept}: the next command removes it")
        was_touched = bool(self.a.noted("sent") and self.a.data.get("touched", True)) or gave_way
        if not was_touched or (move.destination, "clear") in self.done:
            return None
        if b.has_remains and move.uuid and b.data.get("uuid") not in (None, move.uuid):
            return self._stop(
                "foreign", f"{move.destination} has another container {move.ctid}, which is not of this move"
            )
        return Step(move.destination, "clear", "removes what the failed move left", {"proof": self.a.data})

    def _close(self, node, owner, proof):
        side = "source" if owner == self.move.source else "destination"
        arguments = {"owner": side, "keep_for": self.move.keep_for, "proof": proof.data}
        return Step(node, "close", f"the move is over, and {owner} has the container", arguments)

    # one intent alone: the move begins, or one node has closed it

    def _source_alone_is_open(self):
        """The destination has closed, so it lost; or has lost its intent with all it had."""
        move, a = self.move, self.a
        if not a.noted("sent") and not move.withdrawn and not self.b.has_remains:
            return Step(move.destination, "intend", "notes that the container is coming", {"noted": a.before})
        if a.is_handed_over and self.b.is_whole and move.uuid and self.b.data.get("uuid") == move.uuid:
            noted = {"noted": a.before, "proof": a.data}
            return Step(move.destination, "intend", "notes once more that the container has come", noted)
        if self.b.is_up:
            return self._stop("foreign", f"a container {move.ctid} runs on {move.destination} that is not of this move")
        if a.is_handed_over or not a.is_whole:
            return self._nobody()
        if (move.source, "own") not in self.done:
            return self._own_on_source("the container stays this node's")
        return self._close(move.source, move.source, a)

    def _unnoted(self):
        """What is left on a source that does not know of it."""
        data = self.a.data
        left = [*(data.get("kept") or ()), *filter(None, [(data.get("intent") or {}).get("path")])]
        return f"{self.move.source} has lost its notes of this move: remove its old copy by hand ({', '.join(left)})"

    def _destination_alone_is_open(self):
        """The source has closed, so it lost; or it went on alone when this node was given up for lost."""
        move, a, b = self.move, self.a, self.b
        if b.noted("owned"):
            return self._close(move.destination, move.destination, b)
        if a.is_handed_over and b.is_there and b.is_whole:  # the source has lost its notes, and not by closing them
            power = "running" if b.should_run else "stopped"
            why = "the other node has handed the container over"
            return Step(move.destination, "own", why, {"power": power}, self._unnoted())
        if b.is_up:
            return self._stop("foreign", f"a container {move.ctid} runs on {move.destination} that is not of this move")
        if not a.is_there or not a.is_whole:
            return self._nobody()
        if b.has_remains:
            if not b.noted("gave_way"):
                return self._give_way("the container is on the other node")
            return self._cleared() or self._stop("foreign", f"what {move.destination} has left cannot be removed")
        return self._close(move.destination, move.source, a)

    def _closed(self):
        move, a, b = self.move, self.a, self.b
        if a.is_there and a.is_whole:
            return Done(move.source)
        return Done(move.destination) if b.is_there and b.is_whole else self._nobody()

    # a node that does not answer

    def _with_a_silent_node(self):
        move = self.move
        if self.a is None and self.b is None:
            return self._stop("silent", f"neither {move.source} nor {move.destination} answers")
        seen = self.a or self.b
        if seen.at_work:
            return Wait(f"{move.source if self.a else move.destination}: {seen.at_work[0]}")
        return self._with_source_alone() if self.a else self._with_destination_alone()

    def _with_source_alone(self):
        move, a = self.move, self.a
        is_lost = move.destination in move.lost
        silent = f"{move.destination} does not answer"
        if a.intent is None:
            return Done(move.source) if is_lost and a.is_there and a.is_whole else self._stop("silent", silent)
        may_run_there = a.start_sent or a.is_handed_over or a.was_done
        if may_run_there and not is_lost:
            return self._stop("silent", f"{silent}, and {move.name} may run there: it is not started on {move.source}")
        if not a.is_whole and not a.is_handed_over:
            return self._nobody()
        if (move.source, "own") not in self.done:
            why = "" if is_lost else ", and the container was never started there"
            return self._own_on_source(silent + why)
        return self._close(move.source, move.source, a) if is_lost else self._stop("silent", silent)

    def _with_destination_alone(self):
        move, b = self.move, self.b
        silent = f"{move.source} does not answer"
        if move.source in move.lost and b.is_whole and (b.is_up or b.noted("owned")):
            if (move.destination, "own") not in self.done and b.intent:
                return Step(move.destination, "own", f"{silent}, and the container runs here", {"power": "running"})
            return self._close(move.destination, move.destination, b) if b.intent else Done(move.destination)
        return self._stop("silent", f"{silent}: nothing is started on {move.destination}")

    # ways to stop

    def _nobody(self):
        what = f"no node is known to have all of {self.move.name}: nothing was touched"
        return self._stop("nobody", what)

    def _stop(self, rule, reason):
        return Stop(rule, reason, self.move.command)
