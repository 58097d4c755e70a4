"""The table of fields: complete, and every example a document."""

import dataclasses

import pytest
from lxml import etree
from vzdomain.document import codec
from vzdomain.model import fields
from vzdomain.model.domain import Domain, Limit
from vzdomain.model.kinds.lists import Switches, Words, read_address
from vzdomain.model.units import UNLIMITED

ROWS = [pytest.param(row, id=row.name) for row in fields.FIELDS]

# Numbers that count nothing: places, weights and names.
NO_UNIT = {"bootorder", "ha_prio", "cpuweight", "ioprio", "local_uid", "local_gid"}


def test_every_field_of_a_domain_has_one_row():
    assert sorted(row.name for row in fields.FIELDS) == sorted(field.name for field in dataclasses.fields(Domain))


def test_no_two_rows_share_an_element():
    elements = [element for row in fields.FIELDS for element in (row.element, row.fallback) if element]

    assert sorted(elements) == sorted(set(elements))


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_complete(row):
    assert row.element
    assert row.example.startswith("<")
    assert row.about and not row.about.endswith(".")
    assert row.kind.form in ("text", "list", "map", "limit", "size", "interfaces", "disks", "mounts")
    assert row.kind.datatype


@pytest.mark.parametrize("row", ROWS)
def test_what_a_document_owns_of_a_list_or_a_map_is_said_by_the_table(row):
    assert (row.ownership == fields.MERGED) == isinstance(row.kind, Switches)
    assert row.ownership in (fields.VALUE, fields.MERGED) or row.kind.form in ("list", "interfaces", "disks", "mounts")
    is_replaced = isinstance(row.kind, Words) and row.ownership != fields.OWNED
    assert (row.ownership == fields.ORDERED) == (is_replaced and row.kind.ordered)


def test_the_lists_that_exact_empties_are_those_of_devices_and_addresses():
    assert set(fields.EMPTIED) == {"interfaces", "addresses", "hostdevs", "pci", "bindmounts"}


@pytest.mark.parametrize("row", ROWS)
def test_a_number_has_a_unit_unless_it_counts_nothing(row):
    if row.kind.datatype in ("number", "amount"):
        assert bool(row.kind.unit) == (row.name not in NO_UNIT)


def document(row):
    """The example of a row where it belongs, in a document that says nothing else of that field."""
    text = row.example
    if text.startswith("<space_"):
        text = f"<filesystem type='template'><source name='x'/>{text}</filesystem>"
    if text.startswith(("<filesystem", "<interface", "<hostdev", "<disk")):
        text = f"<devices>{text}</devices>"
    if text.startswith("<openvz:"):
        text = f"<metadata xmlns:openvz='{codec.NAMESPACE}'>{text}</metadata>"
    if row.name == "swap":
        text = f"<memory unit='MiB'>512</memory>{text}"
    name = "" if row.name == "name" else "<name>web</name>"
    return f"<domain type='openvz'>{name}{text}</domain>"


@pytest.mark.parametrize("row", ROWS)
def test_an_example_says_its_field(row):
    said = codec.parse(document(row))

    assert getattr(said.domain, row.name) not in (None, ())
    assert (said.warnings, said.unwritable) == ((), {})


@pytest.mark.parametrize("row", ROWS)
def test_an_example_stands_where_the_table_says(row):
    root = etree.fromstring(document(row))

    assert root.xpath(row.element, namespaces={"openvz": codec.NAMESPACE})


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
        ("onboot", False, "no"),
        ("onboot", None, None),
        ("cpulimit", 150, "150 %"),
        ("cpulimit", 0, "unlimited"),
        ("cpulimit", None, None),
        ("iolimit", 10485760, "10 MiB/s"),
        ("iolimit", 1000, "1000 bytes/s"),
        ("iolimit", 0, "unlimited"),
        ("iolimit", None, None),
        ("privvmpages", Limit(65536, UNLIMITED), "65536:unlimited"),
        ("numproc", Limit(240, 240), "240"),
        ("addresses", ("10.0.0.1",), ["10.0.0.1"]),
        ("nameserver", None, None),
        ("features", (("nfs", "on"),), {"nfs": "on"}),
        ("devices", None, None),
    ],
)
def test_changes_show_what_people_read(field, value, shown):
    assert fields.BY_NAME[field].show(value) == shown


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
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "10.1", "010.0.0.1", "10.0.0.300", "10.0.0.1/33", "10.1.0.2/255.255.255.0", "auto"]
)
def test_what_vzctl_refuses_is_not_an_address(text):
    with pytest.raises(ValueError):
        read_address(text)
