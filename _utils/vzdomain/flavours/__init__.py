"""What a family of vzctl is like: its words, its files, its exit codes."""

import re
from dataclasses import replace
from functools import lru_cache, partial

from ..errors import ArgumentError, DocumentError, shown
from ..model import fields
from . import calls, flavour, legacy, seven
from .legacy import LEGACY
from .seven import SEVEN

__all__ = [
    "FLAVOURS",
    "LEGACY",
    "SEVEN",
    "calls",
    "check",
    "flavour",
    "having",
    "known",
    "lacking",
    "legacy",
    "named",
    "of",
    "refused",
    "refusing",
    "seven",
]

FLAVOURS = (LEGACY, SEVEN)
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:-[A-Za-z0-9.+~-]+)?")
# What a family does not do, that lacks an attribute of a veth pair.
_INSIDE = {
    "addresses": "sets no address inside a veth pair",
    "gateway": "sets no gateway inside a veth pair",
    "gateway6": "sets no gateway inside a veth pair",
    "dhcp": "sets up no DHCP inside a veth pair",
    "dhcp6": "sets up no DHCP inside a veth pair",
    "configure": "never configures the container's end of a veth pair",
    "vport": "connects no veth pair to Open vSwitch",
}


def of(version_text):
    """The flavour of a vzctl by what its ``--version`` prints; ``None`` for one that is not supported."""
    return next((one for one in FLAVOURS if one.version(version_text)), None)


def named(word):
    """
    A family as people name it: ``"7"``, ``"9.0.1"``, ``"4.x"``, ``"OpenVZ legacy"`` -> its flavour, and the version.

    The version is ``None`` for the whole family, and one number for all its releases. ArgumentError for another word.
    """
    word = str(word).strip()
    for one in FLAVOURS:
        if word.lower() in (one.name.lower(), one.family.lower()):
            return one, None
        release = f"{word}.0.999" if word.isdecimal() else word  # any of them
        if _VERSION.fullmatch(word) and any(one.version(f"vzctl {how}{release}") for how in ("version ", "v.")):
            return one, word
    names = " or ".join(one.name for one in FLAVOURS)
    raise ArgumentError(
        f"{shown(word)!r} is not a family of vzctl; use 4, 7, 8, 9, a version such as 9.0.1 (of 7, 7.0.180 is the "
        f"oldest), or {names}"
    )


def refusing(its, version=None):
    """What `codec.parse` wants to know of a flavour: see `refused`."""
    return partial(refused, its=its, version=version)


def refused(domain, its, version=None, families=FLAVOURS):
    """
    What a domain says that this `version` of the flavour `its` cannot have: (field, sentence for the author, never).

    The field is one of `fields.BY_NAME`, or ``interfaces.gateway`` for an attribute of a veth pair. What is not refused
    for ever only cannot be set: a container may have it already. Without a version the whole family counts.
    """
    missing = lacking(its, version, families)
    for name, value in vars(domain).items():
        if value is None or value == ():
            continue
        if name in missing:
            yield name, missing[name], True
            continue
        why = its.parameters[name].refuse
        sentence = why and why(value)
        if sentence:
            yield name, f"vzctl {version or its.family} {sentence}", not its.parameters[name].tolerates
    yield from _refused_of_pairs(domain, its, version, families)
    for names, sentence in its.spelling.contradictions(domain):
        yield names[-1], f"vzctl {version or its.family} {sentence}", False


def _refused_of_pairs(domain, its, version, families):
    for pair in domain.interfaces or ():
        for name, value in vars(pair).items():
            if value is not None and value != () and name not in its.pairs.ATTRIBUTES:
                others = [one.name for one in families if name in one.pairs.ATTRIBUTES]
                sentence = f"vzctl {version or its.family} {_INSIDE[name]}{_who(others, 'can')}"
                yield f"interfaces.{name}", sentence + its.pairs.INSTEAD.get(name, ""), True


@lru_cache(maxsize=32)
def lacking(its, version=None, families=FLAVOURS):
    """
    The fields that this `version` of the flavour `its` has no parameter for: field -> a sentence for the author.

    Without a version the whole family counts. The answer is shared: do not change it.
    """
    missing = [name for name in fields.BY_NAME if not its.parameter(name, version)]
    return {name: _sentence(its, version, name, families) for name in missing}


def known(domain, its, version=None):
    """The domain without what this vzctl has no parameter for: it ignores the key that an older one has written."""
    ignored = [name for name in lacking(its, version) if getattr(domain, name) not in (None, ())]
    return replace(domain, **dict.fromkeys(ignored)) if ignored else domain


def check(domain, its, version=None, unwritable=None, to_set=None):
    """
    Refuse a domain that says what this vzctl cannot have, before anything runs.

    What only cannot be set, or not together, is refused where one of the fields `to_set` is among it: a container may
    have it, set by someone else. DocumentError with the element; also with its line if the document was read with
    `codec.parse(refused=...)` and its `unwritable` is passed here.
    """
    together = {names[-1]: names for names, _ in its.spelling.contradictions(domain)}
    for name, sentence, never in refused(domain, its, version):
        if to_set is not None and not never and not set(together.get(name, (name,))) & set(to_set):
            continue
        field, _, attribute = name.partition(".")
        element = fields.BY_NAME[field].element + (f"/{attribute}" if attribute else "")
        raise (unwritable or {}).get(name) or DocumentError(sentence, f"domain/{element}")


def _sentence(its, version, name, families):
    """``vzctl 4.11 has no parameter for it (OpenVZ 7 has)``"""
    sentence = f"vzctl {version or its.family} has no parameter for it"
    own = its.parameters.get(name)
    if own:
        return f"{sentence}: only {own.versions} have one"
    return sentence + _who([one.name for one in families if one.parameter(name)])


def having(test, *verb):
    """`` (Virtuozzo 7 to 9 has)``: the families of which a test holds, as the end of a sentence."""
    return _who([one.name for one in FLAVOURS if test(one)], *verb)


def _who(others, *verb):
    """`` (Virtuozzo 7 to 9 has)``: the families that can"""
    if not others:
        return ""
    has, have = (verb * 2)[:2] or ("has", "have")
    return f" ({' and '.join(others)} {has if len(others) == 1 else have})"
