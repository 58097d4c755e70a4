"""What documents say, in both dialects, and how domains are written."""

from pathlib import Path

import pytest
from vzdomain import errors
from vzdomain.document import codec
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain, Interface, Limit
from vzdomain.model.units import UNLIMITED

DATA = Path(__file__).parents[1] / "data"
GIB = 1024 * 1024  # KiB

SEED = Domain(
    name="209",
    uuid="8dea22b3-1d52-d8f3-2516-782e98ab8fa0",
    template="fedora-core-5-i386",
    diskspace=Limit(10000, 10000),
    diskinodes=Limit(200000, 200000),
    interfaces=(
        Interface(bridge="eth10", mac="00:16:3e:5d:c7:9e"),
        Interface(bridge="eth11", network="default"),
    ),
    hostdevs=("eth1",),
    addresses=("192.168.122.1", "192.168.122.15"),
)
FINAL = Domain(
    name="web-1",
    uuid="52cbd4bf-1ecf-4ee8-aa31-7f3a20f4d7f9",
    ctid=Ctid("210"),
    title="The web server",
    description="serves example.org & its friends",
    memory=524288,
    swap=262144,
    vcpu=2,
    init="/sbin/init",
    template="debian-12-x86_64",
    diskspace=Limit(10 * GIB, 11 * GIB),
    diskinodes=Limit(180000, 200000),
    interfaces=(
        Interface(bridge="br0", mac="00:18:51:aa:bb:01", target="veth210.0", guest="eth0"),
        Interface(network="default", bridge="virbr0"),
        Interface(),
    ),
    hostdevs=("eth1", "eth2"),
    addresses=("10.7.0.1", "fd00::1/64"),
)


def parse(body, **options):
    """Read `body` as the inside of a domain whose name is 209."""
    return codec.parse(f"<domain type='openvz'><name>209</name>{body}</domain>", **options)


def devices(body):
    return parse(f"<devices>{body}</devices>").domain


def test_the_proposal_of_2008_is_read_as_it_was_posted():
    document = codec.parse((DATA / "seed.xml").read_text())

    assert document.domain == SEED
    assert document.warnings == (
        "line 28, column 19 domain/devices/interface[4]/mac: "
        "a routed interface has no MAC address on OpenVZ; this one is not used",
    )


def test_a_document_of_todays_libvirt_is_read():
    document = codec.parse((DATA / "final.xml").read_text())

    assert document.domain == FINAL
    assert document.warnings == (
        "line 1, column 1 domain: the attribute id is ignored; the CTID is in <name>",
        "line 18, column 5 domain/os/type: arch has no effect on OpenVZ; the template decides",
        "line 21, column 3 domain/clock: has no effect on OpenVZ",
        "line 22, column 3 domain/on_poweroff: has no effect on OpenVZ",
        "line 23, column 3 domain/on_reboot: has no effect on OpenVZ",
        "line 24, column 3 domain/on_crash: has no effect on OpenVZ",
    )


def test_the_proposal_is_written_in_its_own_words():
    assert codec.render(SEED, "2008") == (DATA / "seed-2008.xml").read_text()


def test_the_proposal_is_written_in_libvirts_words():
    assert codec.render(SEED, "libvirt") == (DATA / "seed-libvirt.xml").read_text()


def test_a_domain_that_says_little_is_written_in_few_lines():
    assert codec.render(Domain(name="209")) == '<domain type="openvz">\n  <name>209</name>\n</domain>\n'


def test_libvirts_words_are_the_default():
    assert codec.render(SEED) == codec.render(SEED, "libvirt")


@pytest.mark.parametrize("dialect", ["", "xml", None, 2008])
def test_an_unknown_dialect_is_refused(dialect):
    with pytest.raises(errors.OpenVZError, match="use libvirt or 2008"):
        codec.render(SEED, dialect)


def test_what_is_not_said_is_none():
    assert parse("").domain == Domain(name="209")
    assert devices("") == Domain(name="209")


@pytest.mark.parametrize(
    ("name", "kept"),
    [("209", "209"), ("0209", "209"), (" 209\n", "209"), ("2147483644", "2147483644"), ("web 1.example-a+b_c", None)],
)
def test_a_name_of_digits_is_the_ctid(name, kept):
    domain = codec.parse(f"<domain type='openvz'><name>{name}</name></domain>").domain

    assert domain.name == (kept or name)
    assert domain.stated_ctid == kept


def test_a_ctid_in_the_metadata_of_a_numbered_domain_adds_nothing():
    metadata = f"<metadata><v:ctid xmlns:v='{codec.NAMESPACE}'>0209</v:ctid></metadata>"

    assert parse(metadata).domain == Domain(name="209")


@pytest.mark.parametrize("uuid", ["8DEA22B31D52D8F32516782E98AB8FA0", "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"])
def test_a_uuid_has_one_form(uuid):
    assert parse(f"<uuid>{uuid}</uuid>").domain.uuid == "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"


@pytest.mark.parametrize(
    ("memory", "kib"),
    [
        ("<memory>262144</memory>", 262144),
        ("<memory unit='MiB'>512</memory>", 524288),
        ("<memory unit='GB'>1</memory>", 976563),
        ("<memory unit='bytes'>1025</memory>", 2),
        ("<memory unit='KiB'>9007199254740991</memory>", UNLIMITED),
        (f"<memory>{'9' * 40}</memory>", UNLIMITED),
    ],
)
def test_memory_counts_kib(memory, kib):
    assert parse(memory).domain.memory == kib


@pytest.mark.parametrize(("total", "swap"), [(524288, 0), (786432, 262144), (9007199254740991, UNLIMITED)])
def test_swap_is_what_goes_beyond_memory(total, swap):
    memtune = f"<memtune><swap_hard_limit>{total}</swap_hard_limit></memtune>"

    assert parse(f"<memory unit='MiB'>512</memory>{memtune}").domain.swap == swap


@pytest.mark.parametrize(
    ("limits", "diskspace"),
    [
        ("<quota type='size' max='10000'/>", Limit(10000, 10000)),
        ("<quota type='size' max='9007199254740991'/>", Limit(UNLIMITED, UNLIMITED)),
        ("<space_hard_limit>1025</space_hard_limit>", Limit(2, 2)),
        (
            "<space_hard_limit unit='MiB'>2</space_hard_limit><space_soft_limit unit='MiB'>1</space_soft_limit>",
            Limit(1024, 2048),
        ),
        ("<quota type='size' max='1024'/><space_hard_limit unit='MiB'>1</space_hard_limit>", Limit(1024, 1024)),
    ],
)
def test_disk_space_is_said_in_blocks_or_in_bytes(limits, diskspace):
    domain = devices(f"<filesystem type='template'><source name='x'/>{limits}</filesystem>")

    assert domain == Domain(name="209", template="x", diskspace=diskspace)


def test_disk_limits_without_a_template_are_said_in_the_metadata():
    domain = Domain(name="209", diskspace=Limit(900, 1000), diskinodes=Limit(90, 100))

    for dialect in codec.DIALECTS:
        assert "filesystem" not in codec.render(domain, dialect)
        assert codec.parse(codec.render(domain, dialect)).domain == domain


def test_limits_beyond_what_vzctl_can_count_are_not_limits():
    diskspace = f"<v:diskspace xmlns:v='{codec.NAMESPACE}' soft='1' hard='9007199254740991'/>"
    diskinodes = f"<v:diskinodes xmlns:v='{codec.NAMESPACE}' hard='{'9' * 40}'/>"

    domain = parse(f"<metadata>{diskspace}{diskinodes}</metadata>").domain

    assert domain == Domain(name="209", diskspace=Limit(1, UNLIMITED), diskinodes=Limit(UNLIMITED, UNLIMITED))


def test_equal_inodes_in_quota_and_metadata_are_one_limit():
    filesystem = "<filesystem type='template'><source name='x'/><quota type='inodes' max='7'/></filesystem>"
    metadata = f"<metadata><v:diskinodes xmlns:v='{codec.NAMESPACE}' hard='7'/></metadata>"

    assert parse(f"{metadata}<devices>{filesystem}</devices>").domain.diskinodes == Limit(7, 7)


@pytest.mark.parametrize(
    ("xml", "interface"),
    [
        ("<interface type='bridge'><source bridge='br0'/></interface>", Interface(bridge="br0")),
        (
            "<interface type='bridge'><target type='network'><source network='lan'/></target></interface>",
            Interface(network="lan"),
        ),
        ("<interface type='network'><source network='lan'/></interface>", Interface(network="lan")),
        ("<interface type='ethernet'><guest dev='eth3'/></interface>", Interface(guest="eth3")),
        ("<interface type='ethernet'><target dev='v3'/>//for nobody</interface>", Interface(target="v3")),
    ],
)
def test_a_veth_pair_is_told_by_its_children(xml, interface):
    assert devices(xml) == Domain(name="209", interfaces=(interface,))


@pytest.mark.parametrize(
    ("ip", "address"),
    [
        ("address='10.0.0.1'", "10.0.0.1"),
        ("address='10.0.0.1' prefix='32' family='ipv4'", "10.0.0.1"),
        ("address='10.0.0.1' prefix='24'", "10.0.0.1/24"),
        ("address='2001:DB8:0:0::0001'", "2001:db8::1"),
        ("address='2001:db8::1' prefix='128' family='ipv6'", "2001:db8::1"),
        ("address='2001:db8::1' prefix='64'", "2001:db8::1/64"),
    ],
)
def test_an_address_has_one_form(ip, address):
    for kind in ("route", "ethernet"):
        assert devices(f"<interface type='{kind}'><ip {ip}/></interface>") == Domain(name="209", addresses=(address,))


def test_routed_interfaces_are_one_list_without_repetition():
    first = "<interface type='route'><ip address='10.0.0.2'/><ip address='10.0.0.1'/></interface>"
    second = "<interface type='ethernet'><ip address='10.0.0.1'/><ip address='::1'/></interface>"

    assert devices(first + second).addresses == ("10.0.0.2", "10.0.0.1", "::1")


def test_a_routed_interface_without_addresses_owns_an_empty_list():
    assert devices("<interface type='route'/>") == Domain(name="209", addresses=())


@pytest.mark.parametrize(
    ("hostdev", "devnodes"),
    [
        ("type='misc'><source><char>/dev/net/tun</char></source>", (("net/tun", "rw"),)),
        ("type='storage'><source><block>/dev/sda1</block></source>", (("sda1", "rw"),)),
        ("type='misc'><source><char> /dev/null\n</char></source>", (("null", "rw"),)),
    ],
)
def test_a_device_node_is_passed_through_for_reading_and_writing(hostdev, devnodes):
    assert devices(f"<hostdev mode='capabilities' {hostdev}</hostdev>") == Domain(name="209", devnodes=devnodes)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("net/tun", '<hostdev mode="capabilities" type="misc"><source><char>/dev/net/tun</char></source></hostdev>'),
        ("vda", '<hostdev mode="capabilities" type="storage"><source><block>/dev/vda</block></source></hostdev>'),
        ("mapper/vg-a", "<block>/dev/mapper/vg-a</block>"),
        ("nvme0n1", "<block>/dev/nvme0n1</block>"),
        ("vhost-net", "<char>/dev/vhost-net</char>"),
        ("sg0", "<char>/dev/sg0</char>"),
    ],
)
def test_a_device_node_is_written_as_the_kind_of_device_that_its_name_tells(name, written):
    text = codec.render(Domain(name="209", devnodes=((name, "rw"),)))

    assert written in "".join(line.strip() for line in text.splitlines())


def test_a_mounted_directory_is_the_private_area():
    filesystem = "<filesystem type='mount'><source dir='/srv/209'/><target dir='/'/></filesystem>"

    assert devices(filesystem) == devices(filesystem.replace(" type='mount'", "")) == Domain("209", private="/srv/209")


def test_devices_of_the_node_come_from_both_forms():
    old = "<interface type='network'><host class='network' dev='eth2'/></interface>"
    new = "<hostdev mode='capabilities' type='net'><source><interface>eth1</interface></source></hostdev>"

    assert devices(old + new).hostdevs == ("eth1", "eth2")


def test_comments_and_instructions_and_stray_text_mean_nothing():
    body = "loose <!-- <memory>1</memory> --> ends <?php?><uuid>8dea22b31d52d8f3<!-- -->2516782e98ab8fa0</uuid>"

    assert parse(body) == codec.Document(Domain(name="209", uuid=SEED.uuid))


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "no-such-thing"])
def test_an_encoding_declaration_means_nothing_in_text(encoding):
    text = "<domain type='openvz'><name>209</name><title>\u00e9\u4e2d</title></domain>"

    assert codec.parse(f"<?xml version='1.0' encoding='{encoding}'?>{text}").domain.title == "\u00e9\u4e2d"


def test_an_empty_description_empties_it_and_an_empty_title_is_none():
    assert parse("<title/><description/>").domain == Domain(name="209", description="")


TEXT = 'leave out line breaks, control characters, \\, ", $ and `'
PROSE = f"cannot be stored in vzctl's configuration file; {TEXT}"


@pytest.mark.parametrize(
    ("body", "field", "kept", "path", "message"),
    [
        ("<title>a\tb</title>", "title", "a\tb", "domain/title", f"'\\t' {PROSE}"),
        ("<description>a\nb</description>", "description", "a\nb", "domain/description", f"'\\n' {PROSE}"),
        ('<description>"</description>', "description", '"', "domain/description", f"'\"' {PROSE}"),
        ("<description>\\</description>", "description", "\\", "domain/description", f"'\\\\' {PROSE}"),
        ("<description>$(x)</description>", "description", "$(x)", "domain/description", f"'$' {PROSE}"),
        ("<description>`x`</description>", "description", "`x`", "domain/description", f"'`' {PROSE}"),
        (
            f"<description>{'x' * 4097}</description>",
            "description",
            "x" * 4097,
            "domain/description",
            "a text of 4097 characters is too long; the limit is 4096",
        ),
        (
            "<devices><filesystem type='template'><source name='../x'/></filesystem></devices>",
            "template",
            "../x",
            "domain/devices/filesystem/source/@name",
            "'../x' is not a valid OS template name; use letters, digits and _ . + -",
        ),
        (
            "<devices><filesystem type='mount'><source dir='srv'/></filesystem></devices>",
            "private",
            "srv",
            "domain/devices/filesystem/source/@dir",
            "'srv' is not an absolute path of letters, digits and _ . + @ , = ~ -",
        ),
        (
            "<vcpu>2147483648</vcpu>",
            "vcpu",
            2147483648,
            "domain/vcpu",
            "2147483648 is out of range; vzctl takes 0 to 2147483647",
        ),
    ],
)
def test_a_text_that_vzctl_could_not_keep_is_read_with_the_error_for_writing_it(body, field, kept, path, message):
    document = parse("\n" + body)

    assert getattr(document.domain, field) == kept
    assert list(document.unwritable) == [field]
    error = document.unwritable[field]
    assert (error.line, error.path, error.message) == (2, path, message)
    assert str(error).startswith(f"line 2, column {error.column} {path}: ")


@pytest.mark.parametrize(
    ("child", "message"),
    [
        ("<target dev='veth209.0'/>", "the node's device veth209.0 is already in line 1; keep one"),
        (
            "<mac address='02:16:3E:5D:C7:9E'/>",
            "the MAC address 02:16:3e:5d:c7:9e is already in line 1; keep one",
        ),
    ],
)
def test_two_veth_pairs_may_share_what_vzctl_cannot_give_to_both(child, message):
    pair = f"<interface type='ethernet'>{child}</interface>"

    document = parse(f"<devices>{pair}\n{pair.lower()}</devices>")

    assert len(document.domain.interfaces) == 2
    assert list(document.unwritable) == ["interfaces"]
    error = document.unwritable["interfaces"]
    assert (error.line, error.path, error.message) == (2, "domain/devices/interface[2]", message)


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (
            "<devices><filesystem type='template'><source name='x'/><space_hard_limit>1024</space_hard_limit>\n"
            "<space_soft_limit>4096</space_soft_limit></filesystem></devices>",
            "domain/devices/filesystem/space_soft_limit",
            "soft 4 is above hard 1 (in KiB)",
        ),
        (
            f"<metadata xmlns:openvz='{codec.NAMESPACE}'>\n<openvz:diskinodes soft='8' hard='7'/></metadata>",
            "domain/metadata/openvz:diskinodes",
            "soft 8 is above hard 7 (in inodes)",
        ),
        (
            f"<metadata xmlns:openvz='{codec.NAMESPACE}'>\n<openvz:kmemsize barrier='2' limit='1'/></metadata>",
            "domain/metadata/openvz:kmemsize",
            "barrier 2 is above limit 1 (in bytes)",
        ),
        (
            "<memtune><hard_limit unit='MiB'>256</hard_limit>\n<soft_limit unit='MiB'>272</soft_limit></memtune>",
            "domain/memtune/soft_limit",
            "barrier 69632 is above limit 65536 (in pages)",
        ),
    ],
)
def test_a_soft_limit_above_the_hard_one_is_kept_with_a_word(body, path, message):
    (warning,) = [warning for warning in parse(body).warnings if "is above" in warning]

    assert warning.startswith("line 2, column ")
    assert warning.endswith(f" {path}: {message}")


def test_a_lenient_reader_passes_over_what_it_does_not_understand():
    document = parse(
        "<cpu mode='x'/>\n<devices><interface type='bridge' x='1'><source bridge='br0'/></interface></devices>",
        strict=False,
    )

    assert document.domain == Domain(name="209", interfaces=(Interface(bridge="br0"),))
    assert document.warnings == (
        "line 1, column 39 domain/cpu: this element is not supported; remove it, or set strict to False to ignore it",
        "line 2, column 10 domain/devices/interface/@x: "
        "this attribute is not supported; remove it, or set strict to False to ignore it",
    )


def test_a_lenient_reader_still_refuses_what_is_wrong():
    with pytest.raises(errors.DocumentError, match="0 is not a size"):
        parse("<memory>0</memory>", strict=False)


def test_no_memory_is_for_its_beancounter_to_say():
    domain = Domain(name="209", memory=0, physpages=Limit(0, 0))

    assert codec.parse(codec.render(domain)).domain == Domain(name="209", physpages=Limit(0, 0))
    with pytest.raises(errors.OpenVZError, match="a document cannot express this: memory"):
        codec.render(Domain(name="209", memory=0))


def test_unlimited_is_written_in_numbers_that_libvirt_can_hold():
    text = codec.render(Domain(name="209", memory=UNLIMITED, template="x", diskspace=Limit(1, UNLIMITED)))

    assert '<memory unit="KiB">9007199254740991</memory>' in text
    assert '<space_hard_limit unit="bytes">9223372036854775807</space_hard_limit>' in text
    assert '<space_soft_limit unit="bytes">1024</space_soft_limit>' in text


def test_text_that_xml_cannot_hold_is_still_written():
    text = codec.render(Domain(name="209", description="a\0b\x1b\udcff<&>"))

    assert "<description>a\ufffdb\ufffd\ufffd&lt;&amp;&gt;</description>" in text
