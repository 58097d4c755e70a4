"""The programs `ip` and `brctl` of a node: devices from bridge to bridge, refusals as each of them words them."""

import json
import subprocess

import pytest

from vzsim.commands import brctl as bridge_utils
from vzsim.commands import iproute
from vzsim.node.node import Node


@pytest.fixture
def ip(bench, capfd):
    """``ip("link", "set", ...)`` -> ``(rc, stderr)``, on a node where container 301 has eth0 in br0."""
    bench.container(301, 'NETIF="ifname=eth0,bridge=br0,host_ifname=veth301.0"\n', running=True)

    def run(*words):
        capfd.readouterr()
        return iproute.main(Node(str(bench.directory)), list(words)), capfd.readouterr().err

    return run


@pytest.mark.parametrize("device", [["dev", "veth301.0"], ["veth301.0"]])
def test_a_device_moves_from_bridge_to_bridge(bench, ip, device):
    assert ip("link", "set", *device, "master", "virbr0") == (0, "")

    assert (bench.bridge("br0"), bench.bridge("virbr0")) == ([], ["veth301.0"])
    assert bench.path("sys/class/net/veth301.0/master").resolve().name == "virbr0"
    assert ip("link", "set", *device, "master", "virbr0") == (0, "")

    assert ip("link", "set", *device, "nomaster") == ip("link", "set", *device, "nomaster") == (0, "")
    assert bench.bridge("virbr0") == []
    assert not bench.path("sys/class/net/veth301.0/master").exists()


@pytest.mark.parametrize(
    ("words", "rc", "said"),
    [
        ("link set dev nosuch master br0", 1, 'Cannot find device "nosuch"\n'),
        ("link set dev nosuch nomaster", 1, 'Cannot find device "nosuch"\n'),
        ("link set dev veth301.0 master nosuch", 255, 'Error: argument "nosuch" is wrong: Device does not exist\n\n'),
        ("link set dev nosuch master nosuch", 255, 'Error: argument "nosuch" is wrong: Device does not exist\n\n'),
        ("link set dev veth301.0 master", 255, 'Command line is not complete. Try option "help"\n'),
        ("link set dev veth301.0 frob", 255, 'Error: either "dev" is duplicate, or "frob" is a garbage.\n'),
        ("link set", 255, 'Not enough information: "dev" argument is required.\n'),
        ("link frob", 255, 'Command "frob" is unknown, try "ip link help".\n'),
        ("frob", 1, 'Object "frob" is unknown, try "ip help".\n'),
        ("", 255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n"),
        ("link set dev lo master br0", 2, "RTNETLINK answers: Invalid argument\n"),
        ("link set dev virbr0 master br0", 2, "RTNETLINK answers: Invalid argument\n"),
        ("link set dev br0 master br0", 2, "RTNETLINK answers: Invalid argument\n"),
        ("link set dev veth301.0", 0, ""),
    ],
)
def test_what_is_refused_leaves_the_bridges_alone(bench, ip, words, rc, said):
    assert ip(*words.split()) == (rc, said)

    assert bench.bridge("br0") == ["veth301.0"]


def test_a_device_that_is_moved_to_no_bridge_has_left_the_old_one(bench, ip):
    assert ip("link", "set", "veth301.0", "master", "eth1") == (2, "RTNETLINK answers: Operation not supported\n")

    assert bench.bridge("br0") == []


def test_a_run_is_noted_and_can_be_made_to_fail(bench):
    place = bench.path("bin/ip")
    assert subprocess.run([place, "link", "set", "eth1", "master", "br0"], check=False).returncode == 0
    assert bench.bridge("br0") == ["eth1"]

    bench.path("faults.json").write_text(json.dumps([{"program": "ip", "rc": 2, "stderr": "no\n"}]))
    failed = subprocess.run([place, "link", "set", "eth1", "nomaster"], check=False, capture_output=True, text=True)

    assert (failed.returncode, failed.stderr, bench.bridge("br0")) == (2, "no\n", ["eth1"])
    calls = [json.loads(line) for line in bench.path("calls.jsonl").read_text().splitlines()]
    assert [(call["program"], call["argv"], call["rc"]) for call in calls] == [
        ("ip", ["link", "set", "eth1", "master", "br0"], 0),
        ("ip", ["link", "set", "eth1", "nomaster"], 2),
    ]


@pytest.fixture
def brctl(bench, capfd):
    """``brctl("addif", "br0", "eth1")`` -> ``(rc, what it said)``, on a node where container 301 has eth0 in br0."""
    bench.container(301, 'NETIF="ifname=eth0,bridge=br0,host_ifname=veth301.0"\n', running=True)

    def run(*words):
        capfd.readouterr()
        rc = bridge_utils.main(Node(str(bench.directory)), list(words))
        out, err = capfd.readouterr()
        return rc, err or out

    return run


def test_brctl_takes_a_device_out_of_a_bridge_and_puts_it_into_another(bench, brctl):
    assert brctl("delif", "br0", "veth301.0") == (0, "")
    assert bench.bridge("br0") == []
    assert not bench.path("sys/class/net/veth301.0/master").exists()

    assert brctl("addif", "virbr0", "veth301.0", "eth1") == (0, "")
    assert bench.bridge("virbr0") == ["eth1", "veth301.0"]
    assert bench.path("sys/class/net/veth301.0/master").resolve().name == "virbr0"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "addif virbr0 veth301.0",
            "device veth301.0 is already a member of a bridge; can't enslave it to bridge virbr0.",
        ),
        ("addif br0 veth301.0", "device veth301.0 is already a member of a bridge; can't enslave it to bridge br0."),
        (
            "addif br0 virbr0",
            "device virbr0 is a bridge device itself; can't enslave a bridge device to a bridge device.",
        ),
        ("addif br0 nosuch", "interface nosuch does not exist!"),
        ("addif nosuch nosuch", "interface nosuch does not exist!"),
        ("addif nosuch veth301.0", "bridge nosuch does not exist!"),
        ("addif eth1 veth301.0", "can't add veth301.0 to bridge eth1: Operation not supported"),
        ("addif br0 lo", "can't add lo to bridge br0: Invalid argument"),
        ("delif virbr0 veth301.0", "device veth301.0 is not a slave of virbr0"),
        ("delif br0 eth1", "device eth1 is not a slave of br0"),
        ("delif br0 nosuch", "interface nosuch does not exist!"),
        ("delif nosuch veth301.0", "bridge nosuch does not exist!"),
        ("delif eth1 veth301.0", "can't delete veth301.0 from eth1: Operation not supported"),
        ("frob", "never heard of command [frob]"),
        ("addif br0", "Incorrect number of arguments for command\nUsage: brctl addif <bridge> <device>"),
        ("", bridge_utils.HELP.strip()),
    ],
)
def test_what_brctl_refuses_leaves_the_bridges_alone(bench, brctl, words, said):
    assert brctl(*words.split()) == (1, said + "\n")

    assert (bench.bridge("br0"), bench.bridge("virbr0")) == (["veth301.0"], [])


def test_a_run_of_brctl_is_noted_and_can_be_made_to_fail(bench):
    place = bench.path("bin/brctl")
    bench.path("faults.json").write_text(
        json.dumps([{"program": "brctl", "command": "delif", "rc": 1, "stderr": "no\n"}])
    )

    for words in (["addif", "br0", "eth1"], ["delif", "br0", "eth1"]):
        subprocess.run([place, *words], check=False, capture_output=True)

    assert bench.bridge("br0") == ["eth1"]
    calls = [json.loads(line) for line in bench.path("calls.jsonl").read_text().splitlines()]
    assert [(call["program"], call["argv"], call["rc"]) for call in calls] == [
        ("brctl", ["addif", "br0", "eth1"], 0),
        ("brctl", ["delif", "br0", "eth1"], 1),
    ]
