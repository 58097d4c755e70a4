"""The document of 2008 from pillar to node, and small changes of it afterwards."""

import json

import pytest
from returns import fields

UUID = "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"


@pytest.fixture
def made(states, node, seed):
    """The seed's container, running; the calls made for it are forgotten."""
    ret = states.running("seed", xml=seed)
    assert ret.result is True, ret.comment
    node.forget_calls()
    return node


def test_the_seed_becomes_container_209_as_it_says(states, node, seed):
    ret = states.running("seed", xml=seed)

    assert ret.result is True, ret.comment
    conf = node.conf(209)
    assert conf["DISKSPACE"] == "10000:10000"
    assert conf["DISKINODES"] == "200000:200000"
    assert conf["IP_ADDRESS"] == "192.168.122.1 192.168.122.15"
    assert conf["NETDEV"] == "eth1"
    assert conf["OSTEMPLATE"] == "fedora-core-5-i386"
    text = node.conf_path(209).read_text()
    assert f"#UUID: {UUID}\n" in text
    assert "#SALT-OPENVZ: managed 209 hn1\n" in text
    assert node.status(209) == ["exist", "mounted", "running"]


def test_its_two_veths_are_in_their_bridges_and_eth1_is_passed_through(made):
    assert made.bridge("eth10") == ["veth209.0"]
    assert made.bridge("virbr0") == ["veth209.2"]  # eth1 inside is the node's own
    assert made.bridge("eth11") == []
    assert not (made.directory / "sys/class/net/eth1").exists()


def test_the_hint_beside_the_network_and_the_mac_of_the_route_are_warned_of(states, node, seed):
    warnings = states.defined("seed", xml=seed, test=True).full_return["warnings"]

    assert any("virbr0" in warning and "eth11" in warning for warning in warnings)
    assert any("a routed interface has no MAC" in warning for warning in warnings)


def test_it_takes_one_create_one_set_and_one_start(states, node, seed):
    node.forget_calls()

    states.running("seed", xml=seed)

    assert [argv[0] for argv in node.calls()] == ["create", "set", "start"]


NODE_XML = """\
<node>
  <network><name>default</name><bridge name='br0'/><ip address='192.168.122.1' netmask='255.255.255.0'/></network>
</node>
"""


@pytest.mark.parametrize("uri", ["default", "node.xml"])
def test_the_network_has_the_bridge_that_libvirt_gives_it_on_this_node(loaders, state_files, node, seed, tmp_path, uri):
    (tmp_path / "node.xml").write_text(NODE_XML)
    (state_files / "seed.sls").write_text(json.dumps({"seed": {"openvz.running": [{"xml": seed}]}}))
    uri = f"test:///{tmp_path}/node.xml" if uri == "node.xml" else "test:///default"

    ret = next(iter(loaders.modules.state.sls("seed", pillar={"openvz": {"networks": {}, "libvirt_uri": uri}})))

    assert ret.result is True, ret.comment
    assert node.bridge("br0" if "node.xml" in uri else "virbr0") == ["veth209.2"]


def test_removing_one_ip_removes_just_that_address(states, made, seed):
    less = seed.replace('<ip address="192.168.122.15" />', "")

    ret = states.running("seed", xml=less)

    assert fields(ret)["209"]["addresses"]["new"] == ["192.168.122.1"]
    assert made.calls() == [["set", "209", "--ipdel", "192.168.122.15", "--save"]]
    assert made.conf(209)["IP_ADDRESS"] == "192.168.122.1"


def test_adding_an_interface_adds_just_that_one(states, made, seed):
    before = made.conf(209)["NETIF"]
    more = seed.replace("</devices>", "<interface type='bridge'><source bridge='br0'/></interface></devices>")

    ret = states.running("seed", xml=more)

    assert ret.result is True, ret.comment
    assert set(fields(ret)["209"]) == {"interface eth3"}
    assert made.conf(209)["NETIF"].startswith(before + ";ifname=eth3,bridge=br0,")
    assert made.bridge("br0") == ["veth209.3"]
    assert made.bridge("eth10") == ["veth209.0"]


def test_putting_an_interface_in_front_renames_none(states, made, seed):
    before = made.conf(209)["NETIF"]
    new = "<devices><interface type='bridge'><source bridge='br0'/></interface>"

    ret = states.running("seed", xml=seed.replace("<devices>", new))

    assert ret.result is True, ret.comment
    assert made.conf(209)["NETIF"].startswith(before + ";")


def test_a_change_of_five_fields_costs_one_set(states, made, seed):
    five = (
        seed.replace("</uuid>", "</uuid><description>five</description><memory unit='MiB'>512</memory><vcpu>2</vcpu>")
        .replace('max="10000"', 'max="20000"')
        .replace('<ip address="192.168.122.1" />', "")
    )

    ret = states.running("seed", xml=five)

    assert ret.result is True, ret.comment
    assert set(fields(ret)["209"]) == {"description", "memory", "vcpu", "diskspace", "addresses"}
    assert [argv[0] for argv in made.calls()] == ["set"]


def test_the_dumped_document_plans_nothing(openvz, states, made):
    for dialect in ("libvirt", "2008"):
        xml = openvz.get_xml(209, dialect=dialect)

        assert openvz.plan(xml=xml)["steps"] == [], dialect
