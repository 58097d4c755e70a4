"""What an operator types for ``openvz.set`` and ``openvz.create`` on a node of vzctl 7 to 9."""

import pytest
from vzdomain.errors import RefusedError
from vzdomain.flavours import SEVEN
from vzdomain.flavours.seven.parameters import TRAPS, WITHOUT_EFFECT
from vzdomain.flavours.seven.typed import OPTIONS


def given(**options):
    return OPTIONS.given(options, SEVEN.set)


def test_no_password_no_deletion_of_a_disk_and_nothing_in_vain_can_be_typed():
    assert {"userpasswd", "device-del", *WITHOUT_EFFECT, *TRAPS} & (SEVEN.set | SEVEN.create) == set()
    assert "private" not in SEVEN.set


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_an_option_without_effect_is_refused_and_said_to_be_one(name):
    with pytest.raises(RefusedError, match=f"{name} has no effect: vzctl 7 and later takes it and does nothing"):
        given(**{name: "1"})


@pytest.mark.parametrize("name", TRAPS)
def test_an_option_at_which_vzctl_stops_reading_is_refused(name):
    with pytest.raises(RefusedError, match=f"{name} is not passed through: .* stops reading its arguments there"):
        given(**{name: "1"})


@pytest.mark.parametrize("text", ["x", "remove", "10.0.0.1/24", "fe80::1", "300.1.1.1"])
def test_a_gateway_that_would_make_the_file_unreadable_is_refused(text):
    with pytest.raises(RefusedError, match="^gw: (is not an address; vzctl would save it|must be an address of IPv4)"):
        given(ifname="eth0", gw=text)


def test_a_gateway_and_its_removal_are_passed_through():
    assert given(ifname="eth0", gw="10.0.0.1", gw6="fe80::1") == [
        *("--ifname", "eth0", "--gw", "10.0.0.1", "--gw6", "fe80::1")
    ]
    assert given(ifname="eth0", gw="") == ["--ifname", "eth0", "--gw", ""]


def test_a_bridge_is_named_before_its_type_which_vzctl_would_lose():
    assert given(nettype="bridge", mac="00:18:51:AA:BB:01", network="br0", ifname="eth0") == [
        *("--ifname", "eth0", "--network", "br0", "--nettype", "bridge", "--mac", "00:18:51:AA:BB:01")
    ]


@pytest.mark.parametrize(("value", "words"), [(True, ["--enable"]), ("yes", ["--enable"]), (False, [])])
def test_an_option_without_a_value_is_said_with_yes(value, words):
    assert given(enable=value) == words


def test_an_option_without_a_value_takes_none():
    with pytest.raises(RefusedError, match="enable has no value: write enable=yes"):
        given(enable="all")


@pytest.mark.parametrize("layout", ["simfs", "ploop:expanded", "5"])
def test_another_layout_than_ploop_is_refused_since_vzctl_says_nothing_of_it(layout):
    with pytest.raises(RefusedError, match="layout: is ploop or is left out"):
        OPTIONS.given({"layout": layout}, SEVEN.create)


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (["--cpus", "2", "--save"], {"CPUS"}),
        (["--diskspace", "20G"], {"DISKSPACE", "DISK"}),
        (["--ipadd", "10.0.0.1"], {"IP_ADDRESS", "NETIF"}),
        (["--ifname", "eth0", "--dhcp", "yes", "--save"], {"NETIF"}),
        (["--devnodes", "null:rw"], {"DEVNODES", "DEVICES"}),
        (["--cpulimit", "2000m"], {"CPULIMIT", "CPULIMIT_MHZ"}),
        (["--device-set", "x", "--disable", "--save"], {"DISK"}),
        (["--setmode", "restart", "--cpus", "2"], None),
        (["--applyconfig", "vswap.512MB"], None),
    ],
)
def test_the_keys_that_a_call_may_write_are_known_those_that_it_writes_unasked_too(words, keys):
    assert OPTIONS.keys_of(words) == keys


def test_only_routed_addresses_are_taken_from_others():
    assert list(OPTIONS.claims_of(["--ipadd", "10.0.0.1/24"])) == [("addresses", "10.0.0.1")]
    assert list(OPTIONS.claims_of(["--ifname", "eth0", "--ipadd", "10.0.0.1"])) == []
    assert list(OPTIONS.claims_of(["--ifname", "eth0", "--host_ifname", "vethweb"])) == [("targets", "vethweb")]


def test_a_restart_that_is_typed_is_seen():
    assert OPTIONS.restarts(["--setmode", "restart", "--features", "nfs:on"])
    assert not OPTIONS.restarts(["--description", "restart", "--setmode", "ignore"])
    assert OPTIONS.ignores(["--description", "restart", "--setmode", "ignore"])
