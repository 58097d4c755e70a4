"""Further disks: which one of the container a document means."""

import pytest
from library import container
from updating import planned
from vzdomain.errors import RefusedError
from vzdomain.flavours import SEVEN
from vzdomain.model.actions import AddDisk, ChangeDisk, RemoveDisk
from vzdomain.model.domain import Disk, Domain

UUID = "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"
OTHER = "1e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"


def actions(wanted, *there):
    live = container(disks=there, layout="ploop")
    return planned(Domain("209", disks=tuple(wanted)), live, flavour=SEVEN).actions


@pytest.mark.parametrize("image", ["harddisk1.hdd", "/vz/private/209/harddisk1.hdd"])
@pytest.mark.parametrize("there", ["harddisk1.hdd", "/vz/private/209/harddisk1.hdd"])
def test_an_image_in_the_private_area_has_two_spellings(image, there):
    assert actions([Disk(image=image)], Disk(image=there, size=1024, uuid=UUID)) == ()


def test_an_image_somewhere_else_is_another_disk():
    found = actions([Disk(image="/srv/harddisk1.hdd", size=1024)], Disk(image="harddisk1.hdd", size=1024, uuid=UUID))

    assert [type(one) for one in found] == [RemoveDisk, AddDisk]


@pytest.mark.parametrize(
    "wanted", [Disk(uuid=UUID, size=2048), Disk(image="a.hdd", size=2048), Disk(mount="/data", size=2048)]
)
def test_a_disk_is_known_by_its_uuid_its_image_or_its_mount_point(wanted):
    there = Disk(image="a.hdd", size=1024, mount="/data", uuid=UUID)
    (change,) = actions([wanted], there)

    assert isinstance(change, ChangeDisk)
    assert (change.old, change.new.size) == (there, 2048)


def test_a_disk_that_is_known_by_its_uuid_does_not_move():
    with pytest.raises(RefusedError, match="has image a.hdd, the document says b.hdd: .*move the disk by hand"):
        actions([Disk(uuid=UUID, image="b.hdd")], Disk(image="a.hdd", uuid=UUID))


def test_naming_one_disk_claims_all_and_naming_none_claims_nothing():
    there = (Disk(image="a.hdd", uuid=UUID), Disk(image="b.hdd", uuid=OTHER))
    live = container(disks=there, layout="ploop")

    assert actions([Disk(image="a.hdd")], *there) == (RemoveDisk(there[1], "none"),)
    assert planned(Domain("209"), live, flavour=SEVEN).actions == ()
