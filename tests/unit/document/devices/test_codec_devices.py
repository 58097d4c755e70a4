"""Disks, directories of the node, and what is inside a veth pair: what vzctl 7 has and 4.x has not."""

import pytest
from vzdomain.document import codec
from vzdomain.model.domain import BindMount, Disk, Interface, Limit

UUID = "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"


def read(body):
    text = (
        f"<domain type='openvz'><name>209</name><devices xmlns:openvz='{codec.NAMESPACE}'>\n{body}</devices></domain>"
    )
    return codec.parse(text)


@pytest.mark.parametrize(
    ("body", "disk"),
    [
        ("<disk><source file='/vz/data.hdd'/></disk>", Disk(image="/vz/data.hdd")),
        ("<disk><source file='data.hdd'/></disk>", Disk(image="data.hdd")),
        ("<disk><openvz:image>data.hdd</openvz:image></disk>", Disk(image="data.hdd")),
        ("<disk type='block' device='disk'><source dev='/dev/sdb1'/></disk>", Disk(device="/dev/sdb1")),
        ("<disk><openvz:size unit='GiB'>5</openvz:size></disk>", Disk(size=5 * 1024**2)),
        (
            "<disk><openvz:size>1024</openvz:size><openvz:mount>/data</openvz:mount></disk>",
            Disk(size=1024, mount="/data"),
        ),
        (f"<disk><serial>{UUID.upper()}</serial></disk>", Disk(uuid=UUID)),
        (
            "<disk><source file='/a.hdd'/><openvz:enabled>no</openvz:enabled></disk>",
            Disk(image="/a.hdd", enabled=False),
        ),
        # as libvirt writes a container's
        (
            "<filesystem type='file'><driver type='ploop' format='ploop'/><source file='/vz/data.hdd'/>"
            "<target dir='/data'/><space_hard_limit unit='GiB'>5</space_hard_limit></filesystem>",
            Disk(image="/vz/data.hdd", size=5 * 1024**2, mount="/data"),
        ),
        (
            "<filesystem type='block'><source dev='/dev/sdb1'/><target dir='/data'/></filesystem>",
            Disk(device="/dev/sdb1", mount="/data"),
        ),
    ],
)
def test_a_disk_is_read(body, disk):
    document = read(body)

    assert document.domain.disks == (disk,)
    assert (document.warnings, document.unwritable) == ((), {})


@pytest.mark.parametrize(
    ("body", "mount"),
    [
        ("<source dir='/srv'/><target dir='/mnt'/>", BindMount("/srv", "/mnt")),
        ("<target dir='/mnt'/>", BindMount(None, "/mnt")),
        ("<source dir='/srv'/><target dir='/mnt'/><readonly/>", BindMount("/srv", "/mnt", ("ro",))),
        (
            "<source dir='/srv'/><target dir='/mnt'/><readonly/><openvz:options>nosuid,noexec</openvz:options>",
            BindMount("/srv", "/mnt", ("noexec", "nosuid", "ro")),
        ),
    ],
)
def test_a_directory_of_the_node_is_read(body, mount):
    assert read(f"<filesystem type='mount'>{body}</filesystem>").domain.bindmounts == (mount,)
    assert read(f"<filesystem>{body}</filesystem>").domain.bindmounts == (mount,)


def test_a_root_and_other_file_systems_stand_side_by_side():
    body = """
        <filesystem type='mount'><source dir='/srv'/><target dir='/mnt'/></filesystem>
        <filesystem type='template'><source name='debian-12'/><target dir='/'/>
            <space_hard_limit unit='GiB'>10</space_hard_limit></filesystem>
        <filesystem type='file'><source file='/vz/b.hdd'/><target dir='/b'/></filesystem>
        <disk><source file='/vz/c.hdd'/></disk>
    """
    domain = read(body).domain

    assert (domain.template, domain.diskspace) == ("debian-12", Limit(10 * 1024**2, 10 * 1024**2))
    assert domain.bindmounts == (BindMount("/srv", "/mnt"),)
    assert domain.disks == (Disk(image="/vz/b.hdd", mount="/b"), Disk(image="/vz/c.hdd"))


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("<ip address='10.0.0.5' prefix='24'/>", {"addresses": ("10.0.0.5/24",)}),
        ("<ip address='FD00:0::5' prefix='64' family='ipv6'/>", {"addresses": ("fd00::5/64",)}),
        ("<route gateway='10.0.0.1'/>", {"gateway": "10.0.0.1"}),
        ("<route family='ipv6' gateway='fe80::1'/>", {"gateway6": "fe80::1"}),
        ("<route family='ipv4' address='0.0.0.0' prefix='0' gateway='10.0.0.1'/>", {"gateway": "10.0.0.1"}),
        ("<route address='::' gateway='fd00::1'/>", {"gateway6": "fd00::1"}),
        ("<openvz:dhcp>yes</openvz:dhcp>", {"dhcp": True}),
        ("<openvz:dhcp family='ipv6'>no</openvz:dhcp>", {"dhcp6": False}),
        ("<virtualport type='openvswitch'/>", {"vport": "ovs"}),
    ],
)
def test_the_containers_end_of_a_pair_is_read(inside, said):
    body = f"<interface type='bridge'><source bridge='br0'/>{inside}</interface>"

    assert read(body).domain.interfaces == (Interface(bridge="br0", **said),)
    assert read(body.replace("bridge", "network")).domain.interfaces == (Interface(network="br0", **said),)


def test_an_address_of_an_unbridged_pair_is_one_beside_its_guest():
    pair, routed = "<guest dev='eth0'/><ip address='10.0.0.5'/>", "<ip address='10.0.0.5'/>"

    assert read(f"<interface type='ethernet'>{pair}</interface>").domain.interfaces == (
        Interface(guest="eth0", addresses=("10.0.0.5",)),
    )
    assert read(f"<interface type='ethernet'>{routed}</interface>").domain.addresses == ("10.0.0.5",)


def test_a_gateway_that_no_address_reaches_is_a_warning():
    body = "<interface type='bridge'><source bridge='br0'/>\n{}\n<route gateway='{}'/></interface>"
    far = read(body.format("<ip address='10.0.0.5' prefix='24'/>", "10.0.1.1")).warnings

    assert len(far) == 1
    assert far[0].startswith(
        "line 4, column 1 domain/devices/interface/route: the gateway 10.0.1.1 is in no network of"
    )
    assert read(body.format("<ip address='10.0.0.5' prefix='16'/>", "10.0.1.1")).warnings == ()
    assert read(body.format("<ip address='fd00::5' prefix='64'/>", "fe80::1")).warnings == ()
    assert read(body.format("", "10.0.1.1")).warnings == ()
    assert read(body.format("<ip address='fd00::5' prefix='64'/>", "10.0.1.1")).warnings == ()
