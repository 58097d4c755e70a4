"""Which interface of a document is which of the container."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import devices, uuids
from vzdomain.flavours.legacy import netif
from vzdomain.model.actions import ChangeVeth
from vzdomain.model.domain import Interface
from vzdomain.planning import match

MAC1 = "00:18:51:aa:bb:01"
MAC2 = "00:18:51:aa:bb:02"


def live(*bridges):
    """A container with eth0, eth1, ... in the given bridges."""
    return tuple(
        Interface(bridge=bridge, mac=f"00:18:51:00:00:0{number}", target=f"veth209.{number}", guest=f"eth{number}")
        for number, bridge in enumerate(bridges)
    )


def names(desired, present, reserved=()):
    """The container's devices that the document's interfaces become, and those left over."""
    pairs, extra = match.match(desired, present, netif, reserved)
    return [pair.desired.guest for pair in pairs], [one.guest for one in extra]


def bridged(*bridges):
    return tuple(Interface(bridge=bridge) for bridge in bridges)


@pytest.mark.parametrize(
    ("desired", "present", "expected", "left"),
    [
        (bridged("br0", "br1"), (), ["eth0", "eth1"], []),
        (bridged("br0", "br1"), ("br0", "br1"), ["eth0", "eth1"], []),
        (bridged("br1", "br0"), ("br0", "br1"), ["eth1", "eth0"], []),
        (bridged("br9", "br0", "br1"), ("br0", "br1"), ["eth2", "eth0", "eth1"], []),
        (bridged("br0", "br9", "br1"), ("br0", "br1"), ["eth0", "eth2", "eth1"], []),
        (bridged("br1"), ("br0", "br1"), ["eth1"], ["eth0"]),
        (bridged("br0"), ("br0", "br1"), ["eth0"], ["eth1"]),
        (bridged("br0", "br2"), ("br0", "br1", "br2"), ["eth0", "eth2"], ["eth1"]),
        (bridged("br0", "br9"), ("br0", "br1"), ["eth0", "eth1"], []),
        (bridged("br9"), ("br0", "br1"), ["eth0"], ["eth1"]),
        (bridged("br0", "br0"), ("br0", "br0"), ["eth0", "eth1"], []),
        (bridged("br0", "br0", "br0"), ("br0", "br0"), ["eth0", "eth1", "eth2"], []),
        (bridged(None), ("br0",), ["eth0"], []),
        (bridged(None, "br0"), ("br0",), ["eth1", "eth0"], []),
        ((), ("br0",), [], ["eth0"]),
    ],
)
def test_without_other_marks_the_bridge_and_the_order_tell(desired, present, expected, left):
    assert names(desired, live(*present)) == (expected, left)


@pytest.mark.parametrize(
    ("desired", "expected"),
    [
        (Interface(bridge="br9", guest="eth1"), "eth1"),
        (Interface(bridge="br9", mac="00:18:51:00:00:01"), "eth1"),
        (Interface(bridge="br9", target="veth209.1"), "eth1"),
        (Interface(bridge="br0", guest="eth1", mac="00:18:51:00:00:00", target="veth209.0"), "eth1"),
        (Interface(bridge="br0", mac="00:18:51:00:00:01", target="veth209.0"), "eth1"),
        (Interface(bridge="br0", target="veth209.1"), "eth1"),
    ],
)
def test_guest_device_then_mac_then_host_device_come_before_the_bridge(desired, expected):
    pairs, _ = match.match((desired,), live("br0", "br1"), netif)

    assert pairs[0].live.guest == pairs[0].desired.guest == expected


def test_a_guest_device_of_its_own_is_never_another_interface():
    desired = (Interface(bridge="br0", mac="00:18:51:00:00:00", guest="wan0"),)

    pairs, extra = match.match(desired, live("br0"), netif)

    assert pairs[0].live is None
    assert pairs[0].desired.guest == "wan0"
    assert [one.guest for one in extra] == ["eth0"]


def test_one_with_a_new_mac_put_in_front_does_not_take_the_place_of_its_like():
    desired = (Interface(bridge="br0", mac=MAC1), Interface(bridge="br0"))

    assert names(desired, live("br0")) == (["eth1", "eth0"], [])


def test_the_only_one_in_a_bridge_keeps_its_place_when_its_mac_changes():
    pairs, _ = match.match((Interface(bridge="br0", mac=MAC1),), live("br0"), netif)

    assert pairs[0].desired.guest == "eth0"
    assert pairs[0].differing == ("mac",)


@pytest.mark.parametrize(
    ("desired", "present", "reserved", "expected"),
    [
        (bridged("br0"), (), ("eth0",), ["eth1"]),
        (bridged("br0", "br1"), (), ("eth1",), ["eth0", "eth2"]),
        ((Interface(bridge="br0"), Interface(bridge="br1", guest="eth0")), (), (), ["eth1", "eth0"]),
        (bridged("br0", "br1", "br9"), ("br0", "br5", "br1"), (), ["eth0", "eth2", "eth1"]),
        ((Interface(bridge="br0", guest="wan0"),), ("br0",), (), ["wan0"]),
    ],
)
def test_a_new_interface_takes_the_lowest_name_that_nobody_has(desired, present, reserved, expected):
    assert names(desired, live(*present), reserved)[0] == expected


@pytest.mark.parametrize(
    ("desired", "differing"),
    [
        (Interface(bridge="br0"), ()),
        (Interface(), ()),
        (Interface(bridge="br1"), ("bridge",)),
        (Interface(bridge="br1", mac=MAC1, target="x"), ("mac", "target", "bridge")),
        (Interface(bridge="br0", network="default", mac="00:18:51:00:00:00"), ()),
    ],
)
def test_only_what_the_document_says_can_differ(desired, differing):
    assert match.Pair(desired, live("br0")[0], netif).differing == differing


@pytest.mark.parametrize(
    ("desired", "present", "replaced"),
    [(None, "br0", True), (None, None, False), ("br1", "br0", False), ("br0", None, False)],
)
def test_only_leaving_a_bridge_wants_a_new_device(desired, present, replaced):
    assert match.Pair(Interface(bridge=desired), live(present)[0], netif).must_be_replaced is replaced


@pytest.mark.parametrize(
    ("ctid", "guest", "taken", "target"),
    [
        ("209", "eth0", (), "veth209.0"),
        ("209", "eth12", (), "veth209.12"),
        ("209", "wan0", ("veth209.0",), "v209.0"),
        ("209", "eth1", ("veth209.1", "v209.0"), "v209.1"),
        ("209", "wan", (), "v209.0"),
        ("209", "wan", ("veth209.0", "v209.0"), "v209.1"),
        ("209", "eth01", (), "v209.0"),
        (1000000000, "eth0", (), "v1000000000.0"),
        (2147483644, "eth10", ("v2147483644.0",), "v2147483644.1"),
    ],
)
def test_the_nodes_end_has_a_name_that_fits_and_is_free(ctid, guest, taken, target):
    assert match.free_target(netif, ctid, guest, None, taken) == target


@pytest.mark.parametrize(
    ("interface", "argument"),
    [
        (Interface(bridge="br0", mac=MAC1, guest="eth0"), "eth0,00:18:51:AA:BB:01,,FE:FF:FF:FF:FF:FF,br0"),
        (
            Interface(bridge="br0", mac=MAC1, guest="eth0", target="v0"),
            "eth0,00:18:51:AA:BB:01,v0,FE:FF:FF:FF:FF:FF,br0",
        ),
        (Interface(mac=MAC1, guest="eth0"), "eth0,00:18:51:AA:BB:01,,FE:FF:FF:FF:FF:FF"),
    ],
)
def test_a_new_device_gets_a_host_end_with_an_address_of_its_own(interface, argument):
    assert netif.netif_add(interface) == argument


@pytest.mark.parametrize(
    ("found", "read"),
    [
        ({"mac": MAC1}, {"mac": MAC1, "target": "veth209.0", "host_mac": MAC1}),
        ({"mac": MAC1, "target": "v0", "host_mac": MAC2}, {"mac": MAC1, "target": "v0", "host_mac": MAC2}),
        ({}, {"target": "veth209.0"}),
        ({"guest": "wan"}, {"guest": "wan", "target": "veth209.0"}),
        ({"guest": "eth01"}, {"guest": "eth01", "target": "veth209.1"}),
    ],
)
def test_what_a_line_of_the_file_lacks_is_what_vzctl_reads_for_it(found, read):
    guest = {"guest": "eth0", "bridge": "br0"}

    assert netif.as_read("209", Interface(**guest | found)) == Interface(**guest | read)


@pytest.mark.parametrize(
    ("desired", "argv"),
    [
        (Interface(bridge="br1"), ["--bridge", "br1"]),
        (Interface(bridge="br0", mac=MAC1), ["--mac", "00:18:51:AA:BB:01"]),
        (Interface(target="v0", host_mac=MAC1), ["--host_ifname", "v0", "--host_mac", "00:18:51:AA:BB:01"]),
    ],
)
def test_by_its_name_a_device_gets_what_differs_and_no_more(desired, argv):
    pair = match.Pair(desired, Interface(bridge="br0", guest="eth0"), netif)
    change = ChangeVeth(pair.live, match.overlaid(pair), pair.differing)

    assert netif.ifname_change(change) == ["--ifname", "eth0", *argv]


def test_a_network_overrules_the_bridge_beside_it():
    bridges = {"default": "virbr0"}

    assert match.resolved(Interface(bridge="eth11", network="default"), bridges, netif).bridge == "virbr0"
    assert match.resolved(Interface(bridge="eth11"), bridges, netif).bridge == "eth11"


def test_a_derived_mac_is_this_one_for_ever():
    mac = match.derived_mac("8dea22b3-1d52-d8f3-2516-782e98ab8fa0", "eth0")

    assert mac == "02:39:96:db:ae:2e"


@given(uuids, devices, devices)
def test_derived_macs_are_local_unicast_and_one_per_device(uuid, one, other):
    assume(one != other)
    first, second = match.derived_mac(uuid, one), match.derived_mac(uuid, other)

    assert first != second
    assert first == match.derived_mac(uuid, one)
    assert first.startswith("02:") and len(first) == 17


distinct_bridges = st.lists(st.sampled_from([f"br{n}" for n in range(8)]), min_size=1, max_size=5, unique=True)
identities = st.sampled_from(["bridge", "mac", "target", "guest"])


@st.composite
def documents(draw):
    """Interfaces of which each can be told from every other, by its bridge or by another mark."""
    marks = draw(st.lists(identities, min_size=1, max_size=5))
    return tuple(_marked(number, mark) for number, mark in enumerate(marks))


def _marked(number, mark):
    marks = {"mac": f"00:18:51:00:00:0{number}", "target": f"v{number}", "guest": f"wan{number}"}
    bridge = f"br{number}" if mark == "bridge" else "br0x"
    return Interface(bridge=bridge, **({} if mark == "bridge" else {mark: marks[mark]}))


def _converged(document, reserved=()):
    pairs, _ = match.match(document, (), netif, reserved)
    return tuple(
        Interface(
            bridge=pair.desired.bridge,
            mac=pair.desired.mac or f"00:18:51:00:01:0{number}",
            target=pair.desired.target or f"veth209.{number}",
            guest=pair.desired.guest,
        )
        for number, pair in enumerate(pairs)
    )


@given(documents(), st.randoms())
def test_a_container_that_follows_its_document_matches_it_in_any_order(document, random):
    present = _converged(document)
    shuffled = list(document)
    random.shuffle(shuffled)

    pairs, extra = match.match(shuffled, present, netif)

    assert not extra
    assert all(pair.live and not pair.differing for pair in pairs)


@given(documents(), identities, st.data())
def test_inserting_one_renames_no_other(document, mark, data):
    present = _converged(document)
    place = data.draw(st.integers(0, len(document)))
    new = _marked(9, mark)

    pairs, extra = match.match((*document[:place], new, *document[place:]), present, netif)

    others = [pair for pair in pairs if pair is not pairs[place]]
    assert [pair.desired.guest for pair in others] == [one.guest for one in present]
    assert pairs[place].live is None
    assert not extra


@given(documents(), st.data())
def test_taking_one_out_renames_no_other(document, data):
    present = _converged(document)
    place = data.draw(st.integers(0, len(document) - 1))

    pairs, extra = match.match((*document[:place], *document[place + 1 :]), present, netif)

    assert extra == (present[place],)
    assert [pair.live for pair in pairs] == [*present[:place], *present[place + 1 :]]


@given(documents(), distinct_bridges)
def test_no_two_interfaces_share_a_device(document, bridges):
    desired = (*document, *bridged(*bridges))

    pairs, extra = match.match(desired, live("br0", "br1", "br2"), netif)

    guests = [pair.desired.guest for pair in pairs] + [one.guest for one in extra]
    assert len(guests) == len(set(guests))
