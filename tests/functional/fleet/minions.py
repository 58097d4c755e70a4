"""Minions hn1 and hn2 in this process, on simulated nodes that reach each other, and a master that asks them."""

import contextlib
import io
import json
import shutil
import sys
import threading

import simminion
from simnode import SimNode

from vzsim import cli

NAMES = ("hn1", "hn2")


class Minions:
    """As `salt.client.LocalClient` reaches them: `cmd` calls functions here, one at a time."""

    def __init__(self, home, master, grains=None):
        self.master, self.asked, self.silent = master, [], set()
        self._home, self._kept = home, home / "kept"
        self._lock, self._minions, self._away = threading.RLock(), {}, {}
        with contextlib.redirect_stdout(io.StringIO()):
            assert cli.main(["fleet", str(home / "fleet"), "--nodes", ",".join(NAMES)]) == 0
        self.nodes = {name: SimNode(home / "fleet" / name) for name in NAMES}
        for name, node in self.nodes.items():
            self.put(name, {}, stale=True)
            programs = {"vzmigrate": str(node.directory / "bin/vzmigrate")}
            with self._turn(name):
                minion = simminion.make(name, home / name, node, master.home / "pillar", openvz=programs, grains=grains)
                grains = minion.grains
                self._minions[name] = minion.modules
            self.refresh(name)

    def put(self, name, domains, stale=False):
        """The containers of a node in the master's pillar; the minion hears of it unless it is to be `stale`."""
        grains = {"id": name, "openvz": {"version": "4.11.1"}}
        self.master.knows(name, domains, grains, mine=None)
        if not stale:
            self.refresh(name)

    def refresh(self, name):
        pillar = json.loads((self.master.home / f"pillar/{name}.sls").read_text())
        self._minions[name].pack["__pillar__"].clear()
        self._minions[name].pack["__pillar__"].update(pillar)

    def keep(self):
        """Remember the nodes, and what the minions have noted, as they are."""
        for path in self._places():
            shutil.copytree(path, self._kept / path.relative_to(self._home), symlinks=True)

    def restore(self):
        """Be as it was when `keep` was called."""
        self.silent.clear()
        for path in self._places():
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(self._kept / path.relative_to(self._home), path, symlinks=True)
        self.asked.clear()

    def _places(self):
        return [self._home / place for name in NAMES for place in (f"fleet/{name}", f"{name}/cache/openvz")]

    def call(self, name, function, /, *args, **kwargs):
        with self._turn(name):
            return self._minions[name][function](*args, **kwargs)

    @contextlib.contextmanager
    def _turn(self, name):
        """Salt has one copy of each module in a process, with the options of one minion."""
        with self._lock:
            others = simminion.laid_aside()
            sys.modules.update(self._away.pop(name, {}))
            try:
                yield
            finally:
                self._away[name] = simminion.laid_aside()
                sys.modules.update(others)

    # the client

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def cmd(self, tgt, function, arg=(), tgt_type="glob", kwarg=None, **options):
        names = NAMES if tgt == "*" else [tgt] if isinstance(tgt, str) else tgt
        return {name: self._answer(name, function, arg, kwarg or {}) for name in names}

    def _answer(self, name, function, arg, kwarg):
        self.asked.append((name, function))
        if name in self.silent or (name, function) in self.silent:
            return False
        if function == "saltutil.refresh_pillar":
            self.refresh(name)
            return {"ret": True, "retcode": 0}
        if function == "saltutil.is_running":
            return {"ret": [], "retcode": 0}
        try:
            return {"ret": self.call(name, function, *arg, **kwarg), "retcode": 0}
        except Exception as err:  # as a minion returns it
            return {"ret": f"ERROR: {err}", "retcode": 1}
