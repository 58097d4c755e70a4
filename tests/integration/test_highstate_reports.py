"""What the master shows of thirty containers: plans, budgets, lists, drift, and what is wrong with pillars."""

import pytest
from columns import columns
from thirty import until

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def applied(fleet, command):
    """The thirty are there."""
    assert [one["result"] for one in fleet.highstate().values()] == [True] * 3
    return fleet


def is_readable(ran):
    """No line is longer than a terminal is wide, and there are lines."""
    lines = ran.stdout.splitlines()
    return len(lines) > 3 and max(map(columns, lines)) <= 80


# budgets, and plan and apply as two acts


@pytest.fixture
def edited(applied, nodes):
    """Three documents of hn1 have another address and more memory than their containers."""
    applied.edit("hn1", 0, 1, 2)
    for index in (0, 1, 2):
        applied.wanted["hn1"][f"web{index}"].addresses.pop(0)
    applied.publish()
    return len(nodes["hn1"].calls())


def test_over_budget_nothing_is_done_and_the_plan_is_done_as_it_was_shown(command, applied, edited, nodes):
    names = "hn1-web0, hn1-web1, hn1-web2"

    careful = command("salt", "hn1", "state.apply", "careful")
    refused = command("salt", "hn1", "openvz.apply", "max_network_changes=2")
    assert careful.returncode == refused.returncode == 1
    assert "Result: False" in careful.stdout
    for ran in (careful, refused):
        said = " ".join(ran.stdout.split())
        assert f"would break connections of 3 containers ({names}), and max_network_changes is 2; nothing" in said
    plan = command.json("salt", "hn1", "openvz.plan")["hn1"]
    assert plan["counts"] == {"creates": 0, "restarts": 0, "destroys": 0, "network_changes": 3, "disk_deletes": 0}
    assert is_readable(command("salt", "hn1", "openvz.plan"))
    assert len(nodes["hn1"].calls()) == edited
    applied.edit("hn1", 4)
    applied.publish()
    moved = command("salt", "hn1", "openvz.apply", f"plan_id={plan['plan_id']}")
    assert moved.returncode == 1 and f"not {plan['plan_id']}: the documents or the node have changed" in moved.stdout
    assert len(nodes["hn1"].calls()) == edited
    now = command.json("salt", "hn1", "openvz.plan")["hn1"]["plan_id"]
    done = command.json("salt", "hn1", "openvz.apply", f"plan_id={now}")["hn1"]
    assert done["plan_id"] == now
    assert sorted(one["name"] for one in done["containers"].values() if one["changes"]) == [
        *names.split(", "),
        "hn1-web4",
    ]
    applied.check("hn1")


# what there is, and what differs


def test_all_containers_of_all_nodes_are_listed(command, applied):
    data, shown = command.json("salt-run", "openvz.list"), command("salt-run", "openvz.list")
    one, seen = command.json("salt", "hn2", "openvz.list")["hn2"], command("salt", "hn2", "openvz.list")

    assert (shown.returncode, data["errors"]) == (0, {})
    for host, wanted in applied.wanted.items():
        assert {container.name for container in wanted.values()} <= set(data["nodes"][host])
    assert data["nodes"]["hn2"] == one
    assert one["hn2-web8"]["status"] == "stopped" and one["hn2-web3"]["addresses"] == ["10.2.0.13"]
    assert is_readable(shown) and is_readable(seen)
    assert all(container.name in shown.stdout for wanted in applied.wanted.values() for container in wanted.values())


def test_drift_is_shown_with_the_worst_node_first(command, applied, nodes):
    web5 = applied.ctid("hn2", 5)
    nodes["hn2"].vzctl("set", web5, "--ram", "1G", "--save")

    data, shown = command.json("salt-run", "openvz.drift"), command("salt-run", "openvz.drift")
    one, seen = command.json("salt", "hn2", "openvz.drift")["hn2"], command("salt", "hn2", "openvz.drift")
    mended = applied.highstate()
    calm = command.json("salt-run", "openvz.drift")

    assert list(data["nodes"]) == ["hn2", "hn1", "hn3"]
    assert data["nodes"]["hn2"] == one
    assert {label: said["status"] for label, said in one.items() if said["ctid"] > 300 or said["ctid"] < 200} == {
        f"web{index}": "drifted" if index == 5 else "in sync" for index in range(10)
    }
    assert one["web5"]["fields"]["memory"]["file"] == "1 GiB"
    assert is_readable(shown) and is_readable(seen)
    assert "hn2-web5" in seen.stdout or "web5" in seen.stdout
    assert (list(mended["hn2"]["changes"]), mended["hn1"]["changes"]) == (["hn2-web5"], {})
    assert {said["status"] for found in calm["nodes"].values() for said in found.values()} <= {"in sync", "unmanaged"}


# what is wrong with the pillars, seen from the master


@pytest.fixture(scope="module")
def mined(applied, command):
    """The minions have told the mine what their nodes have."""
    for pillar in applied.pillar.values():
        pillar["mine_functions"] = {"openvz.node_info": []}
    applied.publish()
    assert command.json("salt", "*", "mine.update") == dict.fromkeys(applied.nodes, True)
    yield applied
    for pillar in applied.pillar.values():
        del pillar["mine_functions"]
    command("salt", "*", "mine.flush")


def test_lint_finds_nothing_wrong_with_thirty_containers(command, mined):
    data, shown = command.json("salt-run", "openvz.lint"), command("salt-run", "openvz.lint")

    assert data == {"findings": [], "nodes": 3, "containers": 30, "retcode": 0}
    assert shown.returncode == 0 and "30 containers of 3 nodes" in shown.stdout


@pytest.fixture
def gone_over(mined, command):
    """The entry of a container of hn1 stands in the pillar of hn2 now, and the mine knows it."""
    before = {host: dict(wanted) for host, wanted in mined.wanted.items()}
    mined.wanted["hn2"]["guest"] = mined.wanted["hn1"].pop("web5")
    mined.publish()
    command("salt", "*", "mine.update")
    yield mined.wanted["hn2"]["guest"].name
    mined.wanted = before
    mined.publish()
    command("salt", "*", "mine.update")


def test_an_entry_that_goes_to_another_node_makes_no_second_container_and_loses_none(command, gone_over, mined, nodes):
    said = mined.highstate()["hn2"]
    others = ("max_destroys=9", "force=True", "test=True")  # what other modules have left on the node runs
    purged = command.json("salt", "hn1", "openvz.purge", *others)["hn1"]

    assert said["result"] is False
    assert f"container {gone_over} is on hn1 (its mine of 20" in said["comment"]
    assert f"salt-run openvz.move {gone_over} hn2; if hn1 has it no more: salt hn1 mine.update" in said["comment"]
    assert f"container {gone_over} is not destroyed: the pillar of hn2 wants it" in " ".join(purged["warnings"])
    assert nodes["hn1"].conf(nodes["hn1"].ctid(gone_over))["NAME"] == gone_over
    assert nodes["hn2"].ctid(gone_over) == gone_over, "no link, no container"


def test_a_node_tells_the_others_at_once_what_it_has_made(command, mined):
    def known():
        mines = command.json("salt", "hn2", "mine.get", "hn1", "openvz.node_info")["hn2"]
        return "fresh" in mines["hn1"]["containers"]

    assert command("salt", "hn1", "openvz.create", "777", "name=fresh", "ostemplate=debian-12-x86_64").returncode == 0
    until(known)

    refused = command("salt", "hn2", "openvz.create", "778", "name=fresh", "ostemplate=debian-12-x86_64")
    assert command("salt", "hn1", "openvz.destroy", "777", "force=True").returncode == 0
    until(lambda: not known())

    assert "container fresh is on hn1 (its mine of 20" in refused.stdout
    assert refused.returncode != 0


@pytest.fixture
def wrong(mined):
    """A bridge and a network that a node lacks, an address of another node, and a CTID twice on one."""
    before = {host: dict(wanted) for host, wanted in mined.wanted.items()}
    mined.wanted["hn1"]["web0"].veth = "<interface type='bridge'><source bridge='br7'/></interface>"
    mined.wanted["hn2"]["web1"].veth = "<interface type='network'><source network='dmz'/></interface>"
    mined.wanted["hn3"]["web2"].addresses.append(mined.wanted["hn1"]["web5"].addresses[0])
    twice = type(mined.wanted["hn3"]["web3"]).make(3, 13)
    mined.wanted["hn3"]["web13"], twice.fixed = twice, 403
    mined.publish()
    yield mined
    mined.wanted["hn1"]["web0"].veth = mined.wanted["hn2"]["web0"].veth
    mined.wanted["hn2"]["web1"].veth = mined.wanted["hn1"]["web1"].veth
    mined.wanted["hn3"]["web2"].addresses.pop()
    mined.wanted = before
    mined.publish()


def test_lint_finds_what_is_wrong_and_ends_with_1(command, wrong, nodes):
    asked = [len(node.calls(program="vzlist")) for node in nodes.values()]

    data, shown = command.json("salt-run", "openvz.lint"), command("salt-run", "openvz.lint")

    assert (data["retcode"], shown.returncode) == (1, 1)
    assert [(one["severity"], one["rule"], one["nodes"], one["labels"]) for one in data["findings"]] == [
        ("error", "bridge", ["hn1"], ["web0"]),
        ("error", "duplicate_ip", ["hn1", "hn3"], ["web5", "web2"]),
        ("error", "network", ["hn2"], ["web1"]),
        ("error", "duplicate_ctid", ["hn3", "hn3"], ["web13", "web3"]),
    ]
    assert is_readable(shown)
    for text in ("br7", "dmz", "10.1.0.15", "CTID 403"):
        assert text in shown.stdout
    assert [len(node.calls(program="vzlist")) for node in nodes.values()] == asked


def test_grains_of_the_nodes_make_targets(command, applied):
    command("salt", "*", "saltutil.refresh_grains")

    found = command.json("salt", "-G", "openvz:flavour:OpenVZ legacy", "grains.get", "openvz")
    others = command.json("salt", "-G", "openvz:flavour:Virtuozzo 7 to 9", "grains.get", "openvz")

    assert (sorted(found), sorted(others)) == (["hn1", "hn2"], ["hn3"])
    assert all(grain["containers"] == grain["layouts"]["simfs"] >= 10 for grain in found.values())
    assert others["hn3"]["containers"] == others["hn3"]["layouts"]["ploop"] >= 10
