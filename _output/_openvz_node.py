"""
What one node returns, in lines: doctor, explain, list, info, drift, plan, apply, history.

It stands beside `openvz.py`, which loads it and gives it `tty`.
"""

from collections import Counter

tty = globals()["tty"]

_WORST_FIRST = ("error", "drifted", "moving", "unsaved", "pending restart", "unmanaged", "not known", "in sync")
_PLANNED = {  # worst first
    "error": "in error",
    "destroy": "to be destroyed",
    "create": "to be created",
    "restart": "to be restarted or stopped",
    "network": "with changes of network",
    "change": "to be changed",
    "unchanged": "unchanged",
}
_NAMED = 20  # states that are named of one container
_EFFECTS = {
    "live": "at once",
    "file": "in the configuration file alone",
    "restart": "saved at once, in effect after the next restart",
    "stopped": "only while the container is stopped",
    "creation": "when the container is created, and never after",
}


def healthy(ret):
    return ["No problems found that would keep containers from starting or from the network."]


def empty(ret):
    return ["no containers to show"]


def doctor(ret):
    return [line for one in ret for line in _finding(one)]


def _finding(finding):
    """One thing that the doctor found."""
    concerned = [str(ctid) for ctid in finding.get("containers") or ()]
    shown = f"{', '.join(concerned[:6])}{f' and {len(concerned) - 6} more' if len(concerned) > 6 else ''}"
    concerns = [f"concerns container{'s' if len(concerned) > 1 else ''} {shown}"] if concerned else []
    return tty.rows(finding["check"], [finding["where"], finding["what"], *concerns, fix(finding)], 18)


def fix(finding):
    return f"fix: {finding['remedy']}"


def explained(ret):
    return [line for one in ret for line in _element(one)]


def _element(line):
    """One element of a document."""
    element = tty.plain(line["element"])
    tag = f"{line['line']:>4}  {'  ' * element.count('/')}{element.rpartition('/')[2]}"
    option = f"vzctl --{line['option']}, {line['key']}" if line.get("option") else None
    parts = [line["note"], option, _EFFECTS.get(line.get("effect"))]
    return tty.rows(tag, ["; ".join(str(part) for part in parts if part)], 28)


def headline(counts):
    """``{"drifted": 1, "in sync": 2}`` -> ``3 containers: 1 drifted, 2 in sync``"""
    phrases = [(number, tty.plain(word)) for word, number in counts.items() if number]
    total = tty.counted(sum(number for number, _ in phrases), "container")
    if len(phrases) == 1:
        return f"{total}, {'all ' if phrases[0][0] > 1 else ''}{phrases[0][1]}"
    return f"{total}: {', '.join(f'{number} {phrase}' for number, phrase in phrases)}" if phrases else total


def containers(containers):
    """A table of containers, by CTID, each in one line."""
    ordered = sorted(containers.items(), key=lambda item: (*tty.place(item[1].get("ctid")), str(item[0])))
    unmanaged = [(name, one) for name, one in ordered if not one.get("managed")]
    copies = [
        f"* {called(name, one.get('ctid'))} is a copy of {one['mark']}" for name, one in unmanaged if one.get("mark")
    ]
    copies += [f"{called(name, one.get('ctid'))}: {one['error']}" for name, one in ordered if one.get("error")]
    marked = f"; {len(unmanaged)} not managed by Salt (*)" if unmanaged else ""
    counted = headline(Counter(str(one["status"]) for _, one in ordered))
    table = _table([_row(name, one) for name, one in ordered])
    return [*tty.wrapped(counted + marked), *table, *(line for text in copies for line in tty.wrapped(text, hang=2))]


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


def infos(ret):
    return [line for name, one in ret.items() for line in _info(name, one)]


def _info(name, one):
    """All that is known of a container; what is not set is left out."""
    lines = tty.wrapped(f"{called(name, one.get('ctid'))}, sizes in KiB")
    fields = [(field, value) for field, value in one.items() if value is not None and field != "ctid"]
    return lines + [line for field, value in fields for line in tty.rows(f"    {field}", [tty.shown(value)], 24)]


def called(name, ctid):
    return f"{name} (CTID {ctid})" if ctid and str(name) != str(ctid) else str(name)


def drift(containers):
    """How many there are of each status; then pillar, file and running container of those out of sync, worst first."""
    ordered = sorted(containers.items(), key=lambda item: (rank(item[1]["status"]), str(item[0])))
    counts = Counter(str(one["status"]) for _, one in ordered)
    shown = [(label, one) for label, one in ordered if one["status"] != "in sync" or one.keys() & {"asked", "notes"}]
    return [*tty.wrapped(headline(counts)), *(line for label, one in shown for line in _drifted(label, one))]


def rank(status, order=_WORST_FIRST):
    return order.index(status) if status in order else 0


def _drifted(label, one):
    lines = [f"{tty.plain(tty.short(one.get('ctid'))):>10}  {tty.plain(one['status']):<15}  {tty.plain(label)}"]
    if one.get("error"):
        lines += tty.wrapped(one["error"], 12)
    fields = sorted((one.get("fields") or {}).items(), key=lambda item: (rank(item[1].get("status")), item[0]))
    for name, field in fields:
        lines += _field(name, field)
    return lines + [line for note in one.get("notes") or () for line in tty.wrapped(f"note: {note}", 12)]


def _field(name, field):
    """``memory: drifted`` and the three truths below it."""
    lines = [tty.indented(f"{tty.plain(name)}: {tty.plain(field.get('status'))}", 12)]
    for truth in ("pillar", "file", "running"):
        lines += tty.rows(f"{'':16}{truth}", [tty.shown(field.get(truth))], 26)
    return lines


def plan_of_all(ret):
    """What would happen to how many; then each container to which something would, or of which something is said."""
    ordered = sorted(ret["containers"].items(), key=lambda item: (_planned_rank(item[1]), str(item[0])))
    counts = ret.get("summary") or Counter(_planned(one) for _, one in ordered)
    counted = ", ".join(f"{counts[word]} {phrase}" for word, phrase in _PLANNED.items() if counts.get(word))
    shown = [(label, one) for label, one in ordered if _is_worth_it(one)]
    return [
        *tty.wrapped(f"plan {ret['plan_id']}: {counted or 'nothing to do'}"),
        *warnings(ret, 0),
        *(line for label, one in shown for line in _plan_of_one(label, one)),
    ]


def _planned(one):
    """The outcome of a plan; its own word, or by what it is made of."""
    found = "error" if one.get("error") else one.get("disruption") if one.get("steps") else "unchanged"
    return str(one.get("status") or (found if found in _PLANNED else "change"))


def _planned_rank(one):
    return rank(_planned(one), tuple(_PLANNED))


def _is_worth_it(one):
    return _planned(one) != "unchanged" or any(one.get(key) for key in ("asked", "warnings", "pending"))


def plan_of_one(ret):
    return _plan_of_one(ret.get("name") or ret.get("ctid"), ret)


def _plan_of_one(label, one):
    """Disruption, commands and changes of one container."""
    title = called(label, one.get("ctid"))
    if one.get("error"):
        return [*tty.wrapped(f"{title}: error"), *tty.wrapped(one["error"], 4)]
    disruption = "nothing to do" if not one.get("steps") else f"disruption {one.get('disruption')}"
    if not one.get("steps") and _planned(one) != "unchanged":
        disruption = "no calls of vzctl"
    lines = tty.wrapped(f"{title}: {disruption}")
    for step in one.get("steps") or ():
        lines += _step(step)
    lines += states_inside(one)
    return [*lines, *waiting(one), *warnings(one)]


def _step(step):
    argv = step.get("argv") or []
    lines = tty.command(argv if argv[:1] == ["ip"] else ["vzctl", *argv]) if argv else []
    for key, value in (step.get("comments") or {}).items():
        lines += tty.wrapped(f"comment in the configuration file: {key}{f' {value}' if value else ''}", 4)
    return [*lines, *tty.changes(step.get("changes") or {}, 8)]


def states_inside(one):
    """What the states inside would do: ``states inside (nginx, users): 2 of 7 would change: ...``"""
    told = one.get("inside") or {}
    if not told or told.get("skipped"):
        return []
    changed = list(map(str, told.get("changed") or ()))
    said = f"{told.get('later')}" if told.get("later") else f"none of {told.get('states')} would change"
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        said = f"{len(changed)} of {told.get('states')} would change: {', '.join(changed[:_NAMED])}{more}"
    return tty.wrapped(f"states inside ({told.get('what')}): {said}", 4)


def waiting(one):
    return tty.wrapped(f"waiting for a restart: {tty.shown(one['pending'])}", 4) if one.get("pending") else []


def warnings(one, margin=4):
    return [line for warning in one.get("warnings") or () for line in tty.wrapped(f"warning: {warning}", margin)]


def applied(ret):
    """What was done to how many; then each container to which something was."""
    ordered = sorted(ret["containers"].items(), key=lambda item: not item[1].get("error"))
    summary = [ret["summary"]] if ret.get("summary") else []
    shown = [(label, one) for label, one in ordered if any(one.get(key) for key in _SAID)]
    return [
        *(line for text in summary for line in tty.wrapped(text)),
        *warnings(ret, 0),
        *(line for label, one in shown for line in result({"name": label, **one}, ret.get("test"))),
    ]


_SAID = ("changes", "error", "pending", "warnings")


def done(ret):
    return result(ret, ret.get("test"))


def changed(ret):
    return tty.changes(ret, 0)


def result(one, test):
    """What happened to one container, or would."""
    changes = {name: change for name, change in one["changes"].items() if name != "xml"}
    did = " and ".join(map(str, one.get("did") or ()))
    done = f"{'would be' if test else 'was'} {did}" if did else "is unchanged"
    if one.get("error"):
        done = f"failed: {one['error']}" + (f"; before that it was {did}" if did else "")
    sentence = (
        one["comment"] if test and one.get("comment") else f"Container {called(one['name'], one.get('ctid'))} {done}"
    )
    lines = [*tty.wrapped(sentence), *tty.changes(changes, 4), *waiting(one), *warnings(one)]
    xml = one.get("xml") or (one["changes"].get("xml") or {}).get("old")
    document = [tty.indented(tty.visible(line)) for line in str(xml).splitlines()[: tty.MOST]] if xml else []
    return [*lines, *(["    its document:", *(tty.indented(tty.cut(line)) for line in document)] if document else [])]


def history(ret):
    """What was done, the newest first."""
    none = f"nothing was done; the history begins on {tty.when(ret['begins'])}" if ret["begins"] else "no history yet"
    return [line for one in ret["history"] for line in _call(one)] or tty.wrapped(none)


def _call(one):
    """One call: when, to which container, how it ended; the command, the changes, and whose work it was."""
    did = " and ".join(map(str, one["did"])) or " ".join(map(str, one["command"][:2]))
    ended = {"done": "", "failed": f"; failed: {one.get('error')}"}.get(one["result"], f"; {one['result']}")
    headline = f"{tty.when(one['time'])}  {called(one['name'], one.get('ctid'))}: {did}{ended}"
    job = f"Salt job {one['jid']}, {one['fun']}" if one.get("jid") else None
    by = ", ".join(filter(None, [job, f"by {one['user']}" if one.get("user") else None]))
    changes = {name: change for name, change in one["changes"].items() if name not in ("container", "status")}
    command = tty.command(one["command"]) if one["command"] else []
    return [*tty.wrapped(headline, hang=4), *command, *tty.changes(changes, 4), *(tty.wrapped(by, 4) if by else [])]
