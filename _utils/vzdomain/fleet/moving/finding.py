"""Which node has a container, by what many nodes answered to ``look`` with its name."""

from ...errors import RefusedError
from .values import Move, Seen


def request(name, destination, answers, silent=(), source=None, **options):
    """
    Return the `Move` that is asked for; it has no `id`.

    answers
        ``{node: what look returned}``.

    silent
        The nodes that did not answer.

    RefusedError where no node has the container, or more than one.
    """
    seen = {node: Seen(answer) for node, answer in answers.items()}
    intents = [one.intent for one in seen.values() if one.intent and one.intent.get("id")]
    intents = [its for its in intents if its["destination"] == destination] or intents  # a CTID may be of several
    if intents:
        source = source or intents[0]["source"]
        its = intents[0]
    else:
        source = source or _only(name, destination, seen, silent)
        its = answers.get(source) or {}
    if source == destination and not _is_there(seen.get(destination)):
        raise RefusedError(f"{name} is not on {destination}, and source and destination are the same")
    ctid = str(its.get("ctid") or name)
    return Move("", ctid, its.get("uuid"), its.get("name") or name, source, destination, **options)


def _only(name, destination, seen, silent):
    """The one node that has it; the destination where it is there already."""
    found = sorted(node for node, one in seen.items() if _is_there(one))
    if len(found) == 1:
        return found[0]
    if found:
        raise RefusedError(f"{name} is on {', '.join(found)}: say which one, with source={found[0]}")
    known = f"; {', '.join(sorted(silent))} did not answer" if silent else ""
    raise RefusedError(f"no node has {name}{known}")


def _is_there(seen):
    return bool(seen and seen.is_there)


def of_pillars(moves, surveys):
    """
    Sentences on what the pillars say of containers that move: their entries have to move too.

    surveys
        ``{node: what openvz.survey returned}``; of a node without one nothing is said.
    """
    stay, lack = {}, {}
    for move in moves:
        source, destination = surveys.get(move.source), surveys.get(move.destination)
        if any(_is_its(one, move) and one.get("entry") for one in (source or {}).get("containers") or ()):
            stay.setdefault((move.source, move.destination), []).append(move.name)
        wanted = ((destination or {}).get("plan") or {}).values()
        if destination is not None and not any(_is_its(one, move) for one in wanted):
            lack.setdefault(move.destination, []).append(move.name)
    for (source, destination), names in stay.items():
        what = "that entry" if len(names) == 1 else "these entries"
        yield f"the pillar of {source} still has {', '.join(names)}: move {what} to {destination}"
    for destination, names in lack.items():
        yield f"the pillar of {destination} has no entry for {', '.join(names)} yet"


def _is_its(one, move):
    if move.uuid and one.get("uuid"):
        return one["uuid"] == move.uuid
    return move.name in (one.get("name"), str(one.get("ctid")))
