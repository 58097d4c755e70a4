"""Kinds of values: which differences are none, and what a document may say of each."""

import pytest
from vzdomain.document import codec
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import PARAMETERS
from vzdomain.model.domain import Interface, Limit
from vzdomain.model.units import UNLIMITED

MAC = "02:16:3e:5d:c7:9e"


def kind(field):
    return PARAMETERS[field].kind


def on_file(field, text):
    """What the container has whose file says `text`; ``None`` for a file without the key."""
    return PARAMETERS[field].read(text)


@pytest.mark.parametrize(
    ("field", "new", "old"),
    [
        ("memory", 524288, "0:131072"),
        ("memory", 524288, "0:512M"),
        ("memory", 524288, "0:524288K"),
        ("memory", 524288, "0:131072P"),
        ("memory", 524285, "0:131072"),
        ("memory", 1048576, "0:262144"),
        ("memory", 1048576, "262144"),
        ("memory", UNLIMITED, "0:unlimited"),
        ("memory", UNLIMITED, "0:9223372036854775807"),
        ("memory", UNLIMITED, "0:2251799813685248"),
        ("swap", 0, "0"),
        ("swap", 0, "0:0"),
        ("swap", 1572864, "0:1.5G"),
        ("vm_overcommit", "1.5", "1.50"),
        ("vm_overcommit", "2", "2.0"),
        ("meminfo", "pages:256", "pages:0256"),
        ("vcpu", 2, "02"),
        ("vcpu", 0, None),
        ("vcpu", 0, "0"),
        ("cpumask", "all", None),
        ("cpumask", "all", "all"),
        ("cpumask", "all", "0-4095"),
        ("cpumask", "0-3", "0,1,2-3"),
        ("cpumask", "0-1,4", "4,0-1"),
        ("nodemask", "all", None),
        ("cpulimit", 0, None),
        ("cpulimit", 0, "0"),
        ("ioprio", 4, "4"),
        ("ioprio", 4, "04"),
        ("iolimit", 0, None),
        ("iolimit", 0, "0"),
        ("iolimit", 0, "unlimited"),
        ("iolimit", 10485760, "10M"),
        ("iolimit", 10485760, "10485760"),
        ("iopslimit", 0, None),
        ("quotaugidlimit", 0, None),
        ("onboot", False, None),
        ("onboot", False, "no"),
        ("disabled", False, None),
        ("description", "", None),
        ("description", "", ""),
        ("description", "", "  "),
        ("hostname", "web01", " web01 "),
        ("layout", "ploop", "ploop"),
        ("layout", "ploop", "ploop:expanded"),
        ("layout", "ploop:expanded", "ploop"),
        ("diskspace", Limit(2097152, 2306867), "2G:2.2G"),
        ("diskspace", Limit(2097152, 3145728), "2g:3072m"),
        ("diskspace", Limit(97, 97), "100000B"),
        ("diskinodes", Limit(2560, 2560), "2.5k"),
        ("addresses", ("10.0.0.2", "10.0.0.1"), "10.0.0.1 10.0.0.2"),
        ("addresses", ("10.0.0.1", "fd00::1/64"), "FD00:0::1/64\t10.0.0.1/32"),
        ("addresses", ("::ffff:1.2.3.4/64", "::ffff:1.2.3.5"), "::ffff:102:304/64 ::FFFF:1.2.3.5/128"),
        ("addresses", (), None),
        ("addresses", (), ""),
        ("hostdevs", ("eth1", "eth2"), "eth2 eth1"),
        ("hostdevs", (), None),
        ("interfaces", (Interface(mac=MAC, guest="eth0"),), f"ifname=eth0,mac={MAC.upper()}"),
        ("nameserver", ("10.0.0.1", "::1"), "10.0.0.1   ::1 10.0.0.1"),
        ("nameserver", ("fd00::1",), "FD00:0::1"),
        ("nameserver", ("::ffff:1.2.3.4",), "::ffff:102:304"),
        ("iptables", ("ip_conntrack", "ip_tables", "iptable_nat"), "ip_tables ip_conntrack iptable_nat "),
        ("iptables", ("ip_conntrack", "ip_tables", "iptable_nat"), "iptable_nat"),
        ("features", (("nfs", "on"), ("ppp", "off")), "ppp:off nfs:on"),
        ("features", (("nfs", "on"), ("ppp", "off")), "nfs:on,ppp:off"),
        ("features", (("nfs", "on"),), "sysfs:off nfs:on ppp:on"),
        ("features", (("nfsd", "on"),), "fuse:on"),
        ("capabilities", (("net_admin", "on"), ("sys_time", "off")), "SYS_TIME:off NET_ADMIN:on KILL:on"),
        ("capabilities", (("net_admin", "on"),), "net_admin:on"),
        ("devnodes", (("net/tun", "rw"),), "null:r net/tun:wr "),
        ("devnodes", (("null", "none"),), "net/tun:rw "),
        ("devnodes", (("null", "none"),), None),
        ("devices", (("c:10:200", "rw"),), "c:010:0200:rw"),
        ("pci", ("0000:00:1a.0", "0000:00:1f.0"), "00:1F.0 0:0:1a.0"),
        ("privvmpages", Limit(65536, 69632), "256M:272M"),
        ("privvmpages", Limit(3, 3), "3.7"),
        ("kmemsize", Limit(14680064, 14680064), "14M"),
        ("numproc", Limit(240, 240), "240"),
        ("numproc", Limit(UNLIMITED, UNLIMITED), "unlimited"),
        ("vmguarpages", Limit(33792, UNLIMITED), "33792:9223372036854775807"),
    ],
)
def test_a_difference_that_is_none(field, new, old):
    assert kind(field).same(new, on_file(field, old))


@pytest.mark.parametrize(
    ("field", "new", "old"),
    [
        ("memory", 524292, "0:131072"),
        ("memory", 524288, None),
        ("swap", 0, None),
        ("vm_overcommit", "1.5", "1.25"),
        ("vm_overcommit", "0", None),
        ("vcpu", 2, None),
        ("cpumask", "0-1", None),
        ("cpumask", "all", "0-1"),
        ("cpuunits", 1000, None),
        ("cpuweight", 0, None),
        ("cpulimit", 100, None),
        ("cpulimit", 0, "100"),
        ("ioprio", 0, None),
        ("ioprio", 4, None),
        ("iolimit", 1048576, None),
        ("onboot", True, None),
        ("onboot", False, "yes"),
        ("bootorder", 0, None),
        ("diskquota", False, None),
        ("diskquota", True, None),
        ("stop_timeout", 0, None),
        ("quotatime", 0, None),
        ("local_uid", 0, None),
        ("description", "", "x"),
        ("description", "X", "x"),
        ("hostname", "Web01", "web01"),
        ("layout", "simfs", "ploop"),
        ("layout", "ploop", "simfs"),
        ("layout", "simfs", None),
        ("layout", "ploop:raw", "ploop:plain"),
        ("netfilter", "disabled", None),
        ("diskspace", Limit(2097152, 2306868), "2G:2.2G"),
        ("diskspace", Limit(0, 0), None),
        ("addresses", ("10.0.0.1",), "10.0.0.1/24"),
        ("addresses", (), "10.0.0.1"),
        ("hostdevs", (), "eth1"),
        ("interfaces", (Interface(guest="eth0"),), "ifname=eth0,bridge=br0"),
        ("nameserver", ("10.0.0.2", "10.0.0.1"), "10.0.0.1 10.0.0.2"),
        ("nameserver", ("10.0.0.1",), "10.0.0.1 10.0.0.2"),
        ("searchdomain", ("b.org", "a.org"), "a.org b.org"),
        ("iptables", ("ip_tables",), "iptable_nat"),
        ("features", (("nfs", "off"),), None),
        ("features", (("nfs", "off"),), "nfs:on"),
        ("capabilities", (("kill", "on"),), "CHOWN:on"),
        ("devnodes", (("null", "r"),), "null:rw"),
        ("devnodes", (("null", "none"),), "null:r"),
        ("pci", ("0000:00:1f.0",), "00:1f.1"),
        ("kmemsize", Limit(1, 2), "2:1"),
        ("numproc", Limit(240, 240), None),
    ],
)
def test_a_difference_that_is_one(field, new, old):
    assert not kind(field).same(new, on_file(field, old))


@pytest.mark.parametrize(
    ("alias", "key", "field"), [("DCACHE", "DCACHESIZE", "dcachesize"), ("IPTENTRIES", "NUMIPTENT", "numiptent")]
)
def test_an_alias_of_a_key_is_the_key(alias, key, field):
    one, other = (getattr(ctconf.domain(ctconf.parse(f'{name}="1:2"'), 501), field) for name in (alias, key))

    assert one == other == Limit(1, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<memory unit='MiB'>512</memory>", "<memory>524288</memory>"),
        ("<memory unit='MiB'>512</memory>", "<memory unit='bytes'>536870912</memory>"),
        ("<vcpu cpuset='0, 1 ,2'>2</vcpu>", "<vcpu cpuset='0-2'>2</vcpu>"),
        ("<vcpu cpuset='0-4,^3'>2</vcpu>", "<vcpu cpuset='0-2,4'>2</vcpu>"),
        ("<openvz:layout>simfs</openvz:layout>", "<openvz:layout> simfs\n</openvz:layout>"),
        ("<openvz:pci>00:1F.0</openvz:pci>", "<openvz:pci>0000:00:1f.0</openvz:pci>"),
        ("<openvz:iptables>iptable_nat</openvz:iptables>", "<openvz:iptables>ip_conntrack</openvz:iptables>"
         "<openvz:iptables>ip_tables</openvz:iptables><openvz:iptables>iptable_nat</openvz:iptables>"),
        ("<openvz:nameserver>FD00:0::1</openvz:nameserver>", "<openvz:nameserver>fd00::1</openvz:nameserver>"),
        ("<openvz:vm_overcommit>02.50</openvz:vm_overcommit>", "<openvz:vm_overcommit>2.5</openvz:vm_overcommit>"),
        ("<openvz:iolimit unit='MiB'>1</openvz:iolimit>", "<openvz:iolimit>1048576</openvz:iolimit>"),
        ("<openvz:devnodes name='/dev/null' access='wr'/>", "<openvz:devnodes name='null' access='rw'/>"),
        ("<openvz:devices name='c:010:0200' access='r'/>", "<openvz:devices name='c:10:200' access='r'/>"),
        ("<openvz:numproc limit='240'/>", "<openvz:numproc barrier='240' limit='240'/>"),
        ("<openvz:numproc barrier='240'/>", "<openvz:numproc barrier='240' limit='240'/>"),
        ("<openvz:swap>1024</openvz:swap>", "<openvz:swap unit='MiB'>1</openvz:swap>"),
        (f"<openvz:numfile limit='{UNLIMITED}'/>", "<openvz:numfile limit='unlimited'/>"),
    ],
)  # fmt: skip
def test_two_spellings_of_a_document_are_one_value(one, other):
    assert parse(one) == parse(other)


def parse(body):
    """`body` stands in the domain, or in its metadata if it is ours."""
    if body.startswith("<openvz:"):
        body = f"<metadata xmlns:openvz='{codec.NAMESPACE}'>{body}</metadata>"
    return codec.parse(f"<domain type='openvz'><name>209</name>{body}</domain>").domain


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("onboot", "YES", "'YES' is neither yes nor no; did you mean 'yes'?"),
        ("onboot", "", "'' is neither yes nor no"),
        ("bootorder", "-1", "'-1' is not a number; use digits only"),
        ("bootorder", "10x", "'10x' is not a number; use digits only"),
        ("bootorder", "2147483648", "2147483648 is out of range; vzctl takes 0 to 2147483647"),
        ("cpuunits", "7", "7 is out of range; vzctl takes 8 to 500000"),
        ("cpuunits", "500001", "500001 is out of range; vzctl takes 8 to 500000"),
        ("ioprio", "8", "8 is out of range; vzctl takes 0 to 7"),
        ("cpulimit", "50%", "'50%' is not a number; use digits only"),
        ("vm_overcommit", "1,5", "'1,5' is not a number; write it like 1.5"),
        ("vm_overcommit", "0.5x", "'0.5x' is not a number; write it like 1.5"),
        ("meminfo", "pages:0", "'pages:0' is not a mode; use none, pages:NUMBER or privvmpages:NUMBER"),
        ("meminfo", "kmem:1", "'kmem:1' is not a mode; use none, pages:NUMBER or privvmpages:NUMBER"),
        ("cpumask", "0x3", "'0x3' is not a set of numbers; write it like 0-1,4"),
        ("cpumask", "0 1", "'0 1' is not a set of numbers; write it like 0-1,4"),
        ("cpumask", "auto", "'auto' is not a set of numbers; write it like 0-1,4"),
        ("cpumask", "0-5000", "'0-5000' is not a set of numbers from 0 to 4095; write it like 0-1,4"),
        ("cpumask", "3-1", "'3-1' is not a set of numbers from 0 to 4095; write it like 0-1,4"),
        ("cpumask", "1,^1", "'1,^1' selects nothing"),
        ("layout", "zfs", "'zfs' is not one of simfs, ploop, ploop:expanded, ploop:plain, ploop:raw"),
        ("layout", "simfs:raw", "'simfs:raw' is not one of simfs, ploop, ploop:expanded, ploop:plain, ploop:raw"),
        ("netfilter", "some", "'some' is not one of disabled, stateless, stateful, full"),
        ("mount_opts", "a b", "'a b' are not mount options; write them like noatime,nodev"),
        ("private", "vz/209", "'vz/209' is not an absolute path of letters, digits and _ . + @ , = ~ -"),
        ("root", "/vz/../etc", "'/vz/../etc' is not an absolute path of letters, digits and _ . + @ , = ~ -"),
        ("hostname", "*", "'*' is not a valid host name; use letters, digits and . - _"),
        ("searchdomain", "a!", "'a!' is not a valid domain; write it like example.org"),
        (
            "nameserver",
            "ns.example.org",
            "'ns.example.org' is neither an IP address nor inherit (the node's own)",
        ),
        ("pci", "zz", "'zz' is not a PCI device; write it like 0000:00:1f.0"),
    ],
)
def test_a_text_is_refused_with_a_sentence(field, text, message):
    with pytest.raises(ValueError) as caught:
        kind(field).parse(text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("field", "name", "value", "message"),
    [
        ("features", "fuse", "on", "'fuse' is not one of sysfs, nfs, sit, ipip, ppp, ipgre, bridge, nfsd"),
        ("features", "nfs", "yes", "'yes' is neither on nor off; did you mean 'on'?"),
        ("capabilities", "net_admin", "ON", "'ON' is neither on nor off; did you mean 'on'?"),
        (
            "devnodes",
            "../null",
            "r",
            "'../null' is not a valid device below /dev; write it like net/tun",
        ),
        (
            "devnodes",
            "loop0",
            "r",
            "'loop0' is not a valid device below /dev; write it like net/tun",
        ),
        ("devnodes", "null", "x", "'x' is not a valid access mode; use a combination of r, w and q, or none"),
        ("devnodes", "null", "", "'' is not a valid access mode; use a combination of r, w and q, or none"),
        (
            "devices",
            "c:7:0",
            "r",
            "'c:7:0' is not a valid device; write it like c:10:200 or b:8:all",
        ),
        ("devices", "b:8", "r", "'b:8' is not a valid device; write it like c:10:200 or b:8:all"),
    ],
)
def test_a_key_of_a_map_is_refused_with_a_sentence(field, name, value, message):
    with pytest.raises(ValueError) as caught:
        kind(field).parse_pair(name, value)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        ("hostname", " * ", "*"),
        ("description", 'say "hi"', 'say "hi"'),
        ("private", "relative", "relative"),
        ("nameserver", "ns.example.org", "ns.example.org"),
        ("bootorder", "2147483648", 2147483648),
        ("cpulimit", "18446744073709551611", 18446744073709551611),
    ],
)
def test_what_other_hands_may_have_written_is_kept(field, text, kept):
    with pytest.raises(ValueError):
        kind(field).parse(text)

    assert kind(field).parse_lenient(text) == kept


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("onboot", "YES"),
        ("bootorder", "many"),
        ("cpuunits", "7"),
        ("ioprio", "8"),
        ("cpumask", "auto"),
        ("meminfo", "x"),
        ("vm_overcommit", "x"),
        ("netfilter", "some"),
        ("layout", "zfs"),
        ("nameserver", "two words"),
        ("searchdomain", ""),
        ("iptables", "nosuch_mod"),
    ],
)
def test_what_no_container_can_have_is_not_kept(field, text):
    with pytest.raises(ValueError):
        kind(field).parse_lenient(text)


@pytest.mark.parametrize(
    ("field", "new", "old", "differing"),
    [
        ("features", (("nfs", "on"), ("ppp", "off")), "nfs:on ppp:on", ((("ppp", "off"),), (("ppp", "on"),))),
        ("features", (("nfs", "on"), ("ppp", "off")), "sit:on ppp:off", ((("nfs", "on"),), None)),
        ("devnodes", (("null", "none"), ("zero", "r")), "zero:rw", ((("zero", "r"),), (("zero", "rw"),))),
        ("bootorder", 1, "2", (1, 2)),
        ("searchdomain", ("a.org",), "b.org", (("a.org",), ("b.org",))),
    ],
)
def test_of_a_map_only_the_keys_that_differ_are_a_difference(field, new, old, differing):
    assert kind(field).differing(new, on_file(field, old)) == differing


@pytest.mark.parametrize(
    ("field", "new", "old", "laid"),
    [
        ("features", (("nfs", "on"),), "nfs:off ppp:on", (("nfs", "on"), ("ppp", "on"))),
        ("features", (("nfs", "on"),), None, (("nfs", "on"),)),
        ("devnodes", (("null", "none"), ("zero", "r")), "null:r net/tun:rw", (("net/tun", "rw"), ("zero", "r"))),
        ("nameserver", ("10.0.0.1",), "10.0.0.2", ("10.0.0.1",)),
        ("bootorder", 0, "2", 0),
    ],
)
def test_a_map_is_laid_over_what_is_there_and_all_else_replaces_it(field, new, old, laid):
    assert kind(field).merged_over(new, on_file(field, old)) == laid
