"""Every refusal of the codec, with its place and its whole sentence."""

import pytest
from vzdomain import errors
from vzdomain.document import codec

TEMPLATE = "<filesystem type='template'><source name='x'/>"
OURS = f"xmlns:openvz='{codec.NAMESPACE}'"
BUT = "this element is not supported;"
STRANGE = "this element is not supported; remove it, or set strict to False to ignore it"
STRANGE_ATTRIBUTE = "this attribute is not supported; remove it, or set strict to False to ignore it"
DIFFERS = "sets the same thing to another value; remove one of them"
CTID = "use a number from 1 to 2147483644"
DEVICE = "is not a valid network device name; use 1 to 15 letters, digits and _ . -"


def refusal(text):
    """What is refused at once, or whenever it would have to be written: a container may have it by other hands."""
    try:
        document = codec.parse(text)
    except errors.DocumentError as err:
        return err
    return next(iter(document.unwritable.values()))


def check(body, line, path, message, first=2, kind=None):
    """The body stands in a domain document, and its first line is line `first` of it."""
    opening = "<domain type='openvz'><name>209</name>" + "\n" * (first - 1)
    error = refusal(f"{opening}{body}\n</domain>")

    assert (error.path, error.message, error.line) == (path, message, line)
    assert str(error).startswith(f"line {line}, column {error.column} {path}: ")
    assert type(error) is (kind or errors.DocumentError)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("<domain/>", "domain", "this is not an OpenVZ document; it must begin with <domain type='openvz'>"),
        ("<domain type='kvm'/>", "domain", "this is not an OpenVZ document; it must begin with <domain type='openvz'>"),
        (
            "<network type='openvz'/>",
            "",  # it may be a password out of place
            "this is not an OpenVZ document; it must begin with <domain type='openvz'>",
        ),
        ("<domain type='openvz'/>", "domain", "a <name> is needed; use the CTID or a name for vzctl"),
        (
            "<domain type='openvz' id='x'><name>209</name></domain>",
            "domain/@id",
            "'x' is not a number; use digits only",
        ),
    ],
)
def test_a_document_must_be_a_domain_of_openvz(text, path, message):
    error = refusal(text)

    assert (error.path, error.message, error.line, error.column) == (path, message, 1, 1)


LONG_END = f"' is not a valid CTID; {CTID}"
CONTAINER = "is not a valid container name; use letters, digits, spaces and - + _ ."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("0", f"'0' is not a valid CTID; {CTID}"),
        ("000", f"'000' is not a valid CTID; {CTID}"),
        ("2147483645", f"'2147483645' is not a valid CTID; {CTID}"),
        ("9" * 41, f"'{'9' * 41}' is not a valid CTID; {CTID}"),
        ("9" * 5000, f"'{'9' * 199} ... {'9' * (200 - len(LONG_END))}{LONG_END}"),
        ("", f"'' {CONTAINER}"),
        (" ", f"'' {CONTAINER}"),
        ("..", f"'..' {CONTAINER}"),
        ("web/1", f"'web/1' {CONTAINER}"),
        ("web,1", f"'web,1' {CONTAINER}"),
        ("w\u00f6b", f"'w\u00f6b' {CONTAINER}"),
        ("\u0662\u0660\u0669", f"'\u0662\u0660\u0669' {CONTAINER}"),
    ],
)
def test_a_name_is_a_ctid_or_a_name_of_vzctl(name, message):
    error = refusal(f"<domain type='openvz'>\n <name>{name}</name></domain>")

    assert (error.path, error.message, error.line, error.column) == ("domain/name", message, 2, 2)


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ("<name>210</name>", "domain/name[2]", "appears twice; the first is in line 1"),
        (
            "<uuid>8dea22b3</uuid>",
            "domain/uuid",
            "'8dea22b3' is not a UUID; it has 32 hexadecimal digits, with or without hyphens",
        ),
        (
            "<memory>0</memory>",
            "domain/memory",
            "0 is not a size; libvirt's own driver prints 0 for an unknown size: leave it out",
        ),
        ("<memory>1.5</memory>", "domain/memory", "'1.5' is not a whole number; use digits only, and a smaller unit"),
        ("<memory>-1</memory>", "domain/memory", "'-1' is not a number; use digits only"),
        ("<memory/>", "domain/memory", "'' is not a number; use digits only"),
        (
            "<memory unit='pages'>1</memory>",
            "domain/memory/@unit",
            "unknown unit 'pages'; use bytes, KiB, MiB, GiB or TiB (KB, MB, GB and TB are powers of 1000)",
        ),
        (
            "<currentMemory>1</currentMemory>",
            "domain/currentMemory",
            "must be equal to <memory>, or be left out: vzctl has no balloon",
        ),
        ("<vcpu>0</vcpu>", "domain/vcpu", "0 is too small; the minimum is 1"),
        (
            "<vcpu current='1'>2</vcpu>",
            "domain/vcpu/@current",
            "must be 2, or be left out: vzctl has no spare processors",
        ),
        ("<vcpu placement='auto'>2</vcpu>", "domain/vcpu/@placement", "vzctl supports only 'static'"),
        ("<os><type>hvm</type></os>", "domain/os/type", "'hvm' is not a container type; use exe"),
        (
            "<os><type arch='ppc64'>exe</type></os>",
            "domain/os/type/@arch",
            "'ppc64' is not supported; use x86_64 or i686, or leave it out",
        ),
        (
            "<os><init>/bin/sh</init></os>",
            "domain/os/init",
            "'/bin/sh' cannot be started; vzctl always starts /sbin/init",
        ),
        (
            "<clock offset='localtime'/>",
            "domain/clock/@offset",
            "'localtime' is not supported by vzctl; use utc, or leave it out",
        ),
        (
            f"<metadata {OURS}><openvz:ctid>210</openvz:ctid></metadata>",
            "domain/metadata/openvz:ctid",
            "the CTID 210 is not the one in <name>, 209; remove one of them",
        ),
        (
            f"<metadata {OURS}><openvz:ctid>0</openvz:ctid></metadata>",
            "domain/metadata/openvz:ctid",
            f"'0' is not a valid CTID; {CTID}",
        ),
        (
            f"<metadata {OURS}><openvz:diskinodes/></metadata>",
            "domain/metadata/openvz:diskinodes",
            "needs an attribute 'hard'",
        ),
    ],
)
def test_an_element_of_the_domain_is_refused_with_its_place(body, path, message):
    check(body, 2, path, message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "<memtune>\n<swap_hard_limit>1</swap_hard_limit></memtune>",
            "is memory plus swap, so <memory> is needed too",
        ),
        (
            "<memory>1024</memory><memtune>\n<swap_hard_limit>1023</swap_hard_limit></memtune>",
            "is memory plus swap, and must not be less than <memory> (1024 KiB)",
        ),
    ],
)
def test_the_limit_of_swap_counts_memory_too(body, message):
    check(body, 3, "domain/memtune/swap_hard_limit", message)


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ("<cpu/>", "domain/cpu", "this element is not supported; did you mean <vcpu>?"),
        ("<features><pae/></features>", "domain/features/pae", STRANGE),
        ("<features><acpi/></features>", "domain/features/acpi", STRANGE),
        ("<on_crash offset='utc'>destroy</on_crash>", "domain/on_crash/@offset", STRANGE_ATTRIBUTE),
        ("<memory dumpCore='off'>1</memory>", "domain/memory/@dumpCore", STRANGE_ATTRIBUTE),
        ("<vcpu cores='2'>1</vcpu>", "domain/vcpu/@cores", STRANGE_ATTRIBUTE),
        ("<cputune><vcpupin vcpu='0' cpuset='0'/></cputune>", "domain/cputune/vcpupin", STRANGE),
        ("<cputune><global_quota>1000</global_quota></cputune>", "domain/cputune/global_quota", STRANGE),
        ("<numatune><memnode cellid='0'/></numatune>", "domain/numatune/memnode", STRANGE),
        ("<blkiotune><device/></blkiotune>", "domain/blkiotune/device", STRANGE),
        ("<memtune><colour>1</colour></memtune>", "domain/memtune/colour", STRANGE),
        ("<title xml:lang='de'>x</title>", "domain/title/@xml:lang", STRANGE_ATTRIBUTE),
        ("<name2 xmlns='urn:x'/>", "domain/name2", STRANGE),
        ("<uuid><b/></uuid>", "domain/uuid/b", STRANGE),
        (
            "<metadata><ctid/></metadata>",
            "domain/metadata/ctid",
            f"this element is not supported; did you mean <openvz:ctid>, with {OURS}?",
        ),
        (
            f"<metadata {OURS}><openvz:memory>1</openvz:memory></metadata>",
            "domain/metadata/openvz:memory",
            "this element is not supported here: <memory> belongs in <domain>",
        ),
        (
            f"<metadata {OURS}><openvz:ram>1</openvz:ram></metadata>",
            "domain/metadata/openvz:ram",
            "this element is not supported; write <memory unit='MiB'>512</memory> in <domain>",
        ),
        (
            f"<openvz:ctid {OURS}>209</openvz:ctid>",
            "domain/openvz:ctid",
            f"this element is not supported; write <openvz:ctid>209</openvz:ctid> in <metadata {OURS}>",
        ),
        ("<os><initarg>x</initarg></os>", "domain/os/initarg", STRANGE),
        ("<devices><emulator/></devices>", "domain/devices/emulator", STRANGE),
        ("<devices><console/></devices>", "domain/devices/console", STRANGE),
        (
            "<devices><filesystem type='template' accessmode='mapped'><source name='x'/></filesystem></devices>",
            "domain/devices/filesystem/@accessmode",
            STRANGE_ATTRIBUTE,
        ),
        (
            "<devices><interface type='ethernet'/><interface type='ethernet'><filterref/></interface></devices>",
            "domain/devices/interface[2]/filterref",
            STRANGE,
        ),
        (
            "<devices><filesystem><source name='x'/></filesystem></devices>",
            "domain/devices/filesystem/source/@name",
            STRANGE_ATTRIBUTE,
        ),
        (
            "<devices><hostdev mode='capabilities' type='storage'><source><char/></source></hostdev></devices>",
            "domain/devices/hostdev/source/char",
            STRANGE,
        ),
        (
            "<devices><interface type='ethernet'><link state='up'/></interface></devices>",
            "domain/devices/interface/link",
            STRANGE,
        ),
        (
            "<devices><interface type='route'><ip address='10.0.0.1' peer='10.0.0.2'/></interface></devices>",
            "domain/devices/interface/ip/@peer",
            STRANGE_ATTRIBUTE,
        ),
    ],
)
def test_what_is_outside_the_vocabulary_has_an_error_of_its_own(body, path, message):
    check(body, 2, path, message, kind=errors.UnknownElementError)


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ("<filesystem/>", "", "needs a <source dir=> with the private area"),
        ("<filesystem type='mount'/>", "", "needs a <source dir=> with the private area"),
        (
            "<filesystem type='bind'/>",
            "",
            "a filesystem of type 'bind' is not supported by vzctl; use template or mount",
        ),
        ("<filesystem type='template'/>", "", "needs a <source name=> with the OS template"),
        ("<filesystem type='template'><source/></filesystem>", "/source", "needs an attribute 'name'"),
        (
            "<filesystem type='template'><source name='x'/><target dir='/mnt'/></filesystem>",
            "/target/@dir",
            "vzctl mounts only the container's root; use '/'",
        ),
        (
            "<filesystem type='template'><source name='x'/><quota type='files' max='1'/></filesystem>",
            "/quota/@type",
            "'files' is not a quota type; use 'size' (KiB) or 'inodes'",
        ),
        (
            "<filesystem type='template'><source name='x'/><quota type='size' max='1G'/></filesystem>",
            "/quota/@max",
            "'1G' is not a number; use digits only",
        ),
        (
            "<filesystem type='template'><source name='x'/><space_soft_limit>1</space_soft_limit></filesystem>",
            "/space_soft_limit",
            "needs a <space_hard_limit> too",
        ),
        (
            "<filesystem type='template'><source name='x'/><quota type='size' max='1'/>"
            "<space_hard_limit>2048</space_hard_limit></filesystem>",
            "/space_hard_limit",
            f"line 3 {DIFFERS}",
        ),
        (
            "<filesystem type='template'><source name='x'/>"
            "<quota type='inodes' max='1'/><quota type='inodes' max='2'/></filesystem>",
            "/quota[2]",
            f"line 3 {DIFFERS}",
        ),
    ],
)
def test_a_filesystem_is_refused_with_its_place(body, path, message):
    check(f"<devices>\n{body}</devices>", 3, f"domain/devices/filesystem{path}", message)


def test_there_is_one_filesystem():
    one = "<filesystem type='template'><source name='x'/></filesystem>"

    check(
        f"<devices>{one}\n{one}</devices>",
        3,
        "domain/devices/filesystem[2]",
        "appears twice; the first is in line 2",
    )


def test_inodes_in_metadata_agree_with_the_quota():
    quota = "<filesystem type='template'><source name='x'/><quota type='inodes' max='1'/></filesystem>"
    metadata = f"<metadata {OURS}>\n<openvz:diskinodes hard='2'/></metadata>"

    check(f"<devices>{quota}</devices>{metadata}", 3, "domain/metadata/openvz:diskinodes", f"line 2 {DIFFERS}")


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
            "<ip address='10.0.0.1'/><guest dev='eth0'/>",
            "/guest",
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


@pytest.mark.parametrize(
    "body",
    [
        f"<devices>{TEMPLATE}\n<quota type='size' max='99999999999999999'/></filesystem></devices>",
        f"<devices>{TEMPLATE}\n<space_hard_limit unit='TiB'>99999999</space_hard_limit></filesystem></devices>",
        f"<metadata {OURS}>\n<openvz:diskspace hard='9007199254740991'/></metadata>",
    ],
)
def test_unlimited_disk_space_cannot_be_given_to_vzctl(body):
    document = codec.parse(f"<domain type='openvz'><name>209</name>\n{body}</domain>")

    assert document.unwritable["diskspace"].line == 3
    assert "vzctl has no unlimited disk space" in str(document.unwritable["diskspace"])
