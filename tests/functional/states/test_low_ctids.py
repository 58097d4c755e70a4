"""Containers 1 to 100, which people have and nobody is given, through Salt's loader on a simulated node."""

import pytest
import salt.utils.yaml
from salt.exceptions import CommandExecutionError

META = "<metadata xmlns:o='https://openvz.org/schemas/domain/salt/1'><o:ctid>{}</o:ctid></metadata>"
TEMPLATE = "<devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>"
DOCUMENT = "<domain type='openvz'><name>{}</name>{}" + TEMPLATE + "</domain>"


@pytest.fixture
def low(node):
    """Containers 11, and 12 with a name, made by hand."""
    node.vzctl("create", 11, "--ostemplate", "debian-12-x86_64")
    node.vzctl("create", 12, "--ostemplate", "debian-12-x86_64", "--name", "old")
    return node


@pytest.fixture
def domains(loaders):
    copies, said = (loaders.opts["pillar"], loaders.modules.pack["__pillar__"]), {}
    for copy in copies:
        copy["openvz"]["domains"] = said
    yield said
    for copy in copies:
        copy["openvz"].pop("domains")


@pytest.mark.parametrize("ctid", [11, 12])
def test_a_low_ctid_goes_from_the_node_into_a_document_and_back(openvz, states, low, ctid):
    xml = openvz.get_xml(ctid)

    assert openvz.define(xml=xml)["changes"] == {}
    assert openvz.find(xml=xml) == ctid
    openvz.adopt(ctid)
    changed = xml.replace("</domain>", "<description>old</description></domain>")
    assert states.defined("it", xml=changed).result is True
    assert openvz.info(ctid)["old" if ctid == 12 else "11"]["description"] == "old"


def test_the_dump_has_them_and_changes_nothing(openvz, domains, low):
    text = openvz.dump()
    domains.update(salt.utils.yaml.safe_load(text)["openvz"]["domains"])

    assert "# " not in text
    assert {one["ctid"]: one["changes"] for one in openvz.apply()["containers"].values()} == {11: {}, 12: {}}


def test_purging_knows_which_of_them_the_pillar_means(openvz, domains, low):
    openvz.adopt(11)
    openvz.adopt(12)
    domains["old"] = {"xml": openvz.get_xml(12)}

    assert [one["ctid"] for one in openvz.purge(test=True)["containers"].values()] == [11]


@pytest.mark.parametrize("document", [DOCUMENT.format(13, ""), DOCUMENT.format("new", META.format(100))])
def test_none_of_them_is_made(openvz, node, document):
    for ask in (openvz.plan, openvz.define):
        with pytest.raises(CommandExecutionError, match="vzctl reserves CTIDs below 101"):
            ask(xml=document)
    with pytest.raises(CommandExecutionError, match="use a number from 101"):
        openvz.create(13, ostemplate="debian-12-x86_64")
    assert openvz.define(xml=DOCUMENT.format("new", ""))["ctid"] == 101


# names whose links do not lead there


def test_the_dump_of_names_without_links_changes_nothing(openvz, domains, node):
    for ctid in (101, 111, 112):
        node.vzctl("create", ctid, "--ostemplate", "debian-12-x86_64")
        path = node.conf_path(ctid)
        path.write_text(path.read_text() + ('NAME="web"\n' if ctid > 101 else 'NAME="alone"\n'))
    (path.parents[1] / "names/web").symlink_to(node.conf_path(111))
    text = openvz.dump()
    domains.update(salt.utils.yaml.safe_load(text)["openvz"]["domains"])

    report = openvz.apply()["containers"]

    assert {one["ctid"]: (one["changes"], len(one["warnings"])) for one in report.values()} == {
        101: ({}, 1),
        111: ({}, 0),
        112: ({}, 1),
    }
    assert {one["ctid"]: one["status"] for one in openvz.drift().values()} == dict.fromkeys((101, 111, 112), "in sync")


def test_what_a_dump_could_not_keep_is_named_at_its_top(openvz, node):
    for ctid in (101, 102):
        node.vzctl("create", ctid, "--ostemplate", "debian-12-x86_64", "--ipadd", f"192.0.2.{ctid}")
    path = node.conf_path(102)
    path.write_text(path.read_text().replace("192.0.2.102", "192.0.2.101"))

    lines = openvz.dump().splitlines()

    for line in (line for line in lines if line.startswith("# ")):
        assert "refused as it is here" in line
