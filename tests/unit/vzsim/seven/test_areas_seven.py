"""Private areas of vzctl 7 to 9: registered, forgotten, destroyed."""

import os

from vzsim import files

UUID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"


def unregistered(bench, ctid, **values):
    bench.container(ctid, **values)
    assert bench.vzctl("unregister", ctid).rc == 0


def test_an_unregistered_area_becomes_the_same_container_again(seven):
    unregistered(seven, 101, NAME="web1", UUID=UUID)

    answer = seven.vzctl("register", seven.area(101), 101)

    assert answer.out == "Assign the name: web1\nContainer 101 was successfully registered\n"
    assert seven.values(101)["UUID"] == UUID
    assert seven.values(101)["VE_PRIVATE"] == str(seven.path("vz/private/$VEID"))
    assert os.readlink(seven.path("etc/vz/names/web1")) == f"{seven.area(101)}/ve.conf"


def test_without_a_ctid_the_area_gets_a_new_one_which_is_its_uuid(seven):
    unregistered(seven, 101, UUID=UUID)

    ctid = seven.vzctl("register", seven.area(101)).out.split()[1]

    assert ctid != UUID
    assert seven.values(ctid)["UUID"] == seven.values(ctid)["VEID"] == ctid


def test_a_name_that_is_no_ctid_is_looked_up_when_an_area_is_registered(seven):
    seven.container(101, NAME="web1")
    unregistered(seven, 102)

    assert seven.vzctl("register", seven.area(102), "web1").err.startswith("Error: Container ID 101 is used\n")
    assert seven.vzctl("register", seven.area(102), "--uuid").err == "Invalid ctid is specified: --uuid\n"


def test_an_empty_name_leaves_the_area_without_a_link_and_an_impossible_one_is_refused(seven):
    unregistered(seven, 101, NAME="web1")

    answer = seven.vzctl("register", seven.area(101), 101, "--name", "a/b")

    assert answer.rc == 255
    assert "Container registration failed: Unable to create the link /etc/vz/names/a/b: " in answer.err
    assert seven.vzctl("register", seven.area(101), 101, "--name", "").rc == 0
    assert os.listdir(seven.path("etc/vz/names")) == []


def test_an_area_is_registered_under_one_ctid_only(seven):
    seven.container(101)

    assert seven.vzctl("register", seven.area(101), 102).rc == 255
    assert seven.vzctl("register", seven.area(101), 102, "--force").rc == 0


def test_a_regular_conf_in_the_way_is_not_overwritten(seven):
    unregistered(seven, 101)
    files.write_text(seven.node.conf_path("102"), 'ONBOOT="no"\n')

    answer = seven.vzctl("register", seven.area(101), 102)

    assert answer.rc == 255
    assert answer.err.startswith("Container configuration file /etc/vz/conf/102.conf is not a link\n")


def test_on_a_shared_disk_the_area_of_another_node_is_left_alone(seven):
    unregistered(seven, 101)
    seven.kernel(shared_fs=True)
    (seven.area(101) / ".owner").write_text("node2.example.test")

    assert seven.vzctl("register", seven.area(101), 101).rc == 255
    assert seven.vzctl("register", seven.area(101), 101, "--renew").rc == 0
    assert (seven.area(101) / ".owner").read_text() == "node1.example.test"


def test_a_lock_stays_behind_when_the_container_is_started_as_well(seven):
    unregistered(seven, 101)

    seven.vzctl("register", seven.area(101), 101, "--start")

    assert seven.live(101) is not None
    assert seven.path("vz/lock/101.lck").read_text() == f"{os.getpid()}\n\n"


def test_unregistering_removes_the_lock_of_whoever_holds_it(seven):
    seven.container(101)
    seven.path("vz/lock").mkdir(exist_ok=True)
    seven.path("vz/lock/101.lck").write_text("1\n")

    assert seven.vzctl("unregister", 101).rc == 0
    assert not seven.path("vz/lock/101.lck").exists()


def test_destroying_removes_disks_outside_the_area_and_leaves_nothing(seven):
    seven.container(101, NAME="web1", DISK=f"uuid={{{UUID}}},size=1048576,mnt=/data,image={seven.path('data.hdd')}")
    seven.path("data.hdd").mkdir()
    (seven.path("data.hdd") / "DiskDescriptor.xml").write_text('{"size_kib": 1048576}')

    assert seven.vzctl("destroy", "web1").rc == 0
    assert not seven.path("data.hdd").exists()
    assert not seven.area(101).exists()
    assert os.listdir(seven.path("etc/vz/names")) == []
    assert not os.path.lexists(seven.node.conf_path("101"))
    assert not seven.path("vz/del").exists()


def test_a_directory_that_looks_like_no_container_is_not_destroyed(seven):
    seven.container(101, VE_PRIVATE=str(seven.path("home")))
    (seven.path("home")).mkdir()
    os.unlink(seven.node.conf_path("101"))
    (seven.area(101) / "ve.conf").rename(seven.path("home/ve.conf"))
    os.symlink(seven.path("home/ve.conf"), seven.node.conf_path("101"))

    answer = seven.vzctl("destroy", 101)

    assert answer.rc == 52
    assert seven.path("home/ve.conf").exists()


def test_nothing_that_runs_or_is_mounted_is_reinstalled(seven):
    seven.container(101, running=True)

    assert seven.vzctl("reinstall", 101).rc == 32
    seven.vzctl("stop", 101, "--skip-umount")
    assert seven.vzctl("reinstall", 101).rc == 41
