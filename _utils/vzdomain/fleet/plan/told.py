"""
A plan of all nodes, and what became of it, in words: what a runner returns, for people and for programs.
"""

import shlex

from ...reports import lint
from .carrying import HELD, LEFT
from .made import as_data
from .nodes import listed
from .order import APPLY, MOVE
from .progress import DONE, FAILED

_STATES = {
    DONE: "done",
    FAILED: "failed",
    HELD: "not begun: it needs what failed",
    LEFT: "not begun after the failure",
}


def command(plan_id, **arguments):
    """``salt-run openvz.apply plan_id=fleet-… tgt='hn*'``: what a person types; what is ``None`` is left out."""
    words = [f"{name}={shlex.quote(str(value))}" for name, value in arguments.items() if value is not None]
    return " ".join((f"salt-run openvz.apply plan_id={plan_id}", *words))


def of_plan(made, errors, **arguments):
    """
    What ``openvz.plan`` returns: `made` is the `FleetPlan`, `errors` sentences for nodes that did not answer,
    `arguments` those that ``openvz.apply`` needs for the same plan.
    """
    told = {**as_data(made), "errors": errors}
    return {**told, "command": command(made.id, **arguments)} if made.steps else told


def is_bad(plan):
    """Whether there is an error in what `of_plan` has returned; that there is something to do is none."""
    return bool(plan["errors"]) or any(one["severity"] == "error" for one in plan["findings"])


def findings(found):
    """Findings as the ``problems`` and ``warnings`` of a return."""
    problems, warnings = [], []
    for one in lint.as_data(found):
        sentence = f"{_places(one)}{one['what']}"
        if one["severity"] == "error":
            problems.append([one["rule"], sentence, one["remedy"]])
        else:
            warnings.append(f"{sentence}: {one['remedy']}")
    return {"problems": problems, "warnings": warnings}


def _places(one):
    labels = one["labels"] or [""] * len(one["nodes"])
    places = [" ".join(filter(None, place)) for place in zip(one["nodes"], labels, strict=True)]
    return f"{listed(places)}: " if places else ""


def words(step):
    """What a step does."""
    if step.kind == MOVE:
        return f"{step.node}: move {step.name} here from {step.source}"
    if step.kind == APPLY:
        return f"{step.node}: apply {listed(step.labels)}"
    return f"{step.node}: take {', '.join(step.addresses)} from {step.name}, which another container gets"


def of_apply(kept, rows, again, keeps_copies=True):
    """
    What ``openvz.apply`` returns: `kept` is the `Progress`, `rows` are those of `carrying.report`, `again` is the
    command that goes on.
    """
    plan_id, steps = kept.said["plan_id"], {step.number: step for step in kept.steps}
    states = [row["state"] for row in rows]
    counted = ", ".join(f"{states.count(state)} {text}" for state, text in _STATES.items() if state in states)
    table = [
        {
            "step": row["number"],
            "what": words(steps[row["number"]]),
            "result": row["state"],
            "seconds": row.get("seconds"),
        }
        for row in rows
    ]
    failures = [f"{words(steps[row['number']])}: {row['error']}" for row in rows if row.get("error")]
    warnings = [warning for row in rows for warning in row.get("warnings") or ()]
    steps_ = f"{len(rows)} step{'' if len(rows) == 1 else 's'}"
    told = {"summary": f"{plan_id}: {steps_}, {counted}", "plan_id": plan_id}
    told |= {"steps": rows, "counts": kept.said["counts"], "tables": {"": table}, "sentences": failures}
    told |= {"problems": kept.said.get("problems") or [], "warnings": [*(kept.said.get("warnings") or []), *warnings]}
    is_done = set(states) <= {DONE}
    moved = keeps_copies and any(row["kind"] == MOVE for row in rows)
    next_ = again if not is_done else "salt-run openvz.remove_copies all=True test=True" if moved else None
    return {**told, "is_done": is_done, **({"command": next_} if next_ else {})}
