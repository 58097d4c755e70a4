"""
What the runner returns, and what functions of snapshots and moves do, in lines.

It stands beside `openvz.py`, which loads it and gives it `tty` and `node`.
"""

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


# what is told in words


def is_told(ret):
    """Whether a return has its words in itself, which `told` shows."""
    return isinstance(ret, Mapping) and any(isinstance(ret.get(key), kind) for key, kind in _TOLD.items())


def told(ret):
    """
    A return that says itself what there is to read; each key may be missing.

    ``summary`` is a sentence, ``errors`` one for each node that did not answer, ``problems`` sentences or ``[rule,
    sentence, remedy]``, ``warnings`` and ``sentences`` are lists of sentences or one for each node, ``tables`` has rows
    (mappings) below a heading, ``command`` is what to type next: one or several.
    """
    lines = tty.wrapped(ret["summary"]) if ret.get("summary") else []
    for node_, error in (ret.get("errors") or {}).items():
        lines += tty.wrapped(f"{node_}: {error}", hang=2)
    for problem in ret.get("problems") or ():
        lines += _problem(problem)
    lines += node.warnings(ret, 0)
    lines += _sentences(ret.get("sentences") or ())
    for heading, rows in (ret.get("tables") or {}).items():
        lines += [*([tty.plain(heading)] if heading else []), *tty.table(rows)]
    return [*lines, *_next(ret.get("command"))] or ["nothing to show"]


def _sentences(sentences):
    if isinstance(sentences, Mapping):
        sentences = [f"{name}: {sentence}" for name, sentence in sentences.items()]
    return [line for sentence in sentences for line in tty.wrapped(sentence, hang=2)]


def _problem(problem):
    """``[rule, sentence, remedy]``, or a sentence."""
    if isinstance(problem, str):
        return tty.wrapped(f"problem: {problem}", hang=2)
    rule, sentence, *remedy = problem
    return tty.rows(rule, [sentence, *(f"fix: {one}" for one in remedy if one)], 18)


def _next(commands):
    """What to type next, so that it can be copied."""
    commands = [commands] if isinstance(commands, str) else commands or ()
    return ["next:", *(tty.indented(tty.visible(command)) for command in commands)] if commands else []
