"""NETIF as vzctl reads it; the simulator, which shares no code with us, agrees."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import PARAMETERS
from vzdomain.model.domain import Interface

from vzsim.grammar import netvalues
from vzsim.grammar.values import Bad

KIND = PARAMETERS["interfaces"].kind
MAC = "00:18:51:00:05:10"
ETH0, ETH1 = Interface(guest="eth0"), Interface(guest="eth1")


@pytest.mark.parametrize(
    ("text", "interfaces"),
    [
        ("ifname=eth0,mac=00-18-51-00-05-10", (Interface(guest="eth0", mac=MAC),)),
        ("ifname=eth0,mac=00.18.51.00.05.10", (Interface(guest="eth0", mac=MAC),)),
        ("ifname=eth0,mac=00x18x51x00x05x10", (Interface(guest="eth0", mac=MAC),)),
        ("ifname=eth0,mac=00:18:51:00:05:10:99", (Interface(guest="eth0", mac=MAC),)),
        ("ifname=eth0,mac=00:18:51:AA:bb:0C", (Interface(guest="eth0", mac="00:18:51:aa:bb:0c"),)),
        ("ifname=eth0,host_mac=FE-FF-FF-FF-FF-FF", (Interface(guest="eth0", host_mac="fe:ff:ff:ff:ff:ff"),)),
        ("ifname=eth0,mac= 0:18:51:00:05:10", (Interface(guest="eth0", mac=MAC),)),
        ("ifname=eth0,mac=01:18:51:00:05:16", (Interface(guest="eth0", mac="01:18:51:00:05:16"),)),
        (f"ifname=eth0,mac=00:00:00:00:00:01,mac={MAC}", (Interface(guest="eth0", mac=MAC),)),
        ("ifname=eth0,ifname=eth1", (ETH0,)),
        ("ifname=,ifname=eth1", (ETH1,)),
        ("ifname=eth0,bridge=,bridge=br1,bridge=br2", (Interface(guest="eth0", bridge="br1"),)),
        ("ifname=eth0,mac_filter=on,mac_filter=off", (Interface(guest="eth0", mac_filter=False),)),
        ("ifname=eth0,mac_filter=", (ETH0,)),
        (f"bridge=br0,mac={MAC},ifname=eth0", (Interface(guest="eth0", bridge="br0", mac=MAC),)),
        (",,ifname=eth0,,", (ETH0,)),
        (";;ifname=eth0;;;ifname=eth1;", (ETH0, ETH1)),
        ("ifname=eth0,bridge=br0;ifname=eth0,bridge=br1;ifname=eth1", (Interface(guest="eth0", bridge="br0"), ETH1)),
        (f"ifname=eth0, mac={MAC}", (ETH0,)),
        (f"ifname=eth0,MAC={MAC}", (ETH0,)),
        ("ifname=eth0,Bridge=br0,ip=192.0.2.1,on", (ETH0,)),
        ("ifname=eth 0 ", (Interface(guest="eth 0 "),)),
        # what cannot be read ends the list
        ("ifname=eth0; ifname=eth1", (ETH0,)),
        ("ifname=eth0;bridge=br0;ifname=eth1", (ETH0,)),
        ("IFNAME=eth0;ifname=eth1", ()),
        ("eth0", ()),
        ("ifname = eth0", ()),
        ("ifname=eth0;ifname=eth1,mac_filter=maybe;ifname=eth2", (ETH0,)),
        ("ifname=eth0,mac_filter=ON", ()),
        ("ifname=eth0,mac=", ()),
        ("ifname=eth0,mac=001851000510", ()),
        ("ifname=eth0,mac=0:18:51:0:5:10", ()),
        ("ifname=eth0,mac=00:18:51:00:05:1g", ()),
        ("ifname=eth0,mac=00:18:51:00:05", ()),
        (f"ifname=eth0,mac={MAC}{'x' * 239}", ()),
        ("ifname=abcdefghijklmnop", ()),
        ("ifname=eth0,host_ifname=abcdefghijklmnop", ()),
        ("ifname=eth0,bridge=abcdefghijklmnop", ()),
        ("ifname=eth0,bridge=éééééééé", ()),
    ],
)
def test_a_line_means_to_us_what_it_means_to_vzctl(text, interfaces):
    assert KIND.read(text) == interfaces


@pytest.mark.parametrize(
    ("text", "unread", "ignored"),
    [
        ("ifname=eth0,mac=00-18-51-00-05-10,bridge=br0", [], []),
        ("ifname=eth0;ifname=eth1,mac_filter=maybe;ifname=eth2", ["ifname=eth1,mac_filter=maybe", "ifname=eth2"], []),
        ("ifname=eth0; ifname=eth1", [" ifname=eth1"], []),
        ("ifname=eth0, bridge=br0,Mac=x", [], [" bridge=br0", "Mac=x"]),
        ("ifname=eth0;ifname=eth0,bridge=br1", [], ["ifname=eth0,bridge=br1"]),
    ],
)
def test_what_vzctl_skips_is_known_with_a_warning_or_without(text, unread, ignored):
    assert KIND.unread(text) == unread
    assert list(KIND.ignored(text)) == ignored


def test_of_two_lines_the_first_that_names_a_device_counts():
    text = 'NETIF="ifname=eth0,mac=no"\nNETIF="ifname=eth1"\nNETIF="ifname=eth2"\n'

    assert ctconf.domain(ctconf.parse(text), 101).interfaces == (ETH1,)


names = st.sampled_from("ifname bridge mac host_ifname host_mac mac_filter IFNAME MAC ip".split()) | st.text(max_size=3)
macs = st.text("0123456789abcdefABCDEFg:- +x", min_size=15, max_size=19) | st.just(MAC)
values = st.sampled_from("eth0 eth1 br0 on off maybe veth101.0 abcdefghijklmnop".split()) | macs | st.text(max_size=16)
parts = st.builds(
    "".join, st.tuples(st.sampled_from(["", "", "", " "]), names, st.sampled_from(["=", "=", ""]), values)
)
devices = st.lists(parts | st.just("ifname=eth0") | st.just("ifname=eth1"), max_size=5).map(",".join)


@settings(max_examples=500)
@given(st.lists(devices, max_size=4).map(";".join))
def test_the_simulator_reads_every_line_in_the_same_way(text):
    theirs, complains = _simulated(text)

    ours = KIND.read(text)

    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert (one.mac or "").upper() == other.get("mac", "")
        assert (one.host_mac or "").upper() == other.get("host_mac", "")
        assert one.mac_filter == {"on": True, "off": False}.get(other.get("mac_filter"))
    assert bool(KIND.unread(text)) == complains


def _simulated(text):
    try:
        return netvalues.parse_netif(text), False
    except Bad as bad:
        return bad.keep, True
