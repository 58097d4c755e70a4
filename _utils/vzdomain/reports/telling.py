"""
What happened to containers, or would, in words for people.
"""

_UPDATED = "updated"  # the word before the fields
_BESIDE = ("saved as snapshot", "updated (snapshot")  # what is done for the sake of something else, mostly


def brief(did):
    """``"created and started"``, ``"changed"``: what was done to a container, with no word of which fields."""
    words = [word for word in did if not word.startswith(_BESIDE)]
    short = dict.fromkeys("changed" if word.startswith(_UPDATED) else word for word in words)
    if len(short) > 1 and any("states inside" in word for word in words):
        short = dict.fromkeys(word for word in words if not word.startswith(_UPDATED)) or short
    return " and ".join(short) or (did and "changed") or ""


def summary(told, test=False):
    """
    One sentence for many containers: ``50 containers: 48 unchanged, 1 changed, 1 failed``.

    told
        For each container what it ``did``, and ``error`` and ``pending`` where there are any.

    test
        Nothing was done: what is told of would be.
    """
    counts = {}
    for one in sorted((_became(one, test) for one in told), key=_last):
        counts[one] = counts.get(one, 0) + 1
    total = f"{len(told)} container{'' if len(told) == 1 else 's'}"
    if len(counts) == 1:
        return f"{total} {next(iter(counts))}"
    return (
        f"{total}: {', '.join(f'{number} {what}' for what, number in counts.items())}"
        if counts
        else "no containers: nothing to do"
    )


def _became(one, test):
    if one.get("error"):
        return "failed"
    done = brief(one["did"])
    if done:
        return f"would be {done}" if test else done
    return "waiting for a restart" if one.get("pending") else "unchanged"


def _last(what):
    """Failures come last, where they are read; what is as it was comes first."""
    return {"unchanged": 0, "failed": 2}.get(what, 1)
