"""Services of a container: ``service.*`` of the Salt inside it."""

_FUNCTIONS = """
    status start stop restart reload force_reload enable disable enabled disabled available missing get_all
    get_enabled get_disabled
"""


def _inside(function):
    def called(*args, **kwargs):
        return __resource_funcs__["openvz.call"]("call", function, *args, **kwargs)

    called.__doc__ = f"``{function}`` in the container."
    return called


vars().update({name: _inside(f"service.{name}") for name in _FUNCTIONS.split()})
