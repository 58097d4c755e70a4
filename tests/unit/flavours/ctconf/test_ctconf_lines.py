"""Lines of container configuration files, as recorded runs of vzctl 4.11 read them."""

import pytest
from conf_readers import read
from hypothesis import given
from hypothesis import strategies as st
from library import UUID
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import PARAMETERS
from vzdomain.model.domain import Interface, Limit


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
        ("KMEMSIZE", "1", "2", "2"),
        ("NETFILTER", "full", "stateful", "stateful"),
        ("VE_LAYOUT", "simfs", "ploop", "ploop"),
        ("MEMINFO", "none", "pages:256", "pages:256"),
        ("IOPRIO", "1", "2", "2"),
        ("IOLIMIT", "1", "2", "2"),
        ("IOPSLIMIT", "1", "2", "2"),
        ("NAMESERVER", "10.0.0.1", "10.0.0.2", "10.0.0.1 10.0.0.2"),
        ("FEATURES", "nfs:on", "ppp:on", "nfs:on ppp:on"),
        ("CAPABILITY", "KILL:on", "CHOWN:off", "KILL:on CHOWN:off"),
    ],
)
def test_of_two_lines_with_one_key_vzctl_has_its_favourite(key, first, second, value):
    assert ctconf.parse(f'{key}="{first}"\n  {key}="{second}"\n').get(key) == value


@pytest.mark.parametrize(
    ("lines", "field", "value"),
    [
        (["CPUS=two", "CPUS=2"], "vcpu", 2),
        (["NAME=a:b", "NAME=web"], "name", "web"),
        (["NAME=", "NAME=web"], "name", "501"),
        (["CAPABILITY=KILL:ON CHOWN:on"], "capabilities", None),
        (["CPUS=0", "CPUS=2"], "vcpu", None),
        (["ONBOOT=YES", "ONBOOT=yes"], "onboot", True),
        (["DESCRIPTION=", "DESCRIPTION=x"], "description", None),
        (["NETIF=", "NETIF=ifname=eth0"], "interfaces", (Interface(guest="eth0"),)),
        (["NETFILTER=full", "NETFILTER=some"], "netfilter", "full"),
        (["IOLIMIT=1", "IOLIMIT=3.5M"], "iolimit", 1),
        (["KMEMSIZE=1", "KMEMSIZE=x"], "kmemsize", Limit(1, 1)),
        (["IP_ADDRESS=10.0.0.1 x 10.0.0.2", "IP_ADDRESS=10.0.0.3"], "addresses", ("10.0.0.1", "10.0.0.3")),
        (["IP_ADDRESS=10.0.0.1", "IP_ADDRESS=10.0.0.1/24"], "addresses", ("10.0.0.1",)),
        (["NETDEV=eth2", "NETDEV=eth1 eth2"], "hostdevs", ("eth1", "eth2")),
        (["NAMESERVER=inherit 10.0.0.1", "NAMESERVER=10.0.0.1 ::1"], "nameserver", ("inherit", "10.0.0.1", "::1")),
        (["FEATURES=nfs:off", "FEATURES=nfs:on"], "features", (("nfs", "on"),)),
        (["FEATURES=nfs:on", "FEATURES=nfs:off"], "features", (("nfs", "on"),)),
        (["CAPABILITY=KILL:off", "CAPABILITY=KILL:off"], "capabilities", (("kill", "off"),)),
        (["DEVNODES=null:r", "DEVNODES=null:rw zero:r"], "devnodes", (("null", "rw"), ("zero", "r"))),
        (["IPTABLES=ip_tables", "IPTABLES=ipt_state"], "iptables", ("ip_conntrack", "ip_tables", "ipt_state")),
        (["PCI=00:1f.0", "PCI=0000:00:1f.0 00:1a.1"], "pci", ("0000:00:1a.1", "0000:00:1f.0")),
    ],
)
def test_a_line_that_vzctl_skips_is_as_good_as_none_and_lists_are_merged(lines, field, value):
    assert read("\n".join(lines), field) == value


def test_bytes_that_are_not_utf8_come_through():
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
    assert ctconf.parse(text).private(501, {"VE_PRIVATE": "/default/$VEID"}) == path


def test_a_line_that_many_files_have_is_understood_once(monkeypatch):
    read_ = []
    kind = PARAMETERS["kmemsize"].kind
    monkeypatch.setattr(type(kind), "read", lambda _self, text: read_.append(text) or Limit(1, 2))
    for ctid in range(101, 111):
        ctconf.domain(ctconf.parse(f'KMEMSIZE="14372701:14790165"\nHOSTNAME="web{ctid}"\n'), ctid)

    assert read_ == ["14372701:14790165"]


@given(st.text())
def test_any_text_is_read_without_an_error(text):
    ctconf.domain(ctconf.parse(text), 501)
