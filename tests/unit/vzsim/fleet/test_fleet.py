"""Nodes that reach each other: ``vzsim fleet``, ssh, scp and who is down."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vzsim import cli
from vzsim.fleet import paths, steps


def test_nodes_of_a_fleet_reach_each_other_by_name(fleet):
    answer = fleet.run("hn1", "ssh", "-o", "BatchMode=yes", "root@hn2", "vzctl --version")

    assert answer.rc == 0
    assert answer.out.startswith("vzctl version 4.11")
    assert fleet.calls("hn2") == ["vzctl --version"]


def test_a_node_made_alone_reaches_nobody(fleet, tmp_path):
    assert cli.main(["init", str(fleet.directory / "alone")]) == 0

    answer = fleet.run("alone", "ssh", "root@hn2", "true")

    assert (answer.rc, answer.err) == (255, "ssh: Could not resolve hostname hn2: Name or service not known\n")


def test_families_are_one_for_all_or_one_each(fleet):
    shown = fleet.manage("fleet", "--nodes", "hn3,hn4", "--family", "4,7", "--release", "7.0.254")

    assert [line.partition("(")[2] for line in shown.splitlines()] == [
        "family 4)",
        "family 4)",
        "family 4, new)",
        "family 7, new)",
    ]
    assert fleet.run("hn4", "ssh", "root@hn1", "true").rc == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nodes", "a,b,c", "--family", "4,7"], "3 nodes, but 2 families"),
        (["--nodes", "a", "--family", "5"], "no family '5': 4 or 7"),
        (["--nodes", "a", "--release", "7.0.254"], "--release goes with --family 7 only"),
        (["--nodes", "a", "--network", "lan=br0"], "--network goes with --family 7 only"),
        (["--down", "hn9"], "has no node hn9; it has hn1, hn2"),
    ],
)
def test_a_fleet_that_makes_no_sense_is_refused(fleet, capsys, words, said):
    assert cli.main(["fleet", str(fleet.directory), *words]) == 1
    assert said in capsys.readouterr().err


def test_a_directory_without_nodes_is_no_fleet(tmp_path, capsys):
    assert cli.main(["fleet", str(tmp_path)]) == 1
    assert f"{tmp_path} has no nodes; make some: vzsim fleet {tmp_path} --nodes hn1,hn2" in capsys.readouterr().err


def test_a_fleet_that_was_moved_is_mended_by_the_same_command(fleet, tmp_path):
    fleet.container("hn1", name="web1")
    shutil.move(fleet.directory, tmp_path / "elsewhere")
    fleet.directory = tmp_path / "elsewhere"

    fleet.manage("fleet")

    assert fleet.run("hn1", "ssh", "root@hn2", "pwd").out == "/hn2\n"
    assert f'LOCKDIR="{fleet.directory}/hn1/vz/lock"' in fleet.path("hn1", "etc/vz/vz.conf").read_text()
    assert fleet.migrate("hn2", "web1").rc == 0
    assert fleet.marker("hn2") == "data of A"


def test_nobody_logs_in_to_a_node_that_is_down(fleet):
    fleet.manage("fleet", "--down", "hn2")

    lost = fleet.run("hn1", "ssh", "root@hn2", "true")
    copied = fleet.run("hn1", "rsync", "-a", "/etc/vz/", "root@hn2:/etc/vz/")

    assert (lost.rc, lost.err) == (255, "ssh: connect to host hn2 port 22: No route to host\n")
    assert copied.rc == 255
    assert fleet.run("hn2", "vzctl", "--version").rc == 0
    assert "Network is unreachable" in fleet.run("hn2", "ssh", "root@hn1", "true").err
    fleet.manage("fleet", "--up", "hn2")
    assert fleet.run("hn1", "ssh", "root@hn2", "true").rc == 0


def test_only_root_logs_in(fleet):
    answer = fleet.run("hn1", "ssh", "-l", "joe", "hn2", "true")

    assert (answer.rc, answer.err) == (255, "joe@hn2: Permission denied (publickey,password).\n")


def test_a_command_runs_in_the_shell_of_the_other_node_with_its_paths_and_programs(fleet):
    command = "cd /etc/vz && ls *.conf; vzctl --version | head -n 1; echo $((1+1)) > /vz/private/two"

    answer = fleet.run("hn1", "ssh", "root@hn2", command)

    assert answer.rc == 0
    assert answer.out.splitlines()[0] == "vz.conf"
    assert "vzctl version 4.11" in answer.out
    assert fleet.path("hn2", "vz/private/two").read_text() == "2\n"
    assert not fleet.path("hn1", "vz/private/two").exists()


def test_ssh_answers_with_the_exit_code_of_the_command(fleet):
    assert fleet.run("hn1", "ssh", "root@hn2", "exit 7").rc == 7
    assert fleet.run("hn1", "ssh", "root@hn2", "nosuchprogram").rc == 127
    assert fleet.run("hn1", "ssh", "root@hn2", "vzctl start 999").rc == 14


def test_scp_copies_files_with_their_modes_and_no_folders(fleet):
    script = fleet.path("hn1", "etc/vz/conf/101.start")
    script.write_text("#!/bin/sh\n")
    script.chmod(0o750)

    copied = fleet.run("hn1", "scp", "-o", "BatchMode=yes", script, f"root@hn2:{script.parent}")
    refused = fleet.run("hn1", "scp", script.parent, "root@hn2:/vz/dump/")

    assert copied.rc == 0
    assert fleet.path("hn2", "etc/vz/conf/101.start").stat().st_mode & 0o777 == 0o750
    assert refused.rc == 1
    assert "not a regular file" in refused.err


def test_removing_a_mount_point_empties_the_mounted_area_and_is_refused(fleet):
    fleet.container("hn2", running=True)

    answer = fleet.run("hn1", "ssh", "root@hn2", "rm -rf /vz/root/101")

    assert (answer.rc, answer.err) == (1, "rm: cannot remove '/hn2/vz/root/101': Device or resource busy\n")
    assert os.listdir(fleet.area("hn2")) == []


def test_paths_of_a_node_are_told_from_those_of_the_machine():
    assert paths.real("/f/hn2", "/vz/private/101") == "/f/hn2/vz/private/101"
    assert paths.real("/f/hn2", "/f/hn2/vz/private/101") == "/f/hn2/vz/private/101"
    assert paths.real("/f/hn2", "/tmp/vz/x") == "/tmp/vz/x"
    assert paths.real_text("/f/hn2", "cat /etc/vz/vz.conf>/vz/x; ls /f/hn2/vz /vzold") == (
        "cat /f/hn2/etc/vz/vz.conf>/f/hn2/vz/x; ls /f/hn2/vz /vzold"
    )


def test_a_minion_learns_its_nodes_programs_and_name(fleet):
    text = fleet.path("hn2", "openvz.conf").read_text()

    assert f'  vzmigrate: "{fleet.path("hn2", "bin/vzmigrate")}"\n' in text
    assert text.endswith('  ssh_host: "hn2"\n')


def test_what_runs_on_the_other_node_shows_nothing_of_the_callers_environment(fleet):
    gate = fleet.directory / "gate"
    fleet.manage("fault", "--command", "status", "--until", gate, "--times", 1, node="hn2")
    program = fleet.path("hn1", "bin/ssh")
    with subprocess.Popen(
        [sys.executable, "-IS", program, "root@hn2", "vzctl status 101"], env={**os.environ, "MARK": "x1"}
    ) as process:
        fleet.until(gate.exists)
        (there,) = fleet.path("hn2", "proc").glob("[0-9]*")
        seen = (there / "environ").read_bytes(), (there / "cmdline").read_bytes().split(b"\0")[:3]
        mine = (fleet.path("hn1", f"proc/{process.pid}") / "environ").read_bytes()
        gate.unlink()

    assert b"MARK=x1" in mine
    assert b"MARK=x1" not in seen[0]
    assert seen[1] == [os.fsencode(fleet.path("hn2", "bin/vzctl")), b"status", b"101"]


@pytest.mark.parametrize("family", ["4", "7"])
def test_files_go_to_where_a_container_is_mounted(fleet, family):
    fleet.manage("fleet", "--nodes", "hn3", "--family", family)
    template = ["--ostemplate", "almalinux-9"] if family == "7" else ["--layout", "ploop"]
    assert fleet.run("hn3", "vzctl", "create", 301, *template).rc == 0
    assert fleet.run("hn3", "vzctl", "mount", 301).rc == 0
    fleet.path("hn1", "vz/dump/file").write_text("x")

    assert fleet.run("hn1", "rsync", "-a", "/vz/dump/", "root@hn3:/vz/root/301/srv/").rc == 0
    answer = fleet.run("hn1", "ssh", "root@hn3", "cat /vz/root/301/srv/file; ls /vz/root/301/")

    assert "x" in answer.out.splitlines()[0]
    assert (fleet.path("hn3", "vz/private/301/root.hdd/files/srv/file")).read_text() == "x"


def test_an_answer_is_lost_when_the_node_goes_down_meanwhile(fleet):
    fleet.container("hn1", running=True)
    gate = fleet.directory / "gate"
    fleet.manage("fault", "--command", "start", "--until", gate, "--times", 1, node="hn2")
    process = fleet.begin("hn1", "vzmigrate", "hn2", 101)
    fleet.until(gate.exists)
    fleet.manage("fleet", "--down", "hn2")
    gate.unlink()
    process.communicate()

    assert process.returncode == 7
    assert fleet.status("hn1") == fleet.status("hn2") == "exist mounted running"


def test_a_boot_starts_what_has_onboot_and_nothing_else_is_left(fleet):
    fleet.container("hn1", 101, extra='ONBOOT="yes"\n')
    fleet.container("hn1", 102, running=True)
    gate = fleet.directory / "gate"
    fleet.fault("hn1", "rsync1", "--until", gate)
    process = fleet.begin("hn1", "vzmigrate", "hn2", 102)
    fleet.until(gate.exists)

    shown = fleet.manage("fleet", "--reboot", "hn1")
    process.communicate()

    assert shown.splitlines()[0] == "hn1 was rebooted; started at boot: 101"
    assert process.returncode == -9
    assert fleet.at_work("hn1") == []
    assert (fleet.status("hn1", 101), fleet.status("hn1", 102)) == ("exist mounted running", "exist unmounted down")
    assert fleet.locks("hn1") == ["102.lck"]


def test_a_node_of_vzctl_7_boots_as_well(fleet):
    fleet.manage("fleet", "--nodes", "hn3", "--family", "7")
    for ctid, onboot in ((301, "yes"), (302, "no"), (303, "auto")):
        assert fleet.run("hn3", "vzctl", "create", ctid, "--ostemplate", "almalinux-9").rc == 0
        assert fleet.run("hn3", "vzctl", "set", ctid, "--onboot", onboot, "--save").rc == 0
    assert fleet.run("hn3", "vzctl", "start", 302).rc == 0

    shown = fleet.manage("fleet", "--reboot", "hn3")

    assert shown.splitlines()[0] == "hn3 was rebooted; started at boot: 301"
    assert fleet.run("hn3", "vzlist", "-H", "-o", "ctid").out.split() == ["301"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--command", "set", "--step", "rsync1", "--rc", "1"], "--step goes with --command vzmigrate"),
        (["--command", "vzmigrate", "--kill", "KILL"], "--kill and --lost go with --step only"),
        (["--command", "vzmigrate", "--step", "rsync1"], "a fault needs --rc, "),
    ],
)
def test_a_fault_of_a_step_that_makes_no_sense_is_refused(fleet, capsys, words, said):
    assert cli.main(["fault", str(fleet.path("hn1")), *words]) == 1
    assert said in capsys.readouterr().err


def test_the_steps_are_listed_by_the_help_and_others_are_refused(fleet, capsys):
    with pytest.raises(SystemExit):
        cli.main(["fault", "--help"])
    listed = capsys.readouterr().out.partition("steps of vzmigrate:")[2].split()
    with pytest.raises(SystemExit):
        cli.main(["fault", str(fleet.path("hn1")), "--step", "jump", "--rc", "1"])

    assert {"rsync1", "checks-exists", "undo-start", "unlock"} <= set(listed)
    assert "no program has a step 'jump'" in capsys.readouterr().err


def test_the_page_tells_what_each_step_is():
    page = (Path(__file__).parents[4] / "docs/vzsim.md").read_text()

    assert [step for step in steps.VZMIGRATE if f"`{step}`" not in page] == []


def test_a_fault_without_a_step_is_one_of_the_whole_program(fleet):
    fleet.container("hn1")
    fleet.manage("fault", "--command", "vzmigrate", "--when", "after", "--rc", 255, "--times", 1, node="hn1")

    assert fleet.migrate("hn2", 101).rc == 255
    assert fleet.marker("hn2") == "data of A"


def test_nothing_of_the_machine_is_removed_by_a_command_for_a_node(fleet):
    answer = fleet.run("hn1", "ssh", "root@hn2", "rm -rf /usr/share/vzsim-is-not-here /")

    assert answer.rc == 1
    assert "Read-only file system" in answer.err
    assert "dangerous" in answer.err
    assert fleet.path("hn2").exists()
