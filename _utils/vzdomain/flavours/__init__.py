"""What a family of vzctl is like: its words, its files, its exit codes."""

from functools import lru_cache

from ..errors import DocumentError
from ..model import fields
from . import calls, flavour, legacy
from .legacy import LEGACY

__all__ = ["FLAVOURS", "LEGACY", "calls", "check", "flavour", "lacking", "legacy", "of"]

FLAVOURS = (LEGACY,)


def of(version_text):
    """The flavour of a vzctl by what its ``--version`` prints; ``None`` for a family that is not built yet."""
    return next((one for one in FLAVOURS if one.version(version_text)), None)


@lru_cache(maxsize=32)
def lacking(its, version=None, families=FLAVOURS):
    """
    The fields that this `version` of the flavour `its` has no parameter for: field -> a sentence for the author.

    Without a version the whole family counts. The answer is shared: do not change it.
    """
    missing = [name for name in fields.BY_NAME if not its.parameter(name, version)]
    return {name: _sentence(its, version, name, families) for name in missing}


def check(domain, its, version=None, unwritable=None):
    """
    Refuse a domain with a field that this vzctl has no parameter for, before anything runs.

    DocumentError with the element; also with its line if the document was read with `codec.parse(lacking=...)` and its
    `unwritable` is passed here.
    """
    for name, sentence in lacking(its, version).items():
        if getattr(domain, name) not in (None, ()):
            raise (unwritable or {}).get(name) or DocumentError(sentence, f"domain/{fields.BY_NAME[name].element}")


def _sentence(its, version, name, families):
    """``vzctl 4.11 has no parameter for it (OpenVZ 7 has)``"""
    sentence = f"vzctl {version or its.family} has no parameter for it"
    own = its.parameters.get(name)
    if own:
        return f"{sentence}: only {own.versions} has"
    others = [one.name for one in families if one.parameter(name)]
    return f"{sentence} ({' and '.join(others)} {'has' if len(others) == 1 else 'have'})" if others else sentence
