"""What the system does of a container: ``status.*`` of the Salt inside it."""

_FUNCTIONS = """
    all_status cpuinfo diskusage loadavg meminfo nproc procs uptime w
"""


def _inside(function):
    def called(*args, **kwargs):
        return __resource_funcs__["openvz.call"]("call", function, *args, **kwargs)

    called.__doc__ = f"``{function}`` in the container."
    return called


vars().update({name: _inside(f"status.{name}") for name in _FUNCTIONS.split()})
