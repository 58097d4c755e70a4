"""
Thirty containers on three nodes, of which some are moved from hn1 to hn2, and then all that are left.

These tests tell one story and run in the order they are written.
"""

import json
from collections import Counter

import pytest
from thirty import Wanted, until

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def standing(fleet, nodes):
    """Ten containers on each node, with CTIDs that no other node has, as moves between nodes of family 4 need them."""
    for host, node in nodes.items():
        for path in (node.directory / "etc/vz/conf").glob("[1-9]*.conf"):
            node.vzctl("stop", path.stem, "--fast", check=False)
            node.vzctl("destroy", path.stem)
        number = int(host[-1]) + 3
        several = [Wanted.make(number, index) for index in range(10)]
        for one in several:
            one.fixed = 1000 * number + one.index
        fleet.wanted[host] = {f"web{one.index}": one for one in several}
    fleet.publish()
    made = fleet.highstate()
    assert [one["result"] for one in made.values()] == [True] * 3, made
    for node in nodes.values():
        node.forget_calls()
    return fleet


def moved_by_vzmigrate(node):
    """How often each container was sent away, without the dry runs before."""
    return Counter(argv[-1] for argv in node.calls(program="vzmigrate") if "--dry-run" not in argv)


def runner(command, *argv):
    """What ``salt-run`` ends with, and the data."""
    done = command("salt-run", *argv, "--out=json")
    assert done.stdout.strip().startswith("{"), done
    return done.returncode, json.loads(done.stdout)


def test_a_move_takes_the_container_with_its_data_and_says_that_the_entry_has_to_follow(standing, command, nodes):
    name, wanted = "hn4-web1", standing.wanted["hn1"]["web1"]
    place = nodes["hn1"].inside(name, "root/kept")
    place.parent.mkdir(exist_ok=True)
    place.write_text("what was written before")

    code, dry = runner(command, "openvz.move", name, "hn2", "test=True")
    assert (code, dry["result"], dry["warnings"]) == (0, "would move", dry["warnings"])
    assert nodes["hn1"].calls("set") == []
    code, real = runner(command, "openvz.move", name, "hn2")

    assert (code, real["result"]) == (0, "moved"), real
    assert nodes["hn2"].status(name) == ["exist", "mounted", "running"]
    assert nodes["hn2"].inside(name, "root/kept").read_text() == "what was written before"
    assert nodes["hn1"].status(wanted.fixed) == ["deleted", "unmounted", "down"]
    said = " ".join(real["warnings"])
    assert f"the pillar of hn1 still has {name}: move that entry to hn2" in said
    assert f"the pillar of hn2 has no entry for {name} yet" in said


def test_the_entry_that_stayed_in_the_old_pillar_makes_no_second_one(standing, nodes):
    states = standing.highstate()

    assert states["hn1"]["result"] is False
    assert "was moved to hn2" in states["hn1"]["comment"]
    assert nodes["hn1"].calls("create") == []


def test_with_the_entry_in_the_other_pillar_nothing_is_left_to_do(standing):
    standing.wanted["hn2"]["web1 of hn1"] = standing.wanted["hn1"].pop("web1")
    standing.publish()

    states = standing.highstate("test=True")

    assert [(one["result"], one["changes"]) for one in states.values()] == [(True, {})] * 3, states


def test_a_plan_of_thirty_containers_moves_the_one_whose_entry_is_in_another_pillar(standing, command, nodes):
    one = standing.wanted["hn2"]["web2 of hn1"] = standing.wanted["hn1"].pop("web2")
    standing.publish()
    (nodes["hn1"].area(one.fixed) / "etc/kept").write_text("what was written before")

    code, plan = runner(command, "openvz.plan")
    assert (code, [(step["kind"], step["node"]) for step in plan["steps"]]) == (0, [("move", "hn2")]), plan
    code, done = runner(command, "openvz.apply", f"plan_id={plan['plan_id']}")

    assert (code, [step["state"] for step in done["steps"]]) == (0, ["done"]), done
    assert (nodes["hn2"].area(one.fixed) / "etc/kept").read_text() == "what was written before"
    code, again = runner(command, "openvz.plan")
    assert (code, again["steps"], again["summary"]) == (0, [], {"unchanged": 30}), again


def test_an_evacuation_whose_master_is_killed_goes_on_with_the_same_command(standing, command, nodes):
    names = [one.name for one in standing.wanted["hn1"].values()]
    argv = ("openvz.evacuate", "hn1", "to=hn2", "max_at_once=2", "--out=json")
    running = command.start("salt-run", *argv)
    until(lambda: sum(nodes["hn1"].conf(name) is None for name in names) >= 3, what="three were to be moved")
    running.kill()
    running.communicate()

    code, data = runner(command, *argv[:-1])

    assert (code, data["left"]) == (0, 0), data
    assert [name for name in names if nodes["hn2"].conf(name) is None] == []
    ran = {one.name: one.state == "running" for one in standing.wanted["hn1"].values()}
    assert {name: "running" in nodes["hn2"].status(name) for name in names} == ran
    assert set(moved_by_vzmigrate(nodes["hn1"]).values()) == {1}
    assert len(moved_by_vzmigrate(nodes["hn1"])) == 10
    assert not list((nodes["hn1"].directory / "etc/vz/conf").glob("[1-9]*.conf"))


def test_nothing_is_under_way_afterwards_and_the_copies_go_when_somebody_asks(standing, command, nodes):
    code, data = runner(command, "openvz.moves")
    assert (code, data["moves"], len(data["copies"])) == (0, [], 10)
    assert runner(command, "openvz.remove_copies")[1]["copies"] == []

    code, data = runner(command, "openvz.remove_copies", "node=hn1", "all=True")

    assert (code, {row["result"] for row in data["copies"]}) == (0, {"removed"})
    areas = {host: list((nodes[host].directory / "vz/private").glob("[0-9]*")) for host in ("hn1", "hn2")}
    assert {host: len(found) for host, found in areas.items()} == {"hn1": 0, "hn2": 20}
