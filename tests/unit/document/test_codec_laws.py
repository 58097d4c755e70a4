"""What holds for every domain and for every text, tried with Hypothesis."""

import re
from pathlib import Path

import pytest
import strategies
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from vzdomain import errors
from vzdomain.document import codec
from vzdomain.flavours.legacy import ctconf
from vzdomain.model import fields
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import BindMount, Disk, Domain, Interface, Limit
from vzdomain.model.units import UNLIMITED

SCHEMA = Path("/usr/share/libvirt/schemas/domain.rng")  # Debian: libvirt0
DATA = Path(__file__).parents[1] / "data"
SEED = (DATA / "seed.xml").read_text()

EXPECTED = re.compile("too little|is in no network of")
LONG = Limit(0, strategies.LONGEST_KIB)
EVERYTHING = Domain(
    name="web 1",
    ctid=Ctid("101"),
    uuid="8dea22b3-1d52-d8f3-2516-782e98ab8fa0",
    title="The web server",
    description="<serves> 'example.org' & gr\u00fc\u00dft",
    hostname="web-1.example.org",
    onboot=True,
    bootorder=0,
    disabled=False,
    stop_timeout=60,
    init="/sbin/init",
    memory=524288,
    swap=0,
    vm_overcommit="1.5",
    meminfo="privvmpages:2",
    vcpu=2,
    cpumask="0-1,4",
    cpuunits=8,
    cpuweight=500,
    cpulimit=0,
    nodemask="0",
    template="debian-12-x86_64",
    config="vswap-256m",
    layout="ploop:raw",
    private="/vz/private/$VEID",
    root="/vz/root/${VEID}",
    local_uid=100000,
    local_gid=100000,
    mount_opts="noatime,nodev",
    diskspace=Limit(2097152, 2306867),
    diskinodes=Limit(131072, 144179),
    diskquota=True,
    quotatime=600,
    quotaugidlimit=0,
    ioprio=7,
    iolimit=2147483647,
    iopslimit=0,
    interfaces=(
        Interface(bridge="br0", mac="02:18:51:aa:bb:01", target="veth101.0", guest="eth0"),
        Interface(),
        Interface(
            network="default",
            guest="eth1",
            addresses=("10.0.0.5/24", "fd00::5/64"),
            gateway="10.0.0.1",
            gateway6="fe80::1",
            dhcp=False,
            configure=True,
            vport="ovs",
        ),
        Interface(guest="eth2", addresses=("10.2.0.5/24",), dhcp6=True),
    ),
    hostdevs=("eth1",),
    addresses=("10.0.0.1", "fd00::1/64"),
    nameserver=("inherit", "10.0.0.1"),
    searchdomain=("example.org",),
    netfilter="full",
    iptables=("ip_conntrack", "ip_tables", "ipt_state"),
    features=tuple(sorted(dict.fromkeys(fields.BY_NAME["features"].kind.known, "off").items())),
    capabilities=tuple(sorted(dict.fromkeys(fields.BY_NAME["capabilities"].kind.known, "on").items())),
    devnodes=(("net/tun", "rw"), ("null", "none"), ("sda1", "rw"), ("zero", "r")),
    devices=(("b:8:all", "rwq"), ("c:10:200", "none")),
    pci=("0000:00:1f.0",),
    physpages=Limit(65536, 131072),
    swappages=Limit(1, 0),
    **dict.fromkeys(fields.BEANCOUNTERS - {"physpages", "swappages"}, LONG),
    autostop="suspend",
    ha_enable=False,
    ha_prio=7,
    memguarantee="auto",
    cpulimit_mhz=2000,
    pagecache_isolation=True,
    num_memory_subgroups=512,
    slmmode="all",
    slmmemorylimit=LONG,
    burst_cpulimit=50,
    burst_cpu_avg_usage=50,
    distribution="almalinux",
    jquota=True,
    disks=(
        Disk("data.hdd", 5242880, "/data", "0e6f34e9-1d52-4cac-a29f-6fbed82c07cd", False),
        Disk(device="/dev/mapper/vg-db"),
    ),
    bindmounts=(BindMount("/srv/shop", "/mnt/shop", ("nosuid", "ro")),),
    rate=("eth0:1:1024",),
    ratebound=False,
    numnetif=LONG,
)


@pytest.fixture(scope="module")
def schema():
    return etree.RelaxNG(file=str(SCHEMA))


def upside_down(domain):
    return [field for field, value in vars(domain).items() if isinstance(value, Limit) and value.soft > value.hard]


def libvirts(text):
    """A document without what stands of ours among libvirt's devices, which libvirt passes over."""
    root = etree.fromstring(text)
    for element in root.findall(f"devices//{{{codec.NAMESPACE}}}*"):
        element.getparent().remove(element)
    return root


def test_the_domain_that_says_everything_leaves_nothing_out():
    assert [field for field, value in vars(EVERYTHING).items() if value is None] == []


@pytest.mark.parametrize("dialect", codec.DIALECTS)
@given(domain=strategies.domains_of_any_family())
@example(domain=EVERYTHING)
@example(domain=Domain(name="209", memory=UNLIMITED, swap=UNLIMITED))
@example(domain=Domain(name="209", memory=1, swap=0, description=""))
@example(domain=Domain(name="209", swap=UNLIMITED))
@example(domain=Domain(name="209", template="dotted.name", private="/vz/209", diskspace=LONG))
@example(domain=Domain(name="209", interfaces=(Interface(bridge="br0", network="default", target="veth209.0"),)))
def test_what_is_written_is_read_back(dialect, domain):
    document = codec.parse(codec.render(domain, dialect))

    assert document.domain == domain
    assert len([one for one in document.warnings if not EXPECTED.search(one)]) == len(upside_down(domain))
    assert document.unwritable == {}


@pytest.mark.parametrize("dialect", codec.DIALECTS)
@given(domain=strategies.domains_of_any_family())
@example(domain=EVERYTHING)
def test_writing_again_changes_nothing(dialect, domain):
    text = codec.render(domain, dialect)

    assert codec.render(codec.parse(text).domain, dialect) == text


@pytest.mark.parametrize("dialect", ["libvirt", "vz"])
@given(domain=strategies.domains_of_any_family())
@example(domain=EVERYTHING)
def test_the_dialects_of_libvirt_are_valid_by_its_schema(schema, domain, dialect):
    document = libvirts(codec.render(domain, dialect))

    assert schema.validate(document), schema.error_log


def sayable(domain):
    """What a document can say: not that a list is empty, nor that there is no text, nor that there is no memory."""
    said = {field: value for field, value in vars(domain).items() if value not in (None, (), "")}
    if domain.memory == 0 and domain.physpages:
        del said["memory"]
    return said


@pytest.mark.parametrize("dialect", codec.DIALECTS)
@given(text=strategies.configuration_files)
@example(text=(DATA / "conf" / "beancounters.conf-sample").read_text())
@example(text=(DATA / "conf" / "vswap.conf-sample").read_text())
@example(text=(DATA / "conf" / "created.conf").read_text())
@example(text='PHYSPAGES="0"\nSWAPPAGES="0:9223372036854775806"\nDISKSPACE="0:2T"')
@example(text='CPULIMIT="18446744073709551611"\nCPUS="4294967296"\nBOOTORDER="99999999999999999999"')
@example(text='DESCRIPTION="\udcff\ufffe"\nHOSTNAME="* $(x)"\nVE_PRIVATE="/vz/../$VEID\t"\nMOUNT_OPTS="a b"')
def test_what_a_configuration_file_says_can_be_written_and_read_back(schema, dialect, text):
    domain = ctconf.domain(ctconf.parse(text), Ctid("501"))

    xml = codec.render(domain, dialect)

    assert sayable(codec.parse(xml).domain) == sayable(domain)
    assert dialect == "2008" or schema.validate(libvirts(xml)), schema.error_log


def test_an_owned_list_without_addresses_can_be_said_in_2008():
    domain = Domain(name="209", addresses=())

    assert codec.parse(codec.render(domain, "2008")).domain == domain


def texts():
    """Text of any kind, and the seed with a piece cut out or put in: half of it nearly right."""
    pieces = st.text(max_size=8) | st.sampled_from(
        ["<", ">", "&", "]]>", "<!--", "<?", "<!", "x:y", "\0", "<a:b/>", "='"]
    )
    places = st.integers(0, len(SEED))
    return st.text() | st.builds(lambda a, b, piece: SEED[:a] + piece + SEED[b:], places, places, pieces)


@pytest.mark.parametrize("strict", [True, False])
@given(text=texts())
@example(text="")
@example(text="\0")
@example(text="\ud800")
@example(text="\ufeff")
@example(text="<a:b/>")
@example(text="<domain type='openvz'><a:name>209</a:name></domain>")
def test_any_text_is_read_or_refused_as_a_document(strict, text):
    try:
        codec.parse(text, strict=strict)
    except errors.DocumentError as err:
        assert err.message
