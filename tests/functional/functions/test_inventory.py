"""What a node has: its containers at a glance, and what documents for it can count on."""

import json

import pytest
import salt.payload
from salt.exceptions import CommandExecutionError

DOCUMENT = """\
<domain type='openvz'>
  <name>web01</name>
  <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001</uuid>
  <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:ctid>310</openvz:ctid></metadata>
  <memory unit='MiB'>512</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='route'><ip address='198.51.100.1'/><ip address='2001:db8::1'/></interface>
  </devices>
</domain>
"""


@pytest.fixture
def web01(openvz, node):
    """A container of ours that runs."""
    openvz.define(xml=DOCUMENT)
    openvz.start(310)
    node.forget_calls()
    return node


def test_all_containers_are_listed_by_number_with_what_tells_them_apart(openvz, web01):
    web01.vzctl("create", "209", "--ostemplate", "debian-12-x86_64", "--hostname", "old.example.org")

    found = openvz.list()

    assert list(found) == ["209", "web01"]
    assert found["web01"] == {
        "ctid": 310,
        "uuid": "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001",
        "status": "running",
        "managed": True,
        "hostname": None,
        "addresses": ["198.51.100.1", "2001:db8::1"],
        "macs": [],
        "memory": "512 MiB",
        "vcpu": None,
        "template": "debian-12-x86_64",
    }
    assert (found["209"]["managed"], found["209"]["hostname"]) == (False, "old.example.org")


def test_what_documents_can_count_on_is_reported_without_asking_how_containers_are(openvz, web01):
    (web01.directory / "etc/vz/conf/666.conf").write_text("")

    found = openvz.node_info()

    assert found["version"] == openvz.version()
    assert "debian-12-x86_64" in found["templates"]
    assert {"basic", "vswap-256m"} <= set(found["samples"])
    assert found["bridges"] == ["br0", "eth10", "eth11", "virbr0"]
    assert found["networks"] == {"default": "virbr0"}
    known = {"ctid": 310, "uuid": "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001", "name": "web01"}
    assert found["containers"] == {"web01": {**known, "addresses": ["198.51.100.1", "2001:db8::1"]}}
    assert web01.calls(program="vzlist") == []


def test_what_is_said_goes_through_json_and_msgpack(openvz, web01):
    for said in (openvz.list(), openvz.node_info()):
        assert json.loads(json.dumps(said)) == said
        assert salt.payload.loads(salt.payload.dumps(said)) == said


def test_containers_are_listed_by_status_ownership_and_name(openvz, web01):
    web01.vzctl("create", "209", "--ostemplate", "debian-12-x86_64", "--hostname", "old.example.org")

    assert list(openvz.list(status="running")) == ["web01"]
    assert list(openvz.list(only="unmanaged", status="stopped,mounted")) == ["209"]
    assert list(openvz.list(name="old.*")) == list(openvz.list(name=209)) == ["209"]
    assert openvz.list(only="managed", name="2*") == {}
    with pytest.raises(
        CommandExecutionError, match="status: runing is not a valid status; use one of: running, paused, stopped"
    ):
        openvz.list(status="runing")
