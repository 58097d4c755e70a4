"""The program `ip` of a node: devices from bridge to bridge, refusals as iproute2 words them."""

import json
import subprocess

import pytest

from vzsim import iproute
from vzsim.node import Node


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
