"""A container without its configuration file, through Salt's loader on a simulated node: no twin, and no "absent"."""

import pytest
from salt.exceptions import CommandExecutionError

UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"
META = "<metadata xmlns:o='https://openvz.org/schemas/domain/salt/1'><o:ctid>{}</o:ctid></metadata>"
DOCUMENT = """\
<domain type='openvz'>
  <name>web</name>{}
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='ethernet'><ip address='192.0.2.10' family='ipv4'/></interface>
  </devices>
</domain>
"""
DOCUMENTS = {
    "name": DOCUMENT.format(""),
    "uuid": DOCUMENT.format(f"<uuid>{UUID}</uuid>"),
    "ctid": DOCUMENT.format(META.format(101)),
    "another ctid": DOCUMENT.format(META.format(150)),
}


@pytest.fixture(params=["removed", "link to nowhere", "directory"])
def lost(request, openvz, node):
    """The running container web, whose file is gone."""
    openvz.define(xml=DOCUMENTS["uuid"])
    openvz.start("web")
    path = node.conf_path(101)
    path.rename(path.with_name("kept"))
    if request.param == "link to nowhere":
        path.symlink_to("/nowhere/101.conf")
    elif request.param == "directory":
        path.mkdir()
    node.forget_calls()
    return node


@pytest.mark.parametrize("document", DOCUMENTS)
def test_nothing_is_created_and_the_sentence_names_what_is_there(states, lost, document):
    for state in (states.running, states.defined):
        ret = state("web", xml=DOCUMENTS[document])

        assert ret.result is False
        assert "101" in ret.comment
        assert ret.changes == {}
    assert not [argv for argv in lost.calls() if argv[0] in ("create", "set", "destroy", "start")]


@pytest.mark.parametrize("name", ["web", "101"])
def test_absent_is_not_unchanged(states, openvz, lost, name):
    ret = states.absent(name)

    assert ret.result is False
    assert "101" in ret.comment
    with pytest.raises(CommandExecutionError, match="101"):
        openvz.status(name)


def test_a_node_with_such_a_container_lists_the_others(openvz, lost):
    openvz.create(300, ostemplate="debian-12-x86_64")

    assert [one["ctid"] for one in openvz.list().values()] == [300]
    assert "300" in openvz.dump()


def test_a_creation_that_failed_leaves_no_link_that_stops_the_next_one(states, node):
    document = DOCUMENTS["name"].replace("debian-12-x86_64", "missing-1")

    assert states.defined("web", xml=document).result is False
    assert states.defined("web", xml=DOCUMENTS["name"]).result is True
