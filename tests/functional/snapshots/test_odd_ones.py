"""Snapshots of containers that are stored, named, placed or worked on in other ways, on nodes of each family."""

import shutil
import threading

import pytest
from families import BOTH, FOUR, ONLY_SEVEN
from imaged import UUID, document, routed
from salt.exceptions import CommandExecutionError

ONLY_FOUR = pytest.mark.parametrize("family", [FOUR])


def refused(function, *args, **kwargs):
    with pytest.raises(CommandExecutionError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


@pytest.fixture
def simfs(openvz, node):
    """A running container of a family that has such, whose files are no image."""
    xml = document(devices=routed("198.51.100.10")).replace("<openvz:layout>ploop</openvz:layout>", "")
    openvz.define(xml=xml)
    openvz.start("web01")
    return xml


@ONLY_FOUR
def test_on_simfs_each_function_is_refused_before_anything_runs(openvz, node, simfs):
    said = "container 101 is stored as simfs: vzctl 4.x takes snapshots of ploop containers alone"
    node.forget_calls()

    assert said in refused(openvz.snapshot, "web01", test=True)
    for function in (openvz.snapshot_switch, openvz.snapshot_delete, openvz.snapshot_umount):
        assert said in refused(function, "web01", "old")
    assert said in refused(openvz.snapshot_mount, "web01", "old", "/mnt")
    told = openvz.snapshots("web01")
    assert (told["snapshots"], told["warnings"]) == ([], [said])
    assert node.calls() == []


@ONLY_FOUR
def test_on_simfs_a_change_that_needs_one_is_an_error_in_the_plan_and_any_other_has_a_warning(
    openvz, node, simfs, pillar
):
    said = "snapshot: before is set for container 101, which is stored as simfs"
    entry = {"xml": simfs.replace(".10", ".11"), "snapshot": "before"}
    pillar(domains={"web": entry})

    planned = openvz.plan()["containers"]["web"]
    assert said in planned["error"]
    assert planned["error"].endswith("to do it without: updated (addresses)")
    assert said in refused(openvz.apply)
    pillar(domains={"web": {**entry, "xml": simfs.replace("<vcpu>1", "<vcpu>2")}})
    done = openvz.apply()["containers"]["web"]
    assert said in done["warnings"][0]
    assert done["did"] == ["updated (vcpu)"]


@ONLY_SEVEN
def test_an_area_in_an_old_format_has_none(openvz, node, web01):
    link = node.area("web01") / ".ve.layout"
    link.unlink()
    link.symlink_to("4")

    assert "does not point to 5): vzctl 7 to 9 takes no snapshots of it" in refused(openvz.snapshot, "web01")


@ONLY_FOUR
def test_a_container_that_got_its_name_later_keeps_it_and_one_that_lost_it_has_none(openvz, node):
    openvz.create(101, ostemplate="debian-12-x86_64", layout="ploop")
    openvz.snapshot("101", "nameless")
    node.vzctl("set", "101", "--name", "web01", "--save")
    openvz.snapshot("101", "named")

    done = openvz.snapshot_switch("web01", "nameless")
    assert done["changes"]["name"] == {"old": None, "new": "web01"}
    assert node.conf(101)["NAME"] == "web01"
    assert openvz.status("web01") == "stopped"
    node.vzctl("set", "101", "--name", "", "--save")
    done = openvz.snapshot_switch("101", "named")
    assert done["changes"]["name"] == {"old": "web01", "new": None}
    assert not node.conf(101).get("NAME")


@ONLY_FOUR
def test_a_name_of_then_that_another_container_has_by_now_stays_its(openvz, node, web01):
    openvz.snapshot("web01", "old")
    node.vzctl("set", "101", "--name", "shop", "--save")
    node.vzctl("create", "102", "--ostemplate", "debian-12-x86_64", "--name", "web01")

    openvz.snapshot_switch("shop", "old")

    assert {name: one["ctid"] for name, one in openvz.info().items()} == {"shop": 101, "web01": 102}
    assert openvz.status("web01") == openvz.status("shop") == "stopped"


@ONLY_FOUR
def test_a_container_whose_area_was_moved_since_keeps_its_settings(openvz, node, web01):
    openvz.snapshot("web01", "old")
    elsewhere = node.directory / "vz/private/elsewhere"
    shutil.move(node.area("web01"), elsewhere)
    conf = node.conf_path("web01")
    conf.write_text("".join(line for line in conf.read_text().splitlines(True) if "VE_PRIVATE" not in line))
    conf.write_text(f'{conf.read_text()}VE_PRIVATE="{elsewhere}"\n')

    done = openvz.snapshot_switch("web01", "old")

    assert "the configuration stays as it is: that of the snapshot says that its files are in" in done["warnings"][0]
    assert "--skip-config" in node.calls("snapshot-switch")[-1]
    assert openvz.status("web01") == "stopped"


@ONLY_SEVEN
def test_without_the_settings_of_then_vzctl_7_would_not_switch_and_is_not_asked(openvz, node, web01):
    id = openvz.snapshot("web01", "old")["snapshot"]["id"]
    (node.area("web01") / "dump" / f"{{{id}}}.ve.conf").unlink()

    assert "has no configuration of its time" in refused(openvz.snapshot_switch, "web01", "old")
    assert node.calls("snapshot-switch") == []


@ONLY_FOUR
def test_one_that_several_stand_on_is_not_deleted_by_vzctl_4(openvz, node, web01):
    for name in ("one", "two"):
        openvz.snapshot("web01", name)
    openvz.snapshot_switch("web01", "one")
    openvz.snapshot("web01", "three")

    assert "cannot be deleted: two (" in refused(openvz.snapshot_delete, "web01", "one")
    assert node.calls("snapshot-delete") == []


@BOTH
def test_of_two_jobs_at_once_each_takes_its_own(openvz, web01):
    threads = [threading.Thread(target=openvz.snapshot, args=("web01", "same")) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    ids = [one["id"] for one in openvz.snapshots("web01")["snapshots"]]
    assert len(set(ids)) == 2


@BOTH
def test_a_disk_that_is_full_and_a_vzctl_that_lies_are_told(openvz, node, web01):
    node.fault("--command", "snapshot", "--rc", "0")
    said = refused(openvz.snapshot, "web01", "old")
    assert said.startswith("vzctl snapshot reported success, but container ")
    assert said.endswith("has no snapshot old")
    node.fault("--clear")
    openvz.snapshot("web01", "old")
    node.fault("--command", "snapshot-delete", "--rc", "158", "--when", "after")
    with pytest.raises(CommandExecutionError, match="code 158") as caught:
        openvz.snapshot_delete("web01", "old")
    assert caught.value.info["changes"]["web01"] == {"snapshot old": {"old": "there", "new": "deleted"}}
    assert openvz.info("web01")["web01"]["uuid"] == UUID
