"""Snapshots of containers of vzctl 7 to 9: what the recorded runs of stopped containers do not show."""

import os

import pytest

from vzsim import files
from vzsim.ploop import images
from vzsim.seven import vzctl
from vzsim.seven.node import Node

ONE = "{11111111-2222-4333-8444-555555555555}"
TWO = "{22222222-2222-4333-8444-555555555555}"
THREE = "{33333333-2222-4333-8444-555555555555}"
FOUR = "{44444444-2222-4333-8444-555555555555}"


@pytest.fixture
def node(tmp_path):
    """A node of vzctl 9.0.1 with the stopped container 101."""
    area = tmp_path / "vz/private/101"
    for path in ("etc/vz/conf", "etc/vz/names", "vz/root", "vz/lock", "var/vz", "proc/vz/ct"):
        (tmp_path / path).mkdir(parents=True)
    area.mkdir(parents=True)
    (tmp_path / "etc/vz/vz.conf").write_text("VE_ROOT=/vz/root/$VEID\nVE_PRIVATE=/vz/private/$VEID\nLOCKDIR=/vz/lock\n")
    (area / "ve.conf").write_text('CPUS="1"\nVEID="101"\nNAME="web"\n')
    (area / ".ve.layout").symlink_to("5")
    (tmp_path / "etc/vz/conf/101.conf").symlink_to(area / "ve.conf")
    images.write(str(area / "root.hdd"), {"size_kib": 1048576})
    return Node(str(tmp_path))


@pytest.fixture
def run(node, capfd):
    def call(*words):
        rc = vzctl.main(node, list(words))
        call.out, call.err = capfd.readouterr()
        return rc

    return call


def take(run, *guids):
    for guid in guids:
        assert run("snapshot", "101", "--id", guid) == 0


def conf(node):
    return files.read_text(node.path("/vz/private/101/ve.conf"))


def chain(node):
    return images.read(node.path("/vz/private/101/root.hdd")).get("snapshots")


def rows(run, *words):
    assert run("snapshot-list", "101", "-H", *words) == 0
    return run.out.splitlines()


class TestSwitching:
    def test_it_brings_back_the_configuration_but_not_who_the_container_is(self, node, run):
        take(run, ONE)
        files.write_text(node.path("/vz/private/101/ve.conf"), 'CPUS="2"\nVEID="101"\nNAME="new"\n')
        assert run("snapshot-switch", "101", "--id", ONE) == 0
        assert conf(node) == 'CPUS="1"\nVEID="101"\nNAME="new"\n'

    def test_it_brings_back_what_was_in_the_file_system(self, node, run):
        inside = node.path("/vz/private/101/root.hdd/files/etc")
        os.makedirs(inside)
        files.write_text(f"{inside}/motd", "before")
        os.symlink("motd", f"{inside}/issue")
        take(run, ONE)
        files.write_text(f"{inside}/motd", "after")
        os.unlink(f"{inside}/issue")
        files.write_text(f"{inside}/new", "")
        assert run("snapshot-switch", "101", "--id", ONE) == 0
        assert sorted(os.listdir(inside)) == ["issue", "motd"]
        assert files.read_text(f"{inside}/issue") == "before"
        run("snapshot-delete", "101", "--id", ONE)
        assert sorted(os.listdir(os.path.dirname(os.path.dirname(inside)))) == [images.DESCRIPTOR, "files"]

    def test_the_next_snapshot_stands_on_the_one_switched_to(self, node, run):
        take(run, ONE, TWO)
        assert run("snapshot-switch", "101", "--id", ONE) == 0
        take(run, THREE)
        assert rows(run, "-o", "uuid,parent_uuid,current") == [f"{ONE} {'':38} ", f"{TWO} {ONE} ", f"{THREE} {ONE} *"]

    def test_without_any_snapshot_nothing_is_said_but_what_is_missing(self, run):
        assert run("snapshot-switch", "101", "--id", ONE) == 159
        assert run.err == f"Unable to find snapshot by uuid {ONE}\n"

    def test_a_running_container_is_stopped_and_a_mounted_one_unmounted(self, node, run):
        take(run, ONE)
        node.set_mounted("101", "/vz/private/101")
        assert run("snapshot-switch", "101", "--id", ONE) == 0
        assert not node.is_mounted("101")

    def test_a_snapshot_without_its_configuration_cannot_be_switched_to(self, node, run):
        take(run, ONE)
        os.unlink(node.path(f"/vz/private/101/dump/{ONE}.ve.conf"))
        assert run("snapshot-switch", "101", "--id", ONE) == 159
        assert f"Container configuration file /vz/private/101/dump/{ONE}.ve.conf is not found" in run.err

    def test_it_switches_the_disks_of_then(self, node, run):
        take(run, ONE)
        later = f"{node.path('/vz/private/101')}/later.hdd"
        images.write(later, {"size_kib": 1024})
        disk = "uuid={44444444-2222-4333-8444-555555555555},image=later.hdd,enabled=yes"
        files.write_text(node.path("/vz/private/101/ve.conf"), f'DISK="{disk}"\nVEID="101"\n')
        assert run("snapshot-switch", "101", "--id", ONE) == 0
        assert "later.hdd" not in run.out

    def test_a_disk_without_the_snapshot_is_not_switched_and_nothing_is_changed(self, node, run):
        take(run, ONE)
        images.delete(node.path("/vz/private/101/root.hdd"), ONE)
        files.write_text(node.path("/vz/private/101/ve.conf"), 'CPUS="2"\nVEID="101"\n')
        assert run("snapshot-switch", "101", "--id", ONE) == 159
        assert 'CPUS="2"' in conf(node)

    def test_the_size_comes_back(self, node, run):
        take(run, ONE)
        images.resize(node.path("/vz/private/101/root.hdd"), 4 << 20)
        assert run("snapshot-switch", "101", "--id", ONE) == 0
        assert images.read(node.path("/vz/private/101/root.hdd"))["size_kib"] == 1048576


class TestDeleting:
    def test_the_parent_of_the_current_one_becomes_current(self, node, run):
        take(run, ONE, TWO)
        assert run("snapshot-delete", "101", "--id", TWO) == 0
        assert rows(run, "-o", "current,uuid") == [f"* {ONE}"]
        assert chain(node) == {ONE: images.NONE, images.TOP: ONE}

    def test_one_that_two_others_stand_on_leaves_the_list_and_stays_in_the_image(self, node, run):
        take(run, ONE, TWO)
        run("snapshot-switch", "101", "--id", ONE)
        assert run("snapshot-delete", "101", "--id", ONE) == 0
        assert rows(run, "-o", "uuid") == [TWO]
        assert chain(node) == {ONE: images.NONE, TWO: ONE, images.TOP: ONE}

    def test_an_image_without_snapshots_is_as_it_was(self, node, run):
        take(run, ONE)
        run("snapshot-delete", "101", "--id", ONE)
        assert images.read(node.path("/vz/private/101/root.hdd")) == {"size_kib": 1048576}


class TestTaking:
    def test_a_running_container_keeps_running_and_its_processes_are_kept_unless_told_otherwise(self, node, run):
        files.write_json(node.path("/proc/vz/kernel.json"), {"tools": ["criu"]})
        node.set_running("101", {"hostname": "web", "cgroup": {}})
        node.set_mounted("101", "/vz/private/101")
        take(run, ONE)
        assert run("snapshot", "101", "--id", TWO, "--skip-suspend") == 0
        assert node.is_running("101")
        dumps = os.listdir(node.path("/vz/private/101/dump"))
        assert (ONE in dumps, TWO in dumps) == (True, False)

    def test_a_node_without_criu_cannot_keep_processes(self, node, run):
        files.write_json(node.path("/proc/vz/kernel.json"), {"tools": []})
        node.set_running("101", {"hostname": "web", "cgroup": {}})
        assert run("snapshot", "101", "--id", ONE) == 156
        assert run.err == "Failed to dump Container\nFailed to create snapshot\n"
        assert chain(node) is None

    def test_a_container_without_its_image_has_none(self, node, run):
        images.remove(node.path("/vz/private/101/root.hdd"))
        assert run("snapshot", "101") == 156
        assert not os.path.exists(node.path("/vz/private/101/Snapshots.xml"))

    def test_what_is_no_layout_5_has_none(self, node, run):
        os.unlink(node.path("/vz/private/101/.ve.layout"))
        assert run("snapshot", "101") == 156
        assert run.err == "Snapshot supported for ploop based Container only\n"

    def test_names_with_markup_come_back_as_they_were(self, run):
        assert run("snapshot", "101", "--name", "a<b>&c", "--description", "x]]>y") == 0
        assert rows(run, "-o", "name") == ["a<b>&c"]
        assert rows(run, "-o", "desc") == ["x]]>y"]


class TestListing:
    def test_with_a_uuid_it_shows_that_one_and_those_below(self, run):
        take(run, ONE, TWO, THREE)
        assert rows(run, "-o", "uuid", "--id", TWO) == [TWO, ONE]

    def test_those_of_a_level_stand_together(self, run):
        take(run, ONE, TWO)
        run("snapshot-switch", "101", "--id", ONE)
        take(run, THREE)
        run("snapshot-switch", "101", "--id", TWO)
        take(run, FOUR)
        assert rows(run, "-o", "uuid") == [ONE, TWO, THREE, FOUR]

    def test_fields_may_be_written_in_capitals(self, run):
        take(run, ONE)
        assert rows(run, "-o", "UUID,") == [ONE]

    def test_a_wrong_option_prints_the_usage(self, run):
        assert run("snapshot-list", "101", "--nosuch") == 20
        assert run.err.startswith("101: unrecognized option '--nosuch'\nvzctl snapshot-list <ctid|name>")

    def test_a_file_that_is_damaged_is_named(self, node, run):
        files.write_text(node.path("/vz/private/101/Snapshots.xml"), "<VirtuozzoSavedStates>")
        assert run("snapshot-list", "101") == 255
        assert run.err == "Failed to read /vz/private/101/Snapshots.xml\n"
        assert run("snapshot", "101") == 156
        assert run.err == "Failed to read /vz/private/101/Snapshots.xml\nFailed to create snapshot\n"

    def test_a_container_without_its_image_has_no_list(self, node, run):
        take(run, ONE)
        images.remove(node.path("/vz/private/101/root.hdd"))
        assert run("snapshot-list", "101") == 162
        assert (run.out, run.err[:14]) == ("", "Failed to read")

    def test_a_mounted_snapshot_shows_its_files(self, node, run):
        inside = node.path("/vz/private/101/root.hdd/files")
        os.makedirs(inside)
        files.write_text(f"{inside}/motd", "before")
        take(run, ONE)
        os.unlink(f"{inside}/motd")
        os.makedirs(node.path("/mnt"))
        assert run("snapshot-mount", "101", "--id", ONE, "--target", "/mnt") == 0
        assert files.read_text(node.path("/mnt/motd")) == "before"
        assert run("snapshot-umount", "101", "--id", ONE) == 0
        assert os.listdir(node.path("/mnt")) == []

    def test_a_mounted_snapshot_shows_where(self, run):
        take(run, ONE)
        assert run("snapshot-mount", "101", "--id", ONE, "--target", "/mnt") == 0
        assert rows(run, "-o", "target") == ["/mnt"]
        assert run("snapshot-umount", "101", "--id", ONE) == 0
        assert rows(run, "-o", "target") == [""]
