"""States inside a container, as values: what is wanted there, and what was done. Nothing here knows Salt or a node."""

from collections.abc import Mapping
from dataclasses import dataclass, field

TAG = "_|-"  # between the parts of a state's key: module, id, name, function
_SHORTEST, _MOST = 4, 20_000  # parts of a key; states of one run
_SHOWN, _REASONS, _SAID = 20, 3, 300  # changed states, and failed ones, that are shown; characters of a reason
_KEPT = 2000  # characters of a comment that is shown beside others


@dataclass(frozen=True)
class How:
    """
    What is to be applied inside a container.

    sls
        Names of SLS files; ``None`` is the highstate: what the top file has for the container.

    id
        The minion id that templates and targets inside see; ``None``: the container's name.

    saltenv
        ``None``: ``base``, and for the highstate all of them.

    pillar, grains
        The pillar that the container sees, and grains beside its own. Nothing else of the node's pillar gets there.

    exclude
        Ids or SLS names that are left out, as ``state.sls`` takes them.

    extra_filerefs
        ``salt://`` files that go inside though no state names them.

    timeout
        Seconds; ``None`` for the setting ``inside_timeout``.
    """

    sls: tuple | None = None
    id: str | None = None
    saltenv: str | None = None
    pillar: Mapping = field(default_factory=dict, repr=False)
    grains: Mapping = field(default_factory=dict, repr=False)
    exclude: tuple = ()
    extra_filerefs: tuple = ()
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
    changed, failed, taken = {}, {}, {}
    for key, one in in_order(returns):
        words = _unique(words_of(key), taken)
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
    """A name that none of `taken` is; these are counted, since a container may have thousands of one name."""
    found = words
    while found in taken:
        taken[words] += 1
        found = f"{words} ({taken[words]})"
    taken[found] = 1
    return found


@dataclass(frozen=True)
class Waiting:
    """
    What must be true of a container that was started before it counts as up.

    exec
        A command can be run inside.

    address, port
        An address of the container answers; with `port`, that TCP port of it.

    command
        The words of a command that must end with 0 inside.

    limit
        Seconds; then it has failed.
    """

    exec: bool = True
    address: str | None = None
    port: int | None = None
    command: tuple | None = field(default=None, repr=False)  # it may have a password in it
    limit: float = 120


@dataclass(frozen=True)
class States:
    """
    What the states inside a container did, or in a dry run would do, as far as that can be known before.

    words
        Which ones: ``"nginx, users"``.

    count, changed, failed
        How many there are; the names of those that changed something, and of those that failed with the reason.

    later
        A dry run cannot try them yet: when they are applied, as ``after it has started``.

    skipped
        Why they are not applied.

    error
        Why they cannot be applied.
    """

    words: str
    count: int = 0
    changed: tuple = ()
    failed: Mapping = field(default_factory=dict)
    later: str | None = None
    skipped: str | None = None
    error: str | None = None
    seconds: float = 0.0
    sent: int = 0

    @property
    def is_idle(self):
        """Whether nothing is changed by them, and nothing is wrong."""
        return not (self.later or self.error or self.changed or self.failed)

    @property
    def told(self):
        """What counts of it for whether a plan is the same."""
        return self.words, self.changed, tuple(self.failed), self.later, self.skipped, self.error

    @property
    def did(self):
        """The word for what was done: ``updated (2 of 7 states inside)``; ``None`` for nothing."""
        if self.later:
            return f"updated (states inside, {self.later})"
        return f"updated ({len(self.changed)} of {self.count} states inside)" if self.changed else None

    @property
    def change(self):
        """What Salt shows as a change, or ``None``."""
        if self.later:
            return {"old": None, "new": f"{self.words}, {self.later}"}
        return {"old": None, "new": list(_first(self.changed, _SHOWN))} if self.changed else None

    @property
    def wrong(self):
        """One sentence on what failed, or ``None``."""
        if self.error or not self.failed:
            return self.error
        number = f"{len(self.failed)} of {self.count} failed: " if self.count else ""
        each = [f"{name}: {' '.join(why.split())[:_SAID]}" for name, why in self.failed.items()]
        return f"states inside ({self.words}): {number}{'; '.join(_first(each, _REASONS))}"


def _first(words, number):
    """The first of many words, and how many there are beside them."""
    words = list(words)
    return words[:number] + ([f"and {len(words) - number} more"] if len(words) > number else [])
