"""vzmigrate of vzctl 4.11 between two nodes: failures, kills, what is seen in the middle, images, live moves."""

import pytest

WHOLE, DOWN, GONE = "exist mounted running", "exist unmounted down", "deleted unmounted down"


# failures


def assert_back(fleet, marker=None):
    """The container runs on its old node, whose answer is the only one."""
    assert (fleet.status("hn1"), fleet.status("hn2")) == (WHOLE, GONE)
    assert (fleet.confs("hn2"), fleet.names("hn2"), fleet.marker("hn2")) == ([], {}, marker)
    assert fleet.locks("hn1") == fleet.locks("hn2") == []


@pytest.mark.parametrize(
    ("step", "rc"),
    [("conf-copy", 6), ("apply", 15), ("scripts", 6), ("mkdir", 6), ("mkdir-area", 6), ("rsync1", 6), ("stop", 8),
     ("rsync2", 6), ("start", 7)],
)  # fmt: skip
def test_a_failure_is_taken_back(fleet, step, rc):
    fleet.container("hn1", name="web", running=True)
    fleet.path("hn1", "etc/vz/conf/101.stop").write_text("#!/bin/sh\n")
    fleet.fault("hn1", step, "--rc", 12, "--times", 1)

    assert fleet.migrate("hn2", 101).rc == rc
    assert_back(fleet)


def test_a_kept_copy_is_an_area_without_conf_and_the_next_try_takes_it(fleet):
    fleet.container("hn1", running=True)
    fleet.fault("hn1", "stop", "--rc", 1, "--times", 1)

    assert fleet.migrate("--keep-dst", "hn2", 101).rc == 8
    assert_back(fleet, marker="data of A")
    assert fleet.migrate("hn2", 101).rc == 0


def test_nobody_looks_whether_the_container_started_again(fleet):
    fleet.container("hn1", running=True)
    fleet.fault("hn1", "start", "--rc", 1)
    fleet.fault("hn1", "undo-start", "--rc", 1)

    assert fleet.migrate("hn2", 101).rc == 7
    assert (fleet.status("hn1"), fleet.status("hn2")) == (DOWN, GONE)


def test_a_start_that_fails_and_runs_leaves_a_ghost(fleet):
    fleet.container("hn1", running=True)
    fleet.fault("hn1", "start", "--rc", 1, "--when", "after")

    answer = fleet.migrate("hn2", 101)

    assert answer.rc == 7
    assert "Device or resource busy" in answer.err
    assert fleet.status("hn1") == WHOLE
    assert fleet.confs("hn2") == []
    assert fleet.marker("hn2") is None
    assert fleet.path("hn2", "proc/vz/ct/101.json").exists()


@pytest.mark.parametrize(("step", "rc"), [("rsync1", 6), ("rsync2", 6), ("start", 7)])
def test_a_lost_line_leaves_conf_and_area_there(fleet, step, rc):
    fleet.container("hn1", name="web", running=True)
    fleet.fault("hn1", step, "--lost")

    assert fleet.migrate("hn2", 101).rc == rc
    assert fleet.status("hn1") == WHOLE
    assert fleet.status("hn2") == DOWN
    assert fleet.names("hn2") == {"web": "101.conf"}
    assert fleet.migrate("hn2", 101).rc == 9


def test_a_line_that_is_lost_while_the_container_starts_leaves_two_running(fleet):
    fleet.container("hn1", running=True)
    fleet.fault("hn1", "start", "--lost", "--when", "after")

    assert fleet.migrate("hn2", 101).rc == 7
    assert (fleet.status("hn1"), fleet.status("hn2")) == (WHOLE, WHOLE)


@pytest.mark.parametrize(
    ("step", "kill", "here", "there"),
    [("rsync1", "TERM", WHOLE, DOWN), ("rsync2", "KILL", DOWN, DOWN), ("start", "KILL", DOWN, WHOLE)],
)
def test_what_a_killed_vzmigrate_runs_goes_on(fleet, step, kill, here, there):
    fleet.container("hn1", running=True)
    gate = fleet.directory / "gate"
    fleet.fault("hn1", step, "--kill", kill, "--until", gate, "--times", 1)

    process = fleet.begin("hn1", "vzmigrate", "hn2", 101)
    assert process.wait() == -(15 if kill == "TERM" else 9)
    fleet.until(gate.exists)
    at_work = fleet.at_work("hn1")
    gate.unlink()
    process.communicate()
    fleet.settle()

    assert [line.partition(" ")[0] for line in at_work] == ["ssh" if step == "start" else "rsync"]
    assert fleet.locks("hn1") == ["101.lck"]
    assert (fleet.status("hn1"), fleet.status("hn2")) == (here, there)
    assert fleet.marker("hn2") == "data of A"
    assert fleet.migrate("hn2", 101).rc == 20
    fleet.path("hn1", "vz/lock/101.lck").unlink()
    assert fleet.migrate("hn2", 101).rc == 9


def test_killed_before_the_destroy_it_leaves_a_copy_that_starts(fleet):
    fleet.container("hn1", running=True)
    fleet.fault("hn1", "destroy", "--kill", "KILL", "--rc", 1)

    assert fleet.migrate("hn2", 101).rc == -9
    fleet.settle()
    assert (fleet.status("hn1"), fleet.status("hn2")) == (DOWN, WHOLE)
    assert fleet.run("hn1", "vzctl", "start", 101).rc == 0


def test_a_destroy_that_fails_leaves_two_containers_and_success(fleet):
    fleet.container("hn1", name="web", extra='ONBOOT="yes"\n', running=True)
    fleet.fault("hn1", "destroy", "--rc", 1)

    assert fleet.migrate("hn2", 101).rc == 0
    assert fleet.confs("hn1") == fleet.confs("hn2") == ["101.conf"]
    assert fleet.names("hn1") == fleet.names("hn2") == {"web": "101.conf"}
    assert (fleet.status("hn1"), fleet.status("hn2")) == (DOWN, WHOLE)


@pytest.mark.parametrize("option", ["-c", "-s"])
def test_compact_and_snapshot_lose_the_conf_if_they_fail(fleet, option):
    fleet.container("hn1", extra='DISKSPACE="1G:1G"\n')
    assert fleet.run("hn1", "vzctl", "convert", 101).rc == 0
    fleet.fault("hn1", "compact" if option == "-c" else "snapshot", "--rc", 1)

    answer = fleet.migrate(option, "hn2", 101)

    assert answer.rc == 0
    assert "cat: /hn1/vz/lock/101.lck: No such file or directory" in answer.err
    assert fleet.confs("hn1") == ["101.conf.destroyed"]
    assert fleet.confs("hn2") == []
    assert fleet.area("hn2").exists()


def test_a_shared_area_is_gone_with_the_old_container(fleet):
    fleet.container("hn1", running=True)
    fleet.path("hn2", "vz/private").rmdir()
    fleet.path("hn2", "vz/private").symlink_to(fleet.path("hn1", "vz/private"))

    assert fleet.migrate("hn2", 101).rc == 0
    assert not fleet.area("hn1").exists()
    assert fleet.status("hn2") == "deleted unmounted running"


def test_a_failed_move_of_a_shared_area_removes_it_below_the_running_container(fleet):
    fleet.container("hn1", running=True)
    fleet.path("hn2", "vz/private").rmdir()
    fleet.path("hn2", "vz/private").symlink_to(fleet.path("hn1", "vz/private"))
    fleet.fault("hn1", "stop", "--rc", 1)

    assert fleet.migrate("hn2", 101).rc == 8
    assert not fleet.area("hn1").exists()
    assert fleet.run("hn1", "vzctl", "--quiet", "status", 101).out.endswith(" running\n")


# while it runs


def test_in_the_middle_the_container_is_locked_on_one_node_and_free_on_the_other(fleet):
    fleet.container("hn1", running=True)
    first, second = fleet.directory / "first", fleet.directory / "second"
    fleet.fault("hn1", "rsync1", "--until", first)
    fleet.fault("hn1", "stop", "--until", second)
    process = fleet.begin("hn1", "vzmigrate", "hn2", 101)
    fleet.until(first.exists)

    held = fleet.run("hn1", "vzctl", "set", 101, "--cpus", 2, "--save")
    seen = fleet.status("hn1"), fleet.run("hn1", "vzctl", "exec", 101, "true").rc != 9
    changed = fleet.run("hn2", "vzctl", "set", 101, "--onboot", "yes", "--save").rc
    early = fleet.run("hn2", "vzctl", "start", 101).rc
    first.unlink()
    fleet.until(second.exists)
    late = fleet.run("hn2", "vzctl", "start", 101).rc
    second.unlink()
    out, err = process.communicate()

    assert held.rc == 9
    assert "vzmigrate hn2 101" in held.err
    assert seen == (WHOLE, True)
    assert (changed, late) == (0, 0)
    assert early != 0
    assert process.returncode == 7  # it runs there already


def test_processes_of_both_ends_are_seen(fleet):
    fleet.container("hn1", running=True)
    gate = fleet.directory / "gate"
    fleet.manage("fault", "--command", "start", "--until", gate, "--times", 1, node="hn2")
    process = fleet.begin("hn1", "vzmigrate", "hn2", 101)
    fleet.until(gate.exists)
    here, there = fleet.at_work("hn1"), fleet.at_work("hn2")
    gate.unlink()
    process.communicate()

    assert [line.partition(" ")[0].rpartition("/")[2] for line in there] == ["vzctl"]
    assert any("root@hn2 vzctl start 101" in line for line in here)
    assert process.returncode == 0


def test_a_fault_of_the_other_nodes_vzctl_counts(fleet):
    fleet.container("hn1", running=True)
    fleet.manage("fault", "--command", "start", "--rc", 40, node="hn2")

    assert fleet.migrate("hn2", 101).rc == 7
    assert fleet.status("hn1") == WHOLE


def test_a_hanging_step_does_not_hold_the_others(fleet):
    fleet.container("hn1")
    fleet.fault("hn1", "rsync1", "--hang", "0.05")

    assert fleet.migrate("hn2", 101).rc == 0


# images


@pytest.fixture
def image(fleet):
    """A running container in an image."""
    fleet.container("hn1", extra='DISKSPACE="1G:1G"\n')
    assert fleet.run("hn1", "vzctl", "convert", 101).rc == 0
    assert fleet.run("hn1", "vzctl", "start", 101).rc == 0
    return "vz/private/101/root.hdd/files/etc/marker"


@pytest.mark.parametrize("options", [(), ("--live",)])
def test_a_running_container_in_an_image_takes_its_files_along(fleet, image, options):
    assert fleet.migrate(*options, "hn2", 101).rc == 0
    assert (fleet.status("hn1"), fleet.status("hn2")) == (GONE, WHOLE)
    assert fleet.path("hn2", image).read_text() == "data of A"


def test_an_image_whose_last_delta_is_not_copied_stays_where_it_was(fleet, image):
    fleet.fault("hn1", "copy", "--rc", 1)

    answer = fleet.migrate("hn2", 101)

    assert answer.rc == 6
    assert "Error: Failed to copy top ploop delta\n" in answer.err
    assert (fleet.status("hn1"), fleet.confs("hn2")) == (WHOLE, [])
    assert fleet.path("hn1", image).read_text() == "data of A"


def test_a_node_without_ploop_takes_no_image(fleet, image):
    fleet.path("hn2", "proc/vz/ploop_minor").unlink()

    assert fleet.migrate("hn2", 101).rc == 16


# live


def test_live_moves_a_running_container_with_its_processes(fleet):
    fleet.container("hn1", extra='IP_ADDRESS="10.0.0.5"\n', running=True)

    answer = fleet.migrate("--live", "-t", "hn2", 101)

    assert answer.rc == 0
    assert "Total suspended time: " in answer.out
    assert (fleet.status("hn1"), fleet.status("hn2")) == (GONE, WHOLE)
    assert "10.0.0.5" in fleet.path("hn2", "proc/vz/veip").read_text()
    assert "10.0.0.5" not in fleet.path("hn1", "proc/vz/veip").read_text()


@pytest.mark.parametrize(("step", "rc"), [("suspend", 8), ("dump", 8), ("dump-copy", 6), ("rsync2", 6), ("restore", 7)])
def test_a_live_move_that_fails_leaves_the_container_running(fleet, step, rc):
    fleet.container("hn1", running=True)
    fleet.fault("hn1", step, "--rc", 12)

    assert fleet.migrate("--live", "hn2", 101).rc == rc
    assert (fleet.status("hn1"), fleet.confs("hn2"), fleet.marker("hn2")) == (WHOLE, [], None)
    left = fleet.path("hn1", "vz/dump/tmp-dump.101").exists()
    assert left == (step in ("rsync2", "restore"))


def test_a_live_move_whose_kill_fails_leaves_two_running(fleet):
    fleet.container("hn1", running=True)
    fleet.fault("hn1", "kill", "--rc", 1)

    assert fleet.migrate("--live", "hn2", 101).rc == 0
    assert (fleet.status("hn1"), fleet.status("hn2")) == (WHOLE, WHOLE)


def test_only_a_running_container_moves_live_and_only_between_kernels_that_can(fleet):
    fleet.container("hn1")
    assert fleet.migrate("--live", "hn2", 101).rc == 2
    assert fleet.run("hn1", "vzctl", "start", 101).rc == 0
    fleet.path("hn2", "proc/rst").unlink()
    assert fleet.migrate("--live", "hn2", 101).rc == 14


def test_a_module_that_is_missing_there_can_be_ignored(fleet):
    fleet.container("hn1", running=True)
    fleet.path("hn2", "sys/module/ipv6").rmdir()

    assert fleet.migrate("--live", "hn2", 101).rc == 14
    assert fleet.migrate("--live", "--nodeps=ipv6", "--dry-run", "hn2", 101).rc == 0


def test_a_suspended_container_takes_its_dump_along_unless_it_is_a_folder(fleet):
    fleet.container("hn1", running=True)
    assert fleet.run("hn1", "vzctl", "suspend", 101).rc == 0

    assert fleet.migrate("hn2", 101).rc == 0
    assert fleet.status("hn2") == "exist unmounted down suspended"
    assert fleet.run("hn2", "vzctl", "resume", 101).rc == 0
