"""Pillar, the container's own of a container: ``pillar.*`` of the Salt inside it."""

_FUNCTIONS = """
    get item items keys ls
"""


def _inside(function):
    def called(*args, **kwargs):
        return __resource_funcs__["openvz.call"]("call", function, *args, **kwargs)

    called.__doc__ = f"``{function}`` in the container."
    return called


vars().update({name: _inside(f"pillar.{name}") for name in _FUNCTIONS.split()})
