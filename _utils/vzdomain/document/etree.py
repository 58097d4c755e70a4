"""
lxml's ``etree``, imported when something of it is first used: ``from . import etree``, ``etree.fromstring(...)``.

Grain and beacon import the library before ``openvz.deps`` has installed lxml, and the minion keeps it. Without
lxml all of it can be imported, and what needs XML raises LxmlMissingError.
"""

import importlib

from ..errors import LxmlMissingError


def problem():
    """Why there is no lxml, in a sentence that says what to type; ``None`` where it can be used."""
    try:
        _load()
    except LxmlMissingError as err:
        return str(err)
    return None


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    found = getattr(_load(), name)
    globals()[name] = found  # asked once
    return found


def _load():
    for _ in range(2):
        try:
            importlib.import_module("lxml")
            return importlib.import_module("lxml.etree")
        except ImportError as err:
            error = err
        importlib.invalidate_caches()  # it may have been installed since this process last looked at the directories
    if getattr(error, "name", None) == "lxml":
        raise LxmlMissingError("lxml is not installed: salt-pip install lxml")
    # Built for another Python, or for a C library that is not there.
    raise LxmlMissingError(
        f"lxml is installed and cannot be imported ({error}): salt-pip install --force-reinstall lxml"
    )
