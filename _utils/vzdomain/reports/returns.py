"""
What functions return of containers and of what is done to them: data that every serializer and outputter can carry.

`changes` are shown, and parsed by nobody: `did` has the same in words (``created``, ``updated (memory)``, ``started``).
"""

import dataclasses

from ..document import codec
from ..errors import harmless, shown
from ..host.container import Container
from ..model import fields
from ..model.actions import Destroy
from ..model.ctid import data
from ..planning import changes, planner
from ..planning.snapshots import before


def result(plan, actions, warnings):
    """What a function returns that has done these actions of a plan."""
    data_ = {
        "name": plan.name,
        "ctid": data(plan.ctid),
        "changes": changes.show(actions),
        "did": changes.words(actions),
    }
    data_ = harmless({**data_, "warnings": list(warnings)})
    data_ = {**data_, "pending": list(plan.pending)} if plan.pending else data_
    return {**data_, **_snapshot(actions)}


def _snapshot(actions):
    """The snapshot that was taken, by id and name, as a part of a return."""
    found = before.taken(actions)
    return {"snapshot": harmless(found)} if found else {}


def announced(plan, warnings):
    """What a dry run returns: the changes that the real one makes, and that they are not made."""
    return {**result(plan, plan.actions, warnings), "test": True, "comment": would(plan)}


def would(plan):
    """``Container web01 (CTID 101) would be stopped and destroyed``; the commands, where no change is known before."""
    number = f" (CTID {plan.ctid})" if plan.ctid and plan.ctid != plan.name else ""
    words = changes.words(plan.actions)
    if plan.calls and not words:
        calls = "; ".join(" ".join(call.command) for call in plan.calls)
        return shown(f"Container {plan.name}{number}: would be run: {calls}")
    return shown(f"Container {plan.name}{number} would be {' and '.join(words) or 'left as it is'}")


def planned(job):
    """The plan for one of many containers, or why there is none."""
    word = planner.status(job)
    if job.error:
        return {"name": job.name, "status": word, "error": job.error}
    states = job.inside
    warnings = [*job.plan.warnings, *([states.skipped] if states and states.skipped else [])]
    return {
        "name": job.name,
        "ctid": data(job.plan.ctid),
        "status": word,
        "steps": [_step(call) for call in job.plan.calls],
        "changes": job.plan.changes,
        "disruption": job.plan.disruption,
        "pending": list(job.plan.pending),
        "warnings": warnings,
        **_snapshot(job.plan.actions),
        **inside(states),
        **({"error": states.wrong} if states and states.wrong else {}),
    }


def inside(states):
    """What the states inside a container did or would do, as a part of a return; nothing for ``None``."""
    if states is None:
        return {}
    told = {"what": states.words, "states": states.count, "changed": list(states.changed)}
    more = {"failed": dict(states.failed), "later": states.later, "skipped": states.skipped, "sent": states.sent}
    return {"inside": {**told, **{name: value for name, value in more.items() if value}}}


def _step(call):
    return {
        "argv": list(call.argv if call.program == "vzctl" else call.command),
        "comments": dict(call.comments),
        "changes": changes.show(call.actions),
        "disruption": call.disruption,
    }


def became(done, before):
    """
    What happened to one of many containers, with the document of a deleted one, as a way back to one like it.

    One that would come and go in one dry run was not there `before`.
    """
    told = {"name": done.name, "ctid": data(done.ctid), "changes": done.changes, "did": done.did}
    if isinstance(before, Container) and any(isinstance(action, Destroy) for action in done.actions):
        told["changes"]["xml"] = {"old": codec.render(before.domain), "new": None}
    told["warnings"] = done.warnings
    told = {**told, "pending": list(done.pending)} if done.pending else told
    told |= {**_snapshot(done.actions), **inside(done.inside)}
    return {**told, "error": done.error} if done.error else told


def touched(report):
    """Those of many containers of which there is something to say."""
    keys = ("changes", "error", "pending", "warnings")
    return {label: one for label, one in report.items() if any(one.get(key) for key in keys)}


def asked(one, selection, everything):
    """A report with a note that its container was asked for although nothing is to be said of it."""
    return {**one, "asked": True} if everything or one["status"] in selection.words else one


def information(container):
    """All that is known of a container, sizes in KiB; ``None`` is what its configuration file does not set."""
    known = {name: value for name, value in vars(container).items() if name not in ("domain", "trouble")}
    known |= {"error": container.trouble} if container.trouble else {}
    names = [field.name for field in dataclasses.fields(container.domain)]
    values = {name: getattr(container.domain, name) for name in names if name not in ("name", "ctid", "init")}
    return {**known, "ctid": container.ctid.data, **{name: _field(name, value) for name, value in values.items()}}


def _field(name, value):
    is_map = fields.BY_NAME[name].ownership == fields.MERGED
    return dict(value) if is_map and value else _plain(value)


def _plain(value):
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in vars(value).items()} if hasattr(value, "__dict__") else value
