"""Addresses, devices and names that another container of the node has are refused, until it gives them up."""

import pytest
from wiring import device, domain, netif, pair, routed

TAKEN = {
    routed("198.51.100.1"): "the address 198.51.100.1 belongs to container 310 on this node; remove it there first",
    device("eth1"): "the network device eth1 is passed through to container 310 on this node; remove it there first",
    pair("br0", target="router-out"): (
        "the device router-out on the node is container 310's; choose another <target dev=>"
    ),
}


@pytest.fixture(params=["stopped", "running"])
def other(request, openvz):
    """Container 310, in each status that it may have when somebody wants what it has."""

    def make(*devices):
        openvz.define(xml=domain(310, *devices))
        if request.param == "running":
            openvz.start(310)

    return make


@pytest.mark.parametrize("status", ["absent", "running"])
def test_what_another_container_has_is_refused_and_the_sentence_names_it(openvz, other, refused, status):
    other(*TAKEN)
    if status == "running":
        openvz.define(xml=domain(209, pair("eth10")))
        openvz.start(209)

    for xml, sentence in TAKEN.items():
        assert refused(domain(209, pair("eth10"), xml)) == sentence


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::1/64", "2001:0db8::1/128"),
        ("198.51.100.1/24", "198.51.100.1/25"),
    ],
)
def test_an_address_is_the_same_in_every_spelling_and_with_every_prefix(openvz, refused, theirs, ours):
    openvz.define(xml=domain(310, routed(theirs)))

    assert "belongs to container 310" in refused(domain(209, routed(ours)))


def test_an_address_that_somebody_wrote_by_hand_is_the_same_too(node, refused):
    node.vzctl("create", "310")
    with node.conf_path(310).open("a") as stream:
        stream.write('IP_ADDRESS="2001:DB8:0::0:1/64"\n')

    assert "the address 2001:db8::1 belongs to container 310" in refused(domain(209, routed("2001:db8::1")))


def test_a_name_that_vzctl_would_give_is_refused_too_where_another_container_has_it(openvz, other, refused):
    other(pair("br0", target="veth209.0"))

    assert "the device veth209.0 on the node is container 310's" in refused(domain(209, pair("br0")))


def test_a_mac_that_another_container_has_is_a_warning(openvz, states, node):
    mac = "02:16:3e:00:00:01"
    openvz.define(xml=domain(310, pair("br0", mac=mac)))

    for test in (True, False):
        ret = states.defined("one", xml=domain(209, pair("eth10", mac=mac)), test=test)
        assert ret.result is (None if test else True), ret.comment
        (warning,) = ret.full_return["warnings"]
        assert f"the MAC {mac} is already used by container 310 on this node" in warning
    assert netif(node, 209)["eth0"]["mac"] == mac.upper()


@pytest.mark.parametrize("guest", [None, "eth1"])
def test_a_device_is_not_passed_through_beside_a_pair_of_the_same_name(openvz, refused, guest):
    pairs = (pair("br0"), pair("eth10", guest=guest) if guest else pair("eth10"))  # eth0 and eth1
    openvz.define(xml=domain(209, *pairs))

    assert "eth1" in refused(domain(209, *pairs, device("eth1")))


def test_what_a_container_has_itself_is_not_a_conflict(openvz, node):
    xml = domain(209, *TAKEN)
    openvz.define(xml=xml)
    openvz.start(209)

    assert set(openvz.define(xml=xml.replace("<devices>", "<vcpu>2</vcpu><devices>"))["changes"]) == {"vcpu"}


def test_an_address_that_another_container_loses_is_free(openvz, node):
    openvz.define(xml=domain(310, routed("198.51.100.1", "198.51.100.2")))
    openvz.define(xml=domain(310, routed("198.51.100.2")))

    openvz.define(xml=domain(209, routed("198.51.100.1")))

    assert node.conf(209)["IP_ADDRESS"] == "198.51.100.1"


KEPT = (pair("eth10"), routed("203.0.113.1"))
MOVED = {
    "address": routed("198.51.100.1"),
    "device": device("eth1"),
    "veth": pair("br0", target="router-out"),
}


@pytest.fixture
def moved(many):
    """Two states of one run: the first takes it from container 310, the second gives it to 209."""

    def moved(xml, test):
        return many(
            ("openvz.defined", {"xml": domain(310, *KEPT), "exact": True}),
            ("openvz.defined", {"xml": domain(209, xml)}),
            test=test,
        )

    return moved


@pytest.mark.parametrize("thing", MOVED)
def test_what_one_state_takes_away_the_next_gives(node, other, moved, thing):
    other(*KEPT, MOVED[thing])

    assert [(ret.result, ret.comment) for ret in moved(MOVED[thing], test=False)] == [
        (True, f"Container 310 was updated ({_changed(thing)})"),
        (True, "Container 209 was created"),
    ]


@pytest.mark.parametrize("thing", MOVED)
def test_a_dry_run_knows_what_one_state_would_take_away_for_the_next(node, other, moved, thing):
    other(*KEPT, MOVED[thing])

    assert [(ret.result, ret.comment) for ret in moved(MOVED[thing], test=True)] == [
        (None, f"Container 310 would be updated ({_changed(thing)})"),
        (None, "Container 209 would be created"),
    ]


def _changed(thing):
    return {"address": "addresses", "device": "hostdevs", "veth": "interface eth1"}[thing]


def test_in_the_wrong_order_the_move_is_refused_dry_and_real(openvz, many):
    openvz.define(xml=domain(310, routed("198.51.100.1")))
    give = ("openvz.defined", {"xml": domain(209, routed("198.51.100.1"))})
    take = ("openvz.defined", {"xml": domain(310, routed("203.0.113.1"))})

    for test in (True, False):
        first, _ = many(give, take, test=test)
        assert first.result is False
        assert "remove it there first" in first.comment
