"""The page about networks shows what is really run."""

import re
from pathlib import Path

import pytest
from families import FOUR, SEVEN

PAGE = (Path(__file__).parents[3] / "docs/how-to/networks.md").read_text()
SECTIONS = [part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE) if "```vzctl" in part]
DOCUMENT = "<domain type='openvz'><name>209</name><devices>{}</devices></domain>"


def blocks(section, language):
    return re.findall(rf"^```{language}\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)


def forms():
    """What to write, what vzctl is told then, and the family of vzctl that the heading names."""
    for section in SECTIONS:
        title, told = section.splitlines()[0], blocks(section, "vzctl")
        for xml in blocks(section, "xml"):
            comment = re.match(r"<!-- (2008|libvirt|2008 and libvirt) -->\n", xml)
            if comment:
                family = SEVEN if title.endswith("(vzctl 7 to 9)") else FOUR
                call = told.pop(0) if len(told) > 1 else told[0]
                yield pytest.param(xml, call, family, id=f"{title} ({comment.group(1)})")


def test_the_page_has_the_four_kinds_and_what_one_family_has_more():
    assert len(SECTIONS) == 5
    assert len(list(forms())) == 9


@pytest.mark.parametrize(("xml", "told", "family"), list(forms()))
def test_vzctl_is_told_what_the_page_says(openvz, xml, told):
    openvz.define(xml="<domain type='openvz'><name>209</name></domain>")

    steps = openvz.plan(xml=DOCUMENT.format(xml))["steps"]

    # vzctl 7 makes up the UUID of container 209, from which its MAC is made
    calls = [re.sub(r"--mac \S+", "--mac …", " ".join(step["argv"])) for step in steps]
    assert calls == told.splitlines()


@pytest.mark.parametrize(("xml", "told", "family"), list(forms()))
def test_it_is_done_and_the_node_has_it(openvz, node, xml, told, family):
    openvz.define(xml="<domain type='openvz'><name>209</name></domain>")
    openvz.define(xml=DOCUMENT.format(xml))
    openvz.start("209")

    assert openvz.plan(xml=DOCUMENT.format(xml))["steps"] == []
    bridge = re.search(r"(?:,|--network )(\w+) --(?:save|nettype)", told)
    if bridge:
        (plugged_in,) = node.bridge(bridge.group(1))
        assert plugged_in == "veth209.0" or family == SEVEN


def test_more_can_be_said_of_a_pair(openvz, node):
    (xml,) = [xml for xml in blocks(PAGE, "xml") if "router-out" in xml]

    openvz.define(xml=DOCUMENT.format(re.sub(r"<!--.*?-->", "", xml)))

    assert "ifname=wan0,bridge=br0,mac=00:18:51:13:00:01,host_ifname=router-out" in node.conf(209)["NETIF"]
