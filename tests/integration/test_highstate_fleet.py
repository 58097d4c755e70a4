"""
Thirty containers on three nodes, kept by highstates while things go wrong.

These tests tell one story and run in the order they are written.
"""

import json
import os
import re

import pytest
from columns import columns
from families import FOUR, SEVEN
from thirty import kill, objects, states, until, vzctl_of
from vzdomain.execution.journal import Journal

pytestmark = pytest.mark.integration
LOOKS = {FOUR: 1, SEVEN: 0}  # times that a run asks vzlist: of family 7 the kernel tells what runs


def test_a_dry_highstate_announces_thirty_creations_and_makes_none(fleet, nodes):
    before = {host: (node.calls(), node.calls(program="vzlist")) for host, node in nodes.items()}

    dry = fleet.highstate("test=True")

    assert [one["result"] for one in dry.values()] == [None] * 3
    for host, node in nodes.items():
        created = [name for name, text in dry[host]["changes"].items() if "+container: created" in text]
        assert created == [one.name for one in fleet.wanted[host].values()]
        assert node.calls() == before[host][0]
        assert len(node.calls(program="vzlist")) == len(before[host][1]) + LOOKS[node.family]


def test_the_real_one_does_it_and_the_next_one_changes_nothing(fleet, nodes):
    dry = fleet.highstate("test=True")
    asked = {host: len(node.calls(program="vzlist")) for host, node in nodes.items()}

    real, again = fleet.highstate(), fleet.highstate()

    fleet.check()
    assert {host: one["changes"] for host, one in real.items()} == {host: one["changes"] for host, one in dry.items()}
    assert [(one["result"], one["changes"]) for one in again.values()] == [(True, {})] * 3
    assert again["hn1"]["comment"] == "10 containers unchanged"
    for host, node in nodes.items():
        assert len(node.calls(program="vzlist")) - asked[host] == 2 * LOOKS[node.family]


def test_progress_is_reported_to_the_master(fleet, events):
    told = [json.loads(line) for line in events.read_text().splitlines() if "/progress" in line]

    for host, wanted in fleet.wanted.items():
        said = [one["data"]["data"] for one in told if one["tag"] == f"openvz/{host}/progress"]
        assert {one["of"] for one in said} == {10}
        for number, container in enumerate(wanted.values(), 1):
            steps = [one["step"] for one in said if (one["n"], one["name"]) == (number, container.name)]
            assert steps[0].startswith("vzctl create ") and steps[-1] == "done", steps


class Broken:
    """One highstate while a container of hn1 is locked, vzctl of hn2 fails, and hn3 is killed in the middle."""

    def __init__(self, fleet, nodes, minions):
        self.locked, self.sparing = fleet.ctid("hn1", 3), fleet.ctid("hn3", 0)
        lock = nodes["hn1"].directory / f"vz/lock/{self.locked}.lck"
        lock.write_text(f"{os.getpid()}\n\n")
        nodes["hn2"].fault("--command", "set", "--rc", "46", "--stderr", "No disk space")
        nodes["hn3"].fault("--command", "set", "--hang", "600")
        nodes["hn3"].fault("--command", "set", "--match", f"set {self.sparing} ", "--hang", "10", "--times", "1")
        words = ("--timeout=5", "*", "state.highstate", "--out=json")
        running = fleet.command.start("salt", *words)
        until(lambda: len(vzctl_of(minions["hn3"], "set")) == 4)
        self.spared = vzctl_of(minions["hn3"], "set", self.sparing)
        self.flights = Journal(f"{minions['hn3'].config['cachedir']}/openvz").steps()
        kill(minions["hn3"], self.spared)
        self.stdout, _ = running.communicate(timeout=300)
        self.returncode = running.returncode
        lock.unlink()
        for host in ("hn2", "hn3"):
            nodes[host].fault("--clear")


@pytest.fixture(scope="module")
def broken(fleet, nodes, minions):
    for host in nodes:
        fleet.edit(host)
    fleet.settings["hn1"]["lock_timeout"] = 2
    fleet.publish()
    yield Broken(fleet, nodes, minions)
    if not minions["hn3"].is_running():
        minions["hn3"].terminate()
        minions["hn3"].start(start_timeout=120)


def test_a_lock_a_broken_vzctl_and_a_killed_minion_harm_nobody_else(fleet, broken):
    said = states(objects(broken.stdout))

    assert (sorted(said), broken.returncode) == (["hn1", "hn2"], 1)
    assert said["hn1"]["result"] is said["hn2"]["result"] is False
    others = [one.name for one in fleet.wanted["hn1"].values() if one.index != 3]
    assert sorted(said["hn1"]["changes"]) == others
    assert re.search(r"hn1-web3 failed: .*locked", said["hn1"]["comment"]), said["hn1"]["comment"]
    assert said["hn2"]["changes"] == {}
    assert said["hn2"]["comment"].count("failed: ") == said["hn2"]["comment"].count("No disk space") == 10
    assert "hn3" in broken.stdout
    assert len(broken.flights) == 4


def test_a_minion_that_is_down_is_named_by_the_runner(command, broken):
    data, shown = command.json("salt-run", "openvz.list", "timeout=5"), command("salt-run", "openvz.drift", "timeout=5")

    assert (sorted(data["nodes"]), data["errors"]) == (["hn1", "hn2"], {"hn3": "did not answer"})
    assert (data["retcode"], shown.returncode) == (1, 1)
    assert shown.stdout.startswith("hn3:\n    did not answer\n")
    assert max(map(columns, shown.stdout.splitlines())) <= 80


def test_when_the_causes_are_gone_one_highstate_converges_them_all(fleet, broken, minions, nodes):
    minions["hn3"].terminate()
    minions["hn3"].start(start_timeout=120)

    first, second = fleet.highstate(), fleet.highstate()

    fleet.check()
    assert [one["result"] for one in first.values()] == [True] * 3
    assert list(first["hn1"]["changes"]) == ["hn1-web3"]
    assert len(first["hn2"]["changes"]) == 10
    reports = [one for one in first["hn3"]["warnings"] if "an earlier run was interrupted on" in one]
    assert sorted(re.search(r"vzctl set (\S+) ", one).group(1) for one in reports) == sorted(map(str, broken.flights))
    assert [(one["result"], one["changes"], one.get("warnings")) for one in second.values()] == [(True, {}, None)] * 3
    assert not list((nodes["hn3"].directory / "vz/lock").glob("*.lck"))


def test_what_vzctl_finished_after_its_minion_died_is_not_done_again(broken, nodes):
    sets = [argv for argv in nodes["hn3"].calls("set") if argv[1] == broken.sparing]

    assert broken.spared and not broken.spared[0].is_running()
    assert len([argv for argv in sets if "10.3.1.10" in argv]) == 1


def test_a_batch_of_one_reaches_every_node(fleet, command, nodes):
    for host in nodes:
        fleet.edit(host, 2, 4)
    fleet.publish()

    ran = command("salt", "-b", "1", "*", "state.highstate", "--out=json")

    assert ran.returncode == 0, ran
    said = states(objects(ran.stdout))
    assert {host: (one["result"], len(one["changes"])) for host, one in said.items()} == dict.fromkeys(nodes, (True, 2))
    fleet.check()


@pytest.fixture
def at_once(fleet, command, nodes, minions):
    """Two highstates of hn1, one of them in Salt's queue, one that is refused, and one `openvz.apply` beside them."""
    fleet.settings["hn1"]["lock_timeout"] = 60  # the other one works on a container for 8 seconds
    fleet.edit("hn1", 1, 5)
    fleet.wanted["hn1"]["web10"] = type(fleet.wanted["hn1"]["web0"]).make(1, 10)
    fleet.publish()
    nodes["hn1"].fault("--command", "create", "--hang", "8", "--times", "1")
    words = ("hn1", "state.highstate", "--out=json")
    first = command.start("salt", *words)
    until(vzctl_of, minions["hn1"], "create")
    refused = command.json("salt", "hn1", "state.highstate")
    others = [
        command.start("salt", "hn1", "openvz.apply", "--out=json"),
        command.start("salt", *words, "queue=True"),
    ]
    shown = [one.communicate(timeout=300)[0] for one in (first, *others)]
    return [refused["hn1"], *(objects(one)["hn1"] for one in shown)]


def test_two_highstates_and_an_apply_at_once_do_nothing_twice(fleet, nodes, at_once):
    refused, first, beside, queued = at_once

    assert re.search(r'The function "state.highstate" is running as PID \d+', refused[0])
    first, queued = (states({"hn1": one})["hn1"] for one in (first, queued))
    assert (first["result"], queued["result"], queued["changes"]) == (True, True, {})
    assert not [one for one in beside["containers"].values() if one.get("error")]
    fleet.check("hn1")
    told = [(name, one["changes"]) for name, one in first["containers"].items()]
    told += [(one["name"], one["changes"]) for one in beside["containers"].values()]
    done = [(name, field) for name, changes in told for field in changes]
    assert {name for name, _ in done} == {"hn1-web1", "hn1-web5", "hn1-web10"}
    assert len(set(done)) == len(done)
    added = [argv for argv in nodes["hn1"].calls("set") if "10.1.2.15" in argv or "10.1.2.11" in argv]
    assert len(added) == 2
