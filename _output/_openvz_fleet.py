"""
What the runner returns, and what functions of snapshots and moves do, in lines.

It stands beside `openvz.py`, which loads it and gives it `tty` and `node`.
"""

from collections import Counter
from collections.abc import Mapping

tty, node = globals()["tty"], globals()["node"]

_TOLD = {"summary": str, "sentences": (list, Mapping), "tables": Mapping}


def lint(data):
    lines = [line for finding in data["findings"] for line in _lint_finding(finding)]
    severities = [finding["severity"] for finding in data["findings"]]
    found = " and ".join(tty.counted(severities.count(one), one) for one in ("error", "warning"))
    where = f"{tty.counted(data.get('containers', 0), 'container')} of {tty.counted(data.get('nodes', 0), 'node')}"
    return [*lines, f"{found} in {where}"]


def _lint_finding(finding):
    labels = finding.get("labels") or [None] * len(finding["nodes"])
    places = [f"{place} {label}" if label else place for place, label in zip(finding["nodes"], labels, strict=False)]
    shown = f"{', '.join(places[:6])}{f' and {len(places) - 6} more' if len(places) > 6 else ''}"
    return tty.rows(finding["severity"], [shown, finding["what"], node.fix(finding)], 10, 0)


def page(data):
    """The report as it is, so that it can be sent into a file."""
    return [tty.visible(line) for line in data["page"].split("\n")]


def written(data):
    """Where the report is, and of which nodes it does not know all."""
    where = f"{tty.counted(data['containers'], 'container')} on {tty.counted(data['nodes'], 'node')}"
    errors = [tty.wrapped(f"{name}: {why}", hang=2) for name, why in data["errors"].items()]
    return [f"{tty.visible(data['path'])}: {where}", *(line for lines in errors for line in lines)]


# snapshots and moves


def snapshots(ret):
    """The tree of a container's snapshots: each below the one that it stands on, in the order of the list."""
    rows = ret["snapshots"]
    known, below = {one["id"] for one in rows}, {}
    for one in rows:
        below.setdefault(one["parent"] if one.get("parent") in known else None, []).append(one)
    where = ", * is where the container stands" if any(one.get("current") for one in rows) else ""
    names = Counter(one.get("name") for one in rows)
    lines, left = [], [(one, 0) for one in reversed(below.pop(None, []))]
    while left:
        one, depth = left.pop()
        lines += _snapshot(one, depth, names[one.get("name")] == 1)
        left += [(child, depth + 1) for child in reversed(below.pop(one["id"], []))]
    for one in (one for others in below.values() for one in others):  # no tree has them: they stand on each other
        lines += _snapshot(one, 0, names[one.get("name")] == 1)
    headline = f"{node.called(ret['name'], ret.get('ctid'))}: {tty.counted(len(rows), 'snapshot')}{where}"
    return [*tty.wrapped(headline), *lines, *node.warnings(ret, 0)]


def _snapshot(one, depth, is_only_name):
    """When it was taken, what calls it (its name, or its id where others have that name), and what else there is."""
    name = one.get("name")
    called = name if name and is_only_name else one["id"]
    holds = [word for key, word in (("memory", "with memory"), ("own", "taken by Salt")) if one.get(key)]
    parts = [called, *([f"name {name}"] if name and called != name else []), one.get("description"), ", ".join(holds)]
    tag = f"{'*' if one.get('current') else ' '} {one.get('date') or '-'}"
    return tty.rows(tag, parts, 23 + 2 * min(depth, 12))


def moves(ret):
    """What a node has of moves: those under way, old copies, and containers that no entry has followed yet."""
    lines = []
    for one in ret["moves"]:
        route = (
            f"{node.called(one.get('name'), one['ctid'])} is being moved from {one['source']} to {one['destination']}"
        )
        lines += tty.wrapped(f"{route}, since {tty.when(one.get('since'))}", hang=4)
        lines += tty.wrapped(one.get("now") or "", 4) if one.get("now") else []
        lines += tty.wrapped(f"to go on: salt-run openvz.move {one.get('name')} {one['destination']}", 4)
    for one in ret["copies"]:
        called = node.called(one.get("name"), one["ctid"])
        until = tty.when(one["until"]) if one.get("until") else "it is removed"
        lines += tty.wrapped(
            f"old copy of {called}, moved to {one['to']} on {tty.when(one['when'])}; kept until {until}", hang=4
        )
        lines += [line for path in one.get("paths") or () for line in tty.wrapped(path, 4)]
    for one in ret["arrivals"]:
        came = f"{node.called(one.get('name'), one['ctid'])} came from {one['source']} on {tty.when(one['when'])}"
        lines += tty.wrapped(f"{came}; no entry of this node has been applied to it since", hang=4)
    return lines or ["no moves under way, and no old copies"]


def survey(ret):
    """What the master asks a node for a plan: how much there is of what, and the entries that change something."""
    containers, plan = ret["containers"], ret["plan"]
    running = sum(one.get("status") == "running" for one in containers)
    counted = f"{tty.counted(len(containers), 'container')}, {running} running"
    entries = f"{len(plan)} {'entry' if len(plan) == 1 else 'entries'}"
    changing = {label: one for label, one in plan.items() if one.get("status") != "unchanged"}
    lines = tty.wrapped(f"vzctl {ret['version']}: {counted}; {entries}, {len(changing)} not as in the pillar")
    for label, one in changing.items():
        what = one.get("error") or " and ".join(map(str, one.get("did") or ())) or "-"
        lines += tty.wrapped(f"{node.called(label, one.get('ctid'))}: {one.get('status')}; {what}", 4, hang=4)
    return [*lines, *moves({"moves": ret.get("moves") or (), "copies": ret.get("copies") or (), "arrivals": ()})]


# the plan of all nodes


def plan(data):
    """What is wrong, what would be done in which order, and what of each node changes."""
    found = ", ".join(f"{number} {_PLANNED.get(word, word)}" for word, number in data["summary"].items() if number)
    lines = tty.wrapped(f"plan {data['plan_id']} for {tty.counted(len(data['nodes']), 'node')}: {found}", indent=0)
    for name, error in (data.get("errors") or {}).items():
        lines += tty.wrapped(f"{name}: {error}", hang=2, indent=0)
    lines += [line for finding in data["findings"] for line in _lint_finding(finding)]
    lines += node.warnings(data, 0)
    lines += [line for step in data["steps"] for line in _fleet_step(step)]
    for name, one in data["nodes"].items():
        block = [line for label, its in one["containers"].items() for line in _entry(label, its)]
        lines += [f"{tty.plain(name)}:", *(tty.indented(line) for line in block)] if block else []
    return [*lines, *_next(data.get("command"))]


_PLANNED = {
    "error": "in error",
    "unknown": "not known",
    "move": "to be moved",
    "destroy": "to be destroyed",
    "create": "to be created",
    "restart": "to be restarted or stopped",
    "network": "with changes of network",
    "change": "to be changed",
}


def _fleet_step(step):
    """``step 2  hn2: move web03 from hn1 (after 1)``"""
    labels = [str(label) for label in step["labels"]]
    shown = f"{', '.join(labels[:6])}{f' and {len(labels) - 6} more' if len(labels) > 6 else ''}"
    what = {
        "apply": f"apply {shown}",
        "move": f"move {shown} from {step.get('source')}",
        "release": f"take {', '.join(map(str, step.get('addresses') or ()))} off {shown} for a moment",
    }.get(step["kind"], f"{step['kind']} {shown}")
    after = f" (after {', '.join(map(str, step['after']))})" if step.get("after") else ""
    return tty.rows(f"step {step['number']}", [f"{step['node']}: {what}{after}"], 10, 0)


def _entry(label, one):
    """One entry that would change something, or of which something is said."""
    if one.get("status") == "unchanged" and not one.get("warnings"):
        return []
    route = f" from {one['from']}" if one.get("from") else ""
    counts = ", ".join(str(cost).replace("_", " ") for cost in one.get("costs") or ())
    said = [
        f"{one.get('status')}{route}",
        " and ".join(map(str, one.get("did") or ())),
        counts and f"counts as {counts}",
    ]
    shown = {name: change for name, change in (one.get("changes") or {}).items() if name != "xml"}
    called = node.called(label, one.get("ctid"))
    lines = tty.wrapped(f"{called}: {'; '.join(word for word in said if word)}", hang=4)
    return [*lines, *tty.changes(shown, 4), *node.warnings(one)]


# what is told in words


def is_told(ret):
    """Whether a return has its words in itself, which `told` shows."""
    return isinstance(ret, Mapping) and any(isinstance(ret.get(key), kind) for key, kind in _TOLD.items())


def told(ret, indent=tty.INDENT):
    """
    A return that says itself what there is to read; each key may be missing.

    ``summary`` is a sentence, ``tables`` has rows (mappings) below a heading, ``errors`` a sentence for each node that
    did not answer, ``problems`` are sentences or ``[rule, sentence, remedy]``, ``warnings`` sentences, ``sentences``
    too, or one for each node, and ``command`` is what to type next: one or several. What is to be done comes last: a
    long table would push it off the screen.
    """
    lines = tty.wrapped(ret["summary"], indent=indent) if ret.get("summary") else []
    for heading, rows in (ret.get("tables") or {}).items():
        lines += [*([f"{tty.plain(heading)}:"] if heading else []), *tty.table(rows, indent)]
    lines += _sentences(ret.get("errors") or {}, indent)
    for problem in ret.get("problems") or ():
        lines += _problem(problem, indent)
    lines += _sentences([f"warning: {warning}" for warning in ret.get("warnings") or ()], indent)
    lines += _sentences(ret.get("sentences") or (), indent)
    return [*lines, *_next(ret.get("command"))] or ["nothing to show"]


def _sentences(sentences, indent):
    if isinstance(sentences, Mapping):
        sentences = [f"{name}: {sentence}" for name, sentence in sentences.items()]
    return [line for sentence in sentences for line in tty.wrapped(sentence, hang=2, indent=indent)]


def _problem(problem, indent):
    """``[rule, sentence, remedy]``, or a sentence."""
    if isinstance(problem, str):
        return _sentences([f"problem: {problem}"], indent)
    rule, sentence, *remedy = problem
    return tty.rows(rule, [sentence, *(f"fix: {one}" for one in remedy if one)], 18, indent)


def _next(commands):
    """What to type next, so that it can be copied."""
    commands = [commands] if isinstance(commands, str) else commands or ()
    return ["next:", *(tty.indented(tty.visible(command)) for command in commands)] if commands else []
