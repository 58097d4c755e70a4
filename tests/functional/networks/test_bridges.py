"""A bridge must be there and up before anything runs; a document that names it elsewhere is told the right place."""

import pytest
from returns import fields
from wiring import DOWN, FE_FF, UP, domain, ifname, netif, of_network, pair, remove_device, set_flags


def spoil(node, how):
    """Make br0 unfit to carry anything; what the sentence says of it."""
    if how == "down":
        set_flags(node, "br0", DOWN)
        return "which is down; ip link set br0 up"
    if how == "missing":
        remove_device(node, "br0")
        return f"which is not on this node (see {node.options['sys_class_net']})"
    remove_device(node, "br0")
    (node.directory / "sys/class/net/br0").mkdir()
    return "which is not a Linux bridge"


SPOILT = ("missing", "no bridge", "down")


def test_a_device_that_is_not_a_bridge_of_the_kernel_is_a_warning(openvz, node):
    what = spoil(node, "no bridge")

    warnings = openvz.plan(xml=domain(209, pair("br0")))["warnings"]

    assert any(warning.startswith(f"interface eth0 needs bridge br0, {what}") for warning in warnings)


@pytest.mark.parametrize("how", ["missing", "down"])
def test_a_bridge_that_carries_nothing_is_refused(node, refused, how):
    what = spoil(node, how)

    assert refused(domain(209, pair("br0"))) == f"interface eth0 needs bridge br0, {what}"


@pytest.mark.parametrize("how", SPOILT)
def test_a_container_that_needs_no_change_is_not_refused_for_its_bridge(openvz, states, node, how):
    xml = domain(209, pair("br0"))
    openvz.define(xml=xml)
    spoil(node, how)

    for test in (True, False):
        ret = states.defined("one", xml=xml, test=test)
        assert (ret.result, ret.changes) == (True, {}), ret.comment
    ret = states.defined("one", xml=xml.replace("<devices>", "<vcpu>2</vcpu><devices>"))
    assert set(fields(ret)["209"]) == {"vcpu"}, ret.comment


def test_a_bridge_that_is_up_carries(openvz, node):
    set_flags(node, "br0", UP)

    openvz.define(xml=domain(209, pair("br0")))

    assert netif(node, 209)["eth0"]["bridge"] == "br0"


# guesses often made


@pytest.mark.parametrize("interface", ["<interface type='ethernet'>{}</interface>", of_network("default"), pair("br0")])
def test_a_bridge_as_the_nodes_end_of_a_pair_is_told_what_to_write_instead(refused, interface):
    target = "<target dev='virbr0'/>"
    xml = interface.format(target) if "{}" in interface else interface.replace("</interface>", f"{target}</interface>")

    assert refused(domain(209, xml)) == (
        "interface eth0: <target dev='virbr0'> names the node's end of the veth pair, and virbr0 is a bridge; "
        "for a pair in that bridge write <source bridge='virbr0'/>, for a libvirt network <source network=>"
    )


def test_a_bridge_in_the_place_of_the_nodes_end_is_told_where_bridges_are_written(refused):
    comment = refused(domain(209, "\n<interface type='bridge'><target dev='br0'/></interface>"))

    assert comment.startswith("line 5")
    assert "needs a <source bridge=> (<target dev='br0'> is the node's end of the pair" in comment
    assert "for the bridge, <source bridge='br0'/>)" in comment


@pytest.mark.parametrize("test", [True, False])
def test_a_bridge_beside_a_network_that_has_another_is_a_warning_that_names_both(states, node, test):
    xml = (
        "<interface type='bridge'><source bridge='br0'/>"
        "<target type='network'><source network='default'/></target></interface>"
    )

    ret = states.defined("one", xml=domain(209, xml), test=test)

    (warning,) = ret.full_return["warnings"]
    assert "network default has bridge virbr0 on this node; <source bridge='br0'> next to it has no effect" in warning
    assert test or netif(node, 209)["eth0"]["bridge"] == "virbr0"


def test_the_bridge_that_the_network_has_anyway_is_not_warned_of(states):
    xml = "<interface type='network'><source network='default' bridge='virbr0'/></interface>"

    assert "warnings" not in states.defined("one", xml=domain(209, xml)).full_return


# the node's end of a pair


def with_ifname(**said):
    return domain(209, pair("br0", guest="wan0"), pair("eth10", guest="lan0"), metadata=ifname("wan0", **said))


FILTERED = {"host_mac": "02:00:00:00:00:aa", "mac_filter": "off"}
PLAIN = domain(209, pair("br0", guest="wan0"), pair("eth10", guest="lan0"))


@pytest.fixture
def attributes(node):
    """MAC and filter of wan0's end on the node; lan0's are as ever."""

    def attributes():
        pairs = netif(node, 209)
        assert (pairs["lan0"]["host_mac"], pairs["lan0"].get("mac_filter")) == (FE_FF.upper(), None)
        return pairs["wan0"]["host_mac"].lower(), pairs["wan0"].get("mac_filter")

    return attributes


def test_mac_and_filter_of_the_nodes_end_are_made(openvz, attributes):
    openvz.define(xml=with_ifname(**FILTERED))

    assert attributes() == ("02:00:00:00:00:aa", "off")
    assert openvz.plan(xml=with_ifname(**FILTERED))["steps"] == []


def test_mac_and_filter_of_the_nodes_end_are_changed_on_a_stopped_container(openvz, attributes):
    openvz.define(xml=PLAIN)

    changes = openvz.define(xml=with_ifname(**FILTERED))["changes"]

    assert changes["mac_filter wan0"] == {"old": "on", "new": "off"}
    assert changes["interface wan0"]["new"]["host_mac"] == "02:00:00:00:00:aa"
    assert set(changes) == {"interface wan0", "mac_filter wan0"}
    assert attributes() == ("02:00:00:00:00:aa", "off")
    openvz.define(xml=with_ifname(host_mac=FE_FF.upper(), mac_filter="on"))
    assert attributes() == (FE_FF, "on")


def test_what_the_document_does_not_say_of_the_nodes_end_is_kept(openvz, attributes):
    openvz.define(xml=with_ifname(**FILTERED))

    assert openvz.define(xml=PLAIN)["changes"] == {}
    assert openvz.define(xml=with_ifname(mac_filter="off"))["changes"] == {}
    openvz.define(xml=PLAIN.replace("bridge='br0'", "bridge='eth11'"))
    assert attributes() == ("02:00:00:00:00:aa", "off")


@pytest.mark.parametrize(
    ("said", "what"), [({"host_mac": "02:00:00:00:00:bb"}, "host_mac"), ({"mac_filter": "off"}, "MAC filter")]
)
def test_mac_and_filter_of_the_nodes_end_stay_while_the_container_runs(openvz, refused, said, what):
    openvz.define(xml=PLAIN)
    openvz.start(209)

    comment = refused(with_ifname(**said), state="running")

    assert comment.startswith(f"interface wan0 of container 209 gets another {what} only while it is stopped")


def test_a_running_container_gets_a_new_pair_with_its_filter(openvz, node):
    openvz.define(xml=domain(209, pair("eth10", guest="lan0")))
    openvz.start(209)

    openvz.define(xml=with_ifname(**FILTERED))

    assert netif(node, 209)["wan0"]["mac_filter"] == "off"
    assert node.bridge("br0") == [netif(node, 209)["wan0"]["host_ifname"]]


@pytest.mark.parametrize("dialect", ["libvirt", "2008"])
def test_the_document_of_a_container_says_mac_and_filter_of_the_nodes_end(openvz, dialect):
    openvz.define(xml=with_ifname(**FILTERED))

    xml = openvz.get_xml(209, dialect=dialect)

    assert '<openvz:ifname name="wan0" host_mac="02:00:00:00:00:aa" mac_filter="off"/>' in xml
    assert xml.count("openvz:ifname") == 1
    assert openvz.define(xml=xml)["changes"] == {}


def test_the_nodes_end_of_an_interface_that_the_document_lacks_is_an_error_with_its_line(refused):
    comment = refused(domain(209, pair("br0", guest="wan0"), metadata=ifname("wan1", mac_filter="off")))

    assert comment.startswith("line 4")
    assert "wan1" in comment
