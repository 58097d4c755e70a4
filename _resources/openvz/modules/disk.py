"""Disks of a container: ``disk.*`` of the Salt inside it."""

_FUNCTIONS = """
    usage inodeusage
"""


def _inside(function):
    def called(*args, **kwargs):
        return __resource_funcs__["openvz.call"]("call", function, *args, **kwargs)

    called.__doc__ = f"``{function}`` in the container."
    return called


vars().update({name: _inside(f"disk.{name}") for name in _FUNCTIONS.split()})
