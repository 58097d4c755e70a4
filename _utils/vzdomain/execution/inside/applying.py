"""
The states that an entry wants inside its container: applied after its own calls, and tried before in a dry run.

What is told of them are names of states and reasons of failures, never what they change: that may be a file with a
secret of the pillar in it.
"""

import contextlib
import logging
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from ...errors import HIDDEN, OpenVZError, sentence, shown
from ...host.container import Container
from ...model.actions import POWER, Clone, Create, Pause, Stop, Suspend
from ...model.inside import How, States, StatesDone, Waiting

log = logging.getLogger(__name__)

WORKERS = 4  # containers whose states are tried at a time
_SHORTEST = 6  # characters of a pillar value that is hidden wherever it is quoted: shorter ones are words
_LEAST = 3  # characters of one whose name says that it is secret
_SECRET = ("pass", "pw", "secret", "token", "key", "cred", "auth", "pin", "psk", "hash", "priv")  # in such a name
_LONGEST = 300  # characters of the name of a state: the container says it
_MOST = 1000  # names of states that are kept of one run


class Way(Protocol):
    """The way into containers: what a `Reconciler` has as `inside`. Several threads use it."""

    def states(self, container: Container, how: How, test: bool) -> StatesDone:
        """Apply states, or with `test` say what they would change; OpenVZError where that cannot be done."""

    def wait(self, container: Container, waiting: Waiting) -> None:
        """Return when all of it is true; OpenVZError with the last answer when its limit is over."""


class Applying:
    """Applies the states of one entry inside container `ctid`; `tell` is called with each step."""

    def __init__(self, reconciler, entry, ctid, tell):
        self._reconciler, self._entry, self._ctid, self._tell = reconciler, entry, ctid, tell

    def work(self, actions=()):
        """What was done: `States`, or ``None`` for an entry without; `actions` are those that this run did before."""
        how, waiting = self._entry.inside, self._entry.waiting
        has_started = any(isinstance(one, POWER) for one in actions)
        if how is None and not (waiting and has_started):
            return None
        container = self._look()
        if container.status != "running":
            return self._not_running(container)
        if waiting:
            self._tell("waiting until it is up")
            self._wait(container, waiting)
        if how is None:
            return None
        self._tell("states inside")
        applied = of_run(self._reconciler, container, how, test=False)
        with contextlib.suppress(OpenVZError):  # a history that cannot be written undoes nothing
            self._remember(container, applied)
        return applied

    def _remember(self, container, applied):
        """A line of the history, without names of states: a template may make them of secrets."""
        counted = f"{len(applied.changed)} of {applied.count} changed" + (
            f", {len(applied.failed)} failed" if applied.failed else ""
        )
        said = "not applied" if applied.error else counted
        if not applied.is_idle:
            self._reconciler.journal.remember(
                container.ctid, container.domain.name, f"states inside ({applied.words}): {said}"
            )

    def _look(self):
        self._reconciler.node.forget(self._ctid)
        return self._reconciler.resolve(self._ctid or self._entry.called)

    def _not_running(self, container):
        how = self._entry.inside
        if self._entry.state == "running":
            left = f", and its states inside ({how.words}) were not applied" if how else ""
            raise OpenVZError(f"container {self._entry.called} is {container.status} again{left}")
        return how and States(how.words, skipped=skipping(self._entry, container.status))

    def _wait(self, container, waiting):
        way = self._reconciler.inside
        if way is None:
            raise OpenVZError(f"container {self._entry.called}: {_NO_WAY}")
        try:
            way.wait(container, waiting)
        except OpenVZError as err:
            words = self._entry.inside and self._entry.inside.words
            left = f"; its states inside ({words}) were not applied" if words else ""
            raise OpenVZError(f"{Veil(self._entry.inside).text(str(err))}{left}") from None


_NO_WAY = "there is no way into containers here, which the keys inside and wait_for need"


def of_run(reconciler, container, how, test):
    """The `States` of one run; what stops it is the ``error`` of it."""
    if reconciler.inside is None:
        return States(how.words, error=f"container {container.domain.name}: {_NO_WAY}")
    try:
        done = reconciler.inside.states(container, how, test)
    except OpenVZError as err:
        return States(how.words, error=f"states inside ({how.words}): {Veil(how).text(str(err))}")
    except Exception as err:
        # Where it was, and not what it says: that may quote the pillar.
        frames = "".join(traceback.format_tb(err.__traceback__))
        log.error("States inside container %s were stopped by %s\n%s", container.ctid, type(err).__name__, frames)
        return States(how.words, error=f"states inside ({how.words}): {sentence(err)}")
    veil = Veil(how)
    changed = tuple(map(veil.name, list(done.changed)[:_MOST]))
    failed = {veil.name(one): veil.text(why) for one, why in list(done.failed.items())[:_MOST]}
    return States(how.words, done.count, changed, failed, seconds=done.seconds, sent=done.sent)


def foresee(reconciler, jobs, workers=WORKERS, labels=None):
    """
    The jobs with what their states inside would do, several tried at a time; `labels` for those of some entries only.

    Tried are those in containers that run and are not restarted first. Nothing is changed.
    """
    wanted = [job for job in jobs if job.plan and job.entry.inside and (labels is None or job.label in labels)]
    found = {job.label: _known(job) for job in wanted}
    tried = [job for job in wanted if found[job.label] is None]

    def run(job):
        return of_run(reconciler, job.before, job.entry.inside, test=True)

    if tried:
        with ThreadPoolExecutor(max(1, min(workers, len(tried))), "openvz inside") as pool:
            found |= dict(zip((job.label for job in tried), pool.map(run, tried), strict=True))
    return [replace(job, inside=found[job.label]) if job.label in found else job for job in jobs]


def _known(job):
    """What is known of a job's states without a try, or ``None``."""
    plan, entry, words = job.plan, job.entry, job.entry.inside.words
    powers = [one for one in plan.actions if isinstance(one, POWER)]
    if plan.has(Create, Clone) and not powers:
        return States(words, skipped=skipping(entry, "stopped"))
    if powers and not isinstance(powers[-1], (Stop, Suspend, Pause)):
        again = isinstance(job.before, Container) and job.before.status == "running"
        return States(words, later="after it has restarted" if again else "after it has started")
    status = job.before.status if isinstance(job.before, Container) else "not there"
    return None if status == "running" else States(words, skipped=skipping(entry, status))


def skipping(entry, status):
    """Why states inside are not applied in a container of that status."""
    return (
        f"states inside ({entry.inside.words}) of container {entry.called} are skipped, since it is {status}: write "
        f"state: running into its entry, or start it"
    )


# secrets


class Veil:
    """Hides values of the pillar of states inside: whoever is told of these may not know that."""

    def __init__(self, how):
        leaves = sorted(set(_leaves(how.pillar)), key=lambda leaf: len(leaf[1]), reverse=True) if how else []
        named = [(value, any(word in path.lower() for word in _SECRET)) for path, value in leaves]
        self._secret = [value for value, is_secret in named if is_secret and len(value) >= _LEAST]
        self._all = [value for value, is_secret in named if len(value) >= (_LEAST if is_secret else _SHORTEST)]

    def text(self, text):
        """A text in one line, without any value of the pillar in it."""
        return shown(" ".join(_hidden(text, self._all).split()))

    def name(self, text):
        """The name of a state without a secret; other values of the pillar are what names are made of."""
        return shown(_hidden(text, self._secret))[:_LONGEST]


def _hidden(text, values):
    for value in values:
        text = text.replace(value, HIDDEN)
    return text


def _leaves(value, path=""):
    """Path and text of everything in a pillar; of a text of several lines each line too."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _leaves(one, f"{path}:{name}")
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one, path)
    elif value is not None and not isinstance(value, bool):
        text = str(value)
        yield path, text
        if "\n" in text:
            yield from ((path, line.strip()) for line in text.splitlines() if len(line.strip()) >= _SHORTEST)
