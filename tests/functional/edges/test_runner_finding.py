"""The runner that looks for a container and for room, on a master's own loader; what nodes say is made up here."""

import pytest
from salt.exceptions import CommandExecutionError
from simmaster import Master

pytestmark = pytest.mark.salt_api

WEB = {"ctid": 101, "uuid": None, "status": "running", "addresses": ["10.20.0.7"], "macs": ["52:54:00:12:34:56"]}
ROOM = {
    "family": "4.x",
    "containers": 1,
    "memory": {"total_bytes": 8 * 2**30, "promised_bytes": 2**30, "unlimited": []},
    "cpus": {"total": 4, "promised": 1},
    "disk": [{"new": True, "free_bytes": 2**40}],
    "templates": [],
}


class Client:
    def __init__(self, returns):
        self.returns = returns

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def cmd(self, tgt, function, **how):
        return {node: said.get(function) if said else False for node, said in self.returns.items()}


@pytest.fixture
def master(tmp_path):
    return Master(tmp_path)


@pytest.fixture
def returns(monkeypatch):
    said = {"hn1": {"openvz.list": {"ret": {"web01": WEB}}, "openvz.capacity": {"ret": ROOM}}, "hn2": False}
    monkeypatch.setattr("salt.client.get_local_client", lambda **options: Client(said))
    return said


def test_a_container_is_found_and_who_was_not_reached_is_named(master, returns):
    data = master.run["openvz.find"](41135085296)["data"]  # 52:54:00:12:34:56, as Salt's command line reads it

    assert [(row["node"], row["name"], row["status"]) for row in data["found"]] == [("hn1", "web01", "running")]
    assert (data["errors"], data["retcode"]) == ({"hn2": "did not answer"}, 1)

    del returns["hn2"]
    assert master.run["openvz.find"]("10.20.0.7")["data"]["retcode"] == 0
    assert master.run["openvz.find"]("10.20.0.8")["data"]["retcode"] == 1


def test_what_a_silent_node_told_the_mine_is_found_too(master, returns):
    told = {"time": "2026-03-01T04:05:06Z", "containers": {"db": {"ctid": 7, "name": "db", "addresses": ["10.9.9.9"]}}}
    master.knows("hn2", {}, mine=told)

    (row,) = master.run["openvz.find"]("10.9.9.9")["data"]["found"]

    assert (row["node"], row["ctid"], row["status"]) == ("hn2", 7, "not known: its mine of 2026-03-01 04:05 UTC")


def test_room_is_shown_with_the_reason_of_each_node_that_has_none(master, returns):
    returns["hn2"] = {"openvz.capacity": {"ret": {**ROOM, "memory": {"total_bytes": 2**30, "promised_bytes": 2**30}}}}

    data = master.run["openvz.capacity"](memory="2G", disk="20G", cpus=2)["data"]

    assert ([row["node"] for row in data["fits"]], list(data["reasons"])) == (["hn1"], ["hn2"])
    assert (data["summary"], data["retcode"]) == ("it fits on 1 node, best first", 0)
    assert master.run["openvz.capacity"](memory="20G")["data"]["retcode"] == 1
    assert master.run["openvz.capacity"](family=7)["data"]["reasons"]["hn1"] == "its vzctl is 4.x"
    assert master.run["openvz.capacity"](family="4.11.1")["data"]["reasons"] == {}
    with pytest.raises(CommandExecutionError, match="write it with its unit"):
        master.run["openvz.capacity"](memory="20")
