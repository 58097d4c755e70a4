"""Where Salt's loader finds this extension when it is installed with pip."""

import importlib

_KINDS = ("modules", "states", "runners", "output", "grains", "beacons")  # as Salt's loader calls them


def loader_dirs():
    """Map each kind of loader to its directories; a function, because editable installs keep them elsewhere."""
    return {kind: list(importlib.import_module(f"{__name__}.{kind}").__path__) for kind in _KINDS}
