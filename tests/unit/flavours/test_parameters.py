"""The table of parameters of vzctl 4.x: complete, and every word in it vzctl's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import FIELDS
from vzdomain.flavours import LEGACY, SEVEN
from vzdomain.flavours.flavour import EFFECTS, FIRST, LAST, MERGED, NAMED
from vzdomain.flavours.legacy.parameters import BY_KEY, PARAMETERS, TABLE
from vzdomain.model import fields
from vzdomain.model.domain import Interface, Limit
from vzdomain.model.units import UNLIMITED, whole_pages

ROWS = [pytest.param(row, id=row.field) for row in TABLE]

# What vzctl 4.11 --help says.
CREATE_HELP = """
    ostemplate config layout hostname name ipadd diskspace diskinodes private root local_uid local_gid
"""
SET_HELP = """
    save force setmode ram swap ipadd ipdel hostname nameserver searchdomain onboot bootorder userpasswd cpuunits
    cpulimit cpus cpumask nodemask diskspace diskinodes quotatime quotaugidlimit mount_opts offline-resize capability
    devices devnodes netif_add netif_del applyconfig applyconfig_map features name ioprio iolimit iopslimit pci_add
    pci_del iptables disabled stop-timeout numproc numtcpsock numothersock vmguarpages kmemsize tcpsndbuf tcprcvbuf
    othersockbuf dgramrcvbuf oomguarpages lockedpages privvmpages shmpages numfile numflock numpty numsiginfo
    dcachesize numiptent physpages avnumproc swappages
"""
NOT_IN_THE_TABLE = {
    "save": "how a call works, nothing of the container",
    "force": "how a call works, nothing of the container",
    "setmode": "how a call works, nothing of the container",
    "offline-resize": "how a call works, nothing of the container",
    "ipdel": "the other half of ipadd",
    "netif_del": "the other half of netif_add",
    "pci_del": "the other half of pci_add",
    "userpasswd": "argv is public",
    "applyconfig": "a document says what it wants",
    "applyconfig_map": "a document says what it wants",
}

NO_OPTION = {
    "ctid": "the argument of every command",
    "uuid": "a comment of the file",
    "title": "a comment of the file",
    "init": "never another than /sbin/init",
}

# What vzlist 4.11 -L says: those of the container itself, then those of a beancounter or of the disk.
COLUMNS = """
    ctid veid vpsid private root mount_opts origin_sample hostname name smart_name description ostemplate ip nameserver
    searchdomain status laverage uptime cpulimit cpuunits cpus ioprio iolimit iopslimit onboot bootorder layout features
    vswap disabled vm_overcommit netfilter capability
""".split()
COUNTERS = """
    kmemsize lockedpages privvmpages shmpages numproc physpages vmguarpages oomguarpages numtcpsock numflock numpty
    numsiginfo tcpsndbuf tcprcvbuf othersockbuf dgramrcvbuf numothersock dcachesize numfile numiptent swappages
""".split()
COLUMNS += [name + part for name in COUNTERS for part in ("", ".m", ".b", ".l", ".f")]
COLUMNS += [name + part for name in ("diskspace", "diskinodes") for part in ("", ".s", ".h")]
NO_COLUMN = set(
    """
    uuid title init stop_timeout meminfo cpumask cpuweight nodemask local_uid local_gid diskquota quotatime
    quotaugidlimit interfaces hostdevs iptables devnodes devices pci avnumproc
    """.split()
)

# Read in the sources of vzctl 7 to 9: options that are gone, skipped or never saved there.
UNTIL_4 = set(
    """
    stop_timeout cpuweight local_uid local_gid mount_opts diskquota quotatime capabilities numtcpsock numothersock
    tcpsndbuf tcprcvbuf othersockbuf dgramrcvbuf oomguarpages dcachesize
    """.split()
)


def test_a_field_has_one_row_at_most_in_the_order_of_the_fields():
    assert [row.field for row in TABLE] == [field.name for field in fields.FIELDS if field.name in PARAMETERS]
    assert len(TABLE) == len(PARAMETERS)


def test_no_two_rows_share_an_option():
    options = [row.option for row in TABLE if row.option]

    assert sorted(options) == sorted(set(options))


def test_only_memory_shares_its_keys():
    keys = [row.key for row in TABLE if row.key]

    assert sorted(keys) == sorted([*set(keys), "PHYSPAGES", "SWAPPAGES"])


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_an_effect_and_says_which_line_counts(row):
    assert row.effect in EFFECTS
    assert row.lines in (FIRST, LAST, MERGED, NAMED)
    assert row.key is None or {one.lines for one in BY_KEY[row.key]} == {row.lines}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_an_option_and_a_key_or_a_reason(row):
    assert (row.option is None) == (row.key is None) == (row.field in NO_OPTION)
    assert row.option is None or row.option in LEGACY.set | LEGACY.create
    assert not row.create or row.option in LEGACY.create
    assert row.option is None or row.create or row.option in LEGACY.set


@pytest.mark.parametrize("row", ROWS)
def test_a_column_is_one_of_vzlist(row):
    assert (row.column is None) == (row.field in NO_COLUMN)
    assert row.column is None or set(row.column.split(":")) <= set(COLUMNS)
    assert row.column or not row.kernel


def test_which_parameters_later_families_have_no_more_is_known():
    assert PARAMETERS.keys() - SEVEN.parameters.keys() == UNTIL_4 | {"iptables"}
    assert SEVEN.parameter("netfilter", "8.0.25") and not SEVEN.parameter("netfilter", "9.0.1")


@pytest.mark.parametrize(
    ("said", "created"), [(CREATE_HELP, True), (SET_HELP, False)], ids=["vzctl create", "vzctl set"]
)
def test_what_vzctl_offers_is_in_the_table_or_has_a_reason(said, created):
    known = {row.option for row in TABLE if row.create or not created}

    assert set(said.split()) - known - set(NOT_IN_THE_TABLE) == set()
    assert not known & set(NOT_IN_THE_TABLE)


def test_secrets_and_deletion_are_not_options():
    assert not {"userpasswd", "save", "force", "reset_ub"} & (LEGACY.set | LEGACY.create)


@pytest.mark.parametrize(
    ("field", "value", "arguments"),
    [
        ("memory", 524288, ["524288K"]),
        ("memory", UNLIMITED, ["unlimited"]),
        ("swap", 0, ["0K"]),
        ("vcpu", 2, ["2"]),
        ("cpumask", "0-1,4", ["0-1,4"]),
        ("cpulimit", 0, ["0"]),
        ("onboot", False, ["no"]),
        ("vm_overcommit", "1.5", ["1.5"]),
        ("diskspace", Limit(10000, 10000), ["10000:10000"]),
        ("diskspace", Limit(2097152, 2306867), ["2097152:2306867"]),
        ("diskinodes", Limit(180000, 200000), ["180000:200000"]),
        ("iolimit", 10485760, ["10485760B"]),
        ("iopslimit", 100, ["100"]),
        ("description", "two words", ["two words"]),
        ("description", "", [""]),
        ("nameserver", ("10.0.0.1", "inherit"), ["10.0.0.1", "inherit"]),
        ("iptables", ("ip_conntrack", "ip_tables"), ["ip_conntrack", "ip_tables"]),
        ("features", (("nfs", "on"), ("ppp", "off")), ["nfs:on", "ppp:off"]),
        ("capabilities", (("net_admin", "on"),), ["net_admin:on"]),
        ("devnodes", (("net/tun", "rw"), ("null", "none")), ["net/tun:rw", "null:none"]),
        ("devices", (("b:8:all", "r"),), ["b:8:all:r"]),
        ("pci", ("0000:00:1f.0",), ["0000:00:1f.0"]),
        ("numproc", Limit(240, UNLIMITED), ["240:unlimited"]),
        ("kmemsize", Limit(14372700, 14790164), ["14372700:14790164"]),
    ],
)
def test_a_value_becomes_an_argument_for_each_time_that_the_option_is_given(field, value, arguments):
    assert PARAMETERS[field].write(value) == arguments


FILED = [row for row in TABLE if row.key and row.field not in ("name", "interfaces")]


@pytest.mark.parametrize("row", FILED, ids=lambda row: row.field)
@settings(max_examples=30)
@given(data=st.data())
def test_what_an_option_is_given_is_what_the_file_says(row, data):
    value = data.draw(FIELDS[row.field])
    if row.field in ("memory", "swap"):
        value = whole_pages(value)

    assert row.kind.same(value, row.read(" ".join(row.write(value))))
    assert row.kind.same(value, row.kind.merged_over(value, None))


@pytest.mark.parametrize("row", ROWS)
def test_a_key_that_is_not_there_says_nothing(row):
    assert row.read(None) is None


def test_a_netif_is_read_in_the_order_of_the_file():
    text = (
        "ifname=eth1,bridge=br1,mac=00:18:51:AA:BB:01,host_ifname=veth301.1,host_mac=00:18:51:AA:BB:11,mac_filter=off;"
        "ifname=eth0;"
    )

    assert PARAMETERS["interfaces"].read(text) == (
        Interface(
            bridge="br1",
            mac="00:18:51:aa:bb:01",
            target="veth301.1",
            guest="eth1",
            host_mac="00:18:51:aa:bb:11",
            mac_filter=False,
        ),
        Interface(guest="eth0"),
    )


@pytest.mark.parametrize(
    ("text", "interfaces"),
    [
        ("", ()),
        ("mac=00:18:51:AA:BB:01", ()),
        ("ifname=eth0,foo=bar,mac=00:18:51:aa:bb:cc", (Interface(mac="00:18:51:aa:bb:cc", guest="eth0"),)),
        ("ifname=eth0,bridge=", (Interface(guest="eth0"),)),
        ("ifname=eth0;ifname=eth0,bridge=br0", (Interface(guest="eth0"),)),
    ],
)
def test_a_netif_says_no_more_than_it_says(text, interfaces):
    assert PARAMETERS["interfaces"].read(text) == interfaces
