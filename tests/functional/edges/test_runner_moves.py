"""The runner's moves, with nodes that are a model: what it asks, who may drive, what it says and ends with."""

import sys
from pathlib import Path

import pytest
from salt.exceptions import CommandExecutionError, SaltClientError
from simmaster import Master
from vzdomain.errors import OpenVZError
from vzdomain.execution.journal.turns import Turns
from vzdomain.fleet.moving import drive

sys.path.append(str(Path(__file__).parents[2] / "unit/fleet"))  # twonodes.py
from twonodes import UUID, World  # noqa: E402

pytestmark = pytest.mark.salt_api


class Client:
    """Asks the nodes of a `World` as Salt asks minions; `fails` is what a master says that is down."""

    fails = None

    def __init__(self, world):
        self.world = world

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def cmd(self, tgt, function, tgt_type, full_return, kwarg):
        if self.fails:
            raise self.fails
        nodes = tgt if tgt_type == "list" else list(self.world.nodes)
        return {node: self._returned(node, function, dict(kwarg)) for node in nodes}

    def _returned(self, node, function, said):
        if function == "openvz.move_step":
            try:
                return {"ret": self.world.ask(node, said.pop("step"), **said), "retcode": 0}
            except OpenVZError as err:
                return False if self.world.nodes[node].silent else {"ret": f"ERROR: {err}", "retcode": 1}
        its = {"ctid": 101, "uuid": UUID, "name": "web01", "status": "running", "entry": None}
        has = [its] if self.world.nodes[node].conf == "conf" else []
        return {"ret": {"family": 4, "containers": has, "plan": {}, "moves": [], "copies": []}, "retcode": 0}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def master(tmp_path, world, monkeypatch):
    master = Master(tmp_path)
    master.meets("hn1")
    master.meets("hn2")
    master.client = Client(world)
    monkeypatch.setattr("salt.client.get_local_client", lambda **options: master.client)
    monkeypatch.setattr(drive, "FIRST", 0)  # the world goes on whenever it is asked
    monkeypatch.setattr(drive, "LONGEST", 0)
    return master


def test_a_move_ends_with_0_and_is_told_in_words(master, world):
    dry = master.run["openvz.move"]("web01", "hn2", test=True)["data"]
    real = master.run["openvz.move"]("web01", "hn2")

    assert (dry["result"], dry["retcode"], dry["summary"]) == (
        "would move",
        0,
        "web01 would be moved from hn1 to hn2: all checks passed, and nothing was done",
    )
    assert (real["outputter"], real["data"]["retcode"]) == ("openvz", 0)
    assert real["data"]["summary"] == "web01 was moved from hn1 to hn2"
    assert world.b.is_up and not world.a.is_up
    assert "the pillar of hn2 has no entry for web01 yet" in real["data"]["warnings"]


def test_a_minion_that_the_master_does_not_know_is_named(master):
    for said in (
        {"destination": "hn22"},
        {"destination": "hn2", "source": "hn11"},
        {"destination": "hn2", "lost": "x"},
    ):
        with pytest.raises(CommandExecutionError, match="is not a minion of this master"):
            master.run["openvz.move"]("web01", **said)


def test_a_move_that_another_process_of_this_master_drives_is_left_to_it(master, world):
    with Turns(f"{master.opts['cachedir']}/openvz/moves", 0).hold(UUID):
        data = master.run["openvz.move"]("web01", "hn2")["data"]

    assert (data["result"], data["rule"], data["retcode"]) == ("refused", "driven", 1)
    assert "moves it now: wait for that" in data["reason"]
    assert world.a.is_up and world.a.intent is None


def test_a_master_that_goes_down_stops_the_command_which_goes_on_later(master, world):
    def goes_down():
        master.client.fails = SaltClientError("the master does not respond")

    world._down = goes_down
    world.faults = {"rsync1": "none and down"}
    data = master.run["openvz.move"]("web01", "hn2")["data"]
    assert (data["result"], data["rule"], data["command"]) == ("stopped", "silent", "salt-run openvz.move web01 hn2")

    master.client.fails = None
    assert master.run["openvz.move"]("web01", "hn2")["data"]["result"] == "moved"


def test_a_node_without_the_extension_is_asked_for_nothing_more(master, world):
    world.b.refuses.add("check_destination")

    data = master.run["openvz.move"]("web01", "hn2")["data"]

    assert (data["result"], data["reason"]) == ("refused", "check_destination failed")
    assert world.a.intent is None


def test_an_evacuation_ends_with_1_where_one_is_left(master, world):
    world.faults = {"rsync1": "fail"}
    data = master.run["openvz.evacuate"]("hn1")["data"]
    assert (data["retcode"], data["left"], data["command"]) == (1, 1, "salt-run openvz.evacuate hn1")
    both = "hn1: web01 (CTID 101) runs here; hn2: has nothing of web01 (CTID 101)"
    assert data["sentences"] == [f"web01: vzmigrate ended with 6: Syncing private; {both}"]

    data = master.run["openvz.evacuate"]("hn1", to="hn2", max_at_once=2)["data"]
    assert (data["retcode"], data["left"], data["summary"]) == (0, 0, "1 of 1 container was moved off hn1")
    assert data["command"] == "salt-run openvz.remove_copies node=hn1 all=True"
    assert master.run["openvz.evacuate"]("hn1")["data"]["summary"] == "hn1 has no containers"


def test_arguments_that_make_no_sense_are_refused(master):
    for function, said in (("move", {"timeout": "soon"}), ("evacuate", {"max_at_once": 0})):
        with pytest.raises(CommandExecutionError, match="must be"):
            master.run[f"openvz.{function}"](*{"move": ("web01", "hn2"), "evacuate": ("hn1",)}[function], **said)
