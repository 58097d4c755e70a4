"""A minion in the test's process, with a home of its own: Salt's loader and pillar compiler, a simulated node."""

import contextlib
import os
import shutil
import sys
from pathlib import Path
from unittest import mock

import salt.config
import salt.loader.lazy
from saltfactories.utils.functional import Loaders

REPO = Path(__file__).parents[1]


@contextlib.contextmanager
def quick_loaders():
    """Read each directory of modules once: Salt reads it for every loader, and a state run has a dozen of them."""
    refresh = salt.loader.lazy.LazyLoader._refresh_file_mapping
    known = {}

    def remembered(self):
        key = (tuple(map(_names, self.module_dirs)), tuple(self.static_modules), tuple(self.disabled))
        if key not in known:
            refresh(self)
            known[key] = self.file_mapping, self.suffix_map, self.suffix_order
        mapping, suffixes, order = known[key]
        self.file_mapping, self.suffix_map, self.suffix_order = mapping.copy(), suffixes.copy(), order.copy()

    with mock.patch.object(salt.loader.lazy.LazyLoader, "_refresh_file_mapping", remembered):
        yield


def _names(directory):
    """A directory and what lies in it and in its cache."""
    found = [directory]
    for place in (directory, os.path.join(directory, "__pycache__")):
        with contextlib.suppress(OSError):
            found += ["", *sorted(os.listdir(place))]
    return tuple(found)


@contextlib.contextmanager
def apart():
    """
    Make minions within this, or those that there are take over their options.

    Salt has one copy of a module for all loaders of a process (``sys.modules``), and gives it the options of the last.
    """
    others = laid_aside()
    try:
        yield
    finally:
        laid_aside()
        sys.modules.update(others)


def laid_aside():
    """What Salt has loaded for the minions that there are, after taking it out of ``sys.modules``."""
    found = {name: module for name, module in sys.modules.items() if name.startswith("salt.loaded.")}
    for name in found:
        del sys.modules[name]
    return found


def make(minion_id, home, node, pillar, modules=(), openvz=None, grains=None, **opts):
    """
    The loaders of minion `minion_id`, whose pillar is compiled from the directory `pillar` for it.

    `modules` are directories whose ``_modules`` come before Salt's; `openvz` are settings beside those of the node, and
    `opts` options of the minion. States are in ``home/states``. To ask for grains takes most of the time; `grains` are
    those of an earlier minion of this place.
    """
    for name in ("states", "cache", "pki", "sock", "conf"):
        (home / name).mkdir(parents=True, exist_ok=True)
    config = salt.config.DEFAULT_MINION_OPTS.copy()
    config.update(
        id=minion_id,
        root_dir=str(home),
        cachedir=str(home / "cache"),
        conf_file=str(home / "conf/minion"),
        extension_modules=str(home / "cache/extmods"),
        pki_dir=str(home / "pki"),
        sock_dir=str(home / "sock"),
        log_file=str(home / "minion.log"),
        file_client="local",
        module_dirs=[str(REPO), *map(str, modules)],
        file_roots={"base": [str(home / "states")]},
        pillar_roots={"base": [str(pillar)]},
        openvz={**node.options, "lock_timeout": 1, "command_timeout": 30, **(openvz or {})},
    )
    return Minion({**config, **opts}, grains)


class Minion(Loaders):
    """
    Loaders that leave the cache as it is: a minion finds its notes again after a start.

    They sync nothing: everything is in the `module_dirs`, and Salt would look in vain for a minion to tell of it.
    """

    def __init__(self, opts, grains=None):
        self._given = grains
        with mock.patch.object(Loaders, "modules"):  # saltutil.sync_all, and nothing else
            super().__init__(opts)

    @property
    def grains(self):
        return self._given or super().grains

    def _cleanup_cache(self):
        for name in ("file_lists", "files"):  # what is true for some seconds only
            shutil.rmtree(self._cachedir / name, ignore_errors=True)
        self._cachedir.mkdir(exist_ok=True, parents=True)
