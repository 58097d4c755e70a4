"""Network of a container: ``network.*`` of the Salt inside it."""

_FUNCTIONS = """
    interfaces ip_addrs ip_addrs6 hwaddr get_hostname default_route routes netstat dig ping
"""


def _inside(function):
    def called(*args, **kwargs):
        return __resource_funcs__["openvz.call"]("call", function, *args, **kwargs)

    called.__doc__ = f"``{function}`` in the container."
    return called


vars().update({name: _inside(f"network.{name}") for name in _FUNCTIONS.split()})
