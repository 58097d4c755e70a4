"""
A real master and three real minions, each with a simulated node of its own; the extension comes by sync.

Two nodes are of family 4, and hn3 is of family 7.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest
import yaml
from families import FOUR, SEVEN
from simnode import SimNode
from thirty import Fleet, objects

REPO = pathlib.Path(__file__).parents[2]
SYNCED = ("_modules", "_states", "_utils", "_grains", "_beacons", "_output", "_runners", "_resources", "openvz")
FAMILIES = {"hn1": FOUR, "hn2": FOUR, "hn3": SEVEN}
HOSTS = tuple(FAMILIES)
PAGE = REPO / "docs/how-to/fleet.md"
PASSWORD_HASH = "$6$V8rT0kQe$1mWb7uYc5Zx3Na9Lp2Hs6Jd4Kf8Gg0Qq"
DOCUMENT = """\
<domain type='openvz'>
  <name>{ctid}</name>
  <memory unit='MiB'>512</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='network'><source network='default'/></interface>
    <interface type='route'><ip address='198.51.100.{ctid}'/></interface>
  </devices>
</domain>
"""
TOP = "base: {'*': [containers]}\n"
CONTAINERS = """\
{% for label in pillar['openvz']['containers'] %}
{{ label }}:
  openvz.running:
    - pillar_key: openvz:containers:{{ label }}:xml
{% endfor %}
"""


@pytest.hookimpl(tryfirst=True)  # pytest chooses by marks in the same hook
def pytest_collection_modifyitems(items):
    """What needs the one master, and what its tests leave to each other, is run by one process: ``-m fleet``."""
    for item in items:
        if "master" in item.fixturenames:
            item.add_marker(pytest.mark.fleet)
    # Containers elsewhere first, then more minions, of which the others know nothing.
    last = ("test_fleet_plan", "test_fleet_moves", "test_resources", "test_upgrade", "test_install")
    items.sort(key=lambda item: last.index(item.module.__name__) if item.module.__name__ in last else -1)


@pytest.fixture(scope="session")
def password_hash():
    """The crypt hash that every minion's pillar has."""
    return PASSWORD_HASH


@pytest.fixture(scope="session")
def salt_factories_config():
    # unix socket paths have a limit of about 107 bytes: keep the root short
    root = pathlib.Path(tempfile.mkdtemp(prefix="sf"))
    return {"code_dir": str(REPO), "root_dir": root, "inject_sitecustomize": False, "start_timeout": 120}


@pytest.fixture(scope="session")
def file_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("states")
    for name in SYNCED:
        shutil.copytree(REPO / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "top.sls").write_text(TOP)
    (root / "containers.sls").write_text(CONTAINERS)
    return root


@pytest.fixture(scope="session")
def pillar_root(tmp_path_factory):
    """Each minion has a container of its own, numbered like it."""
    root = tmp_path_factory.mktemp("pillar")
    (root / "top.sls").write_text(json.dumps({"base": {host: [host] for host in HOSTS}}))
    for number, host in enumerate(HOSTS, 1):
        containers = {"web": {"xml": DOCUMENT.format(ctid=200 + number)}}
        pillar = {"openvz": {"containers": containers, "passwords": {"root": PASSWORD_HASH}}}
        (root / f"{host}.sls").write_text(json.dumps(pillar))
    return root


@pytest.fixture(scope="session")
def events(tmp_path_factory):
    """The file that the master writes every event to."""
    return tmp_path_factory.mktemp("events") / "events.json"


@pytest.fixture(scope="session")
def recipe(tmp_path_factory):
    """The blocks of the page about fleets that repair drift, by the path that each begins with, as text."""
    blocks = re.findall(r"^```yaml\n# (/\S+)\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    found = {path: text for path, text in blocks if re.search(r"/(salt/(minion|master)\.d|reactor)/", path)}
    place = tmp_path_factory.mktemp("reactor")
    for path, text in found.items():
        if path.startswith("/srv/reactor/"):
            (place / pathlib.Path(path).name).write_text(text)
    return {path: text.replace("/srv/reactor", str(place)) for path, text in found.items()}


def of_recipe(recipe, word):
    """What a block of the recipe that begins with this word says under it."""
    (text,) = [text for text in recipe.values() if text.startswith(f"{word}:")]
    return yaml.safe_load(text)[word]


@pytest.fixture(scope="session")
def beacons(recipe):
    """The beacons that the page has for every minion."""
    return of_recipe(recipe, "beacons")


@pytest.fixture(scope="session")
def master(salt_factories, file_root, pillar_root, events, recipe):
    overrides = {
        "reactor": of_recipe(recipe, "reactor"),
        "interface": "127.0.0.1",
        "fips_mode": False,
        "file_roots": {"base": [str(file_root)]},
        "pillar_roots": {"base": [str(pillar_root)]},
        "event_return": "rawfile_json",
        "rawfile_json.filename": str(events),
        "log_level_logfile": "trace",
        "gather_job_timeout": 30,  # a minion of a busy machine may take longer than 10 to say that it is at work
    }
    defaults = {"open_mode": True, "transport": "zeromq"}
    factory = salt_factories.salt_master_daemon("m", defaults=defaults, overrides=overrides)
    with factory.started(start_timeout=120):
        yield factory


@pytest.fixture(scope="session")
def nodes(tmp_path_factory):
    """They reach each other as root, by their minion ids."""
    place = tmp_path_factory.mktemp("nodes")
    nodes = {host: SimNode.make(place / host, family) for host, family in FAMILIES.items()}
    SimNode.join(place)
    return nodes


@pytest.fixture(scope="session")
def minions(master, nodes):
    started = {}
    try:
        for host, node in nodes.items():
            options = {**node.options, "networks": {"default": "virbr0"}}
            overrides = {"openvz": options, "fips_mode": False, "log_level_logfile": "trace"}
            overrides["loop_interval"] = 1  # as Salt's own: beacons count loops, and each loop has its price
            overrides["autoload_dynamic_modules"] = False  # a hundred requests for each highstate; the tests sync
            started[host] = master.salt_minion_daemon(host, overrides=overrides)
            started[host].start(start_timeout=120)
        yield started
    finally:
        for factory in reversed(started.values()):
            factory.terminate()


@pytest.fixture(scope="session")
def salt(master, minions):
    """Run ``salt '*' FUNCTION`` and return what each minion answered."""
    cli = master.salt_cli(timeout=120)

    class Salt:
        def __call__(self, *args, target="*", **kwargs):
            ret = cli.run(*args, minion_tgt=target, **kwargs)
            self.last = ret
            return ret.data

    return Salt()


class Command:
    """Runs the commands of Salt on the master as a person does."""

    def __init__(self, master):
        self.master = master

    def __call__(self, program, *argv):
        running = self.start(program, *argv)
        stdout, stderr = running.communicate(timeout=300)
        return subprocess.CompletedProcess(running.args, running.returncode, stdout, stderr)

    def start(self, program, *argv):
        """The same without waiting for its end."""
        words = [pathlib.Path(sys.executable).parent / program, f"--config-dir={self.master.config_dir}", "--no-color"]
        environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([*words, *argv], **pipes, text=True, env=environ)

    def json(self, program, *argv):
        """What it shows as JSON, of all minions together."""
        ran = self(program, *argv, "--out=json")
        said = objects(ran.stdout)
        assert said, ran
        return said


@pytest.fixture(scope="session")
def terminal(master):
    """Run a command of Salt on the master."""
    return Command(master)


@pytest.fixture(scope="session")
def command(master, minions, salt):
    """Run a command of Salt on the master, everything synced on both sides."""
    salt("saltutil.sync_all")
    run = Command(master)
    synced = run("salt-run", "saltutil.sync_all", "--out=json")
    assert synced.returncode == 0, synced
    return run


@pytest.fixture(scope="module")
def fleet(command, nodes, file_root, pillar_root):
    """Thirty containers in the pillars of three minions; each module makes of them what it needs."""
    fleet = Fleet(command, nodes, file_root, pillar_root)
    fleet.publish()
    yield fleet
    fleet.restore()
