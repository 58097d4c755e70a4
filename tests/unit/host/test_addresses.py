"""What the kernel's own files tell of the addresses of running containers."""

import json
from ipaddress import ip_address

import pytest
from library import CONF, listed
from vzdomain.host.kernel import addresses, runtime

VEINFO = """\
       102     0     3        10.0.0.2 2001:db8::2
       101     0    24
         0     0   163
"""
ROUTE = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
HOST = "venet0\t0100000A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0   \n"  # 10.0.0.1
NET = "br0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0   \n"
ROUTE6 = f"20010db8{'0' * 23}1 80 {'0' * 32} 00 {'0' * 32} 00000400 00000000 00000000 00000001   venet0\n"
NET6 = f"20010db8{'0' * 24} 40 {'0' * 32} 00 {'0' * 32} 00000400 00000000 00000000 00000001   br0\n"


@pytest.fixture
def proc(directory):
    """Write a file of the kernel below /proc."""

    def write(name, text):
        path = directory.root / "proc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return write


def test_veinfo_has_a_line_for_each_that_runs_and_one_of_the_node_itself(directory, proc):
    proc("vz/veinfo", VEINFO)

    assert addresses.running(str(directory.root / "proc")) == {
        "102": (ip_address("10.0.0.2"), ip_address("2001:db8::2")),
        "101": (),
    }


@pytest.mark.parametrize("text", ["", "Version: 2.7\n", "101\n", "x y z 10.0.0.1\n", "101 0 3 nonsense\n"])
def test_lines_of_another_form_report_nothing(directory, proc, text):
    proc("vz/veinfo", text)

    assert addresses.running(str(directory.root / "proc")) in ({}, {"101": ()})


def test_routes_to_single_hosts_are_told_from_those_to_networks(directory, proc):
    place = str(directory.root / "proc")
    assert addresses.routed(place) is None
    proc("net/route", ROUTE + HOST + NET)
    assert addresses.routed(place) == ({ip_address("10.0.0.1")}, False)
    proc("net/ipv6_route", ROUTE6 + NET6)

    assert addresses.routed(place) == ({ip_address("10.0.0.1"), ip_address("2001:db8::1")}, True)


@pytest.fixture
def look(directory):
    """What differs of container 209, and what its addresses are: its file's line, and what vzlist shows."""

    def look(line, shown):
        directory.add("209", f'{CONF}IP_ADDRESS="{line}"\n', "running")
        directory.vzctl.listed = json.dumps([listed("209", ip=shown)], indent=2)
        node = directory.node()
        seen, container = runtime.look(node)["209"], node.container("209")
        return runtime.differing(node, container, seen).get("addresses"), runtime.live_addresses(container, seen)

    return look


@pytest.mark.parametrize(("kernel_has", "differs"), [("10.0.0.1", None), ("", (["10.0.0.1"], []))])
def test_veinfo_is_believed_where_vzlist_shows_what_the_file_says(look, proc, kernel_has, differs):
    proc("vz/veinfo", f"       209     0     3 {kernel_has:>15}\n")

    assert look("10.0.0.1", ["10.0.0.1"])[0] == differs


@pytest.mark.parametrize(("routes", "differs"), [(HOST, None), (NET, (["10.0.0.1"], [])), ("", (["10.0.0.1"], []))])
def test_without_veinfo_the_routes_of_the_node_are(look, proc, routes, differs):
    proc("net/route", ROUTE + routes)

    assert look("10.0.0.1", ["10.0.0.1"])[0] == differs


@pytest.mark.parametrize(
    ("line", "shown", "has"),
    [
        ("10.0.0.1", ["10.0.0.1"], None),  # the file's, or the kernel's
        ("10.0.0.1", ["10.0.0.2"], ("10.0.0.2",)),  # not the file's
        ("10.0.0.1/24", ["10.0.0.1/24"], ()),  # the kernel knows no masks
        ("10.0.0.1/24", ["10.0.0.1"], ("10.0.0.1",)),
        ("10.0.0.1/24 10.0.0.2", ["10.0.0.2", "10.0.0.1"], ("10.0.0.2", "10.0.0.1")),
        ("", [], ()),
    ],
)
def test_without_both_vzlist_is_believed_as_far_as_it_can_be(look, line, shown, has):
    assert look(line, shown)[1] == has


def test_a_route_of_ipv6_that_cannot_be_read_is_not_one_that_is_missing(look, proc):
    proc("net/route", ROUTE + HOST)

    assert look("10.0.0.1 2001:db8::1", ["10.0.0.1", "2001:db8::1"])[1] is None
    proc("net/ipv6_route", NET6)
    assert look("10.0.0.1 2001:db8::1", ["10.0.0.1", "2001:db8::1"])[1] == ("10.0.0.1",)


def test_a_container_that_veinfo_does_not_have_is_one_of_which_nothing_is_known(look, proc):
    proc("vz/veinfo", VEINFO)
    proc("net/route", ROUTE)

    assert look("10.0.0.1", ["10.0.0.1"]) == (None, None)
