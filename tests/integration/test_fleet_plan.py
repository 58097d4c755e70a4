"""
One plan for three nodes and a real master: containers are made, one moves, two swap addresses, and a runner is killed.

These tests tell one story and run in the order they are written.
"""

import json

import pytest
from thirty import Wanted, until

pytestmark = pytest.mark.integration
NUMBER = 8  # of the names and addresses here, which no other module has


@pytest.fixture(scope="module")
def planned(fleet):
    """Two containers in the pillar of hn1, and one in that of each other node."""
    for index, host in enumerate(("hn1", "hn1", "hn2", "hn3")):
        fleet.wanted[host] = {label: one for label, one in fleet.wanted[host].items() if one.number == NUMBER}
        one = Wanted.make(NUMBER, index)
        one.fixed = 1000 * NUMBER + index
        fleet.wanted[host][f"web{index}"] = one
    fleet.publish()
    return fleet


def runner(command, *argv):
    """What ``salt-run`` ends with, and the data."""
    done = command("salt-run", *argv, "--out=json")
    assert done.stdout.strip().startswith("{"), done
    return done.returncode, json.loads(done.stdout)


def errors(plan):
    return [one for one in plan["findings"] if one["severity"] == "error"]


def test_one_plan_makes_containers_on_three_nodes_at_a_time(planned, command, nodes):
    code, plan = runner(command, "openvz.plan")
    assert (code, plan["errors"], plan["counts"]["creates"]) == (0, {}, 4), plan["findings"]

    code, done = runner(command, "openvz.apply", f"plan_id={plan['plan_id']}", "max_nodes_at_once=3")

    assert (code, [row["state"] for row in done["steps"]]) == (0, ["done"] * 3), done
    assert nodes["hn1"].status(1000 * NUMBER) == ["exist", "mounted", "running"]
    code, again = runner(command, "openvz.plan")
    assert (code, again["steps"], errors(again)) == (0, [], [])


def test_a_move_and_a_swap_go_on_where_their_runner_was_killed(planned, command, nodes):
    one, other = planned.wanted["hn1"].pop("web1"), planned.wanted["hn3"]["web3"]
    planned.wanted["hn2"]["web1"] = one
    two = planned.wanted["hn2"]["web2"]
    two.addresses, other.addresses = other.addresses, two.addresses
    planned.publish()
    kept = nodes["hn1"].area(one.fixed) / "etc/kept"
    kept.write_text("what was written before")
    for node in nodes.values():
        node.forget_calls()

    code, plan = runner(command, "openvz.plan")
    assert (code, plan["counts"]["moves"], plan["counts"]["creates"]) == (0, 1, 0), plan["findings"]
    kinds = sorted((step["kind"], step["node"]) for step in plan["steps"])
    assert kinds == [("apply", "hn2"), ("apply", "hn3"), ("move", "hn2"), ("release", "hn2")]
    argv = ("openvz.apply", f"plan_id={plan['plan_id']}", "keep_for=0")
    running = command.start("salt-run", *argv, "--out=json")
    until(lambda: nodes["hn1"].calls(program="vzmigrate"), what="the move was to begin")
    running.kill()
    running.communicate()
    code, done = runner(command, *argv)

    assert (code, {row["state"] for row in done["steps"]}) == (0, {"done"}), done
    sent = [argv for argv in nodes["hn1"].calls(program="vzmigrate") if "--dry-run" not in argv]
    assert len(sent) == 1
    assert [node.calls("create") for node in nodes.values()] == [[], [], []]
    assert nodes["hn2"].status(one.fixed) == ["exist", "mounted", "running"]
    assert (nodes["hn2"].area(one.fixed) / "etc/kept").read_text() == "what was written before"
    code, again = runner(command, "openvz.plan")
    assert (code, again["steps"], errors(again)) == (0, [], [])
