"""
OpenVZ containers described by libvirt domain XML: the library behind the Salt modules.

It knows XML, vzctl's words and vzctl's files; it knows no Salt.
"""

import importlib
import importlib.util
import os
import sys


def _stamp():
    try:
        with os.scandir(os.path.dirname(__file__)) as entries:
            return sorted((e.name, e.stat().st_mtime_ns, e.stat().st_size) for e in entries if e.name.endswith(".py"))
    except OSError:  # this copy was removed by a sync
        return None


_LOADED = _stamp()  # before the submodules are read, so that a change meanwhile is noticed


def current():
    """
    Return this library as its files are now, imported anew if they changed.

    A minion that goes on running after ``saltutil.sync_all`` loads new modules, but keeps what they import;
    without this call a new module would work on an old library.
    """
    if _stamp() == _LOADED:
        return sys.modules[__name__]
    for name in [n for n in sys.modules if n == __name__ or n.startswith(__name__ + ".")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    return importlib.import_module(__name__)


from . import apply, ctconf, domain, errors, files, identity, journal, kinds, names, node, options  # noqa: E402
from . import password, plan, power, reconcile, settings, vzctl  # noqa: E402

if importlib.util.find_spec("lxml"):
    from . import codec, crew, doctor, drift, dump, entries, explain, inventory, lint, networks, planner, schema
else:  # the execution module says so and refuses to load
    codec = crew = doctor = drift = dump = entries = explain = inventory = lint = networks = planner = schema = None

__all__ = [
    "apply", "codec", "crew", "ctconf", "current", "doctor", "domain", "drift", "dump", "entries", "errors",
    "explain", "files", "identity", "inventory", "journal", "kinds", "lint", "names", "networks", "node", "options",
    "password", "plan", "planner", "power", "reconcile", "schema", "settings", "vzctl",
]  # fmt: skip
