"""vzmigrate of vzctl 4.11 between two nodes: what it looks at first, what a move that succeeds leaves on both."""

import pytest

WHOLE, DOWN, GONE = "exist mounted running", "exist unmounted down", "deleted unmounted down"


# what is looked at first


def test_conf_and_area_on_the_other_node_are_a_container(fleet):
    fleet.container("hn1")
    fleet.container("hn2", marker="data of B")

    assert fleet.migrate("hn2", 101).rc == 9
    assert (fleet.marker("hn1"), fleet.marker("hn2")) == ("data of A", "data of B")


def test_an_area_alone_on_the_other_node_is_overwritten(fleet):
    fleet.container("hn1")
    fleet.container("hn2", marker="only copy")
    fleet.path("hn2", "etc/vz/conf/101.conf").unlink()
    (fleet.area("hn2") / "more").write_text("x")

    assert fleet.migrate("hn2", 101).rc == 0
    assert fleet.marker("hn2") == "data of A"
    assert not (fleet.area("hn2") / "more").exists()


def test_a_conf_alone_on_the_other_node_is_overwritten(fleet):
    fleet.container("hn1")
    fleet.path("hn2", "etc/vz/conf/101.conf").write_text('CPUUNITS="7"\n')

    assert fleet.migrate("hn2", 101).rc == 0
    assert 'CPUUNITS="7"' not in fleet.conf("hn2")


def test_a_name_that_is_taken_there_is_found_after_the_dry_run(fleet):
    fleet.container("hn1", name="web", running=True)
    fleet.container("hn2", 202, name="web")

    assert fleet.migrate("--dry-run", "hn2", 101).rc == 0
    assert fleet.migrate("hn2", 101).rc == 15
    assert fleet.status("hn1") == WHOLE
    assert (fleet.confs("hn2"), fleet.names("hn2")) == (["202.conf"], {"web": "202.conf"})


def test_a_lock_on_the_other_node_is_found_when_its_conf_is_changed(fleet):
    fleet.container("hn1", running=True)
    fleet.path("hn2", "vz/lock/101.lck").write_text("1\nsomebody\n")

    answer = fleet.migrate("hn2", 101)

    assert answer.rc == 15
    assert "Container already locked" in answer.err
    assert fleet.status("hn1") == WHOLE
    assert fleet.confs("hn2") == []


def test_an_address_of_a_running_container_there_is_refused_that_of_a_stopped_one_is_not_seen(fleet):
    fleet.container("hn1", extra='IP_ADDRESS="10.0.0.5/24"\n')
    fleet.container("hn2", 202, extra='IP_ADDRESS="10.0.0.5"\n', running=True)

    assert fleet.migrate("hn2", 101).rc == 12
    assert fleet.run("hn2", "vzctl", "stop", 202).rc == 0
    assert fleet.migrate("hn2", 101).rc == 0


@pytest.mark.parametrize("holder", ["1", "4194305"])
def test_a_lock_is_never_taken_over_and_a_verb_of_vzctl_removes_a_dead_one(fleet, holder):
    fleet.container("hn1")
    fleet.path("hn1", "vz/lock/101.lck").write_text(f"{holder}\n")

    answer = fleet.migrate("hn2", 101)

    assert answer.rc == 20
    assert f"Error: CT 101 already locked by PID {holder}" in answer.err
    assert fleet.run("hn1", "vzctl", "start", 101).rc == (9 if holder == "1" else 0)


def test_brackets_in_the_conf_end_the_script_and_leave_the_lock(fleet):
    fleet.container("hn1", extra="DESCRIPTION=a (b)\n")

    answer = fleet.migrate("hn2", 101)

    assert answer.rc == 2
    assert fleet.locks("hn1") == ["101.lck"]
    assert fleet.status("hn1") == DOWN
    assert fleet.migrate("hn2", 101).rc == 20


def test_the_conf_is_code_that_runs_and_changes_the_script(fleet):
    there = fleet.directory / "it-ran"
    fleet.container("hn1", extra=f"X=$(touch {there})\nremove_area=0\n")

    assert fleet.migrate("hn2", 101).rc == 0
    assert there.exists()
    assert fleet.confs("hn1") == ["101.conf.migrated"]


@pytest.mark.parametrize(("line", "rc"), [("PLOOP=yes", 0), ("host=nowhere", 19), ("VE_PRIVATE=", 0), ("exit 3", 3)])
def test_keys_that_are_variables_of_the_script_count(fleet, line, rc):
    fleet.container("hn1", extra=f"{line}\n")

    assert fleet.migrate("--dry-run", "hn2", 101).rc == rc


def test_no_container_no_login_no_openvz(fleet):
    fleet.container("hn1")

    assert fleet.migrate("hn2", 102).rc == 10
    assert fleet.migrate("hn2", "nobody").rc == 10
    assert fleet.migrate("nowhere", 101).rc == 4
    fleet.path("hn2", "proc/vz/veinfo").unlink()
    assert fleet.migrate("hn2", 101).rc == 14
    fleet.manage("fleet", "--down", "hn2")
    assert fleet.migrate("hn2", 101).rc == 4
    assert fleet.locks("hn1") == []


def test_a_node_of_vzctl_7_has_no_init_script(fleet):
    fleet.manage("fleet", "--nodes", "hn7", "--family", "7")
    fleet.container("hn1")

    answer = fleet.migrate("hn7", 101)

    assert answer.rc == 14
    assert answer.err == "Error: OpenVZ is not running on the target machine\nError: Can't continue migration\n"


def test_the_node_itself_has_the_container(fleet):
    fleet.container("hn1")

    assert fleet.migrate("hn1", 101).rc == 9


# success


def test_the_conf_travels_with_comments_and_gets_the_paths_of_the_other_node(fleet):
    fleet.container("hn1", name="web", extra='# by hand\nONBOOT="yes"\nX_KEY="1"\n', running=True)
    script = fleet.path("hn1", "etc/vz/conf/101.start")
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    fleet.path("hn1", "etc/vz/conf/101.other").write_text("mine\n")

    assert fleet.migrate("hn2", "web").rc == 0

    text = fleet.conf("hn2")
    place = fleet.path("hn2")
    assert f'VE_PRIVATE="{place}/vz/private/101"' in text
    assert f'VE_ROOT="{place}/vz/root/101"' in text
    assert "# by hand\n" in text
    assert 'ONBOOT="yes"' in text
    assert fleet.confs("hn2") == ["101.conf", "101.start"]
    assert fleet.names("hn2") == {"web": "101.conf"}
    assert fleet.confs("hn1") == ["101.conf.destroyed", "101.other", "101.start.destroyed"]
    assert (fleet.status("hn1"), fleet.status("hn2")) == (GONE, WHOLE)
    assert (fleet.marker("hn1"), fleet.marker("hn2")) == (None, "data of A")


def test_what_is_kept_is_an_area_and_a_link_to_nothing(fleet):
    fleet.container("hn1", name="web", running=True)

    assert fleet.migrate("-r", "no", "hn2", 101).rc == 0

    assert (fleet.confs("hn1"), fleet.names("hn1")) == (["101.conf.migrated"], {"web": "101.conf"})
    assert fleet.marker("hn1") == "data of A"
    assert fleet.status("hn1") == GONE
    assert fleet.migrate("-r", "no", "hn2", 101).rc == 10
    assert fleet.run("hn1", "vzctl", "create", 101).rc == 44


def test_a_container_that_comes_back_overwrites_the_copy_that_stayed(fleet):
    fleet.container("hn1", name="web")
    assert fleet.migrate("-r", "no", "hn2", 101).rc == 0
    assert fleet.run("hn2", "vzctl", "set", 101, "--name", "db", "--save").rc == 0
    (fleet.area("hn2") / "etc/marker").write_text("newer")

    assert fleet.migrate("-r", "no", "hn1", 101, node="hn2").rc == 0

    assert fleet.marker("hn1") == "newer"
    assert fleet.confs("hn1") == ["101.conf", "101.conf.migrated"]
    assert fleet.names("hn1") == {"db": "101.conf", "web": "101.conf"}


def test_the_last_option_counts_wherever_it_stands(fleet):
    fleet.container("hn1")

    assert fleet.migrate("-r", "no", "hn2", 101, "--remove-area=yes").rc == 0
    assert fleet.confs("hn1") == ["101.conf.destroyed"]


def test_stopped_stays_stopped_and_mounted_stays_mounted(fleet):
    fleet.container("hn1")
    fleet.container("hn1", 102)
    assert fleet.run("hn1", "vzctl", "mount", 102).rc == 0

    assert (fleet.migrate("hn2", 101).rc, fleet.migrate("hn2", 102).rc) == (0, 0)
    assert (fleet.status("hn2"), fleet.status("hn2", 102)) == (DOWN, "exist mounted down")


# command line


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["hn2"], "Invalid usage: not enough parameters"),
        (["hn2", "101", "102"], "Invalid usage: too many parameters: hn2 101 102"),
        (["-r", "maybe", "hn2", "101"], "Invalid usage: bad argument for -r: maybe"),
        (["-fcpu,disk", "hn2", "101"], "Invalid usage: unknown -f argument: disk"),
        (["--remo", "hn2"], "Invalid usage: bad argument for --remove-area: hn2"),
        (["--s", "hn2", "101"], "Invalid usage"),
        (["-x", "hn2", "101"], "Invalid usage"),
    ],
)
def test_a_wrong_command_line_is_refused_on_standard_output(fleet, words, text):
    answer = fleet.migrate(*words)

    assert (answer.rc, answer.out.splitlines()[0]) == (1, text)


@pytest.mark.parametrize("words", [[], ["-h"], ["hn2", "101", "--help"], ["--usage"]])
def test_the_page_of_usage_is_no_failure(fleet, words):
    answer = fleet.migrate(*words)

    assert answer.rc == 0
    assert answer.out.startswith("This program is used for container migration to another node.\n")
