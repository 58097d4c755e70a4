"""
Which containers of a report are asked for: by the words that it has for them, and by name.
"""

from fnmatch import fnmatchcase

from ..errors import RefusedError, shown

IN_SYNC, UNMANAGED = "in sync", "unmanaged"
MOVING = "moving"  # to another node, or from there
DRIFT = ("error", "drifted", MOVING, UNMANAGED, "unsaved", "pending restart", "not known", IN_SYNC)  # the worst first
PLAN = ("error", "destroy", "create", "restart", "network", "change", "unchanged")  # the worst first
LIST = ("running", "paused", "stopped", "mounted", "suspended", "unusable", "managed", UNMANAGED, "copy")


def counted(words, order):
    """``{"drifted": 1, "in sync": 48}``: how often each word is there, in that order."""
    words = list(words)
    return {word: words.count(word) for word in order if word in words}


class Selection:
    """
    What is asked for; all of it where nothing is said.

    known
        The words of the report.

    only, status
        Words, as a list or with commas between them; a container must have one of each. ``in_sync`` is ``in sync``.

    name
        Globs of labels, names and CTIDs, as a list or with commas.

    RefusedError for a word that the report does not have.
    """

    def __init__(self, known, only=None, status=None, name=None):
        given = {"only": _listed(only), "status": _listed(status)}
        self._wanted = [_words(known, argument, words) for argument, words in given.items() if words]
        self._globs = _listed(name)

    @property
    def words(self):
        """The words that are asked for by name."""
        return set().union(*self._wanted)

    def has(self, words, *names):
        """Whether a container that `words` describe, and that is called by any of `names`, is asked for."""
        called = [str(name) for name in names if name is not None]
        is_called = not self._globs or any(fnmatchcase(name, glob) for glob in self._globs for name in called)
        return is_called and all(not wanted.isdisjoint(words) for wanted in self._wanted)


def _listed(value):
    if value is None:
        return []
    parts = value if isinstance(value, (list, tuple, set)) else str(value).split(",")
    return [part for part in (str(one).strip() for one in parts) if part]


def _words(known, argument, words):
    found = {word.lower().replace("_", " ").replace("-", " ") for word in words}
    for word in sorted(found - set(known)):
        raise RefusedError(f"{argument}: {shown(word)} is not a valid status; use one of: {', '.join(known)}")
    return found
