"""Salt's mark on copied containers, through Salt's loader on a simulated node: a copy is not managed until adopted."""

import shutil
from pathlib import Path

import pytest
from families import BOTH, SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = BOTH
UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"
SHOP = f"""\
<domain type='openvz'>
  <name>shop</name>
  <uuid>{UUID}</uuid>
  <metadata xmlns:o='https://openvz.org/schemas/domain/salt/1'><o:ctid>101</o:ctid></metadata>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='ethernet'><ip address='192.0.2.10' family='ipv4'/></interface>
  </devices>
</domain>
"""


@pytest.fixture
def domains(loaders, node):
    """The containers of the minion's pillar."""
    copies, said = (loaders.opts["pillar"], loaders.modules.pack["__pillar__"]), {}
    for copy in copies:
        copy["openvz"]["domains"] = said
    yield said
    for copy in copies:
        copy["openvz"].pop("domains")


@pytest.fixture
def shop(openvz, domains, node, once):
    """Container 101 of the pillar, and its clone 102 made by hand: file and private area, with another address."""
    domains["shop"] = {"xml": SHOP}

    def make():
        openvz.apply()
        copy_by_hand(node, 101, 102, "192.0.2.20")

    return once("shop", make)


def copy_by_hand(node, source, ctid, address):
    """File and private area; of family 7 the file is in the area, and says the CTID."""
    private = Path(node.directory, "vz/private")
    shutil.copytree(private / str(source), private / str(ctid), symlinks=True)
    text = node.conf_path(source).read_text().replace("192.0.2.10", address)
    if node.family == SEVEN:
        (private / str(ctid) / "ve.conf").write_text(text.replace(f'VEID="{source}"', f'VEID="{ctid}"'))
        node.conf_path(ctid).symlink_to(private / str(ctid) / "ve.conf")
    else:
        node.conf_path(ctid).write_text(text)


def test_a_clone_is_listed_as_a_copy_and_is_not_managed(openvz, shop):
    lines = openvz.list()

    assert {one["ctid"]: (one["managed"], one.get("mark")) for one in lines.values()} == {
        101: (True, None),
        102: (False, "101 on hn1"),
    }
    assert openvz.info(102)["shop"]["mark"] == "101 on hn1"


def test_purging_leaves_a_clone_alone_even_without_a_budget(openvz, states, shop):
    assert openvz.purge(max_destroys=None)["containers"] == {}
    assert states.purged("rest", max_destroys=None).result is not None

    assert shop.conf_path(102).exists()


def test_the_pillar_goes_on_meaning_the_original(openvz, shop):
    report = openvz.apply()

    assert [(one["ctid"], one["changes"]) for one in report["containers"].values()] == [(101, {})]


def test_drift_and_doctor_name_the_clone_and_the_way(openvz, shop):
    (row,) = (one for one in openvz.drift().values() if one["ctid"] == 102)
    assert row["status"] == "unmanaged"
    assert "its mark is that of 101 on hn1: the file is a copy" in row["notes"][0]

    checks = {one["check"]: one for one in openvz.doctor() if 102 in one["containers"]}
    assert {"mark", "duplicate_uuid", "duplicate_name"} <= checks.keys()
    assert "openvz.adopt 102" in checks["mark"]["remedy"]


def test_a_document_changes_a_clone_only_with_adopt(openvz, states, shop):
    document = SHOP.replace("101", "102").replace("192.0.2.10", "192.0.2.21").replace("<name>shop<", "<name>clone<")
    before = shop.conf_path(102).read_text()

    refused = states.defined("clone", xml=document)
    assert refused.result is False
    assert "its mark is that of 101 on hn1" in refused.comment
    assert shop.conf_path(102).read_text() == before

    assert states.defined("clone", xml=document, adopt=True).result is True
    assert "#SALT-OPENVZ: managed 102 hn1\n" in shop.conf_path(102).read_text()
    assert states.defined("clone", xml=document).changes == {}


@pytest.mark.parametrize("state", ["stopped", "running", "absent"])
def test_a_state_with_the_clones_document_never_touches_the_original_of_the_same_name(states, shop, state):
    shop.vzctl("start", 101)
    document = SHOP.replace("101", "102").replace("192.0.2.10", "192.0.2.20")

    getattr(states, state)("clone", xml=document)

    assert "running" in shop.status(101)
    assert not [argv for argv in shop.calls() if argv[0] in ("stop", "destroy") and "102" not in argv]


def test_a_copied_file_that_came_from_another_node_is_managed_once_adopted(openvz, shop):
    path = shop.conf_path(101)
    path.write_text(path.read_text().replace("managed 101 hn1", "managed 101 hn0"))

    assert openvz.info(101)["shop"]["mark"] == "101 on hn0"
    with pytest.raises(CommandExecutionError, match="not managed by Salt"):
        openvz.define(xml=SHOP.replace("192.0.2.10", "192.0.2.11"))
    openvz.adopt(101)
    assert openvz.info(101)["shop"]["managed"] is True
    assert path.read_text().count("SALT-OPENVZ") == 1


@pytest.mark.parametrize("by_document", [True, False])
def test_a_sample_made_of_a_container_gives_its_mark_and_uuid_to_none(openvz, node, by_document):
    sample = node.conf_path(0).with_name("ve-shop.conf-sample")
    text = node.conf_path(0).with_name("ve-basic.conf-sample").read_text()
    sample.write_text(f"{text}#SALT-OPENVZ: managed 310 hn1\n#UUID: {UUID}\n")

    if by_document:
        config = "<metadata xmlns:o='https://openvz.org/schemas/domain/salt/1'><o:config>shop</o:config></metadata>"
        template = "<devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>"
        openvz.define(xml=f"<domain type='openvz'><name>310</name>{config}{template}</domain>")
    else:
        openvz.create(310, ostemplate="debian-12-x86_64", config="shop")

    info = openvz.info(310)["310"]
    assert (info["managed"], info["uuid"] == UUID) == (by_document, False)
    assert [one["where"] for one in openvz.doctor() if one["check"] == "mark"] == [str(sample)]
