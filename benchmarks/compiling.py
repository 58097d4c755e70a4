"""What ``openvz.lint`` costs on a master above what it has Salt do: compile the pillars of a fleet."""

import json
import time
from dataclasses import dataclass

import salt.cache
import salt.config
import salt.loader
from lxml import etree

from . import fleet
from .minion import REPO, Failed

EACH = 100  # containers of a node
FIRST = 100001
NOTHING = "openvz:nothing"  # a key that no pillar has
GRAINS = {"os": "Debian"}
_ROOTS = {"file": "states", "pillar": "pillar"}


@dataclass(frozen=True)
class Lint:
    """Seconds of CPU: the runner where no pillar has the key, the runner where all have it, lxml over all documents."""

    nodes: int
    compiled: float
    linted: float
    fromstring: float

    @property
    def count(self):
        return self.nodes * EACH

    @property
    def each(self):
        """Microseconds above the compiler for one container."""
        return (self.linted - self.compiled) / self.count * 1e6

    @property
    def ratio(self):
        """The same in times of what lxml alone takes to read its document."""
        return (self.linted - self.compiled) / self.fromstring


def measure(home, nodes, rounds):
    """A `Lint` for so many nodes, by the quickest of some rounds; all their containers are as their documents say."""
    opts = _master(home)
    texts = _fill(home, opts, nodes)
    run = salt.loader.runner(opts, utils=salt.loader.utils(opts))["openvz.lint"]
    return min((_round(run, texts, nodes) for _ in range(rounds)), key=lambda one: one.each)


def _round(run, texts, nodes):
    return Lint(nodes, _cpu(_compile, run), _cpu(_lint, run, nodes), _cpu(_read, texts))


def _cpu(work, *arguments):
    begun = time.process_time()
    work(*arguments)
    return time.process_time() - begun


def _compile(run):
    """Let Salt compile all pillars, and find in none what is asked for."""
    data = run(key=NOTHING)["data"]
    if [one["rule"] for one in data["findings"]] != ["key"]:
        raise Failed(f"this was not to be measured: {json.dumps(data)[:2000]}")


def _lint(run, nodes):
    data = run()["data"]
    if data["findings"] or data["containers"] != nodes * EACH:
        raise Failed(f"this was not to be measured: {json.dumps(data)[:2000]}")


def _read(texts):
    for text in texts:
        etree.fromstring(text)


def _names(nodes):
    return [f"hn{number:03}" for number in range(nodes)]


def _master(home):
    """The configuration of a master that is not up."""
    for name in ("states", "pillar", "pki/minions", "cache", "sock"):
        (home / name).mkdir(parents=True)
    opts = salt.config.master_config(None)
    places = {"cachedir": "cache", "extension_modules": "cache/extmods", "pki_dir": "pki", "sock_dir": "sock"}
    opts.update({key: str(home / place) for key, place in places.items()})
    opts.update({f"{name}_roots": {"base": [str(home / place)]} for name, place in _ROOTS.items()})
    opts.update(root_dir=str(home), module_dirs=[str(REPO)], conf_file=str(home / "master"))
    return opts


def _fill(home, opts, nodes):
    """Let the master know so many minions with a pillar each; returns all documents."""
    cache, texts = salt.cache.factory(opts), []
    (home / "pillar/top.sls").write_text("#!json\n" + json.dumps({"base": {one: [one] for one in _names(nodes)}}))
    for number, name in enumerate(_names(nodes)):
        ctids = range(FIRST + number * EACH, FIRST + (number + 1) * EACH)
        pillar = fleet.pillar(ctids, state="running")
        (home / f"pillar/{name}.sls").write_text("#!json\n" + json.dumps(pillar))
        _introduce(home, cache, name, _mine(ctids))
        texts += [fleet.document(ctid).encode() for ctid in ctids]
    return texts


def _introduce(home, cache, name, mine):
    """A minion that was up once, in the places of Salt 3006 and of later ones."""
    (home / "pki/minions" / name).write_text("a public key")
    grains, said = {"id": name, **GRAINS}, {"openvz.node_info": mine}
    cache.store(f"minions/{name}", "data", {"grains": grains, "pillar": {}})
    cache.store(f"minions/{name}", "mine", said)
    cache.store("grains", name, grains)
    cache.store("mine", name, said)


def _mine(ctids):
    containers = {f"web{ctid}": {"ctid": ctid, "uuid": fleet.facts(ctid)["uuid"]} for ctid in ctids}
    return {"templates": [], "samples": [], "bridges": ["br0"], "networks": {}, "containers": containers}
