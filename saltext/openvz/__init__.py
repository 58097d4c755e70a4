"""Where Salt's loader finds this extension when it is installed with pip."""

import importlib

_KINDS = ("modules", "states", "runners", "output", "grains", "beacons", "resources")  # as Salt's loader calls them


def loader_dirs():
    """
    Map each kind of loader to its directories; a function, because editable installs keep them elsewhere.

    An editable install from before a kind was there does not know its package: then that kind alone is missing.
    """
    packages = {kind: _package(kind) for kind in _KINDS}
    return {kind: list(package.__path__) for kind, package in packages.items() if package}


def _package(kind):
    try:
        return importlib.import_module(f"{__name__}.{kind}")
    except ModuleNotFoundError:
        return None
