"""Container configuration files: every line as recorded runs of vzctl 4.11 read it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library import OTHER_UUID, UUID
from vzdomain import ctconf
from vzdomain.domain import Domain, Limit
from vzdomain.units import UNLIMITED

CONFS = Path(__file__).parent / "data" / "conf"


def description(text):
    return ctconf.parse(text).get("DESCRIPTION")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('DESCRIPTION="plain"', "plain"),
        ("DESCRIPTION=plain", "plain"),
        ("DESCRIPTION=two words", "two words"),
        ("DESCRIPTION='single'", "'single'"),
        ('DESCRIPTION=""', ""),
        ("DESCRIPTION=", ""),
        ('   DESCRIPTION="x"', "x"),
        ('\tDESCRIPTION="x"', "x"),
        ('DESCRIPTION= "x"', ' "x"'),
        ('DESCRIPTION="x" # note', "x"),
        ("DESCRIPTION=x # note", "x # note"),
        ("DESCRIPTION=x#note", "x#note"),
        ('DESCRIPTION="a # b"', "a # b"),
        ('DESCRIPTION="x" y z', "x"),
        ('DESCRIPTION="say "hi" there"', 'say "hi" there'),
        (r'DESCRIPTION="say \"hi\" there"', 'say "hi" there'),
        (r'DESCRIPTION="a\nb\\c"', r"anb\c"),
        (r"DESCRIPTION=a\nb", "anb"),
        ('DESCRIPTION=open"', 'open"'),
        ('DESCRIPTION="x"; CPUS="2"', 'x"; CPUS="2'),
        ('DESCRIPTION="a=b"', "a=b"),
        ("DESCRIPTION=a=b", "a=b"),
        ('DESCRIPTION="x"   ', "x"),
        ('DESCRIPTION="x"\r', "x"),
        ("DESCRIPTION=x\r", "x"),
        ('DESCRIPTION=" x "', " x "),
        ('DESCRIPTION="a\tb"', "a\tb"),
        ('DESCRIPTION="grüße"', "grüße"),
        ('DESCRIPTION="$VEID"', "$VEID"),
        ('DESCRIPTION="' + "d" * 20000 + '"', "d" * 20000),
        ('DESCRIPTION="x"\nDESCRIPTION="y"', "x"),
        ('DESCRIPTION="a\vb"', "a\vb"),
        ("DESCRIPTION=a\xa0", "a\xa0"),
        ("DESCRIPTION=a\x85b", "a\x85b"),
        ("DESCRIPTION=a\x0cONBOOT=yes", "a\x0cONBOOT=yes"),
    ],
)
def test_a_value_is_what_vzctl_takes(line, value):
    assert description(line + "\n") == value
    assert description(line) == value


@pytest.mark.parametrize(
    "line",
    [
        'DESCRIPTION="open',
        'DESCRIPTION="a \\\nb"',
        'DESCRIPTION="a\nb"',
        'DESCRIPTION="a\0b"',
        "DESCRIPTION",
        'DESCRIPTION = "x"',
        'DESCRIPTION ="x"',
        '#DESCRIPTION="x"',
        '  # DESCRIPTION="x"',
        ';DESCRIPTION="x"',
        'export DESCRIPTION="x"',
        '\ufeffDESCRIPTION="x"',
        '\xa0DESCRIPTION="x"',
        'description="x"',
        'Description="x"',
    ],
)
def test_a_line_that_vzctl_skips_says_nothing(line):
    assert description(f'{line}\nHOSTNAME="after"\n') is None
    assert ctconf.parse(f'{line}\nHOSTNAME="after"\n').get("HOSTNAME") == "after"


@pytest.mark.parametrize(("length", "found"), [(511, True), (512, False)])
def test_a_key_of_512_characters_is_skipped(length, found):
    assert ("X" * length in ctconf.parse("X" * length + '="x"\n').values) is found


@pytest.mark.parametrize(
    ("key", "first", "second", "value"),
    [
        ("NAME", "one", "two", "one"),
        ("DESCRIPTION", "one", "two", "one"),
        ("CPUS", "1", "2", "1"),
        ("ONBOOT", "yes", "no", "yes"),
        ("DISABLED", "yes", "no", "yes"),
        ("OSTEMPLATE", "one", "two", "one"),
        ("DISKSPACE", "1G", "2G", "1G"),
        ("NETIF", "ifname=eth0", "ifname=eth1", "ifname=eth0"),
        ("IP_ADDRESS", "10.0.0.1", "10.0.0.2", "10.0.0.1 10.0.0.2"),
        ("PHYSPAGES", "0:256M", "0:512M", "0:512M"),
        ("SWAPPAGES", "0:256M", "0:512M", "0:512M"),
    ],
)
def test_of_two_lines_with_one_key_vzctl_has_its_favourite(key, first, second, value):
    assert ctconf.parse(f'{key}="{first}"\n  {key}="{second}"\n').get(key) == value


def test_bytes_that_are_no_utf8_come_through():
    text = b'DESCRIPTION="gr\xfc"\n'.decode("utf-8", "surrogateescape")

    assert description(text).encode("utf-8", "surrogateescape") == b"gr\xfc"
    assert ctconf.with_comments(text, UUID=UUID).encode("utf-8", "surrogateescape").startswith(b'DESCRIPTION="gr\xfc"')


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('VE_PRIVATE="/vz/private/$VEID"\n', "/vz/private/501"),
        ('VE_PRIVATE="/vz/private/${VEID}"\n', "/vz/private/501"),
        ('VE_PRIVATE="/vz/$VEID/$VEID"\n', "/vz/501/$VEID"),
        ('VE_PRIVATE="/other"\n', "/other"),
        ('VEID="777"\n', "/default/501"),
        ("", "/default/501"),
    ],
)
def test_the_ctid_is_put_into_a_path_once(text, path):
    assert ctconf.parse(text).path("VE_PRIVATE", 501, "/default/$VEID") == path


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ('PHYSPAGES="0:256M"', "memory", 262144),
        ('PHYSPAGES="65536"', "memory", 262144),
        ('PHYSPAGES="0:131072P"', "memory", 524288),
        ('PHYSPAGES="0:unlimited"', "memory", UNLIMITED),
        ('PHYSPAGES="0:9223372036854775807"', "memory", UNLIMITED),
        ('PHYSPAGES="0:2251799813685248"', "memory", UNLIMITED),  # what --ram unlimited writes
        ('PHYSPAGES="0:2147483647"', "memory", 8589934588),
        ('PHYSPAGES="0:4097B"', "memory", 4),
        ('PHYSPAGES="huge"', "memory", None),
        ('PHYSPAGES=""', "memory", None),
        ('PHYSPAGES="1:2:3"', "memory", None),
        ('SWAPPAGES="0"', "swap", 0),
        ('SWAPPAGES="0:512M"', "swap", 524288),
        ('SWAPPAGES="0:unlimited"', "swap", UNLIMITED),
        ('DISKSPACE="2G:2.2G"', "diskspace", Limit(2097152, 2306867)),
        ('DISKSPACE="2g:3g"', "diskspace", Limit(2097152, 3145728)),
        ('DISKSPACE="1048576"', "diskspace", Limit(1048576, 1048576)),
        ('DISKSPACE="100000B"', "diskspace", Limit(97, 97)),
        ('DISKSPACE="256P"', "diskspace", Limit(1024, 1024)),
        ('DISKSPACE="1.5"', "diskspace", Limit(1, 1)),
        ('DISKSPACE="huge"', "diskspace", None),
        ('DISKSPACE="unlimited:unlimited"', "diskspace", None),
        ('DISKSPACE="10G:unlimited"', "diskspace", None),
        ('DISKINODES="200000"', "diskinodes", Limit(200000, 200000)),
        ('DISKINODES="131072:144179"', "diskinodes", Limit(131072, 144179)),
        ('DISKINODES="2.5k"', "diskinodes", Limit(2560, 2560)),
        ('DISKINODES="200000:unlimited"', "diskinodes", None),
        ('CPUS="2"', "vcpu", 2),
        ('CPUS="0"', "vcpu", None),
        ('CPUS="two"', "vcpu", None),
        ('CPUS=" 2 "', "vcpu", None),
        ('DESCRIPTION=""', "description", None),
        ('OSTEMPLATE="debian-12-x86_64"', "template", "debian-12-x86_64"),
        ('IP_ADDRESS="10.0.0.1\t10.0.0.2   10.0.0.3"', "addresses", ("10.0.0.1", "10.0.0.2", "10.0.0.3")),
        ('IP_ADDRESS="10.0.0.1 nonsense 10.0.0.2"', "addresses", ("10.0.0.1",)),
        ('IP_ADDRESS="0.0.0.0 10.0.0.1"', "addresses", ("10.0.0.1",)),
        ('IP_ADDRESS=":: fd00::1"', "addresses", ("fd00::1",)),
        ('IP_ADDRESS="10.0.0.1 10.0.0.1"', "addresses", ("10.0.0.1",)),
        ('IP_ADDRESS="10.0.0.1,10.0.0.2"', "addresses", ()),
        ('IP_ADDRESS="10.0.0.1/255.0.0.0 10.0.0.2"', "addresses", ()),
        ('IP_ADDRESS="10.1.0.1/24 10.1.0.2/32"', "addresses", ("10.1.0.1/24", "10.1.0.2")),
        ('IP_ADDRESS="2001:DB8:0:0:0:0:0:1/64"', "addresses", ("2001:db8::1/64",)),
        ('IP_ADDRESS=""', "addresses", ()),
        ('NETDEV="eth8 eth7"', "hostdevs", ("eth7", "eth8")),
        ('NETDEV=""', "hostdevs", ()),
        ('NETIF=""', "interfaces", ()),
    ],
)
def test_a_key_means_what_vzctl_makes_of_it(line, field, value):
    assert getattr(ctconf.domain(ctconf.parse(line + "\n"), 501), field) == value


def test_a_created_container_is_read_whole():
    live = ctconf.domain(ctconf.parse((CONFS / "created.conf").read_text()), 203)

    assert live == Domain(
        name="web203",
        ctid=203,
        memory=262144,
        swap=524288,
        init="/sbin/init",
        template="busybox-x86_64",
        diskspace=Limit(1048576, 1126400),
        diskinodes=Limit(50000, 55000),
        interfaces=(),
        hostdevs=(),
        addresses=("10.0.0.203", "fd00::203"),
    )


def test_a_beancounter_sample_has_no_swap():
    live = ctconf.domain(ctconf.parse((CONFS / "beancounters.conf-sample").read_text()), 203)

    assert (live.memory, live.swap) == (UNLIMITED, None)
    assert live.diskspace == Limit(2097152, 2306867)


@pytest.mark.parametrize(("name", "expected"), [("web", ("web", 203)), ("", ("203", None)), ("7", ("203", None))])
def test_a_numeric_name_is_none_to_vzctl(name, expected):
    live = ctconf.domain(ctconf.parse(f'NAME="{name}"\n'), 203)

    assert (live.name, live.ctid) == expected


@pytest.mark.parametrize(
    ("line", "uuid"),
    [
        (f"#UUID: {UUID}", UUID),
        (f"  #  UUID :{UUID}  \r", UUID),
        (f"#UUID: {UUID.upper()}", UUID),
        (f"#UUID: {UUID.replace('-', '')}", UUID),
        ("#UUID: nonsense", "nonsense"),
        (f'UUID="{UUID}"', None),
        (f"#uuid: {UUID}", None),
        (f"#UUID {UUID}", None),
    ],
)
def test_a_uuid_is_read_from_a_comment_in_any_spelling(line, uuid):
    assert ctconf.domain(ctconf.parse(line + "\n"), 501).uuid == uuid


@pytest.mark.parametrize(
    ("text", "managed"),
    [
        ("#SALT-OPENVZ: managed\n", True),
        ("#SALT-OPENVZ: managed", True),
        ("#SALT-OPENVZ: no\n", False),
        ('SALT-OPENVZ="managed"\n', False),
        ("", False),
    ],
)
def test_the_mark_says_whose_a_container_is(text, managed):
    assert ctconf.parse(text).managed is managed


def test_a_comment_takes_the_place_of_all_of_its_kind():
    text = f'#UUID: {OTHER_UUID}\nCPUS="2"\n  # UUID: again\n#UUIDs: not this one\n'

    assert ctconf.with_comments(text, UUID=UUID) == f'CPUS="2"\n#UUIDs: not this one\n#UUID: {UUID}\n'


def test_a_comment_is_removed_and_a_missing_newline_supplied():
    assert ctconf.with_comments("#TITLE: x\nA=1", TITLE=None) == "A=1"
    assert ctconf.with_comments("A=1", TITLE="x: y") == "A=1\n#TITLE: x: y\n"
    assert ctconf.with_comments("", TITLE="x") == "#TITLE: x\n"


lines = st.text(st.characters(exclude_characters="\n"), max_size=30).filter(lambda line: "#" not in line)
texts = st.lists(lines | st.sampled_from(['CPUS="2"', "# a note", "\r", "\x0c", "\u2028#UUID: no line of its own"]))


@given(texts.map("\n".join), st.uuids().map(str))
def test_all_other_lines_survive_byte_for_byte(text, uuid):
    after = ctconf.with_comments(text, UUID=uuid)

    complete = text if text.endswith("\n") or not text else text + "\n"
    assert after == complete + f"#UUID: {uuid}\n"
    assert ctconf.parse(after).uuid == uuid
    assert ctconf.parse(after).values == ctconf.parse(text).values
    assert ctconf.with_comments(after, UUID=None) == complete


@given(texts.map("\n".join), st.uuids().map(str), st.sampled_from(["a title", "a: b", "grüße #1"]))
def test_writing_comments_twice_is_writing_them_once(text, uuid, title):
    once = ctconf.with_comments(text, UUID=uuid, TITLE=title)

    assert ctconf.with_comments(once, UUID=uuid, TITLE=title) == once
    assert ctconf.parse(once).comments == {"UUID": uuid, "TITLE": title}


@given(st.text())
def test_any_text_is_read_without_an_error(text):
    ctconf.domain(ctconf.parse(text), 501)
