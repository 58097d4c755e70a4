"""What the kernel of the node shows of addresses: veinfo and routes, whatever conf and vzlist say."""

import pytest

from vzsim.node.node import Node
from vzsim.vzlist import listing

NODE = "         0     0   120\n"


def veinfo(bench):
    return bench.path("proc/vz/veinfo").read_text()


def routes(bench):
    """``["192.0.2.1"]``: where venet0 leads to."""
    lines = bench.path("proc/net/route").read_text().splitlines()
    assert all(len(line) == 127 for line in lines)
    found = [line.split() for line in lines[1:]]
    assert all((row[0], row[7]) == ("venet0", "FFFFFFFF") for row in found)
    return [".".join(str(byte) for byte in reversed(bytes.fromhex(row[1]))) for row in found]


@pytest.fixture
def addressed(bench):
    bench.container(301, 'IP_ADDRESS="192.0.2.1/24 2001:db8::1"\n', running=True)
    return bench


def test_a_new_node_has_a_line_of_its_own_and_no_route(bench):
    assert veinfo(bench) == NODE
    assert routes(bench) == []
    assert bench.path("proc/net/ipv6_route").read_text() == ""


def test_a_running_container_has_a_line_with_its_addresses_the_newest_first(addressed):
    assert veinfo(addressed) == (
        "       301     0     4                             2001:db8::1       192.0.2.1\n" + NODE
    )
    assert routes(addressed) == ["192.0.2.1"]
    assert addressed.path("proc/net/ipv6_route").read_text() == (
        f"20010db8000000000000000000000001 80 {'0' * 32} 00 {'0' * 32} 00000400 00000000 00000000 00000001   venet0\n"
    )


def test_the_last_container_stands_first(addressed):
    addressed.container(302, running=True)

    assert [line.split()[0] for line in veinfo(addressed).splitlines()] == ["302", "301", "0"]


def test_an_address_that_is_taken_away_is_in_the_conf_alone(addressed, capfd):
    addressed.vzctl("set", 301, "--ipdel", "all")

    assert veinfo(addressed) == "       301     0     4\n" + NODE
    assert routes(addressed) == []
    capfd.readouterr()
    assert listing.main(Node(str(addressed.directory)), ["-H", "-t", "-o", "ip", "301"]) == 0
    assert capfd.readouterr().out.split() == ["192.0.2.1/24", "2001:db8::1"]


@pytest.mark.parametrize("command", ["stop", "suspend"])
def test_a_container_that_runs_no_more_has_no_line(addressed, command):
    addressed.vzctl(command, 301)

    assert veinfo(addressed) == NODE
    assert routes(addressed) == []


def test_the_foreign_kernel_has_no_such_file(bench):
    bench.foreign_kernel()
    bench.container(301, 'IP_ADDRESS="192.0.2.1"\n', running=True)

    assert veinfo(bench) == NODE
