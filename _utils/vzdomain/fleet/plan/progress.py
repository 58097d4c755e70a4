"""
How far a plan has been carried out, in a file: a master that was killed goes on where it was.

The file has the plan itself: what is done already is nothing that a new plan would still know of.
"""

import contextlib
import fcntl
import json
import os
import re
import time

from ...errors import CannotAskError, RefusedError
from ...host import files
from .made import COUNTS, over, step_data
from .order import Step

WAITING, BEGUN, DONE, FAILED = "waiting", "begun", "done", "failed"
DAYS = 30  # that a file is kept
_ID = re.compile(r"fleet-[0-9a-f]{16}", re.ASCII)
_SUFFIX = ".json"


class Progress:
    """
    The steps of one plan, and what has become of each.

    path
        Of the file.

    said
        What it holds: ``plan_id``, ``counts``, ``time``, ``steps``, and ``states``: number -> ``state``, ``begun``,
        ``ended`` (seconds) and ``result``.
    """

    def __init__(self, path, said):
        self.path, self.said = path, said
        self.steps = [_step(one) for one in said["steps"]]

    @classmethod
    def of(cls, directory, made, **beside):
        """That of a plan (`made.FleetPlan`) of which nothing has been done yet, and what is to be told with it."""
        steps = [step_data(one) for one in made.steps]
        said = {"plan_id": made.id, "time": time.time(), "counts": made.counts, "steps": steps, "states": {}}
        progress = cls(path_of(directory, made.id), {**beside, **said})
        progress.save()
        return progress

    @classmethod
    def found(cls, directory, plan_id):
        """That which a master has left; ``None`` where there is none. CannotAskError for one that cannot be read."""
        path = path_of(directory, plan_id)
        try:
            with open(path, encoding="utf-8") as stream:
                return cls(path, _checked(json.load(stream)))
        except FileNotFoundError:
            return None
        except OSError as err:
            raise CannotAskError(f"{path} cannot be read: {err.strerror}") from None
        except (ValueError, TypeError, KeyError, RecursionError):
            raise CannotAskError(f"{path} is damaged: remove it, and plan again with salt-run openvz.plan") from None

    def state(self, step):
        """One of WAITING, BEGUN (by a master that did not live to see its end), DONE, FAILED."""
        return self._note(step).get("state", WAITING)

    def result(self, step):
        """What was told of it."""
        return self._note(step).get("result") or {}

    def seconds(self, step):
        """How long it took; ``None`` where it has not ended."""
        note = self._note(step)
        return round(note["ended"] - note["begun"], 1) if "ended" in note else None

    def _note(self, step):
        return self.said["states"].get(str(step.number), {})

    @property
    def is_done(self):
        return all(self.state(step) == DONE for step in self.steps)

    def check(self, limits):
        """RefusedError for a plan over its budget, as `FleetPlan.check`."""
        counts = self.said["counts"]
        words = "; ".join(word for name in COUNTS for word in over(name, counts.get(name, 0), limits.get(name)))
        if words:
            raise RefusedError(f"{words}; nothing was done now")

    def begin(self, step):
        self._put(step, {"state": BEGUN, "begun": time.time()})

    def end(self, step, result):
        """`result` has an ``error`` where it failed."""
        state = FAILED if result.get("error") else DONE
        self._put(step, {**self._note(step), "state": state, "ended": time.time(), "result": result})

    def _put(self, step, note):
        self.said["states"][str(step.number)] = note
        self.save()

    def save(self):
        files.replace(self.path, json.dumps(self.said))


def path_of(directory, plan_id):
    """Where the progress of a plan is; RefusedError for what is no id of a plan."""
    if not isinstance(plan_id, str) or not _ID.fullmatch(plan_id):
        more = ""
        if str(plan_id).startswith("plan-"):
            more = ": that is the plan of one node, for: salt NODE openvz.apply plan_id=…"
        raise RefusedError(f"plan_id is not the id of a plan of all nodes{more}; salt-run openvz.plan shows it")
    return os.path.join(directory, plan_id + _SUFFIX)


@contextlib.contextmanager
def alone(directory, plan_id):
    """Be the only one who carries out this plan; RefusedError while another process does."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    path = path_of(directory, plan_id).removesuffix(_SUFFIX) + ".lock"
    with open(path, "a+", encoding="ascii", opener=files.own) as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            who = stream.read(20).strip() or "another one"
            raise RefusedError(f"{plan_id} is being carried out already, by process {who} of this master") from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield


def forget_old(directory, now=None):
    """Remove what has not been touched for `DAYS`."""
    oldest = (time.time() if now is None else now) - DAYS * 86400
    with contextlib.suppress(OSError):
        for entry in os.scandir(directory):
            if _ID.match(entry.name) and entry.stat(follow_symlinks=False).st_mtime < oldest:
                os.unlink(entry.path)


def _checked(said):
    if (
        not isinstance(said["states"], dict)
        or not isinstance(said["steps"], list)
        or not _ID.fullmatch(said["plan_id"])
    ):
        raise ValueError
    return said


def _step(one):
    told = {key: tuple(value) if isinstance(value, list) else value for key, value in one.items()}
    return Step(**told)
