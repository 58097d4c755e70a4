"""
OpenVZ containers described by libvirt domain XML: the library behind the Salt modules.

It knows XML, vzctl's words and vzctl's files; it does not know Salt.
"""

import importlib
import os
import shutil
import sys
import threading

_HERE = os.path.dirname(__file__)
_REPLACING = threading.Lock()  # with multiprocessing off, jobs and beacons are threads of one process


def _stamp():
    """Every source file of this copy, sub-packages too, with its time and size; ``None`` where the copy is gone."""
    try:
        return sorted(_sources(_HERE)) or None
    except OSError:  # removed by a sync meanwhile
        return None


def _sources(directory):
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                said = entry.stat()
                yield entry.path, said.st_mtime_ns, said.st_size
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _sources(entry.path)


def _forget(*names):
    """Take modules out of Python's memory, and what is below this library."""
    for name in [*names, *(name for name in list(sys.modules) if name.startswith(f"{__name__}."))]:
        sys.modules.pop(name, None)


_forget()  # what an import that failed in the middle of a sync has left may be of another edition
_SELF = sys.modules[__name__]
_LOADED = _stamp()  # before the submodules are read, so that a change meanwhile is noticed


def current():
    """
    Return this library as its files are now, imported again if they changed.

    A minion that goes on running after ``saltutil.sync_all`` loads new modules, but keeps what they import;
    without this call a new module would work on an old library.
    """
    with _REPLACING:
        if sys.modules.get(__name__) is _SELF and _stamp() != _LOADED:
            _forget(__name__)
            # Python takes a compiled file for that of a source with the same second and size.
            for directory, _, _ in os.walk(_HERE):
                shutil.rmtree(os.path.join(directory, "__pycache__"), ignore_errors=True)
            importlib.invalidate_caches()
        found = importlib.import_module(__name__)
        if not hasattr(found, "current"):  # of a copy that a sync has taken away the directory may be left
            raise ImportError(f"{__name__} is not there any more")
        return found


from . import document, errors, execution, flavours, fleet, host, model, planning, reports, settings  # noqa: E402

__all__ = [
    "current",
    "document",
    "errors",
    "execution",
    "flavours",
    "fleet",
    "host",
    "model",
    "planning",
    "reports",
    "settings",
]
