"""
Plans for what an operator types: options of vzctl instead of a document.
"""

from ..flavours import LEGACY
from ..model.actions import Create, Mark, Type
from .context import Plan


def creation(ctid, words, config=None, forgotten=(), flavour=LEGACY):
    """
    The `Plan` of a creation with these words of vzctl's options.

    `config` is the sample configuration among them, `forgotten` what that brings along of another container: ``mark``,
    ``uuid``.
    """
    name, spelling = str(ctid), flavour.spelling
    call = spelling.typed("create", ctid, words, Create(name, config=config))
    marks = spelling.calls([Mark(forgotten=tuple(forgotten))] if forgotten else [], ctid)
    return Plan(name, ctid, (call, *marks))


def settings(container, words, save=True, flavour=LEGACY):
    """The `Plan` of a ``set`` with these words of vzctl's options; what it changes is known afterwards."""
    action = Type(tuple(words), "restart" if flavour.typed.restarts(words) else "none")
    words = [*words, *([flavour.typed.SAVE] if save else [])]
    call = flavour.spelling.typed("set", container.ctid, words, action)
    return Plan(container.domain.name, container.ctid, (call,))
