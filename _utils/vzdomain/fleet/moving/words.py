"""One sentence per node for people: where a container is, and what the node keeps of it."""

from .values import UP, Seen


def sentences(move, source, destination):
    """``{node: sentence}`` of what the nodes answered last; ``None`` stands for no answer."""
    return {
        move.source: on_source(move, source and Seen(source, move.id)),
        move.destination: on_destination(move, destination and Seen(destination, move.id)),
    }


def summary(outcome):
    """What a person reads first of an `Outcome`."""
    move, reason = outcome.move, outcome.reason
    name, source, destination = move["name"], move["source"], move["destination"]
    return {
        "moved": f"{name} was moved from {source} to {destination}",
        "would move": f"{name} would be moved from {source} to {destination}: {reason}",
        "already there": f"nothing to do: {reason}",
        "refused": f"{name} was not moved: {reason}",
        "failed": f"{name} was not moved, and {source} has it as before: {reason}",
        "stopped": f"the move of {name} to {destination} is not over: {reason}",
    }[outcome.result]


def on_source(move, seen):
    """What the source has of the container."""
    if seen is None:
        return "does not answer"
    kept = seen.data.get("kept") or ()
    if seen.is_handed_over or (kept and not seen.is_there):
        return f"keeps the old copy of {_named(move)}, which nothing starts{f': {kept[-1]}' if kept else ''}"
    return _has(move, seen)


def on_destination(move, seen):
    """What the destination has of it."""
    if seen is None:
        return "does not answer"
    if seen.noted("gave_way") and not seen.is_up:
        return f"has a copy of {_named(move)} that is down and kept; it starts nowhere by itself"
    if seen.data.get("kept") and not seen.is_there:
        return f"keeps an old copy of {_named(move)} from an earlier move: {seen.data['kept'][-1]}"
    return _has(move, seen)


def _has(move, seen):
    if _is_other(move, seen.data):
        return f"has another container {move.ctid}, {seen.data.get('name') or seen.data['uuid']}"
    if seen.at_work:
        return f"is at work on {_named(move)}: {seen.at_work[0]}"
    if not seen.has_remains:
        return f"has nothing of {_named(move)}"
    if not seen.is_whole:
        return f"has part of {_named(move)}, which {'runs' if seen.is_up else 'is down'}"
    where = f"{_named(move)} {_STATES.get(seen.status, 'is there')}"
    boot = "" if seen.data.get("onboot") or not seen.intent else "; it does not start at boot"
    return f"{where}{boot if seen.status not in UP else ''}"


_STATES = {
    "running": "runs here",
    "paused": "is paused here",
    "stopped": "is here, stopped",
    "mounted": "is here, stopped and mounted",
    "suspended": "is here, suspended",
}


def _is_other(move, data):
    """Whether what has the CTID is another container, by its UUID or else by its name."""
    if not data.get("registered"):
        return False
    uuid, name = data.get("uuid"), data.get("name")
    return uuid != move.uuid if uuid and move.uuid else bool(name and name != move.name)


def _named(move):
    return move.name if move.name == move.ctid else f"{move.name} (CTID {move.ctid})"
