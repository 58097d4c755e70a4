"""Images of further disks: whose they are, and what else is refused before anything runs (vzctl 7 to 9)."""

import pytest
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN
OURS = "xmlns:openvz='https://openvz.org/schemas/domain/salt/1'"
SERIAL, OTHER = "be0e23fa-cd36-4638-b71e-87dc83d2be76", "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"


def document(name, *inside, source=None):
    disk = [f"<source file='{source}'/>"] if source else []
    disk += ["<target dev='sdb'/>", *inside]
    template = "<filesystem type='template'><source name='debian-12-x86_64'/></filesystem>"
    devices = f"<devices>{template}<disk type='file' device='disk'>{''.join(disk)}</disk></devices>"
    return f"<domain type='openvz' {OURS}><name>{name}</name>{devices}</domain>"


def size(gib=5):
    return f"<openvz:size unit='GiB'>{gib}</openvz:size>"


@pytest.fixture
def owner(openvz, node):
    """Container 301, with an image of its own and one in a common place; where that is."""
    place = node.directory / "vz/images"
    place.mkdir()
    openvz.define(xml=document("301", size(), source=f"{place}/data.hdd"))
    node.forget_calls()
    return place


def refused(function, *args, **kwargs):
    with pytest.raises(CommandExecutionError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_an_image_that_is_another_containers_disk_is_not_taken(openvz, node, owner):
    said = refused(openvz.define, xml=document("302", source=f"{owner}/data.hdd"))

    assert said == f"the disk {owner}/data.hdd belongs to container 301 on this node; remove it there first"
    assert not node.calls("create")


def test_an_image_in_the_private_area_of_another_is_not_taken(openvz, node, owner):
    path = f"{node.directory}/vz/private/301/root.hdd"

    said = refused(openvz.define, xml=document("302", source=path))

    assert said == f"disk {path}: {path} lies in the private area of container 301; choose another place"


def test_the_image_of_the_root_disk_is_no_further_disk(openvz, node):
    said = refused(openvz.define, xml=document("302", "<openvz:image>root.hdd</openvz:image>"))

    path = f"{node.directory}/vz/private/302/root.hdd"
    assert said == f"disk root.hdd: {path} is the root disk of container 302; name another image"


def test_a_new_image_needs_a_size_before_anything_runs(openvz, node):
    path = f"{node.directory}/vz/new.hdd"

    said = refused(openvz.define, xml=document("302", source=path))

    assert said == f"disk {path} of container 302 needs an <openvz:size>: its image {path} is not there yet"
    assert not node.calls("create")


def test_an_image_is_the_same_with_the_private_area_in_front_of_it(openvz, node):
    openvz.define(xml=document("302", size(), "<openvz:image>data.hdd</openvz:image>"))

    told = openvz.define(xml=document("302", size(), source=f"{node.directory}/vz/private/302/data.hdd"))

    assert told["changes"] == {}


def test_another_serial_of_a_disk_is_refused(openvz, owner):
    openvz.define(xml=document("303", size(), f"<serial>{SERIAL}</serial>", source=f"{owner}/other.hdd"))

    said = refused(openvz.define, xml=document("303", f"<serial>{OTHER}</serial>", source=f"{owner}/other.hdd"))

    assert f"has the UUID {SERIAL}, the document says {OTHER}: vzctl cannot change it" in said


def test_a_disk_is_free_again_when_its_container_has_gone(openvz, owner):
    openvz.destroy("301", force=True)

    assert openvz.define(xml=document("302", size(), source=f"{owner}/data.hdd"))["did"] == ["created"]
