"""``<metadata>``: an element for each option of vzctl that libvirt has no word for."""

import pytest
from vzdomain import errors
from vzdomain.document import codec
from vzdomain.flavours import LEGACY
from vzdomain.flavours.seven.parameters import PARAMETERS as SEVEN
from vzdomain.model import fields
from vzdomain.model.domain import Domain, Limit
from vzdomain.model.units import UNLIMITED

DIFFERS = "sets the same thing to another value; remove one of them"
STRANGE = "this element is not supported; remove it, or set strict to False to ignore it"
XMLNS = f"xmlns:openvz='{codec.NAMESPACE}'"
FREE_TEXT = "config distribution hostname mount_opts ostemplate private root".split()
FEATURES = "sysfs, nfs, sit, ipip, ppp, ipgre, bridge, nfsd, time"


def document(body):
    """The body begins in line 2."""
    metadata = f"<metadata xmlns:openvz='{codec.NAMESPACE}'>\n{body}</metadata>"
    return codec.parse(f"<domain type='openvz'><name>209</name>{metadata}</domain>")


def refused(body, kind=errors.DocumentError):
    """Line, path below ``<metadata>`` and sentence of the error."""
    with pytest.raises(errors.DocumentError) as caught:
        document(body)
    assert type(caught.value) is kind
    return caught.value.line, caught.value.path.removeprefix("domain/metadata/openvz:"), caught.value.message


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("<openvz:hostname>web01.example.org</openvz:hostname>", {"hostname": "web01.example.org"}),
        ("<openvz:onboot>yes</openvz:onboot>", {"onboot": True}),
        ("<openvz:onboot>\n no\n</openvz:onboot>", {"onboot": False}),
        ("<openvz:bootorder>0</openvz:bootorder>", {"bootorder": 0}),
        ("<openvz:stop-timeout>60</openvz:stop-timeout>", {"stop_timeout": 60}),
        ("<openvz:swap unit='KiB'>102400</openvz:swap>", {"swap": 102400}),
        ("<openvz:swap unit='bytes'>104857601</openvz:swap>", {"swap": 102401}),
        ("<openvz:swap>9007199254740991</openvz:swap>", {"swap": UNLIMITED}),
        ("<openvz:cpus>2</openvz:cpus>", {"vcpu": 2}),
        ("<openvz:cpumask>all</openvz:cpumask>", {"cpumask": "all"}),
        ("<openvz:vm_overcommit>1.50</openvz:vm_overcommit>", {"vm_overcommit": "1.5"}),
        ("<openvz:meminfo>none</openvz:meminfo>", {"meminfo": "none"}),
        ("<openvz:ostemplate>debian.12</openvz:ostemplate>", {"template": "debian.12"}),
        ("<openvz:layout>ploop:raw</openvz:layout>", {"layout": "ploop:raw"}),
        ("<openvz:private>/vz/private/$VEID</openvz:private>", {"private": "/vz/private/$VEID"}),
        ("<openvz:iolimit>1048576</openvz:iolimit>", {"iolimit": 1048576}),
        ("<openvz:iolimit unit='MiB'>10</openvz:iolimit>", {"iolimit": 10485760}),
        ("<openvz:iolimit unit='KB'>3</openvz:iolimit>", {"iolimit": 3000}),
        ("<openvz:diskinodes hard='7'/>", {"diskinodes": Limit(7, 7)}),
        ("<openvz:diskinodes soft='7'/>", {"diskinodes": Limit(7, 7)}),
        ("<openvz:numproc barrier=' 240 ' limit='unlimited'/>", {"numproc": Limit(240, UNLIMITED)}),
        (f"<openvz:numproc limit='{'9' * 30}'/>", {"numproc": Limit(UNLIMITED, UNLIMITED)}),
        (
            "<openvz:nameserver>10.0.0.2</openvz:nameserver><openvz:nameserver>10.0.0.1</openvz:nameserver>",
            {"nameserver": ("10.0.0.2", "10.0.0.1")},
        ),
        ("<openvz:searchdomain>inherit</openvz:searchdomain>", {"searchdomain": ("inherit",)}),
        (
            "<openvz:iptables>iptable_nat</openvz:iptables><openvz:iptables>ipt_owner</openvz:iptables>",
            {"iptables": ("ip_conntrack", "ip_tables", "ipt_owner", "iptable_nat")},
        ),
        (
            "<openvz:features name='ppp' state='off'/><openvz:features name='nfs' state='on'/>",
            {"features": (("nfs", "on"), ("ppp", "off"))},
        ),
        ("<openvz:capability name='ve_admin' state='on'/>", {"capabilities": (("ve_admin", "on"),)}),
        ("<openvz:devnodes name='/dev/net/tun' access='none'/>", {"devnodes": (("net/tun", "none"),)}),
        ("<openvz:devices name='b:8:all' access='wr'/>", {"devices": (("b:8:all", "rw"),)}),
        (
            "<openvz:pci>00:1f.0</openvz:pci><openvz:pci>0000:00:1a.0</openvz:pci>",
            {"pci": ("0000:00:1a.0", "0000:00:1f.0")},
        ),
    ],
)
def test_an_element_is_named_as_its_option(body, fields):
    assert document(body) == codec.Document(Domain("209", **fields))


def test_every_option_without_a_word_of_libvirts_has_an_element():
    at_home = {row.name for row in fields.FIELDS if not row.element.startswith("metadata/") and not row.fallback}

    devices = {"interfaces", "addresses", "disks"}
    assert at_home == {"name", "uuid", "title", "description", "init", "memory", *devices}


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.tag) for row in fields.FIELDS if row.tag and row.name != "ctid"]
)
def test_an_element_has_the_name_of_its_option(row):
    called = {**SEVEN, **LEGACY.parameters}[row.name]
    assert row.tag == (called.option.removesuffix("_add") if row.name != "cpulimit_mhz" else called.key.lower())


def test_other_metadata_is_left_alone():
    strangers = "<x:onboot xmlns:x='urn:x'>maybe</x:onboot><a xmlns='urn:a'><b/></a>"

    assert document(strangers) == codec.Document(Domain("209"))


def test_the_order_of_elements_is_that_of_the_table():
    domain = Domain("209", onboot=True, bootorder=1, numproc=Limit(1, UNLIMITED), nameserver=("10.0.0.1", "inherit"))

    lines = [line.strip() for line in codec.render(domain).splitlines()]
    assert lines[2:-2] == [
        f'<metadata xmlns:openvz="{codec.NAMESPACE}">',
        "<openvz:onboot>yes</openvz:onboot>",
        "<openvz:bootorder>1</openvz:bootorder>",
        "<openvz:nameserver>10.0.0.1</openvz:nameserver>",
        "<openvz:nameserver>inherit</openvz:nameserver>",
        '<openvz:numproc barrier="1" limit="unlimited"/>',
    ]


def test_metadata_stands_where_libvirt_wants_it():
    text = codec.render(Domain("209", title="t", memory=1024, onboot=True))

    places = [text.index(f"<{tag}") for tag in ("name", "title", "metadata", "memory")]
    assert places == sorted(places)


@pytest.mark.parametrize("tag", sorted(row.tag for row in fields.FIELDS if row.tag and row.tag not in FREE_TEXT))
def test_an_element_that_says_nothing_is_refused(tag):
    assert refused(f"<openvz:{tag}/>")[:2] == (2, tag)


@pytest.mark.parametrize("tag", FREE_TEXT)
def test_an_element_of_free_text_may_say_that_there_is_none(tag):
    field = next(row.name for row in fields.FIELDS if row.tag == tag)

    read = document(f"<openvz:{tag}/>")

    assert read.domain == Domain("209", **{field: ""})
    assert list(read.unwritable) == [field]


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ("<openvz:onboot>YES</openvz:onboot>", "onboot", "'YES' is not one of yes, no, auto; did you mean 'yes'?"),
        ("<openvz:cpuunits>5</openvz:cpuunits>", "cpuunits", "5 is out of range; vzctl takes 8 to 500000"),
        ("<openvz:ioprio>8</openvz:ioprio>", "ioprio", "8 is out of range; vzctl takes 0 to 7"),
        ("<openvz:iolimit>10M</openvz:iolimit>", "iolimit", "'10M' is not a number; the unit goes into unit='M'"),
        (
            "<openvz:iolimit unit='MB/s'>10</openvz:iolimit>",
            "iolimit/@unit",
            "unknown unit 'MB/s'; use bytes, KiB, MiB, GiB or TiB (KB, MB, GB and TB are powers of 1000)",
        ),
        ("<openvz:cpulimit>12.5</openvz:cpulimit>", "cpulimit", "'12.5' is not a number; use digits only"),
        (
            "<openvz:cpumask>0-5000</openvz:cpumask>",
            "cpumask",
            "'0-5000' is not a set of numbers from 0 to 4095; write it like 0-1,4",
        ),
        ("<openvz:features name='fuse' state='on'/>", "features", f"'fuse' is not one of {FEATURES}"),
        ("<openvz:features name='nfs' state='yes'/>", "features", "'yes' is neither on nor off; did you mean 'on'?"),
        ("<openvz:features name='nfs'/>", "features", "needs an attribute 'state'"),
        ("<openvz:features state='on'/>", "features", "needs an attribute 'name'"),
        (
            "<openvz:features name='nfs' state='on'/>\n<openvz:features name='nfs' state='off'/>",
            "features[2]",
            "nfs is off here and on in line 2",
        ),
        (
            "<openvz:devnodes name='null' access='rx'/>",
            "devnodes",
            "'rx' is not a valid access mode; use a combination of r, w and q, or none",
        ),
        (
            "<openvz:devices name='x:1:3' access='r'/>",
            "devices",
            "'x:1:3' is not a valid device; write it like c:10:200 or b:8:all",
        ),
        (
            "<openvz:netfilter>some</openvz:netfilter>",
            "netfilter",
            "'some' is not one of disabled, stateless, stateful, full",
        ),
        (
            "<openvz:nameserver>10.0.0.1 10.0.0.2</openvz:nameserver>",
            "nameserver",
            "'10.0.0.1 10.0.0.2' is neither an IP address nor inherit (the node's own)",
        ),
        (
            "<openvz:nameserver>fd00::1</openvz:nameserver>\n<openvz:nameserver>FD00:0::1</openvz:nameserver>",
            "nameserver[2]",
            "fd00::1 is already in line 2; keep one",
        ),
        (
            "<openvz:onboot>yes</openvz:onboot>\n<openvz:onboot>yes</openvz:onboot>",
            "onboot[2]",
            "appears twice; the first is in line 2",
        ),
        ("<openvz:numproc barrier='1k'/>", "numproc/@barrier", "'1k' is not a number; use digits only"),
        ("<openvz:numproc soft='1' limit='2'/>", "numproc/@soft", None),
        ("<openvz:colours limit='1'/>", "colours", None),
        ("<openvz:totvmpages limit='1'/>", "totvmpages", None),
        ("<openvz:onboot><openvz:yes/></openvz:onboot>", "onboot/openvz:yes", None),
        ("<openvz:userpasswd>root:x</openvz:userpasswd>", "userpasswd", None),
    ],
)  # fmt: skip
def test_what_vzctl_does_not_know_is_refused_with_its_place(body, path, message):
    line = 2 + body.count("\n")
    if message is None:
        what = "attribute" if "@" in path else "element"
        assert refused(body, errors.UnknownElementError) == (line, path, STRANGE.replace("element", what))
    else:
        assert refused(body) == (line, path, message)


@pytest.mark.parametrize(
    ("said", "shown"), [("unit='MiB'>4096", "4 GiB"), ("unit='GiB'>5", "5 GiB"), (">4294967297", "4294967297 bytes")]
)
def test_a_speed_that_no_vzctl_takes_is_not_written(said, shown):
    read = document(f"<openvz:iolimit {said}</openvz:iolimit>")

    assert list(read.unwritable) == ["iolimit"]
    assert read.unwritable["iolimit"].line == 2
    assert read.unwritable["iolimit"].message == f"{shown} per second is too much; vzctl takes less than 4 GiB"


def test_the_greatest_speed_that_vzctl_takes_is_written():
    read = document("<openvz:iolimit unit='MiB'>4095</openvz:iolimit>")

    assert (read.domain.iolimit, read.unwritable) == (4293918720, {})


def test_a_capability_that_vzctl_does_not_know_is_refused_with_those_that_it_knows():
    line, path, message = refused("<openvz:capability name='syslog' state='on'/>")

    assert (line, path) == (2, "capability")
    assert message.startswith("'syslog' is not one of chown, dac_override, ")
    assert message.endswith(", audit_write, ve_admin, setfcap")


def test_a_module_that_vzctl_does_not_know_is_refused_with_those_that_it_knows():
    line, path, message = refused("<openvz:iptables>nosuch_mod</openvz:iptables>")

    assert (line, path) == (2, "iptables")
    assert message.startswith("'nosuch_mod' is not a module that vzctl knows; it knows ip_tables, iptable_filter, ")


@pytest.mark.parametrize(
    ("devices", "metadata", "path"),
    [
        (
            "<filesystem type='template'><source name='a'/></filesystem>",
            "<openvz:ostemplate>b</openvz:ostemplate>",
            "ostemplate",
        ),
        (
            "<filesystem type='mount'><source dir='/a'/></filesystem>",
            "<openvz:private>/b</openvz:private>",
            "private",
        ),
        (
            "<filesystem type='template'><source name='a'/><quota type='size' max='1'/></filesystem>",
            "<openvz:diskspace soft='1' hard='2'/>",
            "diskspace",
        ),
    ],
)
def test_what_a_device_says_is_not_said_otherwise_in_the_metadata(devices, metadata, path):
    ours = f"<metadata xmlns:openvz='{codec.NAMESPACE}'>{metadata}</metadata>"

    with pytest.raises(errors.DocumentError) as caught:
        codec.parse(f"<domain type='openvz'><name>209</name><devices>{devices}</devices>\n{ours}</domain>")

    assert (caught.value.line, caught.value.path) == (2, f"domain/metadata/openvz:{path}")
    assert caught.value.message == f"line 1 {DIFFERS}"


def test_a_device_node_is_not_passed_through_and_limited_at_once():
    hostdev = "<hostdev mode='capabilities' type='misc'><source><char>/dev/null</char></source></hostdev>"
    metadata = f"<metadata xmlns:v='{codec.NAMESPACE}'>\n<v:devnodes name='null' access='r'/></metadata>"

    with pytest.raises(errors.DocumentError, match="null is r here and rw in line 2") as caught:
        codec.parse(f"<domain type='openvz'><name>209</name>{metadata}<devices>{hostdev}</devices></domain>")

    assert (caught.value.line, caught.value.path) == (2, "domain/metadata/v:devnodes")


PATH = "is not an absolute path of letters, digits and _ . + @ , = ~ -"


@pytest.mark.parametrize(
    ("body", "field", "kept", "message"),
    [
        ("<openvz:hostname>*</openvz:hostname>", "hostname", "*",
         "'*' is not a valid host name; use letters, digits and . - _"),
        ("<openvz:root>/vz/../etc</openvz:root>", "root", "/vz/../etc", f"'/vz/../etc' {PATH}"),
        ("<openvz:root>/vz/$(x)</openvz:root>", "root", "/vz/$(x)", f"'/vz/$(x)' {PATH}"),
        ("<openvz:ostemplate>a/b</openvz:ostemplate>", "template", "a/b",
         "'a/b' is not a valid OS template name; use letters, digits and _ . + -"),
        ("<openvz:mount_opts>a b</openvz:mount_opts>", "mount_opts", "a b",
         "'a b' are not mount options; write them like noatime,nodev"),
        ("<openvz:nameserver>ns.example.org</openvz:nameserver>", "nameserver", ("ns.example.org",),
         "'ns.example.org' is neither an IP address nor inherit (the node's own)"),
        ("<openvz:searchdomain>a!</openvz:searchdomain>", "searchdomain", ("a!",),
         "'a!' is not a valid domain; write it like example.org"),
        ("<openvz:bootorder>4294967296</openvz:bootorder>", "bootorder", 4294967296,
         "4294967296 is out of range; vzctl takes 0 to 2147483647"),
        ("<openvz:pci>zz</openvz:pci>", "pci", ("zz",), "'zz' is not a PCI device; write it like 0000:00:1f.0"),
    ],
)  # fmt: skip
def test_what_vzctl_could_not_be_given_is_read_with_the_error_for_writing_it(body, field, kept, message):
    read = document(body)

    assert read.domain == Domain("209", **{field: kept})
    assert {name: (error.line, error.message) for name, error in read.unwritable.items()} == {field: (2, message)}


def test_the_first_of_two_errors_for_writing_is_reported():
    words = "".join(f"<openvz:nameserver>{word}</openvz:nameserver>\n" for word in ("a", "10.0.0.1", "b"))

    read = document(words)

    assert read.domain.nameserver == ("a", "10.0.0.1", "b")
    assert read.unwritable["nameserver"].line == 2


# what libvirt's <interface> has no room for

PAIR = "<devices><interface type='bridge'><source bridge='br0'/><guest dev='eth0'/></interface></devices>"


def test_the_nodes_end_of_a_pair_is_said_in_metadata():
    ifname = "<openvz:ifname name='eth0' host_mac='FE:FF:FF:FF:FF:FF' mac_filter='off'/>"
    text = f"<domain type='openvz'><name>209</name><metadata {XMLNS}>{ifname}</metadata>{PAIR}</domain>"

    (pair,) = codec.parse(text).domain.interfaces

    assert (pair.bridge, pair.host_mac, pair.mac_filter) == ("br0", "fe:ff:ff:ff:ff:ff", False)
    assert codec.parse(codec.render(codec.parse(text).domain)).domain.interfaces == (pair,)


@pytest.mark.parametrize(
    ("ifname", "message"),
    [
        ("<openvz:ifname name='eth1' mac_filter='on'/>", "no interface of this document has <guest dev='eth1'/>"),
        ("<openvz:ifname mac_filter='on'/>", "needs an attribute 'name'"),
        ("<openvz:ifname name='eth0'/>", "needs an attribute 'host_mac', 'mac_filter' or 'configure'"),
        ("<openvz:ifname name='eth0' mac_filter='maybe'/>", "'maybe' is neither on nor off"),
        ("<openvz:ifname name='eth0' host_mac='x'/>", "'x' is not a MAC address"),
        (
            "<openvz:ifname name='eth0' mac_filter='on'/><openvz:ifname name='eth0' mac_filter='on'/>",
            "another element already sets this for eth0",
        ),
    ],
)
def test_what_is_said_of_no_pair_or_twice_is_refused(ifname, message):
    text = f"<domain type='openvz'><name>209</name>\n<metadata {XMLNS}>{ifname}</metadata>{PAIR}</domain>"

    with pytest.raises(errors.DocumentError, match=f"line 2, .*openvz:ifname.*{message}"):
        codec.parse(text)
