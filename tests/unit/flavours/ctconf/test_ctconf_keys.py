"""Keys of container configuration files: what each means, whole files, and memory in its two ways."""

from pathlib import Path

import pytest
from conf_readers import read
from vzdomain.flavours.legacy import ctconf
from vzdomain.model.domain import Domain, Limit
from vzdomain.model.units import UNLIMITED

CONFS = Path(__file__).parents[2] / "data" / "conf"


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
