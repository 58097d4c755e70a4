"""Container configuration files: every line as recorded runs of vzctl 4.11 read it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library import OTHER_UUID, UUID
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import PARAMETERS
from vzdomain.model.domain import Domain, Interface, Limit
from vzdomain.model.units import UNLIMITED

CONFS = Path(__file__).parents[1] / "data" / "conf"


def description(text):
    return ctconf.parse(text).get("DESCRIPTION")


def read(text, field):
    return getattr(ctconf.domain(ctconf.parse(text), 501), field)


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
    assert ctconf.parse(text).path("VE_PRIVATE", 501, "/default/$VEID") == path


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ('PHYSPAGES="0:256M"', "memory", 262144),
        ('PHYSPAGES="65536"', "memory", 262144),
        ('PHYSPAGES="0:131072P"', "memory", 524288),
        ('PHYSPAGES="0:2251799813685248"', "memory", UNLIMITED),  # what --ram unlimited writes
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
        ('IP_ADDRESS=":: ::0 fd00::1"', "addresses", ("fd00::1",)),
        ('IP_ADDRESS="0:: fd00::1"', "addresses", ("::", "fd00::1")),
        ('IP_ADDRESS="0.0.0.0/32 0.0.0.0/0 ::/64"', "addresses", ("0.0.0.0", "::/64")),
        ('IP_ADDRESS="10.0.0.1 10.0.0.1"', "addresses", ("10.0.0.1",)),
        ('IP_ADDRESS="10.0.0.1/24 10.0.0.1 10.0.0.2"', "addresses", ("10.0.0.1/24", "10.0.0.2")),
        ('IP_ADDRESS="10.0.0.1,10.0.0.2"', "addresses", ()),
        ('IP_ADDRESS="10.0.0.1/255.0.0.0 10.0.0.2"', "addresses", ()),
        ('IP_ADDRESS="10.1.0.1/24 10.1.0.2/32"', "addresses", ("10.1.0.1/24", "10.1.0.2")),
        ('IP_ADDRESS="2001:DB8:0:0:0:0:0:1/64"', "addresses", ("2001:db8::1/64",)),
        ('IP_ADDRESS=""', "addresses", ()),
        ('NETDEV="eth8 eth7"', "hostdevs", ("eth7", "eth8")),
        ('NETDEV=""', "hostdevs", ()),
        ('NETIF=""', "interfaces", ()),
        ('HOSTNAME=" web01 "', "hostname", "web01"),
        ('HOSTNAME="*"', "hostname", "*"),
        ('HOSTNAME=""', "hostname", None),
        ('HOSTNAME="a\tb"', "hostname", "a\ufffdb"),
        ('HOSTNAME="gr\udcfc"', "hostname", "gr\ufffd"),
        ('ONBOOT="yes"', "onboot", True),
        ('ONBOOT="no"', "onboot", False),
        ('ONBOOT="1"', "onboot", None),
        ('BOOTORDER="10"', "bootorder", 10),
        ('BOOTORDER=""', "bootorder", 0),
        ('BOOTORDER="10x"', "bootorder", None),
        ('STOP_TIMEOUT="30"', "stop_timeout", 30),
        ('VM_OVERCOMMIT="1.50"', "vm_overcommit", "1.5"),
        ('VM_OVERCOMMIT="2.0"', "vm_overcommit", "2"),
        ('VM_OVERCOMMIT="0.5x"', "vm_overcommit", "0.5"),
        ('VM_OVERCOMMIT="abc"', "vm_overcommit", None),
        ('MEMINFO="pages:0256"', "meminfo", "pages:256"),
        ('MEMINFO="none"', "meminfo", "none"),
        ('MEMINFO=""', "meminfo", None),
        ('MEMINFO="pages"', "meminfo", None),
        ('CPUMASK="0,1,2-3"', "cpumask", "0-3"),
        ('CPUMASK="all"', "cpumask", "all"),
        ('CPUMASK="0-4095"', "cpumask", "all"),
        ('CPUMASK="5000"', "cpumask", None),
        ('CPUUNITS="8"', "cpuunits", 8),
        ('CPUUNITS="7"', "cpuunits", None),
        ('CPUUWEIGHT="500"', "cpuweight", 500),
        ('CPUWEIGHT="500"', "cpuweight", None),
        ('CPULIMIT="150"', "cpulimit", 150),
        ('CPULIMIT="101%"', "cpulimit", None),
        ('CPULIMIT="12.5"', "cpulimit", None),
        ('NODEMASK="0-1"', "nodemask", "0-1"),
        ('ORIGIN_SAMPLE="vswap-256m"', "config", "vswap-256m"),
        ('VE_LAYOUT="ploop:raw"', "layout", "ploop:raw"),
        ('VE_LAYOUT="zfs"', "layout", None),
        ('VE_PRIVATE="/vz/private/$VEID"', "private", "/vz/private/$VEID"),
        ('VE_ROOT="/vz/root/$VEID"', "root", "/vz/root/$VEID"),
        ('LOCAL_UID="100000"', "local_uid", 100000),
        ('MOUNT_OPTS="noatime"', "mount_opts", "noatime"),
        ('DISK_QUOTA="no"', "diskquota", False),
        ('QUOTATIME="600"', "quotatime", 600),
        ('QUOTAUGIDLIMIT="0"', "quotaugidlimit", 0),
        ('IOPRIO="0"', "ioprio", 0),
        ('IOPRIO="8"', "ioprio", None),
        ('IOLIMIT="10485760"', "iolimit", 10485760),
        ('IOLIMIT="10M"', "iolimit", 10485760),
        ('IOLIMIT="10P"', "iolimit", 40960),
        ('IOLIMIT="4G"', "iolimit", 4294967295),
        ('IOLIMIT="unlimited"', "iolimit", 0),
        ('IOPSLIMIT="100"', "iopslimit", 100),
        ('NETFILTER="full"', "netfilter", "full"),
        ('NETFILTER="x"', "netfilter", None),
        ('NAMESERVER="10.0.0.1  inherit\t10.0.0.1"', "nameserver", ("10.0.0.1", "inherit")),
        ('NAMESERVER="notanip"', "nameserver", ("notanip",)),
        ('NAMESERVER=""', "nameserver", None),
        ('SEARCHDOMAIN="bad domain!"', "searchdomain", ("bad", "domain!")),
        ('FEATURES="sysfs:on,nfs:off ppp:on"', "features", (("nfs", "off"), ("ppp", "on"), ("sysfs", "on"))),
        ('FEATURES="nosuch:on nfs:on"', "features", (("nfs", "on"),)),
        ('FEATURES="fuse:on"', "features", (("nfsd", "on"),)),
        ('FEATURES="nosuch:on"', "features", None),
        ('CAPABILITY="NET_ADMIN:on sys_time:off"', "capabilities", (("net_admin", "on"), ("sys_time", "off"))),
        ('CAPABILITY="KILL:on NOSUCH:on CHOWN:on"', "capabilities", (("kill", "on"),)),
        ('CAPABILITY="KILL:off,KILL:on"', "capabilities", (("kill", "on"),)),
        ('DEVNODES="net/tun:rw null:r "', "devnodes", (("net/tun", "rw"), ("null", "r"))),
        ('DEVNODES="zero:qwr null:none"', "devnodes", (("zero", "rwq"),)),
        ('DEVNODES="loop0:r null:r"', "devnodes", None),
        ('DEVICES="c:010:200:rw b:8:all:r "', "devices", (("b:8:all", "r"), ("c:10:200", "rw"))),
        ('DEVICES="x:1:2:rw c:1:3:r"', "devices", None),
        ('IPTABLES="ip_tables ip_conntrack iptable_nat "', "iptables", ("ip_conntrack", "ip_tables", "iptable_nat")),
        ('IPTABLES="nosuch_mod,ipt_owner"', "iptables", ("ip_tables", "ipt_owner")),
        ('PCI="00:1f.0 zz 00:1a.0"', "pci", ("0000:00:1f.0",)),
        ('PCI=""', "pci", ()),
        ('KMEMSIZE="2.5M:2.6M"', "kmemsize", Limit(2621440, 2726297)),
        ('PRIVVMPAGES="256M:272M"', "privvmpages", Limit(65536, 69632)),
        ('PRIVVMPAGES="3.7"', "privvmpages", Limit(3, 3)),
        ('PRIVVMPAGES="unlimited"', "privvmpages", Limit(UNLIMITED, UNLIMITED)),
        ('PRIVVMPAGES="69632:65536"', "privvmpages", Limit(69632, 65536)),
        ('NUMPROC="240"', "numproc", Limit(240, 240)),
        ('NUMPROC="1k"', "numproc", None),
        ('NUMPROC="unlimited"', "numproc", Limit(UNLIMITED, UNLIMITED)),
        ('DCACHE="1:2"', "dcachesize", Limit(1, 2)),
        ('IPTENTRIES="128"', "numiptent", Limit(128, 128)),
    ],
)
def test_a_key_means_what_vzctl_makes_of_it(line, field, value):
    beside = {"memory": "SWAPPAGES=0", "swap": "PHYSPAGES=0:65536"}.get(field, "")

    assert read(f"{line}\n{beside}\n", field) == value


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
        hostname="web203.example.org",
        root="/vz/root/203",
        private="/vz/private/203",
        layout="simfs",
        config="vswap-256m",
        local_uid=0,
        local_gid=0,
        cpuunits=1000,
        quotatime=0,
        netfilter="stateless",
        pci=(),
    )


def test_a_beancounter_sample_has_no_swap():
    live = ctconf.domain(ctconf.parse((CONFS / "beancounters.conf-sample").read_text()), 203)

    assert (live.memory, live.swap, live.swappages) == (None, None, None)
    assert live.physpages == Limit(0, UNLIMITED)
    assert live.diskspace == Limit(2097152, 2306867)
    assert live.kmemsize == Limit(14372700, 14790164)
    assert live.vmguarpages == Limit(33792, UNLIMITED)
    assert live.avnumproc == Limit(180, 180)


@pytest.mark.parametrize(
    ("pages", "memory", "physpages"),
    [
        ("0:65536", 262144, None),
        ("65536:131072", 524288, Limit(65536, 131072)),
        ("65536", 262144, Limit(65536, 65536)),
        ("0", 0, Limit(0, 0)),
        # no file of vswap
        ("0:unlimited", None, Limit(0, UNLIMITED)),
        ("0:9223372036854775807", None, Limit(0, UNLIMITED)),
        ("0:9223372036854775808", None, Limit(0, UNLIMITED)),
        ("0:99999999999999999999999", None, Limit(0, UNLIMITED)),
        ("unlimited", None, Limit(UNLIMITED, UNLIMITED)),
        ("0:2147483647", None, Limit(0, 2147483647)),
        ("2147483647", None, Limit(2147483647, 2147483647)),
    ],
)
def test_a_beancounter_of_memory_is_told_where_memory_cannot_say_it(pages, memory, physpages):
    assert read(f'PHYSPAGES="{pages}"\nSWAPPAGES="0:65536"', "memory") == memory
    assert read(f'PHYSPAGES="{pages}"\nSWAPPAGES="0:65536"', "physpages") == physpages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('PHYSPAGES="0:65536"', {"physpages": Limit(0, 65536)}),
        ('PHYSPAGES="0:unlimited"', {"physpages": Limit(0, UNLIMITED)}),
        ('PHYSPAGES="0:65536"\nSWAPPAGES="huge"', {"physpages": Limit(0, 65536)}),
        ('SWAPPAGES="0:65536"', {"swappages": Limit(0, 65536)}),
        (
            'PHYSPAGES="0:2147483647"\nSWAPPAGES="0:65536"',
            {"physpages": Limit(0, 2147483647), "swappages": Limit(0, 65536)},
        ),
    ],
)
def test_a_file_without_vswap_speaks_of_beancounters_alone(text, said):
    live = ctconf.domain(ctconf.parse(text), "104")

    found = {name: getattr(live, name) for name in ("memory", "swap", "physpages", "swappages")}
    assert {name: value for name, value in found.items() if value is not None} == said


@pytest.mark.parametrize(
    ("pages", "swap", "swappages"),
    [
        ("0:131072", 524288, None),
        ("0", 0, None),
        ("65536", 262144, Limit(65536, 65536)),
        ("65536:131072", 524288, Limit(65536, 131072)),
    ],
)
def test_a_beancounter_of_swap_is_told_where_swap_cannot_say_it(pages, swap, swappages):
    assert read(f'PHYSPAGES="0:65536"\nSWAPPAGES="{pages}"', "swap") == swap
    assert read(f'PHYSPAGES="0:65536"\nSWAPPAGES="{pages}"', "swappages") == swappages


def test_a_part_of_the_machine_is_counted_in_its_processors(monkeypatch):
    monkeypatch.setattr("os.sysconf", {"SC_NPROCESSORS_ONLN": 2}.get)

    assert read('CPULIMIT="50%"', "cpulimit") == 100


def test_a_part_of_the_machine_is_counted_again_when_it_has_more_processors(monkeypatch):
    monkeypatch.setattr("os.sysconf", {"SC_NPROCESSORS_ONLN": 2}.get)
    read('CPULIMIT="50%"', "cpulimit")
    monkeypatch.setattr("os.sysconf", {"SC_NPROCESSORS_ONLN": 4}.get)

    assert read('CPULIMIT="50%"', "cpulimit") == 200


def test_a_domain_of_a_file_holds_what_the_file_says_and_no_more():
    said = vars(ctconf.domain(ctconf.parse('CPUS="2"\nHOSTNAME=""\n'), "209"))

    lists = dict.fromkeys(("interfaces", "addresses", "hostdevs", "pci"), ())
    assert said == {"name": "209", "init": "/sbin/init", "vcpu": 2, **lists}


def test_a_line_that_many_files_have_is_understood_once(monkeypatch):
    read_ = []
    kind = PARAMETERS["kmemsize"].kind
    monkeypatch.setattr(type(kind), "read", lambda _self, text: read_.append(text) or Limit(1, 2))
    for ctid in range(101, 111):
        ctconf.domain(ctconf.parse(f'KMEMSIZE="14372701:14790165"\nHOSTNAME="web{ctid}"\n'), ctid)

    assert read_ == ["14372701:14790165"]


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
        ("#UUID: nonsense", None),
        (f'UUID="{UUID}"', None),
        (f"#uuid: {UUID}", None),
        (f"#UUID {UUID}", None),
    ],
)
def test_a_uuid_is_read_from_a_comment_in_any_spelling(line, uuid):
    assert ctconf.domain(ctconf.parse(line + "\n"), 501).uuid == uuid


@pytest.mark.parametrize(
    ("text", "managed", "foreign"),
    [
        ("#SALT-OPENVZ: managed 209 hn1\n", True, None),
        ("#SALT-OPENVZ: managed 209 hn1", True, None),
        ("#SALT-OPENVZ: managed 209 hn1\n # SALT-OPENVZ :managed 209 hn1\n", True, None),
        ("#SALT-OPENVZ: managed 101 hn1\n", False, "101 on hn1"),
        ("#SALT-OPENVZ: managed 209 hn2\n", False, "209 on hn2"),
        ("#SALT-OPENVZ: managed 209 HN1\n", False, "209 on HN1"),
        ("#SALT-OPENVZ: managed 209 hn1 x\n", False, "209 on hn1 x"),
        ("#SALT-OPENVZ: managed 209 hn1\n#SALT-OPENVZ: managed 101 hn1\n", False, "209 on hn1 and 101 on hn1"),
        ("#SALT-OPENVZ: managed 101 hn1\n#SALT-OPENVZ: managed 209 hn1\n", False, "101 on hn1 and 209 on hn1"),
        ("#SALT-OPENVZ: managed\n", False, "nobody"),
        ("#SALT-OPENVZ: managed 209\n", False, "nobody"),
        ("#SALT-OPENVZ: managed 101 hn1\n#SALT-OPENVZ: managed\n", False, "101 on hn1 and nobody"),
        ("#SALT-OPENVZ: no\n", False, None),
        ('SALT-OPENVZ="managed 209 hn1"\n', False, None),
        ("", False, None),
    ],
)
def test_the_mark_is_that_of_one_container_on_one_node(text, managed, foreign):
    conf = ctconf.parse(text)

    assert conf.is_marked("209", "hn1") is managed
    assert conf.foreign_mark("209", "hn1") == foreign


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
