"""The page about networks shows what is really run."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs/how-to/networks.md").read_text()
SECTIONS = [part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE) if "```vzctl" in part]
DOCUMENT = "<domain type='openvz'><name>209</name><devices>{}</devices></domain>"


def blocks(section, language):
    return re.findall(rf"^```{language}\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)


def forms():
    for section in SECTIONS:
        title = section.splitlines()[0]
        for xml in blocks(section, "xml"):
            comment = re.match(r"<!-- (2008|libvirt|2008 and libvirt) -->\n", xml)
            if comment:
                yield pytest.param(xml, blocks(section, "vzctl")[0], id=f"{title} ({comment.group(1)})")


def test_the_page_has_the_four_kinds():
    assert len(SECTIONS) == 4
    assert len(list(forms())) == 7


@pytest.mark.parametrize(("xml", "told"), list(forms()))
def test_vzctl_is_told_what_the_page_says(openvz, xml, told):
    openvz.define(xml="<domain type='openvz'><name>209</name></domain>")

    steps = openvz.plan(xml=DOCUMENT.format(xml))["steps"]

    assert [" ".join(step["argv"]) for step in steps] == told.splitlines()


@pytest.mark.parametrize(("xml", "told"), list(forms()))
def test_it_is_done_and_the_node_has_it(openvz, node, xml, told):
    openvz.define(xml="<domain type='openvz'><name>209</name></domain>")
    openvz.define(xml=DOCUMENT.format(xml))
    openvz.start("209")

    assert openvz.plan(xml=DOCUMENT.format(xml))["steps"] == []
    bridge = re.search(r",(\w+) --save", told)
    if bridge:
        assert node.bridge(bridge.group(1)) == ["veth209.0"]


def test_more_can_be_said_of_a_pair(openvz, node):
    (xml,) = [xml for xml in blocks(PAGE, "xml") if "router-out" in xml]

    openvz.define(xml=DOCUMENT.format(re.sub(r"<!--.*?-->", "", xml)))

    assert "ifname=wan0,bridge=br0,mac=00:18:51:13:00:01,host_ifname=router-out" in node.conf(209)["NETIF"]
