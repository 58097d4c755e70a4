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
    intents = [one.intent for one in seen.values() if one.intent]
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


def of_pillar(move, source, destination):
    """
    Sentences on what the pillars say of the container: the entry has to move too.

    source, destination
        What ``openvz.survey`` returned there; ``None`` where it could not be asked.
    """
    labels = [one["entry"] for one in (source or {}).get("containers") or () if _is_its(one, move) and one.get("entry")]
    if labels:
        yield (
            f"the pillar of {move.source} has {move.name} as {labels[0]}: move that entry to {move.destination}; "
            f"until then {move.source} refuses it"
        )
    wanted = [*((destination or {}).get("plan") or {}).values()]
    if destination is not None and not any(_is_its(one, move) for one in wanted):
        yield f"the pillar of {move.destination} has no entry for {move.name}: nothing will look after it there"


def _is_its(one, move):
    if move.uuid and one.get("uuid"):
        return one["uuid"] == move.uuid
    return move.name in (one.get("name"), str(one.get("ctid")))
