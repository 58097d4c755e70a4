"""The kinds of values: what is accepted, what it means, how it is written."""

import pytest

from vzsim.grammar import netvalues, store
from vzsim.grammar import values as v
from vzsim.grammar.conf import KEYS

ACCEPTED = [
    # key, text, what is written
    ("DISKSPACE", "1048576", "1048576:1048576"),
    ("DISKSPACE", "2.2G", "2306867:2306867"),
    ("DISKSPACE", "2.5G:2.75G", "2621440:2883584"),
    ("DISKSPACE", "100000B", "97:97"),
    ("DISKSPACE", "256P", "1024:1024"),
    ("DISKSPACE", "500k", "500:500"),
    ("DISKSPACE", "1.5", "1:1"),
    ("DISKSPACE", "10g:", "10485760:0"),
    ("DISKSPACE", ":10G", "0:10485760"),
    ("DISKINODES", "2.5k", "2560:2560"),
    ("PHYSPAGES", "0:1G", "0:262144"),
    ("PHYSPAGES", "65536:65536", "65536"),
    ("PHYSPAGES", "0:9223372036854775807", "0:unlimited"),
    ("PHYSPAGES", "0:2147483647", "0:2147483647"),
    ("PHYSPAGES", "unlimited", "unlimited"),
    ("PRIVVMPAGES", "3.7", "3"),
    ("PRIVVMPAGES", "4095B", "0"),
    ("KMEMSIZE", "2.5M:2.6M", "2621440:2726297"),
    ("NUMPROC", "240:260", "240:260"),
    ("VM_OVERCOMMIT", "0.5x", "0.5"),
    ("VM_OVERCOMMIT", "2", "2"),
    ("CPULIMIT", "50%", "100"),
    ("NUMPROC", "1.5", "1"),
    ("CPULIMIT", "4294967346", "50"),
    ("CPUMASK", "0-4095", "all"),
    ("DEVNODES", "null:wr", "null:rw "),
    ("CPULIMIT", "-5", "18446744073709551611"),
    ("CPUMASK", "0,1", "0-1"),
    ("CPUMASK", "7,0-3,5", "0-3,5,7"),
    ("CPUMASK", "all", "all"),
    ("IOLIMIT", "10M", "10485760"),
    ("IOLIMIT", "10P", "40960"),
    ("IOLIMIT", "unlimited", "0"),
    ("BOOTORDER", "", "0"),
    ("CPUUNITS", "8", "8"),
    ("IP_ADDRESS", "2001:DB8:0:0::0001/64 10.0.0.1", "2001:db8::1/64 10.0.0.1"),
    ("IP_ADDRESS", "0.0.0.0 :: ::0 10.0.0.1", "10.0.0.1"),
    ("IP_ADDRESS", "0:: 0.0.0.0/0 10.0.0.1", ":: 0.0.0.0/0 10.0.0.1"),
    ("IP_ADDRESS", "10.0.0.1 10.0.0.2 10.0.0.1/8", "10.0.0.1 10.0.0.2"),
    ("CAPABILITY", "sys_time:off,net_admin:on", "NET_ADMIN:on SYS_TIME:off"),
    ("FEATURES", "ppp:on sysfs:off", "sysfs:off ppp:on"),
    ("FEATURES", "fuse:on", "nfsd:on"),
    ("IPTABLES", "ip_nat_ftp", "ip_tables ip_conntrack ip_conntrack_ftp iptable_nat ip_nat_ftp "),
    ("DEVNODES", "net/tun:rw zero:none", "net/tun:rw "),
    ("DEVICES", "b:8:all:r", "b:8:all:r "),
    ("NETIF", "mac=00:18:51:aa:bb:cc,ifname=eth0,foo=bar;ifname=eth0", "ifname=eth0,mac=00:18:51:AA:BB:CC"),
    ("PCI", "00:1f.0", "0000:00:1f.0"),
    ("ONBOOT", "no", "no"),
    ("MEMINFO", "pages:256", "pages:256"),
    ("MEMINFO", "privvmpages:02x", "privvmpages:2"),
    ("MEMINFO", "none:", "none"),
    ("DISKSPACE", "1.5e3", "1500:1500"),
    ("DISKSPACE", "0.5G", "524288:524288"),
    ("KMEMSIZE", "1.1k", "1126"),
    ("CPUS", "unlimited", "9223372036854775807"),
    ("CPUMASK", "0,1,", "0-1"),
    ("PCI", "1:2.3 00:1f.0 1:2.3", "0000:01:02.3 0000:00:1f.0"),
    ("DEVICES", "c:010:02:rw", "c:10:2:rw "),
    ("FEATURES", "fuse=on nfs:off", "nfs:off nfsd:on"),
    ("CAPABILITY", "kill:on,kill:off setfcap:on audit_write:off", "KILL:on AUDIT_WRITE:off SETFCAP:on"),
    ("NAMESERVER", "1.1.1.1\t8.8.8.8  1.1.1.1", "1.1.1.1 8.8.8.8"),
    ("NETDEV", "eth1 eth1", "eth1 eth1"),
    ("NETIF", "ifname=eth0,host_ifname=,mac_filter=,bridge=br0,on;;", "ifname=eth0,bridge=br0"),
]
REFUSED = [
    ("DISKSPACE", "unlimited"), ("DISKSPACE", "10GB"), ("DISKSPACE", "1e9"), ("DISKSPACE", "-1"),
    ("DISKSPACE", "18446744073709551615"), ("DISKINODES", "abc"), ("PHYSPAGES", "abc"), ("NUMPROC", "1k"),
    ("PHYSPAGES", "-1"), ("PHYSPAGES", "9999999999999T"), ("CPULIMIT", "101%"), ("NETDEV", "lo"), ("NETDEV", "tun0"),
    ("DEVNODES", "loop0:rw"), ("DEVICES", "b:7:0:r"), ("NETIF", "ifname=eth0,mac=zz"), ("MEMINFO", "pages:0"),
    ("CPUS", "1.5"), ("CPUS", "-1"), ("CPUUNITS", "7"), ("CPUUNITS", "500001"),
    ("CPULIMIT", "12.5"), ("CPULIMIT", "1500MHz"), ("CPUMASK", "0x3"), ("CPUMASK", "5000"), ("CPUMASK", "3-1"),
    ("NODEMASK", "auto"), ("IOPRIO", "8"), ("IOLIMIT", "3.5M"), ("IOLIMIT", "4G"), ("IOPSLIMIT", "1k"),
    ("BOOTORDER", "10x"), ("VM_OVERCOMMIT", "abc"), ("IP_ADDRESS", "10.1.0.2/255.255.255.0"),
    ("IP_ADDRESS", "010.000.000.001"), ("IP_ADDRESS", "10.1"), ("IP_ADDRESS", "10.0.0.1/33"), ("NAME", "wöb"),
    ("CAPABILITY", "net_admin"), ("FEATURES", "fuses:on"), ("FEATURES", "nfs"), ("NETFILTER", "x"),
    ("DEVNODES", "nosuch:rw"), ("DEVNODES", "null:zz"), ("DEVICES", "x:1:2:rw"), ("VE_LAYOUT", "zfs"), ("PCI", "zz"),
    ("MEMINFO", "some"), ("IPTABLES", "nosuch_mod"), ("MEMINFO", "none:5"), ("CPUMASK", "0,,1"), ("CPUMASK", "²"),
    ("DEVICES", "c:²:1:rw"), ("DEVICES", "c:1:²:rw"), ("STOP_TIMEOUT", "2147483648"), ("CPUUNITS", "unlimited"),
    ("IOPSLIMIT", "unlimited"), ("NETIF", "ifname=sixteenletterslo"), ("NETIF", "bridge=br0"),
    ("NETIF", "ifname=a,mac="),
    ("NETIF", "ifname=eth0,mac_filter=maybe"), ("NETIF", "ifname=eth0,bridge=sixteenletterslo"),
    ("CAPABILITY", "net_admin:x:on"), ("CAPABILITY", "setveid:on"), ("FEATURES", "fuse:maybe"),
    ("IP_ADDRESS", "10.0.0.1\n10.0.0.2"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "text", "written"), ACCEPTED)
def test_a_value_in_its_normal_form(key, text, written):
    assert store.changes({key: KEYS[key][0](text)}) == [(key, written)]


@pytest.mark.parametrize(("key", "text"), REFUSED)
def test_a_value_that_is_none_of_its_kind(key, text):
    with pytest.raises(v.Bad):
        KEYS[key][0](text)


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("512M", 131072), ("100", 1), ("0", 0), ("131072P", 131072), ("1.5G", 393216), ("unlimited", 2251799813685248),
        ("9999999999T", 2251799813685248), ("-1", 0),
    ],
)  # fmt: skip
def test_ram_is_bytes_and_becomes_whole_pages(text, pages):
    assert v.parse_ram(text) == pages


@pytest.mark.parametrize("text", ["abc", "64:128", "18446744073709551616"])
def test_ram_is_one_size(text):
    with pytest.raises(v.Bad):
        v.parse_ram(text)


@pytest.mark.parametrize("text", ["00-18-51-aa-bb-0a", "00:18:51:aa:bb:0a and more"])
def test_of_a_mac_only_the_digits_are_looked_at(text):
    assert netvalues.parse_mac(text) == "00:18:51:AA:BB:0A"


def test_missing_keys_are_appended_in_vzctls_own_order():
    params = {"NAME": "a", "ONBOOT": True, "BOOTORDER": 5, "CPUS": 2, "HOSTNAME": "h", "PHYSPAGES": (0, 1)}

    assert [key for key, _ in store.changes(params)] == ["PHYSPAGES", "HOSTNAME", "CPUS", "ONBOOT", "NAME", "BOOTORDER"]
