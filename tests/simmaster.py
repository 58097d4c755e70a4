"""A master that is not up: its configuration and caches, and the runner `openvz` by Salt's own loader."""

import json
from pathlib import Path

import salt.cache
import salt.config
import salt.loader

REPO = Path(__file__).parents[1]
MINE = {
    "templates": [],
    "samples": [],
    "bridges": ["br0"],
    "networks": {"default": "br0"},
    "containers": {},
}


class Master:
    """A master that knows some minions."""

    def __init__(self, home, pillar=None):
        self.home = home
        for name in ("states", "pillar", "pki/minions", "cache", "sock"):
            (home / name).mkdir(parents=True)
        self.opts = salt.config.master_config(None)
        self.opts.update(
            root_dir=str(home),
            pki_dir=str(home / "pki"),
            cachedir=str(home / "cache"),
            sock_dir=str(home / "sock"),
            extension_modules=str(home / "cache/extmods"),
            module_dirs=[str(REPO)],
            file_roots={"base": [str(home / "states")]},
            pillar_roots={"base": [str(pillar or home / "pillar")]},
            conf_file=str(home / "master"),
        )
        self.tops = {}

    def meets(self, minion, grains=None, mine=MINE):
        """A minion that was up once."""
        (self.home / "pki/minions" / minion).write_text("a public key")
        cache = salt.cache.factory(self.opts)
        grains = {"id": minion, "os": "Debian"} if grains is None else grains
        said = {"openvz.node_info": mine} if mine else {}
        cache.store(f"minions/{minion}", "data", {"grains": grains, "pillar": {}})  # Salt 3006
        cache.store(f"minions/{minion}", "mine", said)
        cache.store("grains", minion, grains)
        cache.store("mine", minion, said)

    def knows(self, minion, pillar, grains=None, mine=MINE):
        """A minion that was up once; its pillar is JSON, or the text of an SLS."""
        self.meets(minion, grains, mine)
        text = pillar if isinstance(pillar, str) else json.dumps({"openvz": {"domains": pillar}})
        (self.home / f"pillar/{minion}.sls").write_text(text)
        self.tops[minion] = [minion]
        (self.home / "pillar/top.sls").write_text(json.dumps({"base": self.tops}))

    def source(self, name, text):
        (self.home / "states" / name).write_text(text)

    @property
    def run(self):
        return salt.loader.runner(self.opts, utils=salt.loader.utils(self.opts))

    def lint(self, *args, **kwargs):
        """``[(severity, rule, nodes, labels), ...]`` and the code that salt-run ends with."""
        shown = self.run["openvz.lint"](*args, **kwargs)
        assert shown["outputter"] == "openvz"
        self.data = shown["data"]
        rows = [(one["severity"], one["rule"], one["nodes"], one["labels"]) for one in self.data["findings"]]
        return rows, self.data["retcode"]
