"""The resource type, asked as a minion asks it, of a node whose answers are written down."""

import importlib.util
from pathlib import Path

import pytest
import salt.loader
from salt.exceptions import CommandExecutionError

PLACE = Path(__file__).parents[3] / "_resources/openvz/__init__.py"


class Functions(dict):
    """The minion's functions."""

    def __init__(self, containers):
        super().__init__({"openvz.node_info": self.node_info, "openvz.list": self.list})
        self.containers, self.fails = containers, False

    def node_info(self):
        if self.fails:
            raise CommandExecutionError("vzctl cannot be run")
        return {"containers": {name: {"ctid": ctid, "name": name} for name, (ctid, _) in self.containers.items()}}

    def list(self, status=None):
        found = {name: {"ctid": ctid, "status": it} for name, (ctid, it) in self.containers.items()}
        return {name: one for name, one in found.items() if status in (None, one["status"])}


@pytest.fixture
def functions(monkeypatch):
    found = Functions({"web1": (101, "running"), "web2": (102, "stopped"), "db": (103, "running")})
    monkeypatch.setattr(salt.loader, "minion_mods", lambda opts: found)
    return found


@pytest.fixture
def openvz(functions, tmp_path):
    spec = importlib.util.spec_from_file_location("resource_type", PLACE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    names = {"__salt__": functions, "__context__": {}, "__resource__": {"id": "web1"}, "__opts__": {"id": "hn1"}}
    vars(module).update(names)
    module.opts = {"id": "hn1", "cachedir": str(tmp_path), "pillar": {"resources": {"openvz": {"only": "web*"}}}}
    return module


def test_the_pillar_chooses(openvz):
    assert openvz.discover(openvz.opts) == ["web1", "web2"]

    openvz.opts["pillar"]["resources"]["openvz"] = {"running": True}
    assert openvz.discover(openvz.opts) == ["db", "web1"]


def test_a_node_that_cannot_be_asked_keeps_its_targets(openvz, functions):
    openvz.discover(openvz.opts)
    functions.fails = True

    assert openvz.discover(openvz.opts) == ["web1", "web2"]


def test_a_command_never_reaches_the_container_that_has_the_number_now(openvz, functions):
    assert openvz.ctid_of("web1") == "101"
    functions.containers = {"other": (101, "running")}

    with pytest.raises(CommandExecutionError, match="no container web1"):
        openvz.ctid_of("web1")


def test_addresses_are_grains_of_their_kind(openvz, functions):
    listed = functions["openvz.list"]()
    listed["web1"]["addresses"] = ["198.51.100.1/32", "2001:db8::1/64"]
    functions["openvz.list"] = lambda status=None: listed

    found = openvz.grains()

    assert (found["ipv4"], found["ipv6"]) == (["198.51.100.1"], ["2001:db8::1"])
    assert (found["openvz_ctid"], found["openvz_name"]) == (101, "web1")
