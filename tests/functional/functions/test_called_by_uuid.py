"""A CTID that is a UUID, said by documents and operators: vzctl 7 to 9."""

import pytest
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN
CTID, UUID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101", "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"
TEMPLATE = "debian-12-x86_64"


def document(name, ctid=None, uuid=None):
    said = f"<uuid>{uuid}</uuid>" if uuid else ""
    ours = "xmlns:openvz='https://openvz.org/schemas/domain/salt/1'"
    ctid = f"<metadata {ours}><openvz:ctid>{ctid}</openvz:ctid></metadata>" if ctid else ""
    template = f"<devices><filesystem type='template'><source name='{TEMPLATE}'/></filesystem></devices>"
    return f"<domain type='openvz'><name>{name}</name>{said}{ctid}{template}</domain>"


def refused(function, *args, **kwargs):
    with pytest.raises(CommandExecutionError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_a_document_may_say_a_ctid_and_another_uuid(openvz, node):
    told = openvz.define(xml=document("web", CTID.upper(), UUID))

    assert told["ctid"] == CTID
    assert node.calls("create") == [
        ["create", CTID, "--name", "web", "--uuid", UUID, "--ostemplate", TEMPLATE],
    ]
    assert openvz.define(xml=document("web", CTID, UUID))["changes"] == {}


def test_one_with_another_uuid_than_its_ctid_is_dumped_and_taken_over(openvz, node):
    node.vzctl("create", CTID, "--uuid", UUID, "--name", "web", "--ostemplate", TEMPLATE)

    written = openvz.get_xml("web")

    assert f"<openvz:ctid>{CTID}</openvz:ctid>" in written
    openvz.adopt("web")
    assert openvz.define(xml=written)["changes"] == {}


def test_a_uuid_that_another_container_has_is_not_made_a_ctid(openvz):
    openvz.define(xml=document("web", CTID, UUID))

    said = refused(openvz.define, xml=document("other", UUID), test=True)

    assert said == (f"the UUID {UUID} is already used by container {CTID} on this node; each container needs its own")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (CTID, f"container {CTID} has the UUID {CTID}, the document {UUID}: it belongs to another domain"),
        *((name, f"the name {name} is the CTID of another container on this node, which vzctl refuses; choose another")
          for name in (CTID.upper(), CTID.replace("-", ""))),
    ],
)  # fmt: skip
def test_a_name_that_is_another_containers_ctid_is_refused_before_anything_runs(openvz, node, name, sentence):
    openvz.define(xml=document("web", uuid=CTID))
    node.forget_calls()

    said = refused(openvz.define, xml=document(name, uuid=UUID))

    assert said == sentence
    assert not node.calls("create")
