"""A real master and two real minions, each with a simulated node of its own; the extension comes by sync."""

import json
import pathlib
import shutil
import tempfile

import pytest
from simnode import SimNode

REPO = pathlib.Path(__file__).parents[2]
SYNCED = ("_modules", "_states", "_utils", "_grains", "_beacons", "_output", "_runners")
HOSTS = ("hn1", "hn2")
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
def master(salt_factories, file_root, pillar_root, events):
    overrides = {
        "interface": "127.0.0.1",
        "fips_mode": False,
        "file_roots": {"base": [str(file_root)]},
        "pillar_roots": {"base": [str(pillar_root)]},
        "event_return": "rawfile_json",
        "rawfile_json.filename": str(events),
        "log_level_logfile": "trace",
    }
    defaults = {"open_mode": True, "transport": "zeromq"}
    factory = salt_factories.salt_master_daemon("m", defaults=defaults, overrides=overrides)
    with factory.started(start_timeout=120):
        yield factory


@pytest.fixture(scope="session")
def nodes(tmp_path_factory):
    return {host: SimNode.make(tmp_path_factory.mktemp(host) / "node") for host in HOSTS}


@pytest.fixture(scope="session")
def minions(master, nodes):
    started = {}
    try:
        for host, node in nodes.items():
            options = {**node.options, "networks": {"default": "virbr0"}}
            overrides = {"openvz": options, "fips_mode": False, "log_level_logfile": "trace"}
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
