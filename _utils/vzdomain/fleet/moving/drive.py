"""
Drive one move to its end, or to where a person must decide.

`ask(node, step, **arguments)` is how the nodes are reached: it returns what ``openvz.move_step`` returns on that node,
raises `NoAnswerError` where none came in time, and any other `OpenVZError` where the node said no. Everything needed to
go on is on the nodes, so a driver may die at any point, and the next one goes on from what it sees.
"""

import dataclasses
import shlex
import time
from dataclasses import dataclass, field

from ...errors import OpenVZError, RefusedError
from ...model import names, times
from . import judge, words
from .values import Done, Move, NoAnswerError, Seen, Step, Stop, Wait, new_id

TRIES = 3  # of a node that does not answer, before it counts as silent
MOST = 3  # times that one step is asked for; more would be a loop
KILLED = 128  # from here on a code of a shell is that of a signal
QUICK = ("intend", "send", "close")  # steps that only note or begin: what the other node has need not be asked again
BEGINS = ("send", "copy_")  # steps that leave something at work
FIRST, LONGEST = 1, 10  # seconds between two looks while somebody is at work

MOVED, WOULD_MOVE, THERE, REFUSED, STOPPED, FAILED = (
    "moved",
    "would move",
    "already there",
    "refused",
    "stopped",
    "failed",
)


@dataclass
class Outcome:
    """
    How a move ended.

    result
        `MOVED`, `WOULD_MOVE`, `THERE`, `REFUSED` (nothing was begun), `FAILED` (the source has it as before), `STOPPED`
        (a person must look; `rule` says what kind).

    nodes
        One sentence for each node.

    command
        What to type next; empty where nothing is left to do.
    """

    result: str
    reason: str = ""
    rule: str = ""
    nodes: dict = field(default_factory=dict)
    command: str = ""
    move: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    steps: list = field(default_factory=list)

    @property
    def is_good(self):
        """Whether the container is where it should be, or would be."""
        return self.result in (MOVED, WOULD_MOVE, THERE)

    @property
    def data(self):
        """For programs and for the outputter; the same keys always."""
        said = dataclasses.asdict(self)
        sentences = said.pop("nodes")
        return {"summary": words.summary(self), **said, "sentences": sentences}


@dataclass
class Means:
    """
    What a driver works with.

    ask
        ``ask(node, step, move=..., **arguments)``, as above.

    look
        ``look(nodes, move)``: what several nodes answered to a look, or the error, by node. Left out, each is asked.

    told
        Called with a dictionary for each step that begins.

    pause
        Called with seconds, between two looks.

    timeout
        Seconds for which anybody is waited for; ``None`` for no limit. What is at work then goes on.

    ended
        Called while somebody is waited for; where it says so, nothing is waited for any more.
    """

    ask: object
    look: object = None
    told: object = staticmethod(lambda said: None)
    pause: object = staticmethod(time.sleep)
    clock: object = staticmethod(time.monotonic)
    timeout: float | None = None
    ended: object = staticmethod(lambda: False)


def _ended(seen):
    """How vzmigrate ended, in words."""
    if seen["rc"] > KILLED:
        return f"vzmigrate was killed (signal {seen['rc'] - KILLED})"
    lines = [str(line).strip() for line in seen.get("log") or () if str(line).strip()]
    how = seen.get("said") or (lines[-1] if lines else "")
    return f"vzmigrate ended with {seen['rc']}{f': {how}' if how else ''}"


def resumed(intent, request):
    """The `Move` of an open intent, driven by whoever asks now."""
    kept = {key: intent.get(key) for key in ("id", "ctid", "uuid", "name", "source", "destination")}
    keep_for = intent.get("keep_for") if request.keep_for is None else request.keep_for
    return dataclasses.replace(request, **kept, online=bool(intent.get("online")), keep_for=keep_for)


class Driver:
    """
    Drives a `Move`. Its `id` is empty: `run` looks whether a move of that container is under way, or begins one.

    The caller has the master's lock for the container. `take_over` is for a driver on another master that is dead.
    """

    kind = "move"

    def __init__(self, means, request, take_over=False):
        self.means, self.request, self.move = means, request, request
        self.take_over = take_over
        self.steps, self.warnings, self.problems, self.done = [], [], [], set()
        self.has_sent, self._why, self._troubles, self._address = False, "", {}, None
        self.seen = {}
        self._times, self._is_fresh, self._is_quiet = {}, False, False
        self._began = means.clock()

    def run(self, is_test=False):
        """Return the `Outcome`."""
        self._look(self.request)
        intent = self._open_intent()
        if not intent:
            return self._fresh(is_test)
        refusal = self._other_way(intent)
        if refusal:
            return refusal
        self.move = resumed(intent, self.request)
        if is_test:
            return self._outcome(WOULD_MOVE, f"{self._since(intent)}, and goes on", command=self.move.command)
        settled = self._taken_over() or self._to_its_end()
        if settled.result == FAILED and not self.has_sent and self.request.destination not in self.request.lost:
            return self._again()
        return settled

    # where it stands

    def _open_intent(self):
        intents = [seen["intent"] for seen in self.seen.values() if seen and seen.get("intent")]
        return intents[0] if intents else None

    @staticmethod
    def _since(intent):
        return f"it is under way since {times.minute(intent.get('since'))}"

    def _other_way(self, intent):
        """Why a move that is under way is not this one."""
        if not intent.get("id"):
            where = ", ".join(node for node, seen in self.seen.items() if seen and seen.get("intent") == intent)
            what = f"look at both nodes, then remove {intent.get('path')} there"
            reason = f"{where} has a note of a move that cannot be read: {what}"
            return self._outcome(REFUSED, reason, "note", command=self.request.command)
        source, destination = intent.get("source"), intent.get("destination")
        kind = intent.get("kind") or "move"
        if kind == self.kind and (source, destination) == (self.request.source, self.request.destination):
            return None
        command = f"salt-run openvz.{kind} {names.typed(intent['name'])} {destination}"
        reason = f"{intent['name']} is being moved from {source} to {destination}: finish that first"
        return self._outcome(REFUSED, reason, "under way", command=command)

    def _taken_over(self):
        """Tell the nodes who drives it now; an `Outcome` where somebody else does."""
        for node, seen in self.seen.items():
            if seen and (seen.get("intent") or {}).get("id") == self.move.id:
                try:
                    self.means.ask(node, "intend", move=self.move.data, take_over=self._may_take_over(seen))
                except NoAnswerError:
                    continue  # the next look tells
                except OpenVZError as err:
                    return self._outcome(REFUSED, str(err), "driven", command=f"{self.move.command} take_over=True")
        return None

    def _may_take_over(self, seen):
        """A driver of this very master is dead: whoever drives has the master's lock of the container."""
        driver = seen["intent"].get("driver") or {}
        return self.take_over or driver.get("master") == self.request.master

    def _again(self):
        """The earlier attempt is settled, and the source has the container: begin once more, as was asked."""
        then, self.done, self._times = self.steps, set(), {}
        self.move, self._why, self._address = self.request, "", None
        self._look(self.request)
        outcome = self._fresh(False)
        outcome.steps = then if outcome.steps is then else [*then, *outcome.steps]
        return outcome

    # a new one

    def _fresh(self, is_test):
        request = self.request
        a, b = (self.seen.get(node) for node in (request.source, request.destination))
        if a is None or b is None:
            node = request.source if a is None else request.destination
            return self._outcome(REFUSED, f"{node} does not answer", "silent", command=request.command)
        is_left = request.source != request.destination and a.get("registered") and not a.get("handed_over")
        if b.get("registered") and not is_left:
            return self._outcome(THERE, f"{request.name} is on {request.destination} already")
        try:
            self._checked()
        except OpenVZError as err:
            return self._outcome(REFUSED, str(err), "check", command=request.command)
        if self.problems:
            return self._outcome(REFUSED, self.problems[0][1], self.problems[0][0], command=self._remedy())
        if is_test:
            return self._outcome(WOULD_MOVE, "all checks passed, and nothing was done", command=self.move.command)
        return self._begun() or self._to_its_end()

    def _checked(self):
        """What is wrong on either node goes into `problems`."""
        a, b = self.request.source, self.request.destination
        facts = self._check(a, "check_source", "checks the container")["facts"]
        self._name(facts)
        found = self._check(b, "check_destination", "checks that it would fit", facts=facts)["facts"]
        self._address = found.get("ssh_host") or b
        if not self.problems:  # a dry run of vzmigrate copies the configuration, and removes it again
            self._check(a, "check_program", "asks vzmigrate whether it would", to=self._address)

    def _check(self, node, step, why, **arguments):
        self._tell(node, step, why)
        said = self.means.ask(node, step, move=self.move.data, **arguments)
        self.problems += [list(row) for row in said.get("problems") or ()]
        self.warnings += [row[1] if isinstance(row, list) else row for row in said.get("warnings") or ()]
        return said

    def _name(self, facts):
        """What the container is, from now on; a move that is under way knows."""
        if not self.move.id:
            ctid = str(facts["ctid"])
            named = {"ctid": ctid, "uuid": facts.get("uuid"), "name": facts.get("name") or ctid}
            self.move = dataclasses.replace(self.request, **named, id=new_id())

    def _remedy(self):
        remedies = [row[2] for row in self.problems if len(row) > 2 and row[2]]
        return remedies[0] if remedies else self.request.command

    def _begun(self):
        """Note it on the source first: its destination is told then what it has noted."""
        self._tell(self.move.source, "intend", "notes that the container leaves, and turns its start at boot off")
        try:
            self.means.ask(self.move.source, "intend", move=self.move.data, take_over=False)
        except NoAnswerError:
            return None  # it may have noted it; the next look tells
        except OpenVZError as err:
            return self._outcome(REFUSED, str(err), "driven", command=self.move.command)
        return None

    # the loop

    def _to_its_end(self):
        delay = FIRST
        while True:
            if not self._is_fresh:
                self._look(self.move)
            self._is_fresh = False
            a, b = self.seen[self.move.source], self.seen[self.move.destination]
            verdict = self._judged(a, b)
            if isinstance(verdict, Wait):
                self._is_quiet = False
                if self._is_late():
                    return self._outcome(STOPPED, f"still at work, {verdict.why}", "late", command=self.move.command)
                self._tell("", "wait", verdict.why)
                self.means.pause(delay)
                delay = min(2 * delay, LONGEST)
                continue
            if not self._is_quiet and a and b and self._was_sent(a, b):
                self._is_quiet = True  # what one has said may be older than the end of what was at work on the other
                continue
            if isinstance(verdict, Stop):
                return self._outcome(STOPPED, verdict.reason, verdict.rule, command=verdict.command)
            if isinstance(verdict, Done):
                return self._ended(verdict.owner)
            ended = self._do(verdict)
            if ended:
                return ended

    def _was_sent(self, *seen):
        """Whether anything may have been at work that goes on by itself."""
        return any((one.get("intent") or {}).get("sent") for one in seen)

    def _judged(self, a, b):
        return judge.next_step(self.move, a, b, frozenset(self.done))

    def _is_late(self):
        if self.means.ended():
            return True
        return self.means.timeout is not None and self.means.clock() - self._began > self.means.timeout

    def _do(self, step: Step):
        """Carry a step out; the `Outcome` where the node said no to it."""
        key = (step.node, step.step)
        if step.step == "send" and not self._may_send():
            self.move = dataclasses.replace(self.move, withdrawn=True)
            return None
        self._times[key] = self._times.get(key, 0) + 1
        if self._times[key] > MOST:
            return self._outcome(
                STOPPED, f"{step.node} does not do this: {step.why}", "loop", command=self.move.command
            )
        self._tell(step.node, step.step, step.why)
        self.warnings += [step.warning] if step.warning else []
        try:
            answer = self.means.ask(step.node, step.step, move=self.move.data, **self._arguments(step))
        except NoAnswerError:
            self._is_quiet = False
            return None  # done or not, the next look tells
        except RefusedError as err:
            return self._outcome(STOPPED, f"{step.node}: {err}", "refused", command=self.move.command)
        except OpenVZError as err:
            self._look(self.move)
            return self._outcome(STOPPED, f"{step.node}: {err}", "failed", command=self.move.command)
        self.done.add(key)
        self.has_sent |= step.step == "send"
        self._is_quiet &= not step.step.startswith(BEGINS)
        if step.step in QUICK:
            self.seen[step.node], self._is_fresh = answer, True
        return None

    def _arguments(self, step):
        if step.step == "send":
            return {"to": self._address, "turn": self._turn(step.node)}
        if step.step == "intend":
            return {**step.arguments, "take_over": False}
        return {**step.arguments, "turn": self._turn(step.node)}

    def _turn(self, node):
        return (self.seen.get(node) or {}).get("turn")

    def _may_send(self):
        """Whether the checks were made in this run; a move that is gone on with is checked anew."""
        if self._address:
            return True
        try:
            self._checked()
        except NoAnswerError:
            return False
        except OpenVZError as err:
            self.problems.append(["check", str(err), self.move.command])
        return not self.problems

    def _ended(self, owner):
        if owner == self.move.destination:
            command = f"salt-run openvz.remove_copies name={shlex.quote(self.move.name)}"
            command += f" node={self.move.source}" if self.move.name.isdecimal() else ""  # others may have that CTID
            return self._outcome(MOVED, **({"command": command} if not self._removed() else {}))
        if self.problems:
            return self._outcome(REFUSED, self.problems[0][1], self.problems[0][0], command=self._remedy())
        return self._outcome(FAILED, self._why or "the move was given up", "failed", command=self.move.command)

    def _removed(self):
        """Remove the old copy where that was asked for at once (``keep_for=0``); whether it is gone."""
        move = self.move
        if move.keep_for != 0 or not self.seen[move.source]:
            return False
        self._tell(move.source, "clean", "removes the old copy")
        try:
            self.means.ask(move.source, "clean", move=move.data, proof=self.seen[move.destination])
        except OpenVZError as err:
            self.warnings.append(f"{move.source} keeps the old copy: {err}")
            return False
        self._look(move)
        return True

    # looking and telling

    def _look(self, move):
        nodes = list(dict.fromkeys((move.source, move.destination)))
        self._troubles = {}
        for attempt in range(TRIES):
            silent = self._looked(nodes, move)
            if not silent or set(silent) <= set(move.lost):
                break
            nodes = silent
            if attempt + 1 < TRIES:
                self.means.pause(FIRST)
        a = self.seen[move.source]
        if a and a.get("rc") and not a.get("at_work"):
            self._why = _ended(a)

    def _looked(self, nodes, move):
        """Ask these nodes; which of them did not answer."""
        answers = self.means.look(nodes, move.data) if self.means.look else self._one_by_one(nodes, move)
        for node, answer in answers.items():
            self.seen[node] = None if isinstance(answer, OpenVZError) else answer
            if isinstance(answer, OpenVZError) and not isinstance(answer, NoAnswerError):
                self._troubles[node] = str(answer)  # it cannot tell how the container is: no better than silence
        return [node for node, answer in answers.items() if isinstance(answer, NoAnswerError)]

    def _one_by_one(self, nodes, move):
        answers = {}
        for node in nodes:
            try:
                answers[node] = self.means.ask(node, "look", move=move.data)
            except OpenVZError as err:
                answers[node] = err
        return answers

    def _tell(self, node, step, why):
        said = {"container": self.move.name, "source": self.move.source, "destination": self.move.destination}
        said.update(node=node, step=step, why=why, seconds=round(self.means.clock() - self._began, 1))
        if step != "wait":
            self.steps.append({"node": node, "step": step, "why": why, "seconds": said["seconds"]})
        self.means.told(said)

    def _outcome(self, result, reason="", rule="", command=""):
        move, a, b = self.move, *(self.seen.get(node) for node in (self.move.source, self.move.destination))
        nodes = {**words.sentences(move, a, b), **self._troubles}
        its = {**move.data, "keep_for": move.keep_for}
        del its["driver"]
        return Outcome(
            result, reason, rule, nodes, command, its, self.problems, list(dict.fromkeys(self.warnings)), self.steps
        )


def move(means, request: Move, is_test=False, take_over=False):
    """
    Move a container, or go on with a move of it.

    request
        `name`, `source` and `destination`; `ctid` may be the name, `id` is empty.

    Returns the `Outcome`. Raises nothing but what `means.ask` raises at the first look and is no `OpenVZError`.
    """
    return Driver(means, request, take_over).run(is_test)


__all__ = ["Driver", "Means", "Outcome", "Seen", "move", "resumed"]
