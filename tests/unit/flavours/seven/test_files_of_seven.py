"""Configuration files of vzctl 7 to 9, as recorded runs of 9.0.1 read them."""

import json
from pathlib import Path

import pytest
from vzdomain.flavours.seven import ctconf, validity
from vzdomain.flavours.seven.parameters import TABLE
from vzdomain.model.domain import Limit

RECORDED = json.loads((Path(__file__).parent / "data/seven.json").read_text("utf-8"))
CTID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"
PLAIN = f'VE_PRIVATE="/vz/private/$VEID"\nUUID="{CTID}"\nNAME="web1"\n'
KEYS = {row.option: row.key for row in TABLE if row.option and row.key}
# What an option reads in another way than the key: one of many words, or a creation's.
OTHERWISE = ("uuid", "netif_add", "device-add", "bindmount_add", "netdev_add", "pci_add", "devices")
VALUES = [said for said in RECORDED["values"] if KEYS.get(said[0]) in validity.CHECKS and said[0] not in OTHERWISE]


@pytest.mark.parametrize("said", RECORDED["files"], ids=lambda said: said["id"])
def test_a_file_is_read_as_recorded(said):
    conf = ctconf.parse(said["file"])

    assert conf.invalid == (tuple(said["invalid"]) if said["invalid"] else None)
    if said["listed"]:
        assert conf.get("HOSTNAME") == said["hostname"]


@pytest.mark.parametrize(("option", "value", "is_taken"), VALUES, ids=lambda one: repr(one)[:30])
def test_a_value_that_the_option_takes_is_valid_in_a_file_and_no_other(option, value, is_taken):
    assert (ctconf.parse(f'{KEYS[option]}="{value}"\n').invalid is None) == is_taken


def test_a_type_that_9_writes_makes_7_0_refuse_the_file():
    conf = ctconf.parse('NETIF="ifname=venet0,mac=C4:37:72:59:22:EA,type=routed"\n')

    assert ctconf.refused(conf, "9.0.1") is None
    assert ctconf.refused(conf, "8.0.3") is None
    assert ctconf.refused(conf, "7.0.254")[0] == "NETIF"


def test_a_container_without_a_name_is_called_by_its_ctid():
    assert ctconf.domain(ctconf.parse(PLAIN.replace('NAME="web1"\n', "")), CTID).name == CTID
    assert ctconf.domain(ctconf.parse('NAME="555"\n'), "101").name == "101"  # a name of digits would mean a CTID


def test_the_ctid_is_said_where_the_uuid_does_not_say_it():
    assert ctconf.domain(ctconf.parse(PLAIN), CTID).ctid is None
    assert ctconf.domain(ctconf.parse(PLAIN), "101").ctid == "101"
    assert ctconf.domain(ctconf.parse(PLAIN), "101").uuid == CTID


def test_a_file_without_a_uuid_is_that_of_the_ctid():
    assert ctconf.domain(ctconf.parse(""), CTID).uuid == CTID
    assert ctconf.domain(ctconf.parse(""), "101").uuid is None


def test_sizes_are_read_from_limits_and_a_barrier_of_its_own_is_told():
    domain = ctconf.domain(ctconf.parse('PHYSPAGES="131072:131072"\nSWAPPAGES="0"\n'), CTID)
    other = ctconf.domain(ctconf.parse('PHYSPAGES="65536:131072"\n'), CTID)

    assert (domain.memory, domain.swap, domain.physpages, domain.swappages) == (524288, 0, None, None)
    assert (other.memory, other.physpages, other.swap) == (None, Limit(65536, 131072), None)


def test_a_mark_and_a_title_are_comments_here_too():
    text = ctconf.with_comments(PLAIN, TITLE="Web server", **{ctconf.MARK: ctconf.mark(CTID, "hn1")})
    conf = ctconf.parse(text)

    assert text.startswith(PLAIN)
    assert conf.is_marked(CTID, "hn1") and not conf.is_marked(CTID, "hn2")
    assert ctconf.domain(conf, CTID).title == "Web server"
    assert ctconf.with_comments(text, TITLE=None, **{ctconf.MARK: None}) == PLAIN


def test_a_description_is_decoded_and_a_template_has_no_dot():
    domain = ctconf.domain(ctconf.parse('DESCRIPTION="a =3D b"\nOSTEMPLATE=".almalinux-9"\n'), CTID)

    assert (domain.description, domain.template) == ("a = b", "almalinux-9")


def test_the_pseudo_device_of_routed_addresses_is_no_pair():
    text = 'NETIF="ifname=eth0,mac=00:18:51:AA:BB:01,network=br0,type=bridge;ifname=venet0,type=routed"\n'

    assert [pair.guest for pair in ctconf.domain(ctconf.parse(text), CTID).interfaces] == ["eth0"]
