"""Who a container of family 7 is: its UUID, its CTID and its name, in whatever spelling somebody asks for it."""

import os

import pytest
from documents import OTHER, UUID, document
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN
SPELLINGS = ["web01", UUID, UUID.upper(), UUID.replace("-", "")]


def test_the_uuid_of_a_document_is_that_of_its_container_and_its_ctid(openvz, node):
    made = openvz.define(xml=document())

    conf = node.conf(UUID)
    assert (made["name"], made["ctid"]) == ("web01", UUID)
    assert (conf["VEID"], conf["UUID"], conf["NAME"]) == (UUID, UUID, "web01")
    assert os.readlink(node.conf_path(UUID)) == f"{node.area(UUID)}/ve.conf"
    assert os.readlink(node.directory / "etc/vz/names/web01") == f"{node.area(UUID)}/ve.conf"


def test_a_document_without_uuid_gets_one_that_the_plan_says_and_that_is_the_same_in_each_run(openvz, node):
    dry = openvz.define(xml=document(uuid=None), test=True)
    real = openvz.define(xml=document(uuid=None))
    again = openvz.define(xml=document(uuid=None))
    openvz.destroy("web01")
    anew = openvz.define(xml=document(uuid=None))
    other = openvz.define(xml=document(uuid=None, name="web02"))

    assert dry["changes"] == real["changes"] == anew["changes"]
    assert real["changes"]["uuid"] == {"old": None, "new": real["ctid"]}
    assert (again["ctid"], again["changes"], anew["ctid"]) == (real["ctid"], {}, real["ctid"])
    assert other["ctid"] != real["ctid"]


@pytest.mark.parametrize("said", [{"name": "310"}, {"metadata": "<openvz:ctid>310</openvz:ctid>"}])
def test_a_container_that_is_numbered_has_the_uuid_of_its_document_all_the_same(openvz, node, said):
    made = openvz.define(xml=document(**said))

    assert (made["ctid"], node.conf("310")["UUID"]) == (310, UUID)
    assert openvz.status(UUID) == openvz.status(310) == "stopped"
    assert openvz.define(xml=document(**said))["changes"] == {}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_it_is_found_by_name_ctid_and_uuid_in_every_spelling(openvz, node, spelling):
    openvz.define(xml=document())

    assert openvz.status(spelling) == "stopped"
    assert openvz.info(spelling)["web01"]["uuid"] == openvz.info(spelling)["web01"]["ctid"] == UUID
    assert openvz.start(spelling)["changes"]["status"]["new"] == "running"


def test_it_is_listed_with_name_ctid_and_uuid(openvz, node):
    openvz.define(xml=document())
    openvz.define(xml=document(uuid=OTHER, name="310"))

    listed = {label: (one["ctid"], one["uuid"]) for label, one in openvz.list().items()}

    assert listed == {"310": (310, OTHER), "web01": (UUID, UUID)}


def test_a_new_name_is_set_and_the_container_stays_the_one_it_was(openvz, node):
    openvz.define(xml=document())
    inode = node.area(UUID).stat().st_ino

    made = openvz.define(xml=document(name="www"))

    assert made["changes"] == {"name": {"old": "web01", "new": "www"}}
    assert (node.ctid("www"), node.area("www").stat().st_ino) == (UUID, inode)
    assert not (node.directory / "etc/vz/names/web01").is_symlink()


def test_another_uuid_for_the_same_name_is_refused(openvz, node):
    openvz.define(xml=document())

    with pytest.raises(CommandExecutionError, match=OTHER):
        openvz.define(xml=document(uuid=OTHER))
    assert node.conf(OTHER) is None


def test_a_file_whose_name_has_capitals_is_another_container_to_vzctl_and_is_said(openvz, node):
    node.conf_path(UUID.upper()).write_text('ONBOOT="no"\n')

    with pytest.raises(CommandExecutionError, match=UUID.upper()):
        openvz.define(xml=document())
    assert [one["where"] for one in openvz.doctor() if UUID.upper() in one["where"]]
    assert node.calls() == []
