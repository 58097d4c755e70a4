"""The recipe of docs/how-to/fleet.md, as it stands there: beacons see what happens, a reactor repairs it."""

import json

import pytest
from families import FOUR
from thirty import until

pytestmark = pytest.mark.integration


class Bus:
    """The events of beacons that have come to the master since it was made."""

    def __init__(self, path):
        self.path, self._begin = path, path.stat().st_size

    def events(self, host, kind):
        with self.path.open() as stream:
            stream.seek(self._begin)
            rows = [json.loads(line) for line in stream if line.endswith("}\n")]
        tag = f"salt/beacon/{host}/openvz/{kind}"
        return [row["data"].get("data", row["data"]) for row in rows if row["tag"] == tag]

    def of(self, host, label):
        """What became of the drift of one container."""
        return [one["status"] for one in self.events(host, "drift") if one["label"] == label]


@pytest.fixture(scope="module")
def watched(fleet, beacons):
    """The thirty are there, and the minions have the beacons of the page, which look every second."""
    assert [one["result"] for one in fleet.highstate().values()] == [True] * 3
    often = [{**one, "interval": 1} if "interval" in one else one for one in beacons["openvz"]]
    for pillar in fleet.pillar.values():
        pillar["beacons"] = {"openvz": often}
    for _ in range(2):  # Salt 3006 gives its beacons the pillar of the refresh before
        fleet.publish()
    yield fleet
    for pillar in fleet.pillar.values():
        del pillar["beacons"]


@pytest.fixture
def bus(watched, events, nodes):
    """The beacons have looked since now."""
    asking = {host: node for host, node in nodes.items() if node.family == FOUR}  # of the others the kernel tells
    asked = {host: len(node.calls(program="vzlist")) for host, node in asking.items()}
    for host, node in asking.items():
        until(lambda node=node, host=host: len(node.calls(program="vzlist")) > asked[host] + 3)
    return Bus(events)


def test_a_container_that_is_stopped_by_hand_is_reported_once_and_started_again(watched, bus, nodes):
    ctid = watched.ctid("hn1", 5)

    nodes["hn1"].vzctl("stop", ctid)

    until(lambda: bus.of("hn1", "web5")[1:])
    assert bus.of("hn1", "web5") == ["drifted", "in sync"]
    stopped = {"label": "web5", "ctid": int(ctid), "status": "stopped"}
    assert [{key: one[key] for key in stopped} for one in bus.events("hn1", "stopped")] == [stopped]
    assert "running" in nodes["hn1"].status(ctid)
    assert bus.events("hn2", "drift") == bus.events("hn1", "error") == []


def test_drift_that_cannot_be_repaired_is_reported_once_until_it_is_gone(watched, bus, nodes):
    node, ctid = nodes["hn2"], watched.ctid("hn2", 2)
    node.fault("--command", "set", "--rc", "46", "--stderr", "No disk space", "--match=--cpus 1")
    node.vzctl("set", ctid, "--cpus", "4", "--save")

    until(lambda: ["set", ctid, "--cpus", "1"] in [argv[:4] for argv in node.calls("set")])  # tried, and failed
    looks = len(node.calls(program="vzlist"))
    until(lambda: len(node.calls(program="vzlist")) > looks + 9)
    still = bus.of("hn2", "web2")
    node.fault("--clear")
    watched.highstate()
    until(lambda: bus.of("hn2", "web2")[1:])

    assert still == ["drifted"], bus.events("hn2", "drift")
    assert bus.of("hn2", "web2") == ["drifted", "in sync"]
    watched.check("hn2")
