"""Packages of a container: ``pkg.*`` of the Salt inside it."""

_FUNCTIONS = """
    install remove purge upgrade list_pkgs version latest_version available_version upgrade_available
    list_upgrades refresh_db hold unhold owner list_repos
"""


def _inside(function):
    def called(*args, **kwargs):
        return __resource_funcs__["openvz.call"]("call", function, *args, **kwargs)

    called.__doc__ = f"``{function}`` in the container."
    return called


vars().update({name: _inside(f"pkg.{name}") for name in _FUNCTIONS.split()})
