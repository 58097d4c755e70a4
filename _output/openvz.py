"""
Show what the ``openvz`` functions return, for a terminal of 80 columns
=======================================================================

``openvz.doctor``, ``explain``, ``list``, ``drift`` and ``plan`` of minions, and all functions of the runner ``openvz``,
ask for this outputter. ``--out=json`` gives the data instead. What is none of these, an error say, is shown by Salt's
``nested``. It is needed where the command line is: on the master (``salt-run saltutil.sync_output``), and on minions
for ``salt-call``; where it is missing Salt logs an error and uses ``nested`` too.

No line is longer than 80 columns, except for a word that cannot be cut: people copy commands and paths. Control
characters that somebody put into a value are replaced, so that they cannot drive the terminal.
"""

import re
import shlex
import unicodedata
from collections.abc import Mapping

__virtualname__ = "openvz"

_WIDTH = 80
_INDENT = 4  # below the minion
# What drives a terminal or turns the direction of text.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = re.compile("[\t\n]")
_SPACES = re.compile(r"\s+")
_WORST_FIRST = ("error", "drifted", "unsaved", "pending restart", "unmanaged", "in sync")
_DISRUPTIONS = ("restart", "network", "live", "none")
_EFFECTS = {
    "live": "at once",
    "file": "in the configuration file alone",
    "restart": "saved at once, in effect after the next restart",
    "stopped": "only while the container is stopped",
    "creation": "when the container is created, and never after",
}
_COUNTS = (
    ("creates", "to be created"),
    ("restarts", "to be restarted or stopped"),
    ("network_changes", "with changes of network"),
    ("destroys", "to be destroyed"),
)


def __virtual__():
    return __virtualname__


def output(data, **kwargs):
    """
    Return the text for what minions returned, or for what the runner did.

    data
        ``{minion: return}``, or the data of a function of the runner.

    kwargs
        What Salt hands to every outputter; handed on to ``nested``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.drift
        salt '*' openvz.plan --out=openvz
    """
    try:
        lines = _whole(data)
    except (AttributeError, KeyError, TypeError):  # it looks like ours, and is not: a minion may say anything
        lines = None
    if lines is None:
        return __salt__["nested"](_cleaned(data), **kwargs)
    return "\n".join(lines) + "\n"


def _whole(data):
    """The lines for all that is to be shown; ``None`` for what only ``nested`` can show."""
    if not isinstance(data, Mapping):
        return None
    if isinstance(data.get("findings"), list) and "retcode" in data:
        return _lint(data)
    if isinstance(data.get("nodes"), Mapping) and isinstance(data.get("errors"), Mapping):
        return _fleet(data)
    blocks = [(minion, _return(ret)) for minion, ret in data.items()]
    if not blocks or any(block is None for _, block in blocks):
        return None
    return [line for minion, block in blocks for line in _below(minion, block)]


def _below(minion, block):
    return [f"{_plain(minion)}:", *(_indented(line) for line in block)]


def _indented(line, by=_INDENT):
    return f"{' ' * by}{line}".rstrip()


def _return(ret):
    """The lines for what one minion returned, or ``None``."""
    if isinstance(ret, list):
        return _list_of(ret)
    if not isinstance(ret, Mapping):
        return None
    if isinstance(ret.get("steps"), list):
        return _plan_of_one(ret.get("name") or ret.get("ctid"), ret)
    if "plan_id" in ret and isinstance(ret.get("containers"), Mapping):
        return _plan_of_all(ret)
    if not ret:
        return ["no containers"]
    if not all(isinstance(one, Mapping) and "status" in one for one in ret.values()):
        return None
    if all("managed" in one for one in ret.values()):
        return _containers(ret)
    return _drift(ret) if all("fields" in one or "error" in one for one in ret.values()) else None


def _list_of(ret):
    if not ret:
        return ["Nothing was found that would keep containers off the network or from starting."]
    if not all(isinstance(one, Mapping) for one in ret):
        return None
    if all({"check", "where", "what", "remedy"} <= set(one) for one in ret):
        return [line for one in ret for line in _doctor(one)]
    if all({"line", "element", "note"} <= set(one) for one in ret):
        return [line for one in ret for line in _explained(one)]
    return None


# what minions return


def _doctor(finding):
    """One thing that the doctor found."""
    concerned = [str(ctid) for ctid in finding.get("containers") or ()]
    shown = f"{', '.join(concerned[:6])}{f' and {len(concerned) - 6} more' if len(concerned) > 6 else ''}"
    concerns = [f"concerns container{'s' if len(concerned) > 1 else ''} {shown}"] if concerned else []
    return _rows(finding["check"], [finding["where"], finding["what"], *concerns, _mend(finding)], 18)


def _mend(finding):
    return f"to mend it: {finding['remedy']}"


def _explained(line):
    """One element of a document."""
    depth = str(line["element"]).count("/")
    tag = f"{line['line']:>4}  {'  ' * depth}{_plain(line['element']).rpartition('/')[2]}"
    how = f"vzctl --{line['option']}, {line['key']}" if line.get("option") else None
    parts = [line["note"], how, _EFFECTS.get(line.get("effect"))]
    return _rows(tag, ["; ".join(str(part) for part in parts if part)], 28)


def _containers(containers):
    """A table of containers, by CTID."""
    head = f"{'CTID':>10}  {'status':<9}  {'memory':>9}  {'cpus':>4}  container"
    ordered = sorted(containers.items(), key=lambda item: (item[1].get("ctid") or 0, str(item[0])))
    return [head, *(line for name, one in ordered for line in _container(name, one))]


def _container(name, one):
    tag = (
        f"{one.get('ctid') or '-':>10}  {_plain(one['status']):<9}  {_plain(one.get('memory') or '-'):>9}  "
        f"{one.get('vcpu') or '-':>4}"
    )
    hostname = one.get("hostname")
    called = f"{name} ({hostname})" if hostname and hostname != name else str(name)
    parts = [called, ", ".join(map(str, one.get("addresses") or ())), one.get("template")]
    return _rows(tag, [*parts, _stranger(one)], len(tag) + 2)


def _stranger(one):
    """Who a container belongs to, if not to Salt."""
    if one.get("managed"):
        return None
    return f"a copy of {one['mark']}, not managed by Salt" if one.get("mark") else "not managed by Salt"


def _drift(containers):
    """Pillar, file and running container, worst first."""
    ordered = sorted(containers.items(), key=lambda item: (_rank(item[1]["status"]), str(item[0])))
    return [line for label, one in ordered for line in _drifted(label, one)]


def _rank(status, order=_WORST_FIRST):
    return order.index(status) if status in order else 0


def _drifted(label, one):
    lines = [f"{_plain(one.get('ctid') or '-'):>10}  {_plain(one['status']):<15}  {_plain(label)}"]
    if one.get("error"):
        lines += _wrapped(one["error"], 12)
    fields = sorted((one.get("fields") or {}).items(), key=lambda item: (_rank(item[1].get("status")), item[0]))
    for name, field in fields:
        lines += _field(name, field)
    return lines + [line for note in one.get("notes") or () for line in _wrapped(f"note: {note}", 12)]


def _field(name, field):
    """``memory: drifted`` and the three truths below it."""
    lines = [_indented(f"{_plain(name)}: {_plain(field.get('status'))}", 12)]
    for truth in ("pillar", "file", "running"):
        lines += _rows(f"{'':16}{truth}", [_shown(field.get(truth))], 26)
    return lines


def _plan_of_all(ret):
    counts = ret.get("counts") or {}
    failed = sum("error" in one for one in ret["containers"].values())
    errors = [f"{failed} in error"] if failed else []
    said = ", ".join([*errors, *(f"{counts[key]} {phrase}" for key, phrase in _COUNTS if counts.get(key))])
    lines = _wrapped(f"plan {ret['plan_id']}: {said or 'nothing is created, restarted or destroyed'}")
    ordered = sorted(ret["containers"].items(), key=lambda item: (_plan_rank(item[1]), str(item[0])))
    return lines + [line for label, one in ordered for line in _plan_of_one(label, one)]


def _plan_rank(one):
    return -1 if one.get("error") else _rank(one.get("disruption"), _DISRUPTIONS)


def _plan_of_one(label, one):
    """Disruption, commands and changes of one container."""
    ctid = f" (CTID {one['ctid']})" if one.get("ctid") and str(label) != str(one["ctid"]) else ""
    if one.get("error"):
        return [*_wrapped(f"{label}{ctid}: error"), *_wrapped(one["error"], 4)]
    disruption = "nothing to do" if not one.get("steps") else f"disruption {one.get('disruption')}"
    lines = _wrapped(f"{label}{ctid}: {disruption}")
    for step in one.get("steps") or ():
        lines += _step(step)
    if one.get("pending"):
        lines += _wrapped(f"waiting for a restart: {', '.join(map(str, one['pending']))}", 4)
    return lines + [line for warning in one.get("warnings") or () for line in _wrapped(f"warning: {warning}", 4)]


def _step(step):
    lines = _command(["vzctl", *step["argv"]]) if step.get("argv") else []
    for key, value in (step.get("comments") or {}).items():
        lines += _wrapped(f"comment in the configuration file: {key}{f' {value}' if value else ''}", 4)
    for name, change in (step.get("changes") or {}).items():
        for sign, side in (("-", "old"), ("+", "new")):
            if change.get(side) is not None:
                lines += _wrapped(f"{sign}{name}: {_shown(change[side])}", 8, hang=2)
    return lines


def _command(argv):
    """A command that can be copied: broken between its words, with what a shell wants there."""
    return [
        line + (" \\" if more else "")
        for line, more in _joined([_visible(shlex.quote(str(word))) for word in argv], 4, 4, 2)
    ]


# what the runner returns


def _fleet(data):
    """Nodes that gave no answer first, then those that did, in their order."""
    lines = []
    for node, error in data["errors"].items():
        lines += _below(node, _wrapped(error))
    for node, ret in data["nodes"].items():
        block = _return(ret)
        lines += _below(node, ["an answer that is not understood"] if block is None else block)
    return lines or ["no node was asked"]


def _lint(data):
    lines = [line for finding in data["findings"] for line in _lint_finding(finding)]
    severities = [finding["severity"] for finding in data["findings"]]
    found = " and ".join(_counted(severities.count(one), one) for one in ("error", "warning"))
    where = f"{_counted(data.get('containers', 0), 'container')} of {_counted(data.get('nodes', 0), 'node')}"
    return [*lines, f"{found} in {where}"]


def _counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _lint_finding(finding):
    labels = finding.get("labels") or [None] * len(finding["nodes"])
    places = [f"{node} {label}" if label else node for node, label in zip(finding["nodes"], labels, strict=False)]
    shown = f"{', '.join(places[:6])}{f' and {len(places) - 6} more' if len(places) > 6 else ''}"
    return _rows(finding["severity"], [shown, finding["what"], _mend(finding)], 10, 0)


# text


def _shown(value):
    """A value of a field in one line."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(one)}" for key, one in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_shown, value)) or "none"
    return str(value)


def _rows(tag, parts, column, indent=_INDENT):
    """A tag, and beside it the parts, each wrapped; a tag that is too long has a line of its own."""
    tag = _visible(tag)
    body = [line[column:] for part in parts if part for line in _wrapped(part, column, indent=indent)] or [""]
    lines = [tag] if _columns(tag) >= column else []
    first = " " * column if lines else tag + " " * (column - _columns(tag))
    lines += [(first if number == 0 else " " * column) + line for number, line in enumerate(body)]
    return [line.rstrip() for line in lines]


def _wrapped(text, margin=0, hang=0, indent=_INDENT):
    """Lines of a text; only spaces part words."""
    return [line for line, _ in _joined(_plain(text).split(), margin, hang, 0, indent)] or [""]


def _joined(words, margin, hang, reserve, indent=_INDENT):
    """Words as ``(line, whether more follow)``, `reserve` columns free at the end of each."""
    room = _WIDTH - indent - margin - reserve
    lines, line = [], ""
    for word in words:
        if line.strip() and _columns(line) + 1 + _columns(word) > room:
            lines.append(line)
            line = " " * hang
        line += f" {word}" if line.strip() else word
    lines.append(line)
    return [(" " * margin + one, number < len(lines)) for number, one in enumerate(lines, 1)]


def _columns(text):
    """How wide a terminal shows a text: letters of East Asia take two columns."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def _plain(text):
    """A text in one line that does nothing to a terminal."""
    return _CONTROLS.sub("\ufffd", _SPACES.sub(" ", str(text))).strip()


def _visible(text):
    """A text as it is, but for what does something to a terminal."""
    return _BREAKS.sub("\ufffd", _CONTROLS.sub("\ufffd", str(text)))


def _cleaned(value):
    """The same data without control characters, line breaks kept."""
    if isinstance(value, str):
        return _CONTROLS.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(one) for one in value]
    return value
