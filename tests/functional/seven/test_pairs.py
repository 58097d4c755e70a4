"""What family 7 sets inside a veth pair: addresses, gateways and DHCP; networks by name; one pair in a call."""

import pytest
from documents import UUID, address, document, gateway, network, pair
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN
INSIDE = (address("198.51.100.10"), gateway("198.51.100.1"))
SIX = (address("2001:db8::10", 64), gateway("2001:db8::1", "ipv6"))
WEB = document(pair(*INSIDE))


@pytest.fixture(params=["stopped", "running"])
def web(request, openvz, node, once):
    """web01 with one pair."""

    def make():
        openvz.define(xml=WEB)
        if request.param == "running":
            openvz.start("web01")

    return once(request.param, make)


def netif(node):
    """Each pair of the configuration file as a dictionary, but for venet0, which is vzctl's own."""
    entries = filter(None, node.conf(UUID)["NETIF"].split(";"))
    found = [dict(field.partition("=")[::2] for field in entry.split(",")) for entry in entries]
    return [one for one in found if one["ifname"] != "venet0"]


def settled(openvz, xml):
    """The dry run announces what the real one does, and then there is nothing to do."""
    dry, real = openvz.define(xml=xml, test=True), openvz.define(xml=xml)
    assert dry["changes"] == real["changes"]
    assert openvz.define(xml=xml)["changes"] == {}
    assert openvz.define(xml=openvz.get_xml("web01"))["changes"] == {}
    return real["changes"]


def test_addresses_and_gateways_are_inside_the_pair(openvz, node):
    settled(openvz, document(pair(*INSIDE, *SIX)))

    (eth0,) = netif(node)
    assert (eth0["network"], eth0["type"]) == ("br0", "bridge")
    assert (eth0["ip"], eth0["gw"]) == ("198.51.100.10/255.255.255.0", "198.51.100.1")
    assert (eth0["ip6"], eth0["gw6"]) == ("2001:db8::10/64", "2001:db8::1")
    assert node.conf(UUID).get("IP_ADDRESS", "").strip() in ("", "0.0.0.0")


@pytest.mark.parametrize(
    "inside",
    [
        (address("198.51.100.11"), gateway("198.51.100.1")),
        (*INSIDE, *SIX),
        (address("198.51.100.10"), address("198.51.100.12"), gateway("198.51.100.2")),
        ("<openvz:dhcp>yes</openvz:dhcp>",),
    ],
)
def test_what_is_inside_a_pair_is_changed_in_one_call_that_names_it(openvz, web, inside):
    changes = settled(openvz, document(pair(*inside)))

    assert set(changes) == {"interface eth0"}
    assert [argv[2:4] for argv in web.calls("set")] == [["--ifname", "eth0"]]


def test_addresses_that_dhcp_takes_away_are_among_the_changes(openvz, web):
    openvz.define(xml=document(pair(*INSIDE, *SIX)))

    changes = settled(openvz, document(pair("<openvz:dhcp>yes</openvz:dhcp>")))

    assert changes["interface eth0"]["old"]["addresses"] == ["198.51.100.10/24", "2001:db8::10/64"]
    assert changes["interface eth0"]["new"]["addresses"] == ["2001:db8::10/64"]
    with pytest.raises(CommandExecutionError, match="interface eth0 of container .* has DHCP on"):
        openvz.define(xml=document(pair(address("198.51.100.10"))))
    settled(openvz, document(pair(address("198.51.100.10"), "<openvz:dhcp>no</openvz:dhcp>")))


def test_a_pair_that_vzctl_is_not_to_configure_stays_so_with_another_address(openvz, web):
    unconfigured = "<openvz:ifname name='eth0' configure='no'/>"
    openvz.define(xml=document(pair("<guest dev='eth0'/>", *INSIDE), metadata=unconfigured))

    settled(openvz, document(pair(address("198.51.100.11"))))

    assert (netif(web)[0]["ip"], netif(web)[0]["configure"]) == ("198.51.100.11/255.255.255.0", "none")


def test_what_vzctl_takes_away_unasked_is_a_failure_that_names_it(openvz, web):
    program = web.directory / "bin" / "vzctl"
    real = program.rename(program.with_name("real-vzctl"))
    spoil = "sed -i 's/gw=[^,]*,//' /vz/private/*/ve.conf".replace("/vz", str(web.directory / "vz"))
    program.write_text(f'#!/bin/sh\n{real} "$@"; rc=$?; [ "$1" = set ] && {spoil}; exit $rc\n')
    program.chmod(0o755)
    try:
        with pytest.raises(CommandExecutionError, match="interface eth0 has gateway none, not 198.51.100.1;"):
            openvz.define(xml=document(pair(address("198.51.100.11"))))
    finally:
        real.rename(program)


def test_an_address_that_goes_is_gone(openvz, web):
    settled(openvz, document(pair(address("198.51.100.10"), address("198.51.100.12"), gateway("198.51.100.1"))))
    settled(openvz, document(pair(address("198.51.100.12"), gateway("198.51.100.1"))))

    assert netif(web)[0]["ip"] == "198.51.100.12/255.255.255.0"


def test_two_pairs_are_two_calls_and_a_routed_address_is_one_of_neither(openvz, web):
    route = "<interface type='ethernet'><ip address='203.0.113.5'/></interface>"
    xml = document(pair(address("198.51.100.11"), gateway("198.51.100.1")), network(address("192.0.2.5")), route)

    settled(openvz, xml)

    of_pairs = [argv[2:4] for argv in web.calls("set") if argv[2] in ("--netif_add", "--ifname")]
    assert sorted(of_pairs) == [["--ifname", "eth0"], ["--netif_add", "eth1"]]
    assert len(web.calls("set")) == 3
    assert [one.get("ip") for one in netif(web)] == ["198.51.100.11/255.255.255.0", "192.0.2.5/255.255.255.0"]
    assert web.conf(UUID)["IP_ADDRESS"].split() == ["203.0.113.5"]


def test_a_network_of_the_node_is_named_and_not_its_bridge(openvz, node):
    settled(openvz, document(network()))
    openvz.start("web01")

    assert netif(node)[0]["network"] == "default"
    assert node.bridge("virbr0") == [netif(node)[0]["host_ifname"]]
    assert '<source network="default"/>' in openvz.get_xml("web01")


def test_a_pair_moves_to_another_bridge_while_the_container_runs(openvz, web):
    settled(openvz, document(pair(*INSIDE, bridge="eth10")))

    assert netif(web)[0]["network"] == "eth10"
    if openvz.status("web01") == "running":
        assert (web.bridge("br0"), web.bridge("eth10")) == ([], [netif(web)[0]["host_ifname"]])


@pytest.mark.parametrize("bad", ["remove", "198.51.100.300", "2001:db8::1"])
def test_a_gateway_that_would_make_vzctl_refuse_the_file_for_good_is_refused_before_anything_runs(openvz, web, bad):
    web.forget_calls()

    with pytest.raises(CommandExecutionError, match="gateway|route"):
        openvz.define(xml=document(pair(address("198.51.100.10"), gateway(bad))))
    with pytest.raises(CommandExecutionError):
        openvz.set("web01", ifname="eth0", gw=bad)
    assert web.calls() == []


def test_a_bridge_beside_the_name_of_a_network_is_said_to_have_no_effect(openvz, node):
    hinted = document(network().replace("/>", " bridge='eth11'/>", 1))

    (warning,) = openvz.define(xml=hinted)["warnings"]

    assert netif(node)[0]["network"] == "default"
    assert warning == (
        "network default is looked up by vzctl; <source bridge='eth11'> next to it has no effect and can be removed"
    )
