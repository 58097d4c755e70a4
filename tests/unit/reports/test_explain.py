"""What each line of a document means."""

from pathlib import Path

import pytest
from vzdomain import errors
from vzdomain.flavours import LEGACY, SEVEN
from vzdomain.model import fields
from vzdomain.reports import explain

SEED = (Path(__file__).parents[1] / "data" / "seed.xml").read_text()
NAMESPACE = "https://openvz.org/schemas/domain/salt/1"


def lines(body, its=LEGACY, version=None):
    """The explanation by element, without the leading domain/."""
    found = explain.explain(f"<domain type='openvz'><name>209</name>{body}</domain>", its, version)
    return {line.element.removeprefix("domain/"): line for line in found}


def test_a_size_is_explained_with_its_option_key_and_effect():
    line = lines("\n<memory unit='MiB'>512</memory>")["memory"]

    assert (line.line, line.field, line.option, line.key, line.effect) == (2, "memory", "ram", "PHYSPAGES", "live")
    assert "512 MiB" in line.note


@pytest.mark.parametrize("its", [LEGACY, SEVEN], ids=lambda its: its.family)
@pytest.mark.parametrize("field", fields.FIELDS, ids=lambda field: field.name)
def test_every_field_can_be_met_in_a_document(field, its, document_around):
    found = [line for line in explain.explain(document_around(field), its) if line.field == field.name]
    row = its.parameters.get(field.name)

    assert found
    assert {(line.option, line.key) for line in found} == {(row and row.option, row and row.key)}
    assert {line.effect for line in found} == {row.effect if row and row.option else None}


def test_a_part_of_an_element_says_of_which():
    line = lines("<devices>\n<interface type='bridge'>\n<source bridge='br0'/></interface></devices>")[
        "devices/interface/source"
    ]

    assert (line.line, line.field, line.note) == (3, None, "what the node's end is plugged into")


def test_a_part_without_a_phrase_says_of_what_it_is_one():
    char = "<hostdev mode='capabilities' type='net'>\n<source><interface>eth1</interface></source></hostdev>"

    assert lines(f"<devices>{char}</devices>")["devices/hostdev/source"].note == "a part of <hostdev>, line 1"


def test_what_a_network_overrules_has_no_effect():
    nat = "<source bridge='br0'/><target type='network'><source network='default'/></target>"
    found = lines(f"<devices><interface type='bridge'>{nat}</interface></devices>")

    assert found["devices/interface/source"].note == "no effect: the network in <target> is used"
    assert found["devices/interface/target/source"].note == "the network; its bridge on this node is used"


@pytest.mark.parametrize(
    ("body", "element", "note"),
    [
        ("<on_crash>destroy</on_crash>", "on_crash", "has no effect on OpenVZ"),
        ("<clock offset='utc'/>", "clock", "has no effect on OpenVZ"),
        ("<devices><emulator/></devices>", "devices/emulator", "not supported"),
        ("<os><type>exe</type></os>", "os/type", "no effect"),
        (
            f"<metadata xmlns:o='{NAMESPACE}'><o:bogus/></metadata>",
            "metadata/o:bogus",
            "this element is not supported",
        ),
        ("<metadata><a:b xmlns:a='urn:a'/></metadata>", "metadata/a:b", "ignored"),
        ("<devices/>", "devices", "no effect"),
        ("<memtune><min_guarantee>4</min_guarantee></memtune>", "memtune", "contains what follows"),
    ],
)
def test_what_has_no_effect_is_explained_as_that(body, element, note):
    line = lines(body)[element]

    assert (line.field, line.option, line.effect) == (None, None, None)
    assert note in line.note


def test_a_value_that_vzctl_cannot_be_given_is_named():
    assert "vzctl cannot be given this" in lines("<description>say &quot;hi&quot;</description>")["description"].note


def test_every_element_of_the_seed_has_its_line():
    found = explain.explain(SEED, LEGACY)

    assert [line.line for line in found] == sorted(line.line for line in found)
    assert {line.field for line in found} - {None} == {
        "name", "uuid", "template", "diskspace", "diskinodes", "interfaces", "hostdevs", "addresses",
    }  # fmt: skip
    assert all(line.note for line in found)


def test_the_data_are_plain():
    first = explain.as_data(explain.explain(SEED, LEGACY))[1]

    assert first == {
        "line": 2,
        "element": "domain/name",
        "field": "name",
        "option": None,
        "key": None,
        "effect": None,
        "note": "the CTID: 209; vzctl is called with it",
    }


def test_a_document_that_contradicts_itself_is_not_explained():
    with pytest.raises(errors.DocumentError, match="line 1"):
        lines("<cputune><shares>5</shares></cputune>")


INSIDE = """
<devices xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
<disk><source file='/vz/data.hdd'/><target dev='sdb'/><openvz:size>1024</openvz:size></disk>
<filesystem><source dir='/srv'/><target dir='/mnt'/><readonly/></filesystem>
<interface type='bridge'><source bridge='br0'/><ip address='10.0.0.5' prefix='24'/><route gateway='10.0.0.1'/>
<openvz:dhcp family='ipv6'>no</openvz:dhcp></interface></devices>"""


def test_what_stands_inside_a_device_is_explained():
    notes = {element: line.note for element, line in lines(INSIDE, SEVEN, "9.0.1").items()}

    assert notes["devices/disk/source"] == "where its data is on the node"
    assert notes["devices/disk/target"] == "no effect: vzctl names disks itself"
    assert notes["devices/disk/openvz:size"] == "its size"
    assert notes["devices/filesystem/target"] == "where it is mounted in the container"
    assert notes["devices/filesystem/readonly"] == "nothing can be written there"
    assert notes["devices/interface/ip"] == "an address in the container"
    assert notes["devices/interface/route"] == "the default route in the container"
    assert notes["devices/interface/openvz:dhcp"] == "whether the container asks a DHCP server for its addresses"


def test_what_a_family_refuses_inside_a_device_is_said_of_that_line():
    found = lines(INSIDE, LEGACY, "4.11.1")

    assert found["devices/interface/ip"].note.startswith(
        "an address in the container; vzctl 4.11.1 sets no address inside a veth pair (Virtuozzo 7 to 9 can); routed"
    )
    said = {element for element, line in found.items() if "(Virtuozzo 7 to 9" in line.note}
    inside = ("ip", "route", "openvz:dhcp")
    assert said == {"devices/disk", "devices/filesystem", *(f"devices/interface/{name}" for name in inside)}
