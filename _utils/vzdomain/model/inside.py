"""States inside a container, as values: what is wanted there, and what was done. Nothing here knows Salt or a node."""

from collections.abc import Mapping
from dataclasses import dataclass, field

TAG = "_|-"  # between the parts of a state's key: module, id, name, function
_SHORTEST, _MOST = 4, 20_000  # parts of a key; states of one run
_KEPT = 2000  # characters of a comment that is shown beside others


@dataclass(frozen=True)
class How:
    """
    What is to be applied inside a container.

    sls
        Names of SLS files; ``None`` is the highstate: what the top file has for the container.

    id
        The minion id that templates and targets inside see; ``None``: the container's name.

    pillar, grains
        The pillar that the container sees, and grains beside its own. Nothing else of the node's pillar gets there.

    exclude
        Ids or SLS names that are left out, as ``state.sls`` takes them.

    timeout
        Seconds; ``None`` for the setting ``inside_timeout``.
    """

    sls: tuple | None = None
    id: str | None = None
    saltenv: str = "base"
    pillar: Mapping = field(default_factory=dict, repr=False)
    grains: Mapping = field(default_factory=dict, repr=False)
    exclude: tuple = ()
    timeout: float | None = None

    @property
    def words(self):
        """``"nginx, users"``, or ``"highstate"``."""
        return "highstate" if self.sls is None else ", ".join(self.sls)


@dataclass(frozen=True)
class StatesDone:
    """
    What a run of states inside a container did, or in a test run would do.

    returns
        Salt's return: a mapping of states by their keys; or a list of sentences if the states could not be compiled.

    changed, failed
        ``{"file.managed /etc/motd": changes}``, and ``{"file.managed /etc/motd": comment}``.

    retcode
        0, 1 where nothing could be compiled, 2 where a state failed.

    sent
        Bytes of Salt that were sent into the container; 0 if it had them.
    """

    returns: object
    changed: Mapping = field(default_factory=dict, repr=False)
    failed: Mapping = field(default_factory=dict, repr=False)
    retcode: int = 0
    seconds: float = 0.0
    sent: int = 0

    @property
    def count(self):
        """How many states there were."""
        return len(self.returns) if isinstance(self.returns, Mapping) else 0


def of_returns(returns, seconds=0.0, sent=0):
    """A `StatesDone` of what came out of a container. ValueError says what about it is no return of states."""
    if isinstance(returns, list):
        sentences = [str(one)[:_KEPT] for one in returns[:_MOST]]
        return StatesDone(sentences, {}, {"not compiled": "; ".join(sentences)[:_KEPT]}, 1, seconds, sent)
    if not isinstance(returns, Mapping) or len(returns) > _MOST:
        raise ValueError("no states")
    changed, failed = {}, {}
    for key, one in in_order(returns):
        words = _unique(words_of(key), {**changed, **failed})
        if one["result"] is False:
            failed[words] = one["comment"][:_KEPT]
        if one["changes"]:
            changed[words] = one["changes"]
    return StatesDone(dict(returns), changed, failed, 2 if failed else 0, seconds, sent)


def in_order(returns):
    """The states in the order in which they ran, each with its key; ValueError for what is no state."""
    return sorted(((key, _checked(key, one)) for key, one in returns.items()), key=lambda pair: _number(pair[1]))


def words_of(key):
    """``"file_|-motd_|-/etc/motd_|-managed"`` -> ``"file.managed /etc/motd"``"""
    module, _, *name, function = key.split(TAG)
    return f"{module}.{function} {TAG.join(name)}"


def _checked(key, one):
    """A state's return as Salt has it: whoever is root inside could say anything."""
    if not isinstance(key, str) or key.count(TAG) < _SHORTEST - 1:
        raise ValueError("a key that is no state's")
    if not isinstance(one, Mapping) or "result" not in one:
        raise ValueError("a state without a result")
    if one["result"] is not None and not isinstance(one["result"], bool):
        raise ValueError("a result that is none")
    if not isinstance(one.get("changes"), Mapping) or not isinstance(one.get("comment"), str):
        raise ValueError("a state without changes or comment")
    return one


def _number(one):
    number = one.get("__run_num__")
    return number if isinstance(number, int) and not isinstance(number, bool) else _MOST


def _unique(words, taken):
    number, found = 2, words
    while found in taken:
        number, found = number + 1, f"{words} ({number})"
    return found
