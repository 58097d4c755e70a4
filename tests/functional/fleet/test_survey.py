"""What the master asks each node once, and the entries that it tells one to carry out."""

import json

import pytest
from salt.exceptions import CommandExecutionError, SaltInvocationError

DOCUMENT = """\
<domain type='openvz'>
  <name>{name}</name>
  <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f00{number}</uuid>
  <memory unit='MiB'>{memory}</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='ethernet'><ip address='198.51.100.1{number}' family='ipv4'/></interface>
  </devices>
</domain>
"""


def document(number, memory=512):
    return DOCUMENT.format(name=f"web0{number}", number=number, memory=memory)


def ids(openvz):
    return {label: one["id"] for label, one in openvz.survey()["plan"].items()}


@pytest.fixture
def two(openvz, domains):
    """Two containers of the pillar that are there."""
    domains.update({"web01": document(1), "web02": document(2)})
    openvz.apply()
    return domains


def test_a_survey_says_what_each_entry_asks_and_what_is_there(openvz, node, two):
    node.vzctl("create", "209", "--ostemplate", "debian-12-x86_64")
    two["web01"] = document(1, memory=1024)
    two["web03"] = document(3)
    del two["web02"]

    found = openvz.survey()

    assert (found["family"], found["ssh_host"], found["moves"]) == ("4.x", "hn1", [])
    assert found["memory_kib"] is None or found["memory_kib"] > 0
    changed, new = found["plan"]["web01"], found["plan"]["web03"]
    assert (changed["status"], changed["did"], changed["costs"]) == ("change", ["updated (memory)"], [])
    assert (new["status"], new["name"], new["uuid"][-2:], new["costs"]) == ("create", "web03", "03", ["creates"])
    assert new["takes"] == ["198.51.100.13"]
    rows = {one["name"]: one for one in found["containers"]}
    assert {name: (one["managed"], one["entry"], "xml" in one) for name, one in rows.items()} == {
        "web01": (True, "web01", False),
        "web02": (True, None, True),
        "209": (False, None, False),
    }
    assert rows["web01"]["memory_kib"] == 512 * 1024
    assert rows["web02"]["addresses"] == ["198.51.100.12"]
    assert json.loads(json.dumps(found)) == found


def test_a_pillar_without_containers_is_that_of_an_emptied_node_and_one_with_errors_is_not(openvz, pillar):
    pillar.drop_setting("domains")
    assert openvz.survey()["plan"] == {}

    pillar.put(_errors=["top.sls"])
    with pytest.raises(CommandExecutionError, match="has errors"):
        openvz.survey()


def test_the_master_can_have_one_entry_carried_out_and_no_other(openvz, two):
    two.update({"web01": document(1, memory=640), "web02": document(2, memory=640)})

    done = openvz.apply(entries={"web02": ids(openvz)["web02"]})

    assert list(done["containers"]) == ["web02"]
    assert {label: one["status"] for label, one in openvz.survey()["plan"].items()} == {
        "web01": "change",
        "web02": "unchanged",
    }


def test_an_entry_that_has_changed_since_is_not_carried_out(openvz, two):
    two["web01"] = document(1, memory=640)
    known = ids(openvz)
    two["web01"] = document(1, memory=768)

    with pytest.raises(CommandExecutionError, match=r"web01: the entry or the container has changed .* nothing was"):
        openvz.apply(entries=known)
    with pytest.raises(CommandExecutionError, match="has no entry web09"):
        openvz.apply(entries={"web09": known["web01"]})


def test_an_entry_can_be_carried_out_whatever_its_container_is_by_now(openvz, node, two):
    two["web01"] = document(1, memory=640)
    wanted = openvz.survey()["plan"]["web01"]["wanted"]
    node.vzctl("set", "web01", "--ram", "768M", "--save")

    assert openvz.apply(entries={"web01": wanted})["containers"]["web01"]["did"] == ["updated (memory)"]

    two["web01"] = document(1, memory=1024)
    with pytest.raises(CommandExecutionError, match="web01: the entry or the container has changed"):
        openvz.apply(entries={"web01": wanted})


@pytest.mark.parametrize(
    "given", [{"entries": []}, {"entries": {}}, {"entries": {"a": "entry-1"}, "plan_id": "plan-1"}]
)
def test_entries_are_a_mapping_and_stand_alone(openvz, two, given):
    with pytest.raises(SaltInvocationError, match="entries"):
        openvz.apply(**given)


def test_an_entry_waits_for_none_that_is_not_carried_out(openvz, two):
    """The one that gives up the address is not chosen, so the node refuses the taker instead of waiting for ever."""
    two.update({"web01": document(1).replace("100.11", "100.12"), "web02": document(2).replace("100.12", "100.13")})
    known = ids(openvz)

    with pytest.raises(CommandExecutionError, match="198.51.100.12 belongs to container"):
        openvz.apply(entries={"web01": known["web01"]})
    openvz.apply(entries={"web02": known["web02"]})
    openvz.apply(entries={"web01": known["web01"]})
    assert {one["status"] for one in openvz.survey()["plan"].values()} == {"unchanged"}
