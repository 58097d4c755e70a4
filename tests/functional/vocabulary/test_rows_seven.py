"""Each row of the table of family 7: its example is set, read back and compared, at creation and afterwards."""

import json

import pytest
from families import ONLY_SEVEN
from rows import OPENVZ, RUNNING, STOPPED, example
from vzdomain.flavours.seven.parameters import TABLE

pytestmark = ONLY_SEVEN
RELEASE = "9.0.1"
AT_CREATION = ("name", "uuid", "template", "config", "layout", "private", "root")
ROWS = [row for row in TABLE if row.option and row.field not in AT_CREATION and row.is_in(RELEASE)]
# In an example: what the node of the tests has, and what its sample does not say already.
INSTEAD = {
    "onboot": (">yes<", ">auto<"),
    "ha_enable": (">yes<", ">no<"),
    "distribution": (">almalinux<", ">debian<"),
    "diskspace": (">10<", ">12<"),
    "memory": (">512<", ">768<"),
    "cpumask": ("0-3", "0-1"),
    "num_memory_subgroups": (">512<", ">256<"),
    "bindmounts": ("/srv/shop", "{node}/srv/data"),
    "disks": ("</disk>", f"<size xmlns='{OPENVZ}' unit='GiB'>1</size></disk>"),
}
EVERY = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.field)


@pytest.fixture
def furnished(containers):
    """The node has what the examples name."""
    kernel = containers.directory / "proc/vz/kernel.json"
    kernel.write_text(json.dumps({**json.loads(kernel.read_text()), "pci": ["0000:00:01.0", "0000:00:1f.0"]}))
    (containers.directory / "srv/data").mkdir(exist_ok=True)
    return containers


def said(row, node, name):
    """A document with the example of a row."""
    before, after = INSTEAD.get(row.field, ("", ""))
    return example(row, node, name).replace(before, after.format(node=node.directory))


def settled(openvz, xml, name):
    """The dry run announces what the real one does; then nothing is left to do, for its own document either."""
    dry, real = openvz.define(xml=xml, test=True), openvz.define(xml=xml)
    assert dry["changes"] == real["changes"]
    assert openvz.define(xml=xml)["changes"] == {}
    assert openvz.define(xml=openvz.get_xml(name))["changes"] == {}
    return real


@EVERY
@pytest.mark.parametrize("ctid", [STOPPED, RUNNING], ids=["stopped", "running"])
def test_the_example_of_each_row_is_set_once_and_read_back(openvz, furnished, row, ctid):
    made = settled(openvz, said(row, furnished, ctid), ctid)

    assert bool(made["changes"]) is (row.field != "diskinodes")  # of images they are what the file system has
    assert (row.field in made.get("pending", ())) is (ctid == RUNNING and row.effect == "restart")


@pytest.mark.parametrize("row", ROWS[::3], ids=lambda row: row.field)  # as many as are worth their time
def test_a_new_container_has_the_example_of_a_row(openvz, furnished, row):
    xml = said(row, furnished, 312)

    assert settled(openvz, xml, 312)["changes"]["container"]["new"] == "created"
    if row.field != "disabled":
        assert openvz.start(312)["changes"]["status"]["new"] == "running"
        assert openvz.define(xml=xml)["changes"] == {}
