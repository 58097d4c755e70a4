"""
Laws of the whole vocabulary on a simulated node: what a configuration file says goes through a document to another
container, and what a container's own document says is never a change.
"""

import itertools
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from simnode import SimNode
from strategies import FIELDS, configuration_files, domains
from vzdomain.document import codec
from vzdomain.errors import RefusedError
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import Reconciler
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.host.networks import Networks
from vzdomain.host.node import Node
from vzdomain.host.vzctl import Vzctl

SAMPLES = Path(__file__).parents[3] / "vzsim/samples"
NO_SHRINKING = settings(phases=[Phase.reuse, Phase.generate])  # each example takes a while


class Bench:
    """A simulated node with the library on it, without Salt; CTIDs are used once."""

    def __init__(self, directory):
        self.sim = SimNode.make(directory / "n1")
        self.vzctl = Vzctl(self.sim.options["vzctl"], self.sim.options["vzlist"])
        self.journal = Journal(str(directory / "journal"))
        self.ctids = itertools.count(1000)

    def reconciler(self):
        """One that has read nothing yet."""
        node = Node(self.vzctl, self.sim.options["config_dir"], self.sim.options["sys_class_net"])
        return Reconciler(node, Networks({}), self.journal, lock_timeout=1)

    def clear(self):
        """Forget the containers so far, and their areas: an area without a file is looked at for half a second."""
        for path in (self.sim.directory / "etc/vz/conf").glob("[1-9]*.conf"):
            path.unlink()
        for path in (self.sim.directory / "vz/private").iterdir():
            shutil.rmtree(path)

    def put(self, text):
        """A container with that configuration file, as somebody else may have left it; returns its CTID."""
        ctid = next(self.ctids)
        self.sim.conf_path(ctid).write_bytes(text.encode("utf-8", "surrogatepass"))  # half a character is not UTF-8
        (self.sim.directory / f"vz/private/{ctid}").mkdir()
        return ctid


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("bench"))


# from a file to another container


def spelled(*texts):
    return st.sampled_from(texts)


def pairs(amounts):
    return st.builds("{}:{}".format, amounts, amounts) | amounts


_COUNTS = st.integers(0, 2**31 - 1).map(str) | spelled("0", "1", "100")
_ITEMS = pairs(st.integers(0, 10**6).map(str) | spelled("unlimited", "240", "9223372036854775807"))
_BYTES = pairs(st.integers(0, 10**12).map(str) | spelled("unlimited", "2.2G", "11055923", "64K", "1M", "3P"))
_PAGES = pairs(st.integers(0, 10**9).map(str) | spelled("unlimited", "256M", "1.5G", "65536", "512P", "2.2G", "10k"))
_LIMITED = st.builds("0:{}".format, st.integers(1, 10**9).map(str) | spelled("256M", "1.5G", "65536", "2T"))
_SPACE = pairs(st.integers(0, 10**9).map(str) | spelled("2G", "2.2G", "1048576", "10T", "512P"))
_INODES = pairs(st.integers(0, 10**9).map(str) | spelled("131072", "200k"))
_MASK = spelled("all", "0", "0-1", "0,1,4-7", "3,1,2", "0-4095")
_BLANKS = spelled(" ", "  ", "\t")


def words(*known):
    return st.builds(str.join, _BLANKS, st.lists(st.sampled_from(known), min_size=1, max_size=4))


SAID = {
    "DESCRIPTION": spelled("", "web", "Grüße aus Köln", "日本", "two  words", "it's 50 %; #1", "a=b"),
    "HOSTNAME": spelled("web01.example.org", "ct_1", "1"),
    "ONBOOT": spelled("yes", "no"),
    "BOOTORDER": _COUNTS,
    "DISABLED": spelled("yes", "no"),
    "STOP_TIMEOUT": _COUNTS,
    "PHYSPAGES": _LIMITED | _PAGES,
    "SWAPPAGES": _LIMITED | _PAGES,
    "VM_OVERCOMMIT": spelled("1.5", "2", "0.75", "2.50", "3.", "1.5x"),
    "MEMINFO": spelled("none", "pages:0256", "privvmpages:2", ""),
    "CPUS": st.integers(0, 64).map(str),
    "CPUMASK": _MASK,
    "NODEMASK": _MASK,
    "CPUUNITS": st.integers(8, 500000).map(str),
    "CPUUWEIGHT": _COUNTS,
    "CPULIMIT": st.integers(0, 6400).map(str) | spelled("50%", "100%"),
    "ORIGIN_SAMPLE": spelled("basic", "vswap-1g"),
    "LOCAL_UID": _COUNTS,
    "LOCAL_GID": _COUNTS,
    "MOUNT_OPTS": spelled("noatime", "nodev,size=10"),
    "OSTEMPLATE": spelled("debian-12-x86_64", "fedora-core-5-i386"),
    "VE_LAYOUT": spelled("simfs"),
    "VE_ROOT": spelled("/vz/root/$VEID", "/srv/${VEID}/root"),
    "DISKSPACE": _SPACE,
    "DISKINODES": _INODES,
    "DISK_QUOTA": spelled("yes", "no"),
    "QUOTATIME": _COUNTS,
    "QUOTAUGIDLIMIT": _COUNTS,
    "IOPRIO": st.integers(0, 7).map(str),
    "IOLIMIT": st.integers(0, 2**32 - 1).map(str) | spelled("10M", "unlimited", "1p", "9G"),
    "IOPSLIMIT": _COUNTS,
    "NETIF": spelled(
        "ifname=eth0,bridge=br0,mac=00:18:51:00:00:01,host_ifname=veth1.0,host_mac=FE:FF:FF:FF:FF:FF",
        "ifname=wan,mac=02:00:00:00:00:0A,host_ifname=v1.wan;ifname=eth1,bridge=eth10,mac=02:00:00:00:00:0B,host_ifname=v1.b",
    ),
    "IP_ADDRESS": words("10.0.0.1", "10.0.0.1/24", "192.168.122.15/32", "FD00::0:1/64", "0.0.0.0", "fd00::2"),
    "NETDEV": spelled("eth1"),
    "NAMESERVER": words("192.0.2.1", "192.0.2.2", "inherit", "2001:db8::53"),
    "SEARCHDOMAIN": words("example.org", "example.net"),
    "NETFILTER": spelled("disabled", "stateless", "stateful", "full", "some"),
    "IPTABLES": words("iptable_nat", "ipt_LOG", "ip_conntrack_ftp", "ip6_tables", "ip_nat_irc"),
    "FEATURES": words("nfs:on", "sit:off,ppp:on", "nfsd:on", "bridge:off", "usb:on"),
    "CAPABILITY": words("NET_ADMIN:on", "SYS_TIME:on,MKNOD:off", "ve_admin:off", "net_admin:off"),
    "DEVNODES": words("net/tun:rw", "fuse:rq", "sda1:none", "null:wr", "loop-control:r"),
    "DEVICES": words("c:10:200:rw", "b:8:all:r", "b:08:1:none", "c:1:3:wq"),
    "PCI": words("0000:00:1f.0", "1f:00.3", "00:1F.0"),
    "KMEMSIZE": _BYTES,
    "LOCKEDPAGES": _PAGES,
    "PRIVVMPAGES": _PAGES,
    "SHMPAGES": _PAGES,
    "NUMPROC": _ITEMS,
    "VMGUARPAGES": _PAGES,
    "OOMGUARPAGES": _PAGES,
    "NUMTCPSOCK": _ITEMS,
    "NUMFLOCK": _ITEMS,
    "NUMPTY": _ITEMS,
    "NUMSIGINFO": _ITEMS,
    "TCPSNDBUF": _BYTES,
    "TCPRCVBUF": _BYTES,
    "OTHERSOCKBUF": _BYTES,
    "DGRAMRCVBUF": _BYTES,
    "NUMOTHERSOCK": _ITEMS,
    "DCACHESIZE": _BYTES,
    "NUMFILE": _ITEMS,
    "IPTENTRIES": _ITEMS,
    "AVNUMPROC": _ITEMS,
}
_LINES = spelled('{}="{}"\n', '{}="{}" # a note\n', '  {}="{}"\r\n', '{}="{}"\n\n# comment="x"\n')
_ERAS = spelled("", *(path.read_text() for path in sorted(SAMPLES.glob("ve-*"))))


@st.composite
def configurations(draw):
    """What tools and people leave: a sample of some era, and lines that say more, and again."""
    keys = draw(st.lists(st.sampled_from(sorted(SAID)), max_size=20))
    lines = [draw(_LINES).format(key, draw(SAID[key])) for key in keys]
    first = draw(_ERAS)
    return "".join(lines) + first if draw(st.booleans()) else first + "".join(lines)


IDENTITY = ("name", "ctid", "uuid", "title")
COMPARED = [row for row in TABLE if row.option and row.field not in IDENTITY]


@settings(NO_SHRINKING, max_examples=100)
@given(text=configurations())
def test_a_container_made_from_a_containers_document_has_all_that_its_file_said(bench, text):
    bench.clear()  # no other container has its addresses and devices
    ctid = next(bench.ctids)
    source = ctconf.domain(ctconf.parse(text), ctid)
    assume({one.guest for one in source.interfaces}.isdisjoint(source.hostdevs))  # it would not start
    document = codec.parse(codec.render(source))

    reconciler = bench.reconciler()
    reconciler.define(document.domain, unwritable=document.unwritable)

    assert lost(source, reconciler.resolve(ctid).domain) == {}


def lost(source, made):
    """The fields that a container does not have as another one's file says them."""
    pairs = {row: (getattr(source, row.field), getattr(made, row.field)) for row in COMPARED}
    return {row.field: pair for row, pair in pairs.items() if pair[0] is not None and not _has(row, *pair)}


def _has(row, said, made):
    """Of an interface what the file says counts: the rest is vzctl's to choose."""
    if row.field != "interfaces":
        return row.kind.same(said, made)
    found = {one.guest: vars(one) for one in made}
    return all(
        found.get(one.guest, {}).get(name) == value
        for one in said
        for name, value in vars(one).items()
        if value is not None
    )


# a container's own document


def left_to_do(bench, texts, dialect="libvirt"):
    """What the documents of containers with these files would change in them: nothing."""
    ctids = [bench.put(text) for text in texts]
    reconciler, found = bench.reconciler(), {}
    for ctid, text in zip(ctids, texts, strict=True):
        document = codec.parse(codec.render(reconciler.resolve(ctid).domain, dialect))
        made = reconciler.plan(document.domain, unwritable=document.unwritable)
        if made.calls or made.warnings:
            found[text] = made
        bench.sim.conf_path(ctid).unlink()
    bench.clear()
    return found


@pytest.mark.parametrize("dialect", codec.DIALECTS)
@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("ve-*")))
def test_the_document_of_a_container_from_a_sample_changes_nothing(bench, sample, dialect):
    assert left_to_do(bench, [(SAMPLES / sample).read_text()], dialect) == {}


def nameless(text):
    """Without the lines that would need more of a node: a name has a link, and a private area is a directory."""
    return re.sub(r"(?m)^\s*(NAME|VE_PRIVATE|#\s*UUID\s*:).*$", "", text)


FILES = st.lists((configurations() | configuration_files).map(nameless), min_size=5, max_size=5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        'DISKSPACE="9223372036854775807"\n',
        'VE_LAYOUT="ploop"\nDISKSPACE="5:6"\nDISKINODES="1:2"\n',
        'PHYSPAGES="0:4503599627370496"\nSWAPPAGES="5:4503599627370496"\n',
        'PHYSPAGES="0:0"\n',
        'CPUMASK="auto"\nNODEMASK="0"\n',
        'IP_ADDRESS="10.0.0.1 10.0.0.1/24"\nIP_ADDRESS="10.0.0.1/8 10.0.0.2"\n',
        'NETIF="ifname=eth0,mac=02:00:00:00:00:01;ifname=eth1,mac=02:00:00:00:00:01"\n',
        'DESCRIPTION="caf\udce9, 50 $ `a` month\\"\n',
        'NAMESERVER="ns1 192.0.2.1"\nSEARCHDOMAIN="-x"\nHOSTNAME="a b"\nMOUNT_OPTS="a b"\n',
        'VM_OVERCOMMIT="1.23456789"\nCPULIMIT="30%"\nIOLIMIT="9G"\nCPUS="0"\nQUOTATIME=""\n',
        'FEATURES="blub:on nfs:on"\nCAPABILITY="NET_ADMIN:on BOGUS:on CHOWN:on"\nDEVNODES="a:rw b:x c:rw"\n',
    ],
)
@pytest.mark.parametrize("dialect", codec.DIALECTS)
def test_the_document_of_an_odd_container_changes_nothing_in_it(bench, text, dialect):
    assert left_to_do(bench, [text], dialect) == {}


@NO_SHRINKING
@given(texts=FILES, dialect=st.sampled_from(codec.DIALECTS))
def test_the_document_of_a_container_changes_nothing_in_it(bench, texts, dialect):
    assert left_to_do(bench, texts, dialect) == {}


# a document


# Not those that name what a node must have; nor factors, of which vzctl keeps six digits.
LEFT_OUT = {"interfaces", "hostdevs", "devnodes", "template", "config", "layout", "private", "root"}
DOCUMENTS = domains({name: made for name, made in FIELDS.items() if name not in LEFT_OUT})


@settings(NO_SHRINKING, max_examples=30)
@given(first=DOCUMENTS, second=DOCUMENTS)
def test_what_a_document_says_vzctl_takes_at_creation_and_afterwards(bench, first, second):
    bench.clear()
    ctid, reconciler = str(next(bench.ctids)), bench.reconciler()
    for domain in (first, second):
        document = codec.parse(codec.render(replace(domain, name=ctid, ctid=None, uuid=None)))
        try:
            reconciler.define(document.domain, unwritable=document.unwritable)
        except RefusedError:
            assume(False)
        assert reconciler.plan(document.domain).calls == ()
