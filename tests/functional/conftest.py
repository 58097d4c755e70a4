"""Salt's own loader in this process, modules from the work tree, a simulated node behind them."""

import json
import os
import shutil
from pathlib import Path

import pytest
import salt._logging
import salt.config
import simminion
from families import FOUR
from prefork import Server
from saltfactories.utils.functional import Loaders
from simnode import SimNode

REPO = Path(__file__).parents[2]
PASSWORD_HASH = "$6$Ns3kWq1l$k9cQ1wU7mZs0pYt5Hn2vXb8rLd4eGf6aJi3oTuPyRwEzCxVbMqKsDhFgAj1lO0iN9uB8yV7tC6rX5eZ4wQ3a/"
WEB01 = """\
<domain type='openvz'>
  <name>web01</name>
  <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001</uuid>
  <memory unit='MiB'>512</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='network'><source network='default'/></interface>
    <interface type='ethernet'><ip address='198.51.100.10' family='ipv4'/></interface>
  </devices>
</domain>
"""
SEED = (REPO / "tests/unit/data/seed.xml").read_text()
PILLAR = {
    "openvz": {
        "containers": {"web01": {"xml": WEB01}, "seed": {"xml": SEED}},
        "passwords": {"web01": PASSWORD_HASH},
    }
}


@pytest.fixture(scope="session", autouse=True)
def no_log_after_the_end():
    """Salt keeps what it logs in memory until its process ends, and would print all of it after pytest's last line."""
    yield
    salt._logging.shutdown_temp_handler()


@pytest.fixture(scope="session", autouse=True)
def no_start_twice():
    """The nodes' programs are loaded already, and Salt's loaders know what lies where."""
    server = Server()
    with server.patched(), simminion.quick_loaders():
        yield
    server.close()


@pytest.fixture(scope="session")
def salt_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("salt")
    for name in ("states", "pillar", "cache", "pki", "sock", "conf"):
        (home / name).mkdir()
    (home / "pillar/top.sls").write_text("base: {'*': [openvz]}\n")
    (home / "pillar/openvz.sls").write_text(json.dumps(PILLAR))
    return home


@pytest.fixture
def family():
    """Which vzctl the node has; `families.BOTH` runs a test with each."""
    return os.environ.get("OPENVZ_FAMILY", FOUR)


class Pristine:
    """New nodes of each family, all in one place: the minion finds its programs there whatever family they are."""

    def __init__(self, node, copies):
        self.node, self._copies = node, copies

    def restore(self, family=FOUR):
        """Make the node a new one of that family; the first time it is made as users do."""
        copy = self._copies / family
        if copy.exists():
            self.node.restore(copy)
        else:
            shutil.rmtree(self.node.directory, ignore_errors=True)
            SimNode.make(self.node.directory, family)
            SimNode(copy).restore(self.node.directory)
        return self.node


@pytest.fixture(scope="session")
def pristine(tmp_path_factory):
    """What makes the minion's node a new one."""
    place = tmp_path_factory.mktemp("node")
    pristine = Pristine(SimNode(place / "n1"), place)
    pristine.restore()
    return pristine


@pytest.fixture
def node(pristine, salt_home, family):
    """A new node, of which the minion has noted nothing yet."""
    shutil.rmtree(salt_home / "cache/openvz", ignore_errors=True)
    return pristine.restore(family)


@pytest.fixture(scope="session")
def copies(tmp_path_factory):
    """Where the nodes are kept that `once` made."""
    return tmp_path_factory.mktemp("copies")


@pytest.fixture
def once(request, node, copies, family):
    """
    Bring an empty node to where `make` brings it, which is done for the first test of a module alone.

    ``once(NAME, make)``; what a minion has noted meanwhile is not kept.
    """

    def bring(name, make):
        kept = copies / f"{request.module.__name__} {name} {family}"
        if kept.exists():
            node.restore(kept)
        else:
            make()
            SimNode(kept).restore(node.directory)
        node.forget_calls()
        return node

    return bring


@pytest.fixture(scope="session")
def minion_opts(salt_home, pristine):
    opts = salt.config.DEFAULT_MINION_OPTS.copy()
    opts.update(
        id="hn1",
        root_dir=str(salt_home),
        cachedir=str(salt_home / "cache"),
        conf_file=str(salt_home / "conf/minion"),
        extension_modules=str(salt_home / "cache/extmods"),
        pki_dir=str(salt_home / "pki"),
        sock_dir=str(salt_home / "sock"),
        log_file=str(salt_home / "minion.log"),
        file_client="local",
        __cli="salt-call",  # masterless: its pillar is not compiled again for each state
        module_dirs=[str(REPO)],
        file_roots={"base": [str(salt_home / "states")]},
        pillar_roots={"base": [str(salt_home / "pillar")]},
        openvz={
            **pristine.node.options,
            "networks": {"default": "virbr0"},
            "lock_timeout": 1,
            "command_timeout": 30,
        },
    )
    return opts


@pytest.fixture(scope="session")
def loaders(minion_opts):
    return Loaders(minion_opts)


@pytest.fixture
def openvz(loaders, node):
    """The execution module."""
    return loaders.modules.openvz


@pytest.fixture
def states(loaders, node):
    """The state module."""
    return loaders.states.openvz


@pytest.fixture
def state_files(salt_home, node):
    """Write ``NAME.sls`` into the state tree."""
    root = salt_home / "states"
    yield root
    shutil.rmtree(root)
    root.mkdir()


@pytest.fixture
def seed():
    """The document of 2008, letter for letter."""
    return SEED


@pytest.fixture
def web01():
    """The document of the pillar's container."""
    return WEB01


@pytest.fixture
def password_hash():
    """The crypt hash that the pillar has."""
    return PASSWORD_HASH


class Pillar:
    """
    The pillar of the minion.

    Functions called from here have a copy in memory; states compile theirs from the file, or have another copy.
    """

    def __init__(self, path, *copies):
        self.path, self._before, self._copies = path, path.read_text(), copies

    def put(self, **said):
        for copy in self._copies:
            copy.update(said)

    def drop(self, name):
        for copy in self._copies:
            copy.pop(name, None)

    def put_setting(self, **said):
        for copy in self._copies:
            copy["openvz"].update(said)

    def drop_setting(self, *names):
        for copy in self._copies:
            for name in names:
                copy["openvz"].pop(name, None)

    def write(self):
        self.path.write_text("#!json\n" + json.dumps({"openvz": self._copies[0]["openvz"]}))

    def restore(self):
        self.drop("_errors")
        self.drop_setting("domains", "protected", "history_days")
        self.path.write_text(self._before)


@pytest.fixture
def pillar(loaders, salt_home, node):
    pillar = Pillar(salt_home / "pillar/openvz.sls", loaders.opts["pillar"], loaders.modules.pack["__pillar__"])
    yield pillar
    pillar.restore()


class Written:
    """The state module; the pillar's file is written before each call."""

    def __init__(self, states, pillar):
        self._states, self._pillar = states, pillar

    def __getattr__(self, name):
        self._pillar.write()
        return getattr(self._states, name)


@pytest.fixture
def written(states, pillar):
    """The state module, which sees what the pillar has now."""
    return Written(states, pillar)


@pytest.fixture
def domains(pillar):
    """The containers of the pillar; tests change it between runs."""
    domains = {}
    pillar.put_setting(domains=domains)
    return domains
