"""Disks beside the root disk, deleted as containers are: by force or within a budget; and directories of the node."""

import pytest
from documents import DISK, SECOND, UUID, disk, document, mounted
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN
BOTH_DISKS = document(disk(), disk(uuid=SECOND, mount="/more"))


@pytest.fixture
def web(openvz, node, once):
    """web01 runs, and has a disk of 2 GiB."""

    def make():
        openvz.define(xml=document(disk()))
        openvz.start("web01")

    return once("disk", make)


def images(node):
    return sorted(path.name for path in node.area(UUID).glob("*.hdd"))


def test_a_container_is_made_with_its_disk_and_a_second_run_changes_nothing(openvz, node):
    dry = openvz.define(xml=document(disk()), test=True)
    real = openvz.define(xml=document(disk()))

    assert dry["changes"] == real["changes"]
    assert f"uuid={{{DISK}}},size=2097152,mnt=/data" in node.conf(UUID)["DISK"]
    assert len(images(node)) == 2
    assert openvz.define(xml=document(disk()))["changes"] == {}
    assert openvz.define(xml=openvz.get_xml("web01"))["changes"] == {}
    assert DISK in openvz.get_xml("web01")


def test_one_disk_more_and_a_larger_one_are_a_call_each(openvz, web):
    larger = document(disk(size="3"), disk(uuid=SECOND, mount="/more"))

    dry = openvz.define(xml=larger, test=True)
    real = openvz.define(xml=larger)

    assert dry["changes"] == real["changes"]
    assert sorted(argv[2] for argv in web.calls("set")) == ["--device-add", "--device-set"]
    assert openvz.define(xml=larger)["changes"] == {}


def test_a_disk_that_the_document_does_not_name_is_deleted_by_force_alone(openvz, web):
    openvz.define(xml=BOTH_DISKS)
    before = images(web)

    for test in (True, False):
        with pytest.raises(CommandExecutionError, match="disk") as refused:
            openvz.define(xml=document(disk()), test=test)
        assert "force" in str(refused.value)
    assert images(web) == before
    done = openvz.define(xml=document(disk()), force=True)

    assert len(images(web)) == len(before) - 1
    assert SECOND not in web.conf(UUID)["DISK"]
    assert len(done["changes"]) == 1
    assert openvz.define(xml=document(disk()))["changes"] == {}


def test_a_document_that_says_nothing_of_disks_leaves_them_alone(openvz, web):
    before = images(web)

    assert openvz.define(xml=document())["changes"] == {}
    assert images(web) == before


def test_over_a_whole_node_the_budget_of_disks_is_none_unless_it_is_said(openvz, written, domains, web):
    openvz.define(xml=BOTH_DISKS)
    domains["web01"] = {"xml": document(disk())}
    before = images(web)

    over = written.managed("all")
    done = written.managed("all", max_disk_deletes=1)

    assert (over.result, over.changes) == (False, {})
    assert "max_disk_deletes" in over.comment
    assert done.result is True, done.comment
    assert len(images(web)) == len(before) - 1


def test_a_destroyed_container_takes_its_disks_along_and_the_document_has_them(openvz, web):
    openvz.stop("web01")

    xml = openvz.destroy("web01")["xml"]

    assert DISK in xml
    assert not web.area(UUID).exists()
    assert openvz.define(xml=xml)["changes"]["container"]["new"] == "created"


# directories of the node


def test_a_directory_of_the_node_is_mounted_and_taken_away(openvz, web):
    (web.directory / "srv/data").mkdir()
    source = str(web.directory / "srv/data")
    xml = document(disk(), mounted(source, "/srv/data", "<readonly/>"))

    dry, real = openvz.define(xml=xml, test=True), openvz.define(xml=xml)
    again = openvz.define(xml=xml)
    writable = openvz.define(xml=xml.replace("<readonly/>", ""))
    gone = openvz.define(xml=document(disk()), exact=True)

    assert dry["changes"] == real["changes"] != {}
    assert again["changes"] == {}
    assert writable["changes"] and gone["changes"]
    assert web.conf(UUID)["BINDMOUNT"] == ""
    assert openvz.status("web01") == "running"


def test_a_directory_that_is_missing_is_not_saved_and_the_failure_says_so(openvz, web):
    xml = document(disk(), mounted("/nosuch/place", "/srv/data"), body="<memory unit='MiB'>768</memory>")

    with pytest.raises(CommandExecutionError, match="/nosuch/place"):
        openvz.define(xml=xml)

    assert "BINDMOUNT" not in web.conf(UUID)
    assert web.memory(UUID) == 768
