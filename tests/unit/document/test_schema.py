"""RELAX NG: ours, made from the table, and libvirt's."""

import os
from pathlib import Path

import pytest
import strategies
from hypothesis import given
from lxml import etree
from vzdomain import errors
from vzdomain.document import codec, schema
from vzdomain.model import fields

SEED = (Path(__file__).parents[1] / "data" / "seed.xml").read_text()
NAMESPACE = "https://openvz.org/schemas/domain/salt/1"
VALID = {"openvz.rng": "valid", "/usr/share/libvirt/schemas/domain.rng": "valid"}


def document(metadata):
    return f"<domain type='openvz'><name>209</name><metadata xmlns:openvz='{NAMESPACE}'>{metadata}</metadata></domain>"


@given(domain=strategies.domains_of_any_family())
def test_whatever_is_written_is_valid_by_both_schemas(domain):
    assert schema.check(codec.render(domain)) == VALID


@pytest.mark.parametrize("row", fields.FIELDS, ids=lambda row: row.name)
def test_the_example_of_every_row_is_valid_by_both_schemas(row, document_around):
    assert schema.check(document_around(row)) == VALID


DISK = "<disk type='file' device='disk'><target dev='sdb'/>{}</disk>"
PAIR = "<interface type='bridge'><source bridge='br0'/>{}</interface>"


@pytest.mark.parametrize(
    ("device", "inside", "answer"),
    [
        (DISK, "<openvz:size unit='GiB'>5</openvz:size>", "valid"),
        (DISK, "<openvz:size unit='furlong'>5</openvz:size>", "line 2: "),
        (DISK, "<openvz:size>five</openvz:size>", "line 2: "),
        (DISK, "<openvz:enabled>maybe</openvz:enabled>", "line 2: "),
        (PAIR, "<openvz:dhcp family='ipv6'>yes</openvz:dhcp>", "valid"),
        (PAIR, "<openvz:dhcp family='ipx'>yes</openvz:dhcp>", "line 2: "),
        (PAIR, "<openvz:nosuch/>", "line 2: "),
    ],
)
def test_our_schema_has_what_stands_among_libvirts_devices(device, inside, answer):
    devices = f"<devices xmlns:openvz='{NAMESPACE}'>\n{device.format(inside)}</devices>"
    found = schema.check(f"<domain type='openvz'><name>209</name>{devices}</domain>")

    assert found["openvz.rng"].startswith(answer)
    assert found[schema.LIBVIRT] == "valid"


@pytest.mark.parametrize("unit", ["mib", "MIB", "Mib", "kb", "KB", "B", "Bytes", "BYTE", "k", "T", "p", "eib"])
@pytest.mark.parametrize(
    "text",
    [
        "<domain type='openvz'><name>209</name><memory unit='{}'>536870912</memory></domain>",
        document("<openvz:iolimit unit='{}'>1</openvz:iolimit>"),
        document("<openvz:swap unit='{}'>1</openvz:swap>"),
    ],
)
def test_a_unit_is_valid_in_any_case(text, unit):
    assert schema.check(text.format(unit)) == VALID


@pytest.mark.parametrize(
    "wrong",
    [
        "<openvz:iolimit unit='furlong'>1</openvz:iolimit>",
        "<openvz:nosuch/>",
        "<openvz:onboot>maybe</openvz:onboot>",
        "<openvz:cpuunits>5</openvz:cpuunits>",
        "<openvz:ioprio>8</openvz:ioprio>",
        "<openvz:layout>zfs</openvz:layout>",
        "<openvz:netfilter>sometimes</openvz:netfilter>",
        "<openvz:features name='nfs'/>",
        "<openvz:features name='nfs' state='maybe'/>",
        "<openvz:devnodes name='null' access='x'/>",
        "<openvz:kmemsize barrier='some'/>",
        "<openvz:kmemsize/>",
        "<openvz:diskspace hard='unlimited'/>",
        "<openvz:features name='fuse' state='on'/>",
        "<openvz:capability name='net_raw'/>",
        "<openvz:iptables>ipt_nosuch</openvz:iptables>",
        "<openvz:meminfo>pages</openvz:meminfo>",
        "<openvz:pci>zz</openvz:pci>",
        "<openvz:kmemsize soft='1'/>",
        "<openvz:iolimit unit='MB/s'>1</openvz:iolimit>",
        "<openvz:cpumask>x</openvz:cpumask>",
        "<openvz:onboot>yes</openvz:onboot><openvz:onboot>no</openvz:onboot>",
        "<plain/>",
    ],
)
def test_our_schema_refuses_what_is_wrong(wrong):
    ours = etree.RelaxNG(etree.fromstring(schema.relaxng()))

    assert not ours.validate(etree.fromstring(document(wrong)).find("metadata"))


def test_our_schema_leaves_others_alone():
    others = "<a:b xmlns:a='urn:a' c='d'>text<a:e/></a:b>"

    assert schema.check(document(f"{others}<openvz:onboot>yes</openvz:onboot>{others}")) == VALID


def test_the_seed_is_not_valid_for_libvirt_and_is_in_libvirts_words():
    found = schema.check(SEED)

    assert found["openvz.rng"] == "valid"
    assert found[schema.LIBVIRT].startswith("line 6: Element source failed to validate attributes")
    assert found[schema.LIBVIRT].endswith("as openvz.get_xml writes it for libvirt, it is valid")


def test_without_libvirts_schema_the_answer_says_so(tmp_path):
    missing = str(tmp_path / "domain.rng")

    assert schema.check(SEED, missing) == {
        "openvz.rng": "valid",
        missing: "not on this machine (Debian: libvirt0)",
    }


@pytest.mark.parametrize(
    "right",
    [
        "<openvz:cpumask>0-7,^3</openvz:cpumask>",
        "<openvz:cpumask>0, 1,</openvz:cpumask>",
        "<openvz:cpumask>all</openvz:cpumask>",
        "<openvz:numproc limit='240'/>",
        "<openvz:numproc barrier='240'/>",
        "<openvz:numproc barrier='99999999999999999999999' limit='unlimited'/>",
        "<openvz:pci>00:1F.0</openvz:pci>",
        "<openvz:meminfo>pages:0256</openvz:meminfo>",
        "<openvz:swap>1</openvz:swap>",
        "<openvz:devnodes name='/dev/null' access='wr'/>",
    ],
)
def test_what_is_read_is_valid(right):
    assert codec.parse(document(right)).unwritable == {}
    assert schema.check(document(right))["openvz.rng"] == "valid"


@pytest.mark.parametrize("broken", ["/etc/hostname", "/dev/null"])
def test_a_file_that_is_not_a_schema_is_refused_in_one_sentence(broken):
    with pytest.raises(errors.ConfigurationError, match=f"{broken} is not a schema: "):
        schema.check(SEED, broken)


def test_the_declared_encoding_of_a_text_does_not_matter():
    assert schema.check(f"<?xml version='1.0' encoding='utf-16'?>\n{document('')}") == VALID


def test_a_pipe_in_the_place_of_a_schema_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "domain.rng")

    with pytest.raises(errors.ConfigurationError, match="is not a schema: it is not a regular file"):
        schema.check(SEED, str(tmp_path / "domain.rng"))
