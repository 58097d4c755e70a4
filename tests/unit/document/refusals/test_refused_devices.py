"""What the codec refuses in interfaces and passed-through devices, with its place and its whole sentence."""

import pytest
from refusing import check

DEVICE = "is not a valid network device name; use 1 to 15 letters, digits and _ . -"
NETWORK = "is not a valid network name; use letters, digits and _ . + @ : -, not a leading -"


@pytest.mark.parametrize(
    ("kind", "body", "path", "message"),
    [
        ("user", "", "", "'user' is not an interface type; use bridge, network, ethernet or route"),
        ("bridge", "", "", "needs a <source bridge=>; a veth pair without a bridge is type='ethernet'"),
        ("bridge", "<source/>", "/source", "needs an attribute 'bridge'"),
        ("bridge", "<source bridge='br;0'/>", "/source/@bridge", f"'br;0' {DEVICE}"),
        ("bridge", "<source bridge='-br0'/>", "/source/@bridge", f"'-br0' {DEVICE}"),
        (
            "bridge",
            "<source bridge='br0'/><mac address='zz'/>",
            "/mac/@address",
            "'zz' is not a MAC address; write it like 02:16:3e:00:00:01",
        ),
        (
            "bridge",
            "<source bridge='br0'/><mac address='01:16:3e:5d:c7:9e'/>",
            "/mac/@address",
            "'01:16:3e:5d:c7:9e' is not a device's address: the first byte must be even, and not all bytes may be 0",
        ),
        (
            "bridge",
            "<source bridge='br0'/><mac address='00:00:00:00:00:00'/>",
            "/mac/@address",
            "'00:00:00:00:00:00' is not a device's address: the first byte must be even, and not all bytes may be 0",
        ),
        (
            "bridge",
            "<source bridge='br0'/><target dev='veth2147483644.0'/>",
            "/target/@dev",
            f"'veth2147483644.0' {DEVICE}",
        ),
        ("bridge", "<source bridge='br0'/><guest dev='eth 0'/>", "/guest/@dev", f"'eth 0' {DEVICE}"),
        (
            "bridge",
            "<source bridge='br0'/><target type='bridge'/>",
            "/target/@type",
            "'bridge' is not a target type; use 'network'",
        ),
        ("bridge", "<target type='network'/>", "/target", "needs a <source network=>"),
        (
            "bridge",
            "<target type='network' dev='veth209.0'><source network='default'/></target>",
            "/target/@dev",
            "names a network and a device; say <interface type='network'> with <source network=>, and a <target dev=> "
            "only for the name of the node's end, which is never a bridge",
        ),
        (
            "bridge",
            "<target type='network'><source network='-x'/></target>",
            "/target/source/@network",
            f"'-x' {NETWORK}",
        ),
        (
            "network",
            "",
            "",
            "needs a <source network=>, or a <host class='network' dev=> for a device of the node",
        ),
        ("network", "<source bridge='br0'/>", "/source", "needs an attribute 'network'"),
        ("network", "<source network='a,b'/>", "/source/@network", f"'a,b' {NETWORK}"),
        ("network", "<source network='a' bridge='b,c'/>", "/source/@bridge", f"'b,c' {DEVICE}"),
        (
            "network",
            "<host class='usb' dev='eth1'/>",
            "/host/@class",
            "'usb' devices are not supported yet; use 'network'",
        ),
        ("network", "<host class='network' dev='eth1/2'/>", "/host/@dev", f"'eth1/2' {DEVICE}"),
        (
            "ethernet",
            "<source bridge='br0'/>",
            "/source",
            "type 'ethernet' has no source; for a bridge use type='bridge'",
        ),
        (
            "route",
            "<target dev='veth209.0'/>",
            "/target",
            "is not allowed here: addresses are routed to the container without a veth pair",
        ),
        (
            "ethernet",
            "<ip address='10.0.0.1'/><target dev='veth209.0'/>",
            "/target",
            "is not allowed here: addresses are routed to the container without a veth pair",
        ),
        (
            "route",
            "<source bridge='br0'/>",
            "/source",
            "is not allowed here: addresses are routed to the container without a veth pair",
        ),
        ("route", "<mac address='x'/>", "/mac/@address", "'x' is not a MAC address; write it like 02:16:3e:00:00:01"),
        ("route", "<ip/>", "/ip", "needs an attribute 'address'"),
        ("route", "<ip address='10.0.0.300'/>", "/ip/@address", "'10.0.0.300' is not an IP address"),
        ("route", "<ip address='010.0.0.1'/>", "/ip/@address", "'010.0.0.1' is not an IP address"),
        (
            "route",
            "<ip address='10.0.0.1/24'/>",
            "/ip/@address",
            "'10.0.0.1/24' contains a slash; use address='10.0.0.1' and prefix=",
        ),
        (
            "route",
            "<ip address='fe80::1%eth0'/>",
            "/ip/@address",
            "'fe80::1%eth0' names a device; use the address alone",
        ),
        (
            "route",
            "<ip address='0.0.0.0'/>",
            "/ip/@address",
            "'0.0.0.0' cannot be a container's address; remove it",
        ),
        (
            "route",
            "<ip address='::0'/>",
            "/ip/@address",
            "'::' cannot be a container's address; remove it",
        ),
        ("route", "<ip address='10.0.0.1' family='ipv6'/>", "/ip/@family", "10.0.0.1 is an ipv4 address"),
        ("route", "<ip address='10.0.0.1' prefix='33'/>", "/ip/@prefix", "33 is too long; the maximum is 32"),
        (
            "route",
            "<ip address='fd00::1' prefix='129'/>",
            "/ip/@prefix",
            "129 is too long; the maximum is 128",
        ),
        ("route", "<ip address='10.0.0.1' prefix='0'/>", "/ip/@prefix", "0 is too small; the minimum is 1"),
        (
            "route",
            "<ip address='10.0.0.1' prefix='255.0.0.0'/>",
            "/ip/@prefix",
            "'255.0.0.0' is not a number; use digits only",
        ),
        (
            "route",
            "<ip address='10.0.0.1'/><ip address='10.0.0.1' prefix='24'/>",
            "/ip[2]",
            "10.0.0.1 has the prefix 24 here and 32 in line 3; keep one",
        ),
    ],
)
def test_an_interface_is_refused_with_its_place(kind, body, path, message):
    xml = f"<devices>\n<interface type='{kind}'>{body}</interface></devices>"

    check(xml, 3, f"domain/devices/interface{path}", message)


def test_no_two_veth_pairs_have_one_guest_device():
    pair = "<interface type='ethernet'><guest dev='eth0'/></interface>"

    message = "the guest device eth0 is already in line 2; keep one"
    check(f"<devices>{pair}\n{pair}</devices>", 3, "domain/devices/interface[2]", message)


def test_no_device_of_the_node_is_passed_through_twice():
    old = "<interface type='network'><host class='network' dev='eth1'/></interface>"
    new = "<hostdev mode='capabilities' type='net'><source><interface>eth1</interface></source></hostdev>"

    message = "the device eth1 is already in line 2; keep one"
    check(f"<devices>{old}\n{new}</devices>", 3, "domain/devices/hostdev", message)


@pytest.mark.parametrize("device", ["lo", "tun0", "tap3", "venet0"])
@pytest.mark.parametrize(
    ("element", "path"),
    [
        ("<hostdev mode='capabilities' type='net'><source><interface>{}</interface></source></hostdev>",
         "hostdev/source/interface"),
        ("<interface type='network'><host class='network' dev='{}'/></interface>", "interface/host/@dev"),
    ],
    ids=["libvirt", "2008"],
)  # fmt: skip
def test_a_device_at_which_vzctl_stops_reading_is_not_passed_through(device, element, path):
    message = (
        f"{device!r} cannot be passed through: vzctl stops reading NETDEV at a name that begins with "
        f"venet, tun, tap or lo; leave it out"
    )

    check(f"<devices>\n{element.format(device)}</devices>", 3, f"domain/devices/{path}", message)


HOSTDEV = "vzctl supports only mode='capabilities' with type net, misc or storage"


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ("<hostdev/>", "", HOSTDEV),
        ("<hostdev mode='subsystem' type='pci'/>", "", HOSTDEV),
        ("<hostdev mode='subsystem' type='net'/>", "", HOSTDEV),
        ("<hostdev mode='capabilities' type='net'/>", "", "needs <interface> with the node's device"),
        ("<hostdev mode='capabilities' type='misc'/>", "", "needs <char> with the node's device"),
        (
            "<hostdev mode='capabilities' type='net'><source/></hostdev>",
            "/source",
            "needs <interface> with the node's device",
        ),
        (
            "<hostdev mode='capabilities' type='storage'><source/></hostdev>",
            "/source",
            "needs <block> with the node's device",
        ),
        (
            "<hostdev mode='capabilities' type='net'><source><interface>a b</interface></source></hostdev>",
            "/source/interface",
            f"'a b' {DEVICE}",
        ),
        (
            "<hostdev mode='capabilities' type='misc'><source><char>net/tun</char></source></hostdev>",
            "/source/char",
            "'net/tun' is not a device path; it must begin with /dev/",
        ),
        (
            "<hostdev mode='capabilities' type='misc'><source><char>/dev/../etc</char></source></hostdev>",
            "/source/char",
            "'/dev/../etc' is not a valid device below /dev; write it like net/tun",
        ),
        (
            "<hostdev mode='capabilities' type='storage'><source><block>/dev/loop0</block></source></hostdev>",
            "/source/block",
            "'/dev/loop0' is not a valid device below /dev; write it like net/tun",
        ),
    ],
)
def test_a_hostdev_is_refused_with_its_place(body, path, message):
    check(f"<devices>\n{body}</devices>", 3, f"domain/devices/hostdev{path}", message)
