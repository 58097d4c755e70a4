"""The 7.0 line of family 7, where it differs: the order of words and of fields in NETIF, and no warning about swap."""

import pytest
from documents import UUID, address, document, gateway, pair
from families import OLDEST

pytestmark = pytest.mark.parametrize("family", [OLDEST])
BEFORE = document(pair(address("198.51.100.10"), gateway("198.51.100.1")))
AFTER = document(pair(address("198.51.100.11"), gateway("198.51.100.1"), bridge="eth10"))


def test_a_pair_is_written_and_read_back_though_its_fields_are_in_another_order(openvz, node):
    for xml in (BEFORE, AFTER):
        dry, real = openvz.define(xml=xml, test=True), openvz.define(xml=xml)
        openvz.start("web01")

        assert dry["changes"] == real["changes"] != {}
        assert openvz.define(xml=xml)["changes"] == openvz.define(xml=openvz.get_xml("web01"))["changes"] == {}
    assert openvz.version() == "7.0.254"
    assert ",network=eth10,type=bridge" in node.conf(UUID)["NETIF"]


def test_netfilter_is_a_parameter_there_and_refused_by_later_ones(openvz, node):
    xml = document(metadata="<openvz:netfilter>full</openvz:netfilter>")

    assert openvz.define(xml=xml)["changes"]["container"]["new"] == "created"
    assert node.conf(UUID)["NETFILTER"] == "full"
    assert openvz.define(xml=xml)["changes"] == {}
