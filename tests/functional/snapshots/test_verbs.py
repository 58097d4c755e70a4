"""What people type of snapshots, through Salt's loader, on a node of each family."""

import pytest
from families import BOTH
from imaged import UUID, document, routed
from salt.exceptions import CommandExecutionError
from simnode import announced

pytestmark = BOTH
HOSTILE = 'a\n{11111111-2222-4333-8444-555555555555} x <b> & "q" \x1b[31m'


def ids(openvz):
    return [one["id"] for one in openvz.snapshots("web01")["snapshots"]]


def listed(openvz, key="name"):
    return [one[key] for one in openvz.snapshots("web01")["snapshots"]]


def refused(function, *args, **kwargs):
    with pytest.raises(CommandExecutionError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_a_snapshot_is_listed_with_all_that_is_known_of_it(openvz, web01):
    dry = openvz.snapshot("web01", "release-7", description="before the release", test=True)
    assert ids(openvz) == []

    done = openvz.snapshot("web01", "release-7", description="before the release")

    assert announced(dry) == done
    (one,) = openvz.snapshots(UUID)["snapshots"]
    assert done["did"] == ["saved as snapshot release-7"]
    assert done["snapshot"] == {"id": one["id"], "name": "release-7"}
    assert one.pop("date").startswith("20")
    assert one == {
        "id": done["snapshot"]["id"],
        "name": "release-7",
        "description": "before the release",
        "parent": None,
        "current": True,
        "memory": False,
        "settings": True,
        "own": False,
    }


def test_a_running_container_goes_on_and_its_memory_is_kept_if_wanted(openvz, web01):
    openvz.start("web01")

    openvz.snapshot("web01", "one")
    openvz.snapshot("web01", "two", memory=False)

    assert openvz.status("web01") == "running"
    assert listed(openvz, "memory") == [True, False]
    assert listed(openvz, "parent") == [None, ids(openvz)[0]]


def test_a_switch_says_beforehand_what_goes_back_and_what_the_pillar_would_change_then(openvz, web01, pillar):
    openvz.snapshot("web01", "old")
    xml = document("<vcpu>2</vcpu><description>new</description>")
    openvz.define(xml=xml)
    pillar(domains={"web": {"xml": xml}})

    dry = openvz.snapshot_switch("web01", "old", test=True)
    assert openvz.info("web01")["web01"]["vcpu"] == 2
    done = openvz.snapshot_switch("web01", "old")

    assert announced(dry) == done
    assert done["changes"]["vcpu"] == {"old": 2, "new": 1}
    assert done["changes"]["description"] == {"old": "new", "new": None}
    assert done["document"]["entry"] == "web"
    assert done["document"]["changes"]["vcpu"] == {"old": 1, "new": 2}
    assert "entry web of the pillar: openvz.apply would change" in done["warnings"][-1]
    now = openvz.info("web01")["web01"]
    assert (now["vcpu"], now["managed"], now["uuid"]) == (1, True, UUID)


def test_a_switch_of_a_running_container_ends_as_the_snapshot_was(openvz, web01):
    openvz.snapshot("web01", "stopped")
    openvz.start("web01")
    openvz.snapshot("web01", "running")

    first = openvz.snapshot_switch("web01", "stopped")
    assert (first["changes"]["status"], openvz.status("web01")) == ({"old": "running", "new": "stopped"}, "stopped")
    openvz.snapshot_switch("web01", "running")
    assert openvz.status("web01") == "running"
    openvz.snapshot_switch("web01", "running", resume=False)
    assert openvz.status("web01") == "stopped"


def test_whose_a_container_is_and_what_it_is_called_do_not_go_back(openvz, web01):
    openvz.snapshot("web01", "old")
    openvz.define(xml=document(name="shop"))
    conf = web01.conf_path("shop")
    kept = conf.read_text()

    openvz.snapshot_switch("shop", "old")

    assert openvz.info("shop")["shop"]["managed"] is True
    assert openvz.status("shop") == "stopped"
    assert conf.read_text().count("SALT-OPENVZ") == kept.count("SALT-OPENVZ") == 1
    assert openvz.define(xml=document(name="shop"))["changes"] == {}


def test_a_snapshot_from_before_its_adoption_does_not_take_the_mark_away(openvz, node):
    ctid = "101" if node.family == "4" else UUID
    openvz.create(ctid, ostemplate="debian-12-x86_64", layout="ploop", name="web01")
    openvz.snapshot("web01", "old")
    openvz.adopt("web01")

    done = openvz.snapshot_switch("web01", "old")

    assert done["changes"]["mark"] == {"old": "of the snapshot", "new": "of now"}
    assert openvz.info("web01")["web01"]["managed"] is True


def test_an_address_that_another_container_has_by_now_does_not_come_back(openvz, web01):
    openvz.define(xml=document(devices=routed("198.51.100.10")))
    openvz.snapshot("web01", "old")
    openvz.define(xml=document(devices=routed("198.51.100.11")))
    other = document(name="web02", uuid="0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303", devices=routed("198.51.100.10"))
    openvz.define(xml=other)

    said = refused(openvz.snapshot_switch, "web01", "old")

    assert "the address 198.51.100.10 belongs to container" in said
    assert openvz.info("web01")["web01"]["addresses"] == ["198.51.100.11"]


def test_a_protected_container_is_switched_and_loses_snapshots_with_force_alone(openvz, web01, pillar):
    pillar(protected=["web01"])
    openvz.snapshot("web01", "old")

    for function in (openvz.snapshot_switch, openvz.snapshot_delete):
        said = refused(function, "web01", "old")
        assert "is protected (openvz:protected names it); force=True does it anyway" in said
    openvz.snapshot_switch("web01", "old", force=True)
    openvz.snapshot_delete("web01", "old", force=True)

    assert ids(openvz) == []


def test_a_deleted_snapshot_leaves_those_that_stand_on_it(openvz, web01):
    for name in ("one", "two", "three"):
        openvz.snapshot("web01", name)

    done = openvz.snapshot_delete("web01", "two")

    assert done["did"] == ["updated (snapshot two deleted)"]
    assert listed(openvz) == ["one", "three"]
    assert listed(openvz, "parent") == [None, ids(openvz)[0]]


def test_one_is_meant_by_its_id_in_any_spelling_or_by_a_name_that_no_other_has(openvz, web01):
    openvz.snapshot("web01", "same")
    second = openvz.snapshot("web01", "same")["snapshot"]["id"]

    assert "has 2 snapshots called same: give an id" in refused(openvz.snapshot_delete, "web01", "same")
    openvz.snapshot_delete("web01", f"{{{second.upper()}}}")
    openvz.snapshot_delete("web01", "same")

    said = refused(openvz.snapshot_switch, "web01", "same")
    assert said.endswith(f"has no snapshots; openvz.snapshot {web01.ctid('web01')} takes one")


def test_a_snapshot_is_mounted_once_and_unmounted_once(openvz, web01):
    openvz.snapshot("web01", "old")
    target = "/mnt/web01"
    (web01.directory / "mnt/web01").mkdir(parents=True)

    done = openvz.snapshot_mount("web01", "old", target)
    again = openvz.snapshot_mount("web01", "old", target)
    elsewhere = refused(openvz.snapshot_mount, "web01", "old", "/elsewhere")
    gone = openvz.snapshot_umount("web01", "old")

    assert done["changes"] == {"snapshot old": {"old": None, "new": f"mounted at {target}"}}
    assert again["changes"] == {}
    assert f"is mounted at {target}; openvz.snapshot_umount" in elsewhere
    assert gone["did"] == ["updated (snapshot old unmounted)"]
    assert openvz.snapshot_umount("web01", "old")["changes"] == {}


def test_a_hostile_name_is_one_name_and_harmless(openvz, web01):
    id = "22222222-2222-4333-8444-555555555555"
    web01.vzctl("snapshot", web01.ctid("web01"), "--id", id, "--name", HOSTILE.replace("\x1b", ""))

    assert ids(openvz) == [id]
    openvz.snapshot_delete("web01", id)
    assert "no line break" in refused(openvz.snapshot, "web01", HOSTILE)
    assert "are those of snapshots that Salt prunes" in refused(openvz.snapshot, "web01", "salt-before-mine")


def test_a_lost_list_is_told_and_a_damaged_one_is_no_empty_one(openvz, web01):
    id = openvz.snapshot("web01", "old")["snapshot"]["id"]
    place = web01.area("web01") / "Snapshots.xml"
    text = place.read_text()

    place.unlink()
    told = openvz.snapshots("web01")
    assert told["snapshots"] == []
    assert f"that its list does not have: {id}; the list was lost" in told["warnings"][0]
    place.write_text(text[: len(text) // 2])
    said = refused(openvz.snapshots, "web01")
    assert f"{place} cannot be read as a list of snapshots: line " in said
    place.write_text(text.replace("?>", "?><!DOCTYPE x [<!ENTITY a 'a'>]>", 1))
    assert "it has a document type" in refused(openvz.snapshot_delete, "web01", "old")


def test_a_suspended_container_is_resumed_first(openvz, web01):
    openvz.snapshot("web01", "old")
    openvz.start("web01")
    openvz.suspend("web01")

    assert "is suspended; openvz.resume" in refused(openvz.snapshot, "web01")
    assert "openvz.resume" in refused(openvz.snapshot_switch, "web01", "old")


def test_the_history_has_it(openvz, web01):
    openvz.snapshot("web01", "old")
    openvz.snapshot_switch("web01", "old")

    did = [row["did"] for row in openvz.history("web01", limit=2)["history"]]
    assert did == [["switched to snapshot old"], ["saved as snapshot old"]]
