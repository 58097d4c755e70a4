"""vzmigrate of vzctl 9, as read in its sources: the moves that succeed, and those that are refused."""

from pathlib import Path

import pytest

from vzsim.fleet import steps

NETIF = "ifname=eth0,mac=C4:37:72:00:00:01,host_mac=FE:37:72:00:00:01,host_ifname=vethold"


def test_a_stopped_container_moves_and_leaves_its_area_under_another_name(seven):
    seven.container("hn1", NAME="web1", NETIF=NETIF, ONBOOT="yes")
    before = seven.values("hn1")

    answer = seven.migrate("hn2", 101)

    assert answer.rc == 0, answer.err
    after = seven.values("hn2")
    assert (after["UUID"], after["NAME"], after["ONBOOT"]) == (before["UUID"], "web1", "yes")
    assert after["VE_PRIVATE"] == f"{seven.path('hn2')}/vz/private/$VEID"
    assert seven.marker("hn2") == "data of A"
    assert (seven.state("hn1"), seven.state("hn2")) == ("deleted unmounted down", "exist unmounted down")
    kept = seven.area("hn1", "101.migrated")
    assert seven.marker("hn1", area=kept) == "data of A"
    assert 'NAME="web1"' in (kept / "ve.conf").read_text()
    assert seven.locks("hn1") == seven.locks("hn2") == []


def test_macs_stay_and_the_device_of_the_node_gets_its_usual_name(seven):
    seven.container("hn1", NETIF=NETIF)

    assert seven.migrate("hn2", 101).rc == 0

    assert seven.values("hn2")["NETIF"].split(",")[1:4] == [
        "mac=C4:37:72:00:00:01",
        "host_mac=FE:37:72:00:00:01",
        "host_ifname=veth72000001",
    ]


def test_the_link_of_the_name_stays_and_leads_nowhere(seven):
    seven.container("hn1", NAME="web1")

    assert seven.migrate("hn2", 101).rc == 0

    link = seven.path("hn1", "etc/vz/names/web1")
    assert link.is_symlink()
    assert not link.exists()
    assert seven.run("hn2", "vzctl", "--quiet", "status", "web1").out == "VEID 101 exist unmounted down\n"


def test_removal_leaves_nothing(seven):
    seven.container("hn1", NAME="web1")

    assert seven.migrate("-r", "yes", "hn2", 101).rc == 0

    assert seven.is_clean("hn1")
    assert seven.names("hn1") == {}


def test_a_running_container_is_restarted_on_the_other_node(seven):
    seven.container("hn1", running=True)

    answer = seven.migrate("hn2", 101)

    assert answer.rc == 0, answer.err
    assert "Warm migration stage started\n" in answer.out
    assert (seven.state("hn1"), seven.state("hn2")) == ("deleted unmounted down", "exist mounted running")
    assert seven.marker("hn2") == "data of A"


def test_what_is_written_while_files_are_copied_arrives(seven):
    seven.container("hn1", running=True)
    stop = seven.path("hn1", "stop")
    seven.fault("stop", "--until", stop)
    with seven.fleet.begin("hn1", "vzmigrate", "hn2", 101) as process:
        while not stop.exists():
            assert process.poll() is None
        (seven.area("hn1") / "root.hdd/files/etc/marker").write_text("late data")
        stop.unlink()
        process.communicate(timeout=60)

    assert process.returncode == 0
    assert seven.marker("hn2") == "late data"


def test_live_migration_needs_criu_on_both_nodes(seven):
    seven.container("hn1", running=True)
    started = seven.fleet.path("hn1", "proc/vz/ct/101.json").read_text()

    for tools in ({"hn1": []}, {"hn1": ["criu"], "hn2": []}):
        for node, found in tools.items():
            seven.kernel(node, tools=found)
        answer = seven.migrate("--online", "hn2", 101)
        assert (answer.rc, seven.state("hn1")) == (73, "exist mounted running")
        assert not seven.area("hn2").exists()
    seven.kernel("hn2", tools=["criu"])
    assert seven.migrate("--online", "hn2", 101).rc == 0
    assert seven.state("hn2") == "exist mounted running"
    assert seven.fleet.path("hn2", "proc/vz/ct/101.json").read_text() == started
    assert seven.state("hn1") == "deleted unmounted down"


def test_a_mounted_container_is_mounted_there(seven):
    seven.container("hn1")
    assert seven.run("hn1", "vzctl", "mount", 101).rc == 0

    assert seven.migrate("hn2", 101).rc == 0

    assert seven.state("hn2") == "exist mounted down"


def test_a_container_moves_under_another_id_and_name(seven):
    seven.container("hn1", NAME="web1")
    uuid = seven.values("hn1")["UUID"]

    assert seven.migrate("--new-id", 105, "--new-name", "web5", "hn2", "web1").rc == 0

    assert seven.state("hn2", 105) == "exist unmounted down"
    after = seven.values("hn2", 105)
    assert (after["VEID"], after["UUID"], after["NAME"]) == ("105", uuid, "web5")


def test_there_and_back_again(seven):
    seven.container("hn1", NAME="web1")
    assert seven.migrate("hn2", 101).rc == 0
    (seven.area("hn2") / "root.hdd/files/etc/marker").write_text("changed on B")

    answer = seven.migrate("hn1", 101, node="hn2")

    assert answer.rc == 0, answer.err
    assert seven.marker("hn1") == "changed on B"
    assert not seven.area("hn1", "101.migrated").exists()
    assert seven.run("hn1", "vzctl", "--quiet", "status", "web1").out == "VEID 101 exist unmounted down\n"


def test_snapshots_move_along(seven):
    seven.container("hn1")
    assert seven.run("hn1", "vzctl", "snapshot", 101, "--id", "{11111111-2222-3333-4444-555555555555}").rc == 0
    (seven.area("hn1") / "root.hdd/files/etc/marker").write_text("later")

    assert seven.migrate("hn2", 101).rc == 0
    answer = seven.run("hn2", "vzctl", "snapshot-switch", 101, "--id", "{11111111-2222-3333-4444-555555555555}")

    assert answer.rc == 0, answer.err
    assert seven.marker("hn2") == "data of A"


def test_several_containers_stop_at_the_first_failure(seven):
    for ctid in (101, 102, 103):
        seven.container("hn1", ctid)
    seven.container("hn2", 102)

    assert seven.migrate("hn2", 101, 102, 103).rc == 255

    assert [seven.state("hn1", ctid)[:5] for ctid in (101, 102, 103)] == ["delet", "exist", "exist"]


# refusals


def refused(seven, rc, *words, state="exist unmounted down"):
    """A move that fails with an exit code and changes nothing."""
    conf = seven.values("hn1")
    answer = seven.migrate(*words, "hn2", 101)
    assert (answer.rc, seven.state("hn1")) == (rc, state), answer
    assert seven.values("hn1") == conf
    assert seven.locks("hn1") == seven.locks("hn2") == []
    return answer


def test_a_taken_name_is_45(seven):
    seven.container("hn1", NAME="web1", running=True)
    seven.container("hn2", 202, NAME="web1")

    answer = refused(seven, 45, state="exist mounted running")

    assert "name web1 already used by CT 202" in answer.err
    assert seven.is_clean("hn2")


def test_a_lock_here_or_there_is_3(seven, tmp_path):
    seven.container("hn1")
    go = tmp_path / "go"
    seven.fleet.manage("fault", "--command", "stop", "--until", go, node="hn1")
    with seven.fleet.begin("hn1", "vzctl", "stop", 101) as holder:
        while not go.exists():
            assert holder.poll() is None
        seven.path("hn1", "vz/lock/101.lck").write_text(f"{holder.pid}\n")
        answer = seven.migrate("hn2", 101)
        seven.path("hn1", "vz/lock/101.lck").unlink()
        seven.path("hn2", "vz/lock/101.lck").write_text(f"{holder.pid}\n")
        there = seven.migrate("hn2", 101)
        go.unlink()
        holder.communicate(timeout=60)

    assert (answer.rc, there.rc) == (3, 3)
    assert seven.state("hn1") == "exist unmounted down"
    assert not seven.area("hn2").exists()


def test_a_stale_lock_is_removed(seven):
    seven.container("hn1")
    seven.path("hn1", "vz/lock/101.lck").write_text("999999999\n")

    assert seven.migrate("hn2", 101).rc == 0


def test_an_existing_container_is_9(seven):
    seven.container("hn1")
    seven.container("hn2", marker="data of B")

    refused(seven, 9)

    assert seven.marker("hn2") == "data of B"


@pytest.mark.parametrize("what", ["area", "conf"])
def test_an_area_or_a_conf_alone_is_overwritten(seven, what):
    seven.container("hn1")
    seven.container("hn2", marker="data of B")
    if what == "area":
        seven.path("hn2", "etc/vz/conf/101.conf").unlink()
    else:
        seven.area("hn2").rename(seven.path("hn2", "elsewhere"))

    assert seven.migrate("hn2", 101).rc == 0
    assert seven.marker("hn2") == "data of A"


def test_the_area_of_another_container_is_9(seven):
    seven.container("hn1")
    seven.container("hn2", 202)
    conf = seven.path("hn2", "vz/private/202/ve.conf")
    conf.write_text(conf.read_text().replace("private/$VEID", "private/101"))
    seven.area("hn2", 101).mkdir()

    refused(seven, 9)


def test_online_of_a_stopped_container_is_1(seven):
    seven.container("hn1")

    refused(seven, 1, "--online")


@pytest.mark.parametrize(
    ("extra", "rc"), [({"VE_TYPE": "temporary"}, 5), ({"BINDMOUNT": "/srv/a:/mnt/a"}, 36)], ids=["special", "bind"]
)
def test_some_containers_do_not_move(seven, extra, rc):
    seven.container("hn1", **extra)

    refused(seven, rc)
    assert seven.is_clean("hn2")


def test_technologies_that_are_missing_there_are_32(seven):
    seven.container("hn1", TECHNOLOGIES="x86_64 nptl")
    seven.kernel("hn2", technologies=["x86_64"])

    refused(seven, 32)
    assert seven.is_clean("hn2")


def test_too_little_space_there_is_31_and_can_be_ignored(seven):
    seven.container("hn1")
    seven.kernel("hn2", free_kib=0)

    refused(seven, 31)
    assert seven.is_clean("hn2")
    assert seven.migrate("--nodeps=disk_space", "hn2", 101).rc == 0


def test_a_mount_script_is_13_and_with_nodeps_the_container_stays_down_there(seven):
    seven.container("hn1", running=True)
    script = seven.area("hn1") / "scripts/mount"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)

    refused(seven, 13, state="exist mounted running")
    assert seven.migrate("-f", "hn2", 101).rc == 0
    assert (seven.state("hn1"), seven.state("hn2")) == ("deleted unmounted down", "exist unmounted down")


def test_a_missing_network_is_seen_by_the_start_only(seven):
    seven.kernel("hn1", networks={"blue": "br-blue"})
    seven.container("hn1", NETIF=f"{NETIF},network=blue")

    assert seven.migrate("--readonly", "hn2", 101).rc == 0


@pytest.mark.parametrize(
    "words",
    [
        [], ["hn2"], ["-t", "hn2", 101], ["-C", "hn2", 101], ["--lazy", "hn2", 101], ["-r", "maybe", "hn2", 101],
        ["--nodeps=moon", "hn2", 101], ["--noiter", "hn2", 101], ["hn9", 101], ["hn2", "101:x y"],
        ["--new-id", 105, "hn2", 101, 102], ["--bad", "hn2", 101], ["--online", "--readonly", "hn2", 101],
    ],
)  # fmt: skip
def test_a_command_line_that_makes_no_sense_is_1(seven, words):
    seven.container("hn1")

    assert seven.migrate(*words).rc == 1
    assert seven.is_clean("hn2")


def test_an_unknown_name_is_2_and_an_unknown_id_10(seven):
    assert (seven.migrate("hn2", "nobody").rc, seven.migrate("hn2", 999).rc) == (2, 10)


def test_a_node_that_does_not_answer_is_4(seven):
    seven.container("hn1")
    seven.fleet.manage("fleet", "--down", "hn2")

    refused(seven, 4)


def test_a_node_without_vzmigrate_is_4(seven):
    seven.fleet.manage("fleet", "--nodes", "old1", "--family", "4")
    seven.container("hn1")

    answer = seven.migrate("old1", 101)

    assert answer.rc == 4
    assert "seems you need install migrate package on destination node" in answer.err


def test_a_dry_run_changes_nothing(seven):
    seven.container("hn1", NAME="web1", running=True)

    answer = refused(seven, 0, "--dry-run", state="exist mounted running")

    assert "The beginning of check CT 101 -> CT 101, [], [] ...\n" in answer.out
    assert seven.is_clean("hn2")


def test_one_area_for_both_nodes_is_refused(seven):
    seven.container("hn1")
    seven.area("hn2").symlink_to(seven.area("hn1"))

    refused(seven, 46)
    assert seven.marker("hn1") == "data of A"


@pytest.mark.parametrize("names", [steps.SEVEN, steps.VZMDEST])
def test_the_page_tells_what_each_step_is(names):
    page = (Path(__file__).parents[5] / "docs/vzsim.md").read_text()

    assert [step for step in names if f"`{step}`" not in page] == []
