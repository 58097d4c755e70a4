"""
What somebody may have meant: the nearest of some words.
"""

import difflib

_LIKENESS = 0.72  # memmory and memory, stopd and stopped; not disk and risk
_LONGEST = 40  # characters; what is longer is not a slip of the hand


def nearest(text, words, likeness=_LIKENESS):
    """``nearest("memmory", ("memory", "vcpu"))`` -> "memory"; ``None`` if none is near."""
    lower, text = {word.lower(): word for word in words}, text.strip().lower()
    if len(text) > _LONGEST:
        return None
    swapped = [word for word in lower if len(word) == len(text) and sorted(word) == sorted(text)]  # nsf and nfs
    found = swapped or difflib.get_close_matches(text, lower, 1, likeness)
    return lower[found[0]] if found else None


def meant(text, words, more=None):
    """``; did you mean 'simfs'?``, or nothing. `more` are other words for some of them: ``{"true": "yes"}``."""
    found = (more or {}).get(text.strip().lower()) or nearest(text, words)
    return f"; did you mean {found!r}?" if found else ""
