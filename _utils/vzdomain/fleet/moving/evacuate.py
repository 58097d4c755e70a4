"""
Emptying a node: which container goes where, in which order, and several at a time.

Memory decides: what is promised to all containers of a node has to fit into what it has. Whether the disk has room is
checked by each destination when a container's turn comes, for only then is it known what the others have taken.
"""

import concurrent.futures
import itertools
from dataclasses import dataclass

from ...model.units import show_kib
from ..rooms import Room
from .values import Move


@dataclass(frozen=True)
class Way:
    """One container, and its `destination`; or the `reason` why it can go nowhere."""

    name: str
    ctid: str
    uuid: str | None
    destination: str | None
    reason: str = ""

    def move(self, source, **options):
        """What a driver is asked for."""
        return Move("", self.ctid, self.uuid, self.name, source, self.destination, **options)


def ways(node, surveys, to):
    """
    Return a `Way` for each container of a node: those on their way first, then the one with the most memory.

    surveys
        ``{node: what openvz.survey returned}``, with the node itself.

    to
        The nodes that may take them; one without a survey takes none.
    """
    survey = surveys[node]
    rooms = [_room(one, surveys[one], node) for one in to if one in surveys and one != node]
    begun = [
        one for one in survey.get("moves") or () if one.get("source") == node and one.get("kind", "move") == "move"
    ]
    found = [Way(one["name"], str(one["ctid"]), one.get("uuid"), one["destination"]) for one in begun]
    known = {way.ctid for way in found}
    rest = [one for one in survey.get("containers") or () if str(one["ctid"]) not in known]
    return [*found, *(_way(one, survey, rooms) for one in sorted(rest, key=_largest_first))]


def _largest_first(one):
    return -(one.get("memory_kib") or 0), str(one.get("name") or ""), str(one["ctid"])


def _room(node, survey, source):
    """What a node has left. What is on its way there from `source` is promised too."""
    coming = [str(one["ctid"]) for one in survey.get("moves") or () if one.get("source") == source]
    promised = sum(one.get("memory_kib") or 0 for one in survey.get("containers") or () if one["ctid"] not in coming)
    count = len(survey.get("containers") or ()) + len(coming)
    return Room.of(node, survey.get("family"), survey.get("memory_kib"), promised, count)


def _way(one, survey, rooms):
    named = (str(one.get("name") or one["ctid"]), str(one["ctid"]), one.get("uuid"))
    if one.get("status") in ("incomplete", "unusable"):
        why = f": {one['error']}" if one.get("error") else ""
        return Way(*named, None, f"it is {one['status']}{why}; openvz.doctor on that node says more")
    alike = [room for room in rooms if room.family == str(survey.get("family"))]
    if not alike:
        others = (
            f"{', '.join(room.node for room in rooms)} has another family of vzctl" if rooms else "no node may take it"
        )
        return Way(*named, None, others)
    memory = one.get("memory_kib") or 0
    fitting = [room for room in alike if room.fits(memory)]
    if not fitting:
        left = ", ".join(f"{room.node} {show_kib(room.memory) if room.memory > 0 else 'nothing'}" for room in alike)
        return Way(*named, None, f"it is promised {show_kib(memory)} of memory, and there is left: {left}")
    room = max(fitting, key=lambda room: room.rank)
    room.count += 1
    if room.memory is not None:
        room.memory -= memory
    return Way(*named, room.node)


def carry_out(ways_, drive, most=1, failhard=False, ended=lambda way, outcome, count: None, stop=lambda: None):
    """
    Drive the moves of `ways_`, at most `most` at a time; return ``[(way, outcome), ...]`` in their order.

    drive
        ``drive(way)`` returns an `Outcome`; it is called in threads of its own.

    failhard
        Begin no other after the first that did not succeed; what is under way is waited for.

    ended
        Called after each, in this thread.

    stop
        Called where this thread is interrupted: those that drive have to end soon, and are waited for.

    A `Way` without destination has ``None``, and so has one that was not begun.
    """
    outcomes = {}
    waiting = iter([way for way in ways_ if way.destination])
    with concurrent.futures.ThreadPoolExecutor(max_workers=most) as pool:
        running = {pool.submit(drive, way): way for way in itertools.islice(waiting, most)}
        while running:
            try:
                done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            except BaseException:
                stop()
                raise
            for one in done:
                way = running.pop(one)
                outcomes[way] = one.result()
                ended(way, outcomes[way], len(outcomes))
            if failhard and not all(outcome.is_good for outcome in outcomes.values()):
                continue
            running.update({pool.submit(drive, way): way for way in itertools.islice(waiting, len(done))})
    return [(way, outcomes.get(way)) for way in ways_]


def told(node, results, is_test=False):
    """What people and programs are told of an evacuation: summary, a table, and a sentence for each that is left."""
    rows = [_row(way, outcome) for way, outcome in results]
    good = sum(row["result"] in ("moved", "would move", "already there") for row in rows)
    left = len(rows) - good
    noun, verb = "container" if len(rows) == 1 else "containers", "was" if good == 1 else "were"
    summary = f"{good} of {len(rows)} {noun} {'would be' if is_test else verb} moved off {node}"
    summary = summary if rows else f"{node} has no containers"
    said = [f"{row['container']}: {row['said']}" for row in rows if row["said"]]
    table = [{key: row[key] for key in ("container", "to", "result")} for row in rows]
    return {
        "summary": summary,
        "node": node,
        "tables": {"": table} if table else {},
        "sentences": said,
        "containers": [
            {**row, "move": outcome and outcome.data} for row, (_, outcome) in zip(rows, results, strict=True)
        ],
        "left": left,
    }


def _row(way, outcome):
    named = {"container": way.name, "ctid": way.ctid, "uuid": way.uuid, "to": way.destination or "-"}
    if way.destination is None:
        return {**named, "result": "cannot move", "said": way.reason, "command": ""}
    if outcome is None:
        return {**named, "result": "not begun", "said": "", "command": ""}
    said = "" if outcome.is_good else "; ".join([outcome.reason, *(f"{at}: {it}" for at, it in outcome.nodes.items())])
    return {**named, "result": outcome.result, "said": said, "command": outcome.command}
