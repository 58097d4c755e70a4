"""Documents of libvirt's Virtuozzo driver: as it prints containers, and as it takes them."""

import pytest
from vzdomain import errors
from vzdomain.document import codec
from vzdomain.model.domain import BindMount, Disk, Domain, Interface, Limit

UUID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"
DUMPED = f"""<domain type='vz' id='12'>
  <name>web01</name>
  <uuid>{UUID}</uuid>
  <description>The shop</description>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static' cpuset='0-1'>2</vcpu>
  <os>
    <type arch='x86_64'>exe</type>
    <init>/sbin/init</init>
  </os>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='file' device='disk'>
      <driver name='vz' type='ploop'/>
      <source file='/vz/private/{UUID}/harddisk1.hdd'/>
      <target dev='sdb' bus='sata'/>
      <serial>0e6f3b7c1a2b4c3d8e9f</serial>
      <address type='drive' controller='0' bus='0' target='0' unit='1'/>
    </disk>
    <filesystem type='file' accessmode='passthrough'>
      <driver type='ploop' format='ploop'/>
      <source file='/vz/private/{UUID}/root.hdd'/>
      <target dir='/'/>
    </filesystem>
    <interface type='network'>
      <mac address='00:00:00:00:00:00'/>
      <source network='host-routed'/>
      <target dev='venet0'/>
      <link state='up'/>
    </interface>
    <interface type='bridge' trustGuestRxFilters='yes'>
      <mac address='00:1c:42:aa:bb:01'/>
      <source bridge='br0'/>
      <ip address='10.2.0.5' family='ipv4' prefix='24'/>
      <route family='ipv4' address='0.0.0.0' gateway='10.2.0.1'/>
      <target dev='veth42aabb01'/>
      <link state='up'/>
    </interface>
    <input type='mouse' bus='parallels'/>
    <input type='keyboard' bus='parallels'/>
    <graphics type='vnc' port='-1' autoport='yes' passwd='sesame'>
      <listen type='address' address='127.0.0.1'/>
    </graphics>
    <video>
      <model type='parallels' vram='4096' heads='1' primary='yes'/>
    </video>
  </devices>
</domain>
"""
EXE = "<os><type>exe</type></os>"


def read(devices="", kind="vz", os=EXE):
    body = f"<name>209</name>{os}<devices xmlns:openvz='{codec.NAMESPACE}'>\n{devices}</devices>"
    return codec.parse(f"<domain type='{kind}'>{body}</domain>")


def test_what_the_driver_prints_of_a_container_is_read():
    assert codec.parse(DUMPED).domain == Domain(
        "web01",
        uuid=UUID,
        description="The shop",
        init="/sbin/init",
        memory=1048576,
        vcpu=2,
        cpumask="0-1",
        disks=(Disk(image=f"/vz/private/{UUID}/harddisk1.hdd"),),
        interfaces=(
            Interface(
                bridge="br0",
                mac="00:1c:42:aa:bb:01",
                target="veth42aabb01",
                mac_filter=True,
                addresses=("10.2.0.5/24",),
                gateway="10.2.0.1",
            ),
        ),
    )


def test_what_a_container_cannot_have_of_it_is_a_warning_and_no_secret():
    said = [warning.partition(" ")[2].partition(" ")[2] for warning in codec.parse(DUMPED).warnings]

    assert [one.rpartition(" domain/")[2] for one in codec.parse(DUMPED).warnings if "no such device" in one] == [
        f"devices/{tag}: has no effect: containers of vzctl have no such device"
        for tag in ("input[1]", "input[2]", "graphics", "video")
    ]
    assert any("devices/disk/serial: is not the UUID of a disk; it is not used" in one for one in said)
    assert any("devices/filesystem/source: has no effect: vzctl keeps the image of the root" in one for one in said)
    assert "sesame" not in " ".join(said)


@pytest.mark.parametrize("network", ["host-routed", "Routed"])
@pytest.mark.parametrize("kind", ["vz", "parallels"])
def test_addresses_of_venet0_are_routed_addresses(network, kind):
    venet = f"<interface type='network'><source network='{network}'/><ip address='10.0.0.5'/></interface>"

    assert read(venet, kind).domain.addresses == ("10.0.0.5",)
    assert read(venet, "openvz").domain.interfaces == (Interface(network=network, addresses=("10.0.0.5",)),)


def test_venet0_without_addresses_says_nothing_of_them():
    assert read("<interface type='network'><source network='host-routed'/></interface>").domain == Domain("209")


def test_the_size_of_the_root_disk_is_that_of_its_file_system():
    root = "<filesystem type='file'><target dir='/'/><space_hard_limit unit='GiB'>10</space_hard_limit></filesystem>"

    assert read(root).domain.diskspace == Limit(10 * 1024**2, 10 * 1024**2)
    assert read(root, "openvz").domain.diskspace == Limit(10 * 1024**2, 10 * 1024**2)


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        ("<interface type='bridge'><source bridge='br0'/><link state='down'/></interface>", "cannot take an interface"),
        (
            "<filesystem type='volume'><source pool='p' volume='v'/><target dir='/'/></filesystem>",
            "'volume' is not supp",
        ),
        ("<filesystem type='file' accessmode='mapped'><target dir='/'/></filesystem>", "supports only 'passthrough'"),
        ("<sound model='ac97'/>", "this element is not supported"),
    ],
)
def test_what_would_be_lost_is_refused(devices, message):
    with pytest.raises(errors.DocumentError, match=message):
        read(devices)


@pytest.mark.parametrize(
    ("os", "message"),
    [
        ("", "it needs <os><type>exe</type></os>"),
        ("<os><type>hvm</type></os>", "'hvm' is not a container type; use exe"),
    ],
)
def test_a_virtual_machine_is_refused(os, message):
    with pytest.raises(errors.DocumentError, match=message):
        read(os=os)


def test_what_the_driver_would_refuse_is_written_where_it_does_not_look():
    domain = Domain(
        "web01",
        uuid=UUID,
        init="/sbin/init",
        memory=524288,
        swap=262144,
        cpuunits=1000,
        ioprio=4,
        nodemask="0",
        capabilities=(("net_admin", "on"),),
        private="/vz/private/a",
        diskspace=Limit(1048576, 1048576),
        bindmounts=(BindMount("/srv", "/mnt", ("ro",)),),
        hostdevs=("eth1",),
        devnodes=(("net/tun", "rw"),),
        addresses=("10.0.0.5",),
        interfaces=(Interface(bridge="br0", guest="eth0", mac_filter=False),),
    )
    xml = codec.render(domain, "vz")

    assert codec.parse(xml).domain == domain
    for refused in ("memtune", "cputune", "blkiotune", "numatune", "features", "hostdev", "<guest", "space_", "<quota"):
        assert refused not in xml.replace("<openvz:", "<")[: xml.index("<metadata")] + xml[xml.index("</metadata") :]
    assert '<domain type="vz">' in xml
    assert '<source network="host-routed"/>' in xml
    assert '<interface type="bridge" trustGuestRxFilters="no">' in xml
