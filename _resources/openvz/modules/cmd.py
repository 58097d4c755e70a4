"""Commands in a container: ``cmd.*`` of the Salt inside it, with what they take."""

_FUNCTIONS = "run run_all run_stdout run_stderr retcode script shell has_exec which"


def _inside(function):
    def called(*args, **kwargs):
        return __resource_funcs__["openvz.call"]("call", function, *args, **kwargs)

    called.__doc__ = f"``{function}`` in the container."
    return called


vars().update({name: _inside(f"cmd.{name}") for name in _FUNCTIONS.split()})
