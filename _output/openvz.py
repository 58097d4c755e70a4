"""
Show what the ``openvz`` functions return, for a terminal of 80 columns
=======================================================================

The functions of the module ``openvz`` that return more than a word, and all functions of the runner ``openvz``, ask
for this outputter. ``--out=json`` gives the data instead. What is none of these, an error say, is shown by Salt's
``nested``. It is needed where the command line is: on the master (``salt-run saltutil.sync_output``), and on minions
for ``salt-call``; where it is missing Salt logs an error and uses ``nested`` too.

No line is longer than 80 columns, except for a word that cannot be cut: people copy commands and paths. Control
characters, and those that turn the direction of writing, are replaced, so that they cannot drive the terminal; of a
text of more than 2,000 characters the beginning is shown. A minion whose answer makes no sense is one line.
"""

import importlib.util
import os
from collections import Counter
from collections.abc import Mapping

__virtualname__ = "openvz"


def _beside(name):
    """
    The module in a file beside this one.

    Salt 3008 loads no outputter that is a package, and has the library on no path of theirs. An ordinary import would
    keep the old file after a sync.
    """
    path = os.path.join(os.path.dirname(__file__), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"{__name__}{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tty = _beside("_openvz_tty")

_WORST_FIRST = ("error", "drifted", "unsaved", "pending restart", "unmanaged", "not known", "in sync")
_PLANNED = {  # worst first
    "error": "in error",
    "destroy": "to be destroyed",
    "create": "to be created",
    "restart": "to be restarted or stopped",
    "network": "with changes of network",
    "change": "to be changed",
    "unchanged": "unchanged",
}
_EFFECTS = {
    "live": "at once",
    "file": "in the configuration file alone",
    "restart": "saved at once, in effect after the next restart",
    "stopped": "only while the container is stopped",
    "creation": "when the container is created, and never after",
}
_ODD = "an answer that cannot be read"


def __virtual__():
    return __virtualname__


def output(data, **kwargs):
    """
    Return the text for what minions returned, or for what the runner did.

    data
        ``{minion: return}``, or the data of a function of the runner.

    kwargs
        What Salt passes to every outputter; passed on to ``nested``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.drift
        salt '*' openvz.plan --out=openvz
    """
    if _is_state_run(data):
        return __salt__["highstate"](data, **kwargs)
    lines = _tried(_whole, data)
    if lines is None:
        return __salt__["nested"](tty.cleaned(data), **kwargs)
    return "\n".join(lines) + "\n"


def _tried(show, *args):
    """What `show` makes of an answer, ``None`` where it looks like ours and is not: a minion may say anything."""
    try:
        return show(*args)
    except Exception:
        return None


def _whole(data):
    """The lines for all that is to be shown; ``None`` for what only ``nested`` can show."""
    if not isinstance(data, Mapping):
        return None
    if isinstance(data.get("findings"), list) and "retcode" in data:
        return _lint(data)
    if isinstance(data.get("nodes"), Mapping) and isinstance(data.get("errors"), Mapping):
        return _fleet(data)
    blocks = [(minion, _tried(_return, ret)) for minion, ret in data.items()]
    if all(block is None for _, block in blocks):
        return None
    return [
        line for (minion, block), ret in zip(blocks, data.values(), strict=True) for line in _below(minion, block, ret)
    ]


def _below(minion, block, ret=None):
    """The lines of one minion; one whose answer cannot be read is one line, or its own words."""
    if block is None:
        texts = tty.cut(ret).split("\n") if isinstance(ret, str) else [_ODD]
        block = [line for text in texts for line in tty.wrapped(text)]
    return [f"{tty.plain(minion)}:", *(tty.indented(line) for line in block)]


def _return(ret):
    """The lines for what one minion returned, or ``None``."""
    if isinstance(ret, list):
        return _list_of(ret)
    if not isinstance(ret, Mapping):
        return None
    if isinstance(ret.get("steps"), list):
        return _plan_of_one(ret.get("name") or ret.get("ctid"), ret)
    if "plan_id" in ret and isinstance(ret.get("containers"), Mapping):
        return _plan_of_all(ret) if "counts" in ret else _applied(ret)
    if isinstance(ret.get("history"), list) and "begins" in ret:
        return _history(ret)
    if {"name", "ctid", "changes", "warnings"} <= set(ret):
        return _result(ret, ret.get("test"))
    if not ret:
        return ["no containers to show"]
    return _mappings(ret)


def _mappings(ret):
    """The lines for a mapping of containers, or of the fields of one."""
    if not all(isinstance(one, Mapping) for one in ret.values()):
        return None
    if all(set(one) == {"old", "new"} for one in ret.values()):
        return tty.changes(ret, 0)
    if not all("status" in one for one in ret.values()):
        return None
    if all("managed" in one for one in ret.values()):
        known = all("uuid" in one and "onboot" in one for one in ret.values())
        return [line for name, one in ret.items() for line in _info(name, one)] if known else _containers(ret)
    return _drift(ret) if all("fields" in one or "error" in one for one in ret.values()) else None


def _list_of(ret):
    if not ret:
        return ["No problems found that would keep containers from starting or from the network."]
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
    return tty.rows(finding["check"], [finding["where"], finding["what"], *concerns, _fix(finding)], 18)


def _fix(finding):
    return f"fix: {finding['remedy']}"


def _explained(line):
    """One element of a document."""
    element = tty.plain(line["element"])
    tag = f"{line['line']:>4}  {'  ' * element.count('/')}{element.rpartition('/')[2]}"
    option = f"vzctl --{line['option']}, {line['key']}" if line.get("option") else None
    parts = [line["note"], option, _EFFECTS.get(line.get("effect"))]
    return tty.rows(tag, ["; ".join(str(part) for part in parts if part)], 28)


def _headline(counts):
    """``{"drifted": 1, "in sync": 2}`` -> ``3 containers: 1 drifted, 2 in sync``"""
    phrases = [(number, tty.plain(word)) for word, number in counts.items() if number]
    total = tty.counted(sum(number for number, _ in phrases), "container")
    if len(phrases) == 1:
        return f"{total}, {'all ' if phrases[0][0] > 1 else ''}{phrases[0][1]}"
    return f"{total}: {', '.join(f'{number} {phrase}' for number, phrase in phrases)}" if phrases else total


def _containers(containers):
    """A table of containers, by CTID, each in one line."""
    ordered = sorted(containers.items(), key=lambda item: (*tty.place(item[1].get("ctid")), str(item[0])))
    unmanaged = [(name, one) for name, one in ordered if not one.get("managed")]
    copies = [
        f"* {_called(name, one.get('ctid'))} is a copy of {one['mark']}" for name, one in unmanaged if one.get("mark")
    ]
    copies += [f"{_called(name, one.get('ctid'))}: {one['error']}" for name, one in ordered if one.get("error")]
    marked = f"; {len(unmanaged)} not managed by Salt (*)" if unmanaged else ""
    headline = _headline(Counter(str(one["status"]) for _, one in ordered))
    table = _table([_row(name, one) for name, one in ordered])
    return [*tty.wrapped(headline + marked), *table, *(line for text in copies for line in tty.wrapped(text, hang=2))]


def _row(name, one):
    """CTID, status, memory, processors, what it is called, and its addresses."""
    hostname = one.get("hostname")
    called = hostname if hostname and str(name) == str(one.get("ctid")) else name
    mark = "" if one.get("managed") else " *"
    addresses = [str(address) for address in one.get("addresses") or ()]
    cells = [tty.short(one.get("ctid")), one["status"], one.get("memory") or "-", one.get("vcpu") or "-"]
    return [*map(tty.plain, cells), tty.plain(called), mark, addresses]


def _table(rows):
    """The rows in columns as wide as what is in them; name and address share what is left, cut in their middle."""
    heads = ("CTID", "status", "memory", "cpus")
    widths = [max(len(head), *(min(tty.columns(row[at]), 12) for row in rows)) for at, head in enumerate(heads)]
    room = tty.WIDTH - tty.INDENT - sum(widths) - 2 * (len(widths) + 1)
    names = max(4, *(tty.columns(row[4]) + tty.columns(row[5]) for row in rows))
    places = max(9, *(tty.columns(_addresses(row[6], tty.WIDTH)) for row in rows))
    names = min(names, max(room - places, room - 18))
    return [
        _line([*heads, "name", "addresses"], widths, names),
        *(
            _line(
                [*row[:4], tty.fitted(row[4], names - tty.columns(row[5])) + row[5], _addresses(row[6], room - names)],
                widths,
                names,
            )
            for row in rows
        ),
    ]


def _line(cells, widths, names):
    """One line of the table; numbers stand to the right."""
    shown = [tty.fitted(cell, width) for cell, width in zip(cells, widths, strict=False)]
    spaces = [" " * (width - tty.columns(cell)) for cell, width in zip(shown, widths, strict=True)]
    sided = [spaces[at] + cell if at != 1 else cell + spaces[at] for at, cell in enumerate(shown)]
    return "  ".join([*sided, cells[4] + " " * (names - tty.columns(cells[4])), cells[5]]).rstrip()


def _addresses(addresses, width):
    """The first address, and how many there are beside it."""
    if not addresses:
        return ""
    more = f" +{len(addresses) - 1}" if len(addresses) > 1 else ""
    return tty.fitted(tty.plain(addresses[0]), width - len(more)) + more


def _info(name, one):
    """All that is known of a container; what is not set is left out."""
    lines = tty.wrapped(f"{_called(name, one.get('ctid'))}, sizes in KiB")
    fields = [(field, value) for field, value in one.items() if value is not None and field != "ctid"]
    return lines + [line for field, value in fields for line in tty.rows(f"    {field}", [tty.shown(value)], 24)]


def _called(name, ctid):
    return f"{name} (CTID {ctid})" if ctid and str(name) != str(ctid) else str(name)


def _drift(containers):
    """How many there are of each status; then pillar, file and running container of those out of sync, worst first."""
    ordered = sorted(containers.items(), key=lambda item: (_rank(item[1]["status"]), str(item[0])))
    counts = Counter(str(one["status"]) for _, one in ordered)
    shown = [(label, one) for label, one in ordered if one["status"] != "in sync" or one.keys() & {"asked", "notes"}]
    return [*tty.wrapped(_headline(counts)), *(line for label, one in shown for line in _drifted(label, one))]


def _rank(status, order=_WORST_FIRST):
    return order.index(status) if status in order else 0


def _drifted(label, one):
    lines = [f"{tty.plain(tty.short(one.get('ctid'))):>10}  {tty.plain(one['status']):<15}  {tty.plain(label)}"]
    if one.get("error"):
        lines += tty.wrapped(one["error"], 12)
    fields = sorted((one.get("fields") or {}).items(), key=lambda item: (_rank(item[1].get("status")), item[0]))
    for name, field in fields:
        lines += _field(name, field)
    return lines + [line for note in one.get("notes") or () for line in tty.wrapped(f"note: {note}", 12)]


def _field(name, field):
    """``memory: drifted`` and the three truths below it."""
    lines = [tty.indented(f"{tty.plain(name)}: {tty.plain(field.get('status'))}", 12)]
    for truth in ("pillar", "file", "running"):
        lines += tty.rows(f"{'':16}{truth}", [tty.shown(field.get(truth))], 26)
    return lines


def _plan_of_all(ret):
    """What would happen to how many; then each container to which something would, or of which something is said."""
    ordered = sorted(ret["containers"].items(), key=lambda item: (_planned_rank(item[1]), str(item[0])))
    counts = ret.get("summary") or Counter(_planned(one) for _, one in ordered)
    counted = ", ".join(f"{counts[word]} {phrase}" for word, phrase in _PLANNED.items() if counts.get(word))
    shown = [(label, one) for label, one in ordered if _is_worth_it(one)]
    return [
        *tty.wrapped(f"plan {ret['plan_id']}: {counted or 'nothing to do'}"),
        *_warnings(ret, 0),
        *(line for label, one in shown for line in _plan_of_one(label, one)),
    ]


def _planned(one):
    """The outcome of a plan; its own word, or by what it is made of."""
    found = "error" if one.get("error") else one.get("disruption") if one.get("steps") else "unchanged"
    return str(one.get("status") or (found if found in _PLANNED else "change"))


def _planned_rank(one):
    return _rank(_planned(one), tuple(_PLANNED))


def _is_worth_it(one):
    return _planned(one) != "unchanged" or any(one.get(key) for key in ("asked", "warnings", "pending"))


def _plan_of_one(label, one):
    """Disruption, commands and changes of one container."""
    called = _called(label, one.get("ctid"))
    if one.get("error"):
        return [*tty.wrapped(f"{called}: error"), *tty.wrapped(one["error"], 4)]
    disruption = "nothing to do" if not one.get("steps") else f"disruption {one.get('disruption')}"
    lines = tty.wrapped(f"{called}: {disruption}")
    for step in one.get("steps") or ():
        lines += _step(step)
    return [*lines, *_waiting(one), *_warnings(one)]


def _step(step):
    argv = step.get("argv") or []
    lines = tty.command(argv if argv[:1] == ["ip"] else ["vzctl", *argv]) if argv else []
    for key, value in (step.get("comments") or {}).items():
        lines += tty.wrapped(f"comment in the configuration file: {key}{f' {value}' if value else ''}", 4)
    return [*lines, *tty.changes(step.get("changes") or {}, 8)]


def _waiting(one):
    return tty.wrapped(f"waiting for a restart: {tty.shown(one['pending'])}", 4) if one.get("pending") else []


def _warnings(one, margin=4):
    return [line for warning in one.get("warnings") or () for line in tty.wrapped(f"warning: {warning}", margin)]


def _applied(ret):
    """What was done to how many; then each container to which something was."""
    ordered = sorted(ret["containers"].items(), key=lambda item: not item[1].get("error"))
    summary = [ret["summary"]] if ret.get("summary") else []
    shown = [(label, one) for label, one in ordered if any(one.get(key) for key in _SAID)]
    return [
        *(line for text in summary for line in tty.wrapped(text)),
        *_warnings(ret, 0),
        *(line for label, one in shown for line in _result({"name": label, **one}, ret.get("test"))),
    ]


_SAID = ("changes", "error", "pending", "warnings")


def _result(one, test):
    """What happened to one container, or would."""
    called = _called(one["name"], one.get("ctid"))
    changes = {name: change for name, change in one["changes"].items() if name != "xml"}
    did = " and ".join(map(str, one.get("did") or ()))
    done = f"{'would be' if test else 'was'} {did}" if did else "is unchanged"
    if one.get("error"):
        done = f"failed: {one['error']}" + (f"; before that it was {did}" if did else "")
    sentence = one["comment"] if test and one.get("comment") else f"Container {called} {done}"
    lines = [*tty.wrapped(sentence), *tty.changes(changes, 4), *_waiting(one), *_warnings(one)]
    xml = one.get("xml") or (one["changes"].get("xml") or {}).get("old")
    document = [tty.indented(tty.visible(line)) for line in str(xml).splitlines()[: tty.MOST]] if xml else []
    return [*lines, *(["    its document:", *(tty.indented(tty.cut(line)) for line in document)] if document else [])]


def _history(ret):
    """What was done, the newest first."""
    none = f"nothing was done; the history begins on {tty.when(ret['begins'])}" if ret["begins"] else "no history yet"
    return [line for one in ret["history"] for line in _call(one)] or tty.wrapped(none)


def _call(one):
    """One call: when, to which container, how it ended; the command, the changes, and whose work it was."""
    did = " and ".join(map(str, one["did"])) or " ".join(map(str, one["command"][:2]))
    ended = {"done": "", "failed": f"; failed: {one.get('error')}"}.get(one["result"], f"; {one['result']}")
    headline = f"{tty.when(one['time'])}  {_called(one['name'], one.get('ctid'))}: {did}{ended}"
    job = f"Salt job {one['jid']}, {one['fun']}" if one.get("jid") else None
    by = ", ".join(filter(None, [job, f"by {one['user']}" if one.get("user") else None]))
    changes = {name: change for name, change in one["changes"].items() if name not in ("container", "status")}
    command = tty.command(one["command"]) if one["command"] else []
    return [*tty.wrapped(headline, hang=4), *command, *tty.changes(changes, 4), *(tty.wrapped(by, 4) if by else [])]


# what the runner returns


def _fleet(data):
    """Nodes that gave no answer first, then those that did, in their order; those with nothing to show in one line."""
    lines, idle = [], []
    for node, error in data["errors"].items():
        lines += _below(node, tty.wrapped(error))
    blocks = [(node, ret, _tried(_return, ret)) for node, ret in data["nodes"].items()]
    if blocks and not lines and all(block is None for _, _, block in blocks):
        return None
    for node, ret, block in blocks:
        if isinstance(ret, Mapping) and not ret:
            idle.append(tty.plain(node))
        else:
            lines += _below(node, block)
    lines += tty.wrapped(f"no containers to show: {', '.join(idle)}", indent=0) if idle else []
    return lines or ["no node was asked"]


def _lint(data):
    lines = [line for finding in data["findings"] for line in _lint_finding(finding)]
    severities = [finding["severity"] for finding in data["findings"]]
    found = " and ".join(tty.counted(severities.count(one), one) for one in ("error", "warning"))
    where = f"{tty.counted(data.get('containers', 0), 'container')} of {tty.counted(data.get('nodes', 0), 'node')}"
    return [*lines, f"{found} in {where}"]


def _lint_finding(finding):
    labels = finding.get("labels") or [None] * len(finding["nodes"])
    places = [f"{node} {label}" if label else node for node, label in zip(finding["nodes"], labels, strict=False)]
    shown = f"{', '.join(places[:6])}{f' and {len(places) - 6} more' if len(places) > 6 else ''}"
    return tty.rows(finding["severity"], [shown, finding["what"], _fix(finding)], 10, 0)


# runs of states


def _is_state_run(data):
    """Whether these are returns of states, by the keys that Salt gives them."""
    if not (isinstance(data, Mapping) and data):
        return False
    return all(
        isinstance(ret, Mapping)
        and ret
        and all("_|-" in str(key) and isinstance(one, Mapping) for key, one in ret.items())
        for ret in data.values()
    )
