"""The table of options: nothing is written that is not read back, and every word is vzctl's."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import LONGEST_KIB
from vzdomain import options
from vzdomain.domain import Domain, Interface, Limit
from vzdomain.units import UNLIMITED

IDENTITY = {"uuid", "ctid", "title"}  # comments and file names, not keys
NOT_VZCTLS = {"init"}  # every container starts /sbin/init


def test_every_field_of_a_domain_has_a_row_or_a_reason():
    assert {field.name for field in fields(Domain)} == set(options.BY_FIELD) | IDENTITY | NOT_VZCTLS


def test_every_option_is_one_that_vzctl_takes():
    for row in options.TABLE:
        assert row.option in options.SET


def test_secrets_and_deletion_are_no_options():
    assert not {"userpasswd", "save", "force", "reset_ub"} & (options.SET | options.CREATE)


@pytest.mark.parametrize(
    ("field", "value", "argument"),
    [
        ("memory", 524288, "524288K"),
        ("memory", UNLIMITED, "unlimited"),
        ("swap", 0, "0K"),
        ("vcpu", 2, "2"),
        ("diskspace", Limit(10000, 10000), "10000:10000"),
        ("diskspace", Limit(2097152, 2306867), "2097152:2306867"),
        ("diskinodes", Limit(180000, 200000), "180000:200000"),
        ("description", "two words", "two words"),
    ],
)
def test_a_value_becomes_an_argument(field, value, argument):
    assert options.BY_FIELD[field].write(value) == argument


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("memory", 524288, "512 MiB"),
        ("memory", None, None),
        ("swap", UNLIMITED, "unlimited"),
        ("diskspace", Limit(1048576, 1048576), "1 GiB"),
        ("diskspace", Limit(1048576, 1048577), "1 GiB:1048577 KiB"),
        ("diskspace", None, None),
        ("diskinodes", Limit(5, 5), "5"),
        ("diskinodes", Limit(4, 5), "4:5"),
        ("vcpu", 2, 2),
        ("addresses", ("10.0.0.1",), ["10.0.0.1"]),
    ],
)
def test_changes_show_what_people_read(field, value, shown):
    assert options.BY_FIELD[field].show(value) == shown


@given(st.integers(0, LONGEST_KIB // 4))
def test_memory_that_is_written_is_read_back(pages):
    row = options.BY_FIELD["memory"]

    assert row.read(f"0:{row.write(pages * 4)}") == pages * 4


@given(st.integers(0, LONGEST_KIB), st.integers(0, LONGEST_KIB))
def test_limits_that_are_written_are_read_back(soft, hard):
    for field in ("diskspace", "diskinodes"):
        row = options.BY_FIELD[field]

        assert row.read(row.write(Limit(soft, hard))) == Limit(soft, hard)


def test_a_netif_is_read_in_the_order_of_the_file():
    text = (
        "ifname=eth1,bridge=br1,mac=00:18:51:AA:BB:01,host_ifname=veth301.1,host_mac=00:18:51:AA:BB:11,mac_filter=off;"
        "ifname=eth0;"
    )

    assert options.BY_FIELD["interfaces"].read(text) == (
        Interface(bridge="br1", mac="00:18:51:aa:bb:01", target="veth301.1", guest="eth1"),
        Interface(guest="eth0"),
    )


@pytest.mark.parametrize(
    ("text", "interfaces"),
    [
        (None, ()),
        ("", ()),
        ("mac=00:18:51:AA:BB:01", ()),
        ("ifname=eth0,foo=bar,mac=00:18:51:aa:bb:cc", (Interface(mac="00:18:51:aa:bb:cc", guest="eth0"),)),
        ("ifname=eth0,mac=,bridge=", (Interface(guest="eth0"),)),
    ],
)
def test_a_netif_says_no_more_than_it_says(text, interfaces):
    assert options.BY_FIELD["interfaces"].read(text) == interfaces


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.1.0.1", "10.1.0.1"),
        ("10.1.0.1/32", "10.1.0.1"),
        ("10.1.0.1/24", "10.1.0.1/24"),
        ("FD00:0::1", "fd00::1"),
        ("fd00::1/128", "fd00::1"),
        ("fd00::1/64", "fd00::1/64"),
    ],
)
def test_an_address_has_one_spelling(text, address):
    assert options.read_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "10.1", "010.0.0.1", "10.0.0.300", "10.0.0.1/33", "10.1.0.2/255.255.255.0", "auto"]
)
def test_what_vzctl_refuses_is_no_address(text):
    with pytest.raises(ValueError):
        options.read_address(text)
