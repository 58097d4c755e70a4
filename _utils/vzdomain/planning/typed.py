"""
Plans for what an operator types: options of vzctl instead of a document.
"""

from ..model.actions import Create, Mark, Type
from .context import Plan


def creation(ctid, words, its, config=None, forgotten=()):
    """
    The `Plan` of a creation with these words of vzctl's options; `its` is the flavour.

    `config` is the sample configuration among them, `forgotten` what that brings along of another container: ``mark``,
    ``uuid``.
    """
    name, spelling = str(ctid), its.spelling
    call = spelling.typed("create", ctid, words, Create(name, config=config))
    marks = spelling.calls([Mark(forgotten=tuple(forgotten))] if forgotten else [], ctid)
    return Plan(name, ctid, (call, *marks))


def settings(container, words, its, save=True):
    """The `Plan` of a ``set`` with these words of vzctl's options; what it changes is known afterwards."""
    action = Type(tuple(words), "restart" if its.typed.restarts(words) else "none")
    words = [*words, *([its.typed.SAVE] if save else [])]
    call = its.spelling.typed("set", container.ctid, words, action)
    return Plan(container.domain.name, container.ctid, (call,))
