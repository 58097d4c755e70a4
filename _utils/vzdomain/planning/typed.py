"""
Plans for what an operator types: options of vzctl instead of a document.
"""

from ..flavours.legacy import spelling
from ..flavours.legacy.typed import SAVE, restarts
from ..model.actions import Create, Mark, Type
from .context import Plan


def creation(ctid, words, config=None, forgotten=()):
    """
    The `Plan` of a creation with these words of vzctl's options.

    `config` is the sample configuration among them, `forgotten` what that brings along of another container: ``mark``,
    ``uuid``.
    """
    name = str(ctid)
    call = spelling.typed("create", ctid, words, Create(name, config=config))
    marks = spelling.calls([Mark(forgotten=tuple(forgotten))] if forgotten else [], ctid)
    return Plan(name, ctid, (call, *marks))


def settings(container, words, save=True):
    """The `Plan` of a ``set`` with these words of vzctl's options; what it changes is known afterwards."""
    action = Type(tuple(words), "restart" if restarts(words) else "none")
    call = spelling.typed("set", container.ctid, [*words, *([SAVE] if save else [])], action)
    return Plan(container.domain.name, container.ctid, (call,))
