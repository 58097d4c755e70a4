"""What the codec refuses in the domain itself and outside the vocabulary, with its place and its whole sentence."""

import pytest
from refusing import OURS, check, refusal
from vzdomain import errors

STRANGE = "this element is not supported; remove it, or set strict to False to ignore it"
STRANGE_ATTRIBUTE = "this attribute is not supported; remove it, or set strict to False to ignore it"
CTID = "use a number from 1 to 2147483644"


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
            "<devices><filesystem type='template' model='virtio'><source name='x'/></filesystem></devices>",
            "domain/devices/filesystem/@model",
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
