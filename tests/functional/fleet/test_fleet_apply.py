"""``salt-run openvz.plan`` and ``openvz.apply``, by Salt's own loaders, over two minions on simulated nodes."""

import pytest
import simminion
from minions import Minions
from salt.exceptions import CommandExecutionError
from simmaster import Master

A, B = "198.51.100.11", "198.51.100.12"
DOCUMENT = """\
<domain type='openvz'>
  <name>web0{number}</name>
  <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f00{number}</uuid>
  <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:ctid>10{number}</openvz:ctid></metadata>
  <memory unit='MiB'>{memory}</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='ethernet'><ip address='{address}' family='ipv4'/></interface>
  </devices>
</domain>
"""


def running(number, address=None, memory=512):
    address = address or f"198.51.100.1{number}"
    return {"xml": DOCUMENT.format(number=number, address=address, memory=memory), "state": "running"}


class Fleet:
    """The runner, and the minions that it asks."""

    def __init__(self, master, minions):
        self.minions, self._run = minions, master.run

    def begin(self):
        """The pillars that the fleet is like."""
        for name, number in (("hn1", 1), ("hn2", 2)):
            self.minions.put(name, {f"web0{number}": running(number)})

    def plan(self, **given):
        return self._run["openvz.plan"](**given)["data"]

    def apply(self, plan_id=None, **given):
        return self._run["openvz.apply"](plan_id or self.plan()["plan_id"], **given)["data"]


@pytest.fixture(scope="module")
def first_fleet(tmp_path_factory):
    """web01 on hn1 and web02 on hn2, which were made by a plan of both, and run."""
    home = tmp_path_factory.mktemp("fleet")
    master = Master(home / "master")
    with simminion.apart(), pytest.MonkeyPatch.context() as patch:
        minions = Minions(home, master)
        patch.setattr("salt.client.get_local_client", lambda **options: minions)
        fleet = Fleet(master, minions)
        fleet.begin()
        done = fleet.apply(max_nodes_at_once=2)
        assert done["retcode"] == 0, done["sentences"]
        minions.keep()
        yield fleet


@pytest.fixture
def fleet(first_fleet):
    """The same again."""
    first_fleet.minions.restore()
    first_fleet.begin()
    return first_fleet


def test_an_entry_that_goes_to_another_pillar_moves_its_container_with_all_that_is_in_it(fleet):
    marker = fleet.minions.nodes["hn1"].directory / "vz/private/101/etc/marker"
    marker.write_text("kept")
    fleet.minions.put("hn1", {})
    fleet.minions.put("hn2", {"web02": running(2), "web01": running(1, memory=640)})

    plan = fleet.plan()

    assert (plan["retcode"], plan["summary"], plan["counts"]["creates"]) == (0, {"move": 1, "unchanged": 1}, 0)
    assert [(one["kind"], one["node"], one["labels"]) for one in plan["steps"]] == [
        ("move", "hn2", ["web01"]),
        ("apply", "hn2", ["web01"]),
    ]
    assert plan["command"] == f"salt-run openvz.apply plan_id={plan['plan_id']}"
    done = fleet.apply(plan["plan_id"])
    assert ([row["state"] for row in done["steps"]], done["retcode"]) == (["done", "done"], 0), done
    assert fleet.minions.nodes["hn2"].area(101).joinpath("etc/marker").read_text() == "kept"
    assert fleet.minions.call("hn2", "openvz.state", "web01") == {"web01": "running"}
    again = fleet.plan()
    assert (again["steps"], again["findings"], again["retcode"]) == ([], [], 0)
    assert again["summary"] == {"unchanged": 2}


def test_two_containers_of_two_nodes_swap_their_addresses(fleet):
    fleet.minions.put("hn1", {"web01": running(1, B)})
    fleet.minions.put("hn2", {"web02": running(2, A)})

    done = fleet.apply(max_nodes_at_once=2)

    assert [row["kind"] for row in done["steps"]] == ["release", "apply", "apply"]
    assert done["retcode"] == 0, done["sentences"]
    assert fleet.plan()["steps"] == []


def test_a_minion_with_an_older_pillar_is_told_to_refresh_it(fleet):
    fleet.minions.put("hn1", {"web01": running(1, memory=640)}, stale=True)
    fleet.minions.asked.clear()

    plan = fleet.plan()

    assert [(one["node"], one["labels"]) for one in plan["steps"]] == [("hn1", ["web01"])]
    assert [one for one in fleet.minions.asked if one[1] != "openvz.survey"] == [("hn1", "saltutil.refresh_pillar")]


def test_nothing_is_done_without_a_plan_with_another_one_and_over_budget(fleet):
    fleet.minions.put("hn1", {"web01": running(1), "web03": running(3)})
    plan_id = fleet.plan()["plan_id"]
    fleet.minions.asked.clear()

    with pytest.raises(CommandExecutionError, match="plan_id is missing, and nothing was done: salt-run openvz.plan"):
        fleet._run["openvz.apply"]()
    with pytest.raises(CommandExecutionError, match="is not the id of a plan of all nodes"):
        fleet.apply("plan-0123456789abcdef")
    assert fleet.minions.asked == []
    with pytest.raises(CommandExecutionError, match=r"would create 1 container \(web03 of hn1\), and max_creates is 0"):
        fleet.apply(plan_id, max_creates=0)
    fleet.minions.call("hn1", "openvz.apply")  # somebody has been faster
    with pytest.raises(CommandExecutionError, match=f"the plan is now fleet-[0-9a-f]*, not {plan_id}: .* nothing was"):
        fleet.apply(plan_id)
    assert "openvz.apply" not in {function for _, function in fleet.minions.asked}


def test_after_a_failure_the_same_command_goes_on(fleet):
    fleet.minions.put("hn1", {"web01": running(1, memory=640)})
    fleet.minions.put("hn2", {"web02": running(2, memory=640)})
    plan_id = fleet.plan()["plan_id"]
    fleet.minions.silent.add(("hn1", "openvz.apply"))

    failed = fleet.apply(plan_id)

    assert ([row["state"] for row in failed["steps"]], failed["retcode"]) == (["failed", "left"], 1)
    assert "hn1 did not answer: the same command looks how far it came, and goes on" in failed["sentences"][0]
    assert failed["command"] == f"salt-run openvz.apply plan_id={plan_id}"
    fleet.minions.silent.clear()
    fleet.minions.call("hn1", "openvz.apply")  # it had heard it, and its answer was lost
    done = fleet.apply(plan_id)
    assert ([row["state"] for row in done["steps"]], done["retcode"]) == (["done", "done"], 0)
    assert done["steps"][1]["did"] == {"web02": ["updated (memory)"]}
    fleet.minions.asked.clear()
    assert fleet.apply(plan_id)["retcode"] == 0
    assert {function for _, function in fleet.minions.asked} == {"openvz.survey"}  # nothing is left of it


def test_a_node_that_does_not_say_whether_it_is_still_at_work_is_told_nothing(fleet):
    fleet.minions.put("hn1", {"web01": running(1, memory=640)})
    plan_id = fleet.plan()["plan_id"]
    fleet.minions.silent.add(("hn1", "openvz.apply"))
    fleet.apply(plan_id)
    fleet.minions.silent |= {("hn1", "saltutil.is_running")}
    fleet.minions.silent.discard(("hn1", "openvz.apply"))
    fleet.minions.asked.clear()

    failed = fleet.apply(plan_id)

    assert [row["state"] for row in failed["steps"]] == ["failed"]
    assert "hn1 did not answer: the same command looks how far it came, and goes on" in failed["sentences"][0]
    assert ("hn1", "openvz.apply") not in fleet.minions.asked


def test_a_plan_that_is_the_same_once_more_is_carried_out_once_more(fleet):
    """Somebody has changed by hand what the first one had set: both plans have one id, and the second is not done."""
    fleet.minions.put("hn1", {"web01": running(1, memory=640)})
    plan_id = fleet.plan()["plan_id"]
    assert fleet.apply(plan_id)["retcode"] == 0
    fleet.minions.call("hn1", "openvz.set", "web01", ram="512M")
    assert fleet.plan()["plan_id"] == plan_id

    again = fleet.apply(plan_id)

    assert again["steps"][0]["did"] == {"web01": ["updated (memory)"]}
    assert fleet.plan()["steps"] == []


def test_what_is_wrong_ends_with_1_and_the_rest_is_done(fleet):
    fleet.minions.put("hn1", {"web01": running(1, memory=640), "web02": running(2)})

    plan = fleet.plan()

    assert plan["retcode"] == 1
    assert [one["rule"] for one in plan["findings"]] == ["two_pillars"]
    done = fleet.apply(plan["plan_id"])
    assert ([row["state"] for row in done["steps"]], done["retcode"]) == (["done"], 1)
    assert [rule for rule, *_ in done["problems"]] == ["two_pillars"]


def test_a_minion_that_is_no_node_does_not_count_and_one_that_nobody_has_seen_does(fleet, monkeypatch):
    fleet.minions.put("hn1", {"web01": running(1), "web03": running(3)})
    answers = {"db1": "'openvz.survey' is not available.", "db2": False, "hn9": False}
    ask = fleet.minions.cmd
    more = {name: said and {"ret": said, "retcode": 254} for name, said in answers.items()}
    monkeypatch.setattr(fleet.minions, "cmd", lambda tgt, function, **how: {**ask(tgt, function, **how), **more})
    fleet.minions.master.meets("db2")

    plan = fleet.plan()

    assert plan["errors"] == {"hn9": "did not answer"}
    assert "whether hn9 has it already is not known" in plan["findings"][0]["what"]


def test_a_key_that_no_pillar_has_is_an_error(fleet):
    with pytest.raises(CommandExecutionError, match=r"no pillar of \* has openvz:dommains: fix key"):
        fleet.plan(key="openvz:dommains")


def test_a_node_that_did_not_answer_is_named_and_nothing_is_created(fleet):
    fleet.minions.put("hn1", {"web01": running(1), "web03": running(3)})
    fleet.minions.silent.add("hn2")

    plan = fleet.plan()

    assert (plan["errors"], plan["steps"], plan["retcode"]) == ({"hn2": "did not answer"}, [], 1)
    assert "web03 of hn1 is not created: whether hn2 has it already is not known" in plan["findings"][0]["what"]
