"""Nodes as users make them: ``vzsim init``, the programs in bin, faults, the note of every call."""

import json
import os
import shutil
import subprocess

import pytest

from vzsim import cli, programs
from vzsim.node import faults
from vzsim.node.node import Node

SET = ("set", "101", "--cpus", "2", "--save")
SET_OTHER = ("set", "102", "--cpus", "2", "--save")


@pytest.fixture
def node(tmp_path):
    return make(tmp_path / "node")


def make(directory, *options):
    assert cli.main(["init", str(directory), *options]) == 0
    return directory


def run(program, *argv, **options):
    return subprocess.run(
        [str(program), *argv], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, **options
    )


def calls(node):
    return [json.loads(line) for line in (node / "calls.jsonl").read_text().splitlines()]


# init


def test_what_a_new_node_has(node):
    assert sorted(os.listdir(node / "vz/template/cache")) == ["debian-12-x86_64.tar.gz", "fedora-core-5-i386.tar.gz"]
    for bridge in ("br0", "eth10", "eth11", "virbr0"):
        assert (node / "sys/class/net" / bridge / "bridge").is_dir()
    assert (node / "sys/class/net/eth1/address").is_file()
    assert (node / "etc/vz/conf/ve-vswap-256m.conf-sample").is_file()
    assert (node / "proc/sys/net/ipv4/ip_forward").read_text() == "1\n"
    assert (node / "proc/sys/net/ipv4/conf/all/proxy_arp").read_text() == "0\n"
    assert f'LOCKDIR="{node}/vz/lock"\n' in (node / "etc/vz/vz.conf").read_text()


def test_the_snippet_for_a_minion(node):
    assert (node / "openvz.conf").read_text() == (
        f'openvz:\n  vzctl: "{node}/bin/vzctl"\n  vzlist: "{node}/bin/vzlist"\n'
        f'  ip: "{node}/bin/ip"\n  brctl: "{node}/bin/brctl"\n'
        f'  vzmigrate: "{node}/bin/vzmigrate"\n  rsync: "{node}/bin/rsync"\n  ssh: "{node}/bin/ssh"\n'
        f'  config_dir: "{node}/etc/vz"\n  sys_class_net: "{node}/sys/class/net"\n'
        f'  proc_dir: "{node}/proc"\n'
    )


def test_options_of_init(tmp_path):
    node = make(tmp_path / "node", "--no-vswap", "--template", "arch-x86_64")

    assert run(node / "bin/vzctl", "create", "101", "--ostemplate", "arch-x86_64").returncode == 0
    assert run(node / "bin/vzctl", "set", "101", "--ram", "1G", "--save").returncode == 3


def test_a_slow_command_holds_its_container_and_no_other(tmp_path):
    node = make(tmp_path / "node", "--latency", "create=3600,status=0.001")

    with subprocess.Popen([node / "bin/vzctl", "create", "101"], stdout=subprocess.DEVNULL) as slow:
        while not (node / "vz/lock/101.lck").exists():
            assert slow.poll() is None
        same, other, said = (run(node / "bin/vzctl", *words) for words in (SET, SET_OTHER, ("status", "101")))
        slow.kill()

    assert (same.returncode, other.returncode, said.returncode) == (9, 0, 0)


@pytest.mark.parametrize("latency", ["create", "create=", "create=-1", "create=nan", "creat=1", "create=1,"])
def test_a_latency_that_makes_no_sense_is_refused(tmp_path, capsys, latency):
    with pytest.raises(SystemExit):
        cli.main(["init", str(tmp_path / "node"), "--latency", latency])

    assert "argument --latency: " in capsys.readouterr().err
    assert not (tmp_path / "node").exists()


@pytest.mark.parametrize("content", ["node", "other"])
def test_init_spoils_nothing(tmp_path, capsys, content):
    directory = tmp_path / "node"
    if content == "node":
        make(directory)
    else:
        directory.mkdir()
        (directory / "precious").write_text("")
    before = sorted(os.listdir(directory))

    assert cli.main(["init", str(directory)]) == 1

    assert sorted(os.listdir(directory)) == before
    assert "vzsim: " in capsys.readouterr().err


def test_a_moved_node_is_put_right_by_init(node, tmp_path):
    run(node / "bin/vzctl", "create", "101", "--name", "web1")
    moved = tmp_path / "elsewhere"
    shutil.move(node, moved)

    make(moved)

    assert run(moved / "bin/vzctl", "start", "web1").returncode == 0
    assert run(moved / "bin/vzlist", "-H", "-o", "ctid,private").stdout.split() == ["101", f"{moved}/vz/private/101"]
    assert str(node) not in (moved / "openvz.conf").read_text()
    assert os.listdir(tmp_path) == ["elsewhere"]


# the programs


def test_the_programs_find_their_node_when_linked_and_renamed(node, tmp_path):
    run(node / "bin/vzctl", "create", "101")
    link = tmp_path / "zcontrol"
    link.symlink_to(node / "bin/vzctl")
    renamed = node / "bin/renamed"
    shutil.copy2(node / "bin/vzlist", renamed)

    assert run(link, "status", "101", cwd="/").stdout == "CTID 101 exist unmounted down\n"
    assert run(renamed, "-a", "-H", "-1").stdout.split() == ["101"]


def test_a_python_with_a_long_path_gets_a_shell_in_front(tmp_path, monkeypatch):
    python = tmp_path / ("long " * 30) / "python"
    python.parent.mkdir()
    python.symlink_to(os.path.realpath(os.sys.executable))
    monkeypatch.setattr(programs.sys, "executable", str(python))

    node = make(tmp_path / "node")

    assert (node / "bin/vzctl").read_text().startswith("#!/bin/sh\n")
    assert run(node / "bin/vzctl", "status", "101").stdout == "CTID 101 deleted unmounted down\n"


def test_who_is_root_can_be_told(node):
    answer = run(node / "bin/vzlist", "-a", env={**os.environ, "VZSIM_UID": "65534"})

    assert (answer.returncode, answer.stderr) == (1, "This program can only be run under root.\n")


def test_every_call_is_noted_without_secrets(node):
    run(node / "bin/vzctl", "create", "101", "--hostname", "ü")
    for option in (["--userpasswd", "root:geheim"], ["--userp=root:geheim"]):
        run(node / "bin/vzctl", "set", "101", *option)
    run(node / "bin/vzlist", "-a")

    assert [(call["program"], call["argv"], call["rc"]) for call in calls(node)] == [
        ("vzctl", ["create", "101", "--hostname", "ü"], 0),
        ("vzctl", ["set", "101", "--userpasswd", "***"], 0),
        ("vzctl", ["set", "101", "--userp=***"], 0),
        ("vzlist", ["-a"], 0),
    ]


# faults


def test_a_fault_stands_in_for_the_action(node):
    cli.main(["fault", str(node), "--command", "create", "--rc", "46", "--stderr", "No disk space\n"])

    answer = run(node / "bin/vzctl", "create", "101")

    assert (answer.returncode, answer.stderr) == (46, "No disk space\n")
    assert not (node / "etc/vz/conf/101.conf").exists()
    assert calls(node)[-1]["rc"] == 46


def test_a_fault_after_the_action_loses_its_answer(node):
    cli.main(["fault", str(node), "--when", "after", "--rc", "9", "--times", "1"])

    assert run(node / "bin/vzctl", "create", "101").returncode == 9
    assert (node / "etc/vz/conf/101.conf").exists()
    assert run(node / "bin/vzctl", "status", "101").returncode == 0


def test_faults_are_cleared(node):
    cli.main(["fault", str(node), "--rc", "9"])
    cli.main(["fault", str(node), "--clear"])

    assert run(node / "bin/vzctl", "status", "101").returncode == 0


@pytest.mark.parametrize(
    ("fault", "strikes"),
    [
        ({}, True),
        ({"program": "vzlist"}, False),
        ({"command": "set"}, True),
        ({"command": "start"}, False),
        ({"match": "--cpus 2"}, True),
        ({"match": "--ram"}, False),
    ],
)
def test_whom_a_fault_strikes(node, fault, strikes):
    place = Node(str(node))
    faults.add(place, {**fault, "rc": 1})

    assert bool(faults.matching(place, "vzctl", ["--quiet", "set", "101", "--cpus", "2"])) is strikes


def test_a_fault_that_only_hangs_lets_the_run_go_on(node, monkeypatch):
    slept = []
    monkeypatch.setattr(faults.time, "sleep", slept.append)

    assert faults.strike({"hang": 7.5}) is None
    assert slept == [7.5]


def test_the_latest_fault_counts_and_an_exhausted_one_no_more(node):
    cli.main(["fault", str(node), "--command", "set", "--rc", "46"])
    cli.main(["fault", str(node), "--command", "set", "--rc", "9", "--times", "1"])

    codes = [run(node / "bin/vzctl", "set", "101", "--cpus", "1").returncode for _ in range(2)]

    assert codes == [9, 46]


def test_the_faults_that_wait_are_listed(node, capsys):
    cli.main(["fault", str(node), "--command", "set", "--rc", "46"])
    cli.main(["fault", str(node), "--hang", "5", "--times", "1"])
    capsys.readouterr()

    cli.main(["fault", str(node), "--list"])

    assert capsys.readouterr().out == "hang 5.0, times 1\ncommand set, rc 46\n"


def test_a_fault_that_does_nothing_or_strikes_nothing_is_refused(node, capsys):
    assert cli.main(["fault", str(node), "--command", "set"]) == 1
    assert "a fault needs --rc" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["fault", str(node), "--command", "crate", "--rc", "1"])
    assert not (node / "faults.json").exists()


def test_a_fault_needs_a_node(tmp_path, capsys):
    assert cli.main(["fault", str(tmp_path), "--rc", "1"]) == 1
    assert "is not a node" in capsys.readouterr().err


# a running container


@pytest.fixture
def running(node):
    for argv in (["create", "101"], ["set", "101", "--netif_add", "eth0,,vA,,br0", "--save"], ["start", "101"]):
        assert run(node / "bin/vzctl", *argv).returncode == 0
    return node


def test_vzlist_shows_what_the_kernel_has_and_not_what_the_file_says(running):
    run(running / "bin/vzctl", "set", "101", "--ram", "1G", "--swap", "1G", "--cpus", "3")

    shown = run(running / "bin/vzlist", "-H", "-o", "physpages.l,swappages.l,cpus", "101").stdout.split()

    assert shown == ["262144", "262144", "3"]
    assert "CPUS" not in (running / "etc/vz/conf/101.conf").read_text()


@pytest.mark.parametrize("device", ["vA", "eth10"])
def test_a_device_that_the_node_has_is_no_other_containers(running, device):
    run(running / "bin/vzctl", "create", "102")
    run(running / "bin/vzctl", "set", "102", "--netif_add", f"eth0,,{device},,br0", "--save")

    started = run(running / "bin/vzctl", "start", "102")

    assert started.returncode == 130
    assert "File exists" in started.stderr
    assert os.listdir(running / "sys/class/net/br0/brif") == ["vA"]


def test_a_live_device_keeps_its_name_on_the_node_until_the_next_start(running):
    assert run(running / "bin/vzctl", "set", "101", "--netif_add", "eth0,,vB", "--save").returncode == 0
    assert (running / "sys/class/net/vA").is_dir()

    run(running / "bin/vzctl", "restart", "101")

    assert os.listdir(running / "sys/class/net/br0/brif") == ["vB"]
