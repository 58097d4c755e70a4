"""A container as a copy of another one: what it has of its source, and what never."""

import contextlib
import shutil
from pathlib import Path

import interrupting
import pytest
from families import FOUR, ONLY_SEVEN
from imaged import UUID, document, routed
from salt.exceptions import CommandExecutionError
from simnode import SimNode, announced

NEW = "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"
PAIR = "<interface type='bridge'><source bridge='br0'/></interface>"
ADDRESS = routed("198.51.100.10") + PAIR


OWN = routed("198.51.100.20") + PAIR


def clone_document(body="", name="web02", uuid=NEW, devices=OWN):
    return document(body, name=name, uuid=uuid, devices=devices)


def refused(function, *args, **kwargs):
    with pytest.raises(CommandExecutionError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


@pytest.fixture
def source(openvz, node, pillar):
    """The running container web01, which starts with the node; and a vzmlocal."""
    pillar(vzmlocal=str(node.directory / "bin/vzmlocal"))
    openvz.define(xml=document("<vcpu>3</vcpu>", metadata="<openvz:onboot>yes</openvz:onboot>", devices=ADDRESS))
    openvz.start("web01")
    node.inside("web01", "etc/motd").parent.mkdir(parents=True, exist_ok=True)
    node.inside("web01", "etc/motd").write_text("from web01\n")
    return node


@ONLY_SEVEN
def test_a_clone_has_files_and_settings_of_its_source_and_all_else_of_its_document(openvz, node, source):
    xml = clone_document("<description>copy</description>")

    dry = openvz.clone("web01", xml=xml, test=True)
    assert list(openvz.info()) == ["web01"]
    done = openvz.clone("web01", xml=xml)

    assert dry["comment"].endswith("would be cloned")
    assert done["did"] == announced(dry)["did"] == ["cloned"]
    assert dry["changes"]["addresses"] == done["changes"]["addresses"]
    new, old = openvz.info("web02")["web02"], openvz.info("web01")["web01"]
    assert (new["uuid"], new["ctid"], new["managed"], new["status"]) == (NEW, NEW, True, "stopped")
    assert (new["vcpu"], new["description"], new["addresses"]) == (3, "copy", ["198.51.100.20"])
    assert (new["onboot"], new["disabled"]) == (False, False)
    assert new["interfaces"][0]["mac"] != old["interfaces"][0]["mac"]
    assert node.inside("web02", "etc/motd").read_text() == "from web01\n"
    assert old["status"] == "running"
    assert openvz.define(xml=xml)["changes"] == {}
    openvz.start("web02")


@ONLY_SEVEN
def test_what_the_document_does_not_name_of_what_only_one_can_have_the_clone_does_not_have(openvz, node, source):
    openvz.clone("web01", xml=clone_document(devices=""))

    new = openvz.info("web02")["web02"]
    assert (new["addresses"], new["interfaces"]) == ([], [])


@ONLY_SEVEN
def test_it_is_disabled_from_the_first_call_to_the_last(openvz, node, source):
    node.forget_calls()

    openvz.clone("web01", xml=clone_document())

    sets = [call for call in node.calls() if call[0] in ("set", "start")]
    assert sets[0][2:] == ["--onboot", "no", "--disabled", "yes", "--save"]
    assert sets[-1][2:] == ["--disabled", "no", "--save"]


@ONLY_SEVEN
@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (clone_document(devices=routed("198.51.100.10")), "the address 198.51.100.10 belongs to container"),
        (clone_document(name="web01"), "is there already: a clone is a new container"),
        (clone_document(uuid=UUID, name="web01"), "is there already: a clone is a new container"),
    ],
)
def test_what_is_taken_is_refused_before_anything_runs(openvz, node, source, xml, said):
    for test in (True, False):
        assert said in refused(openvz.clone, "web01", xml=xml, test=test)
    assert list(openvz.info()) == ["web01"]


@ONLY_SEVEN
def test_a_failure_says_what_the_code_means_and_changes_nothing(openvz, node, source):
    (node.directory / "bin/vzmlocal").write_text("#!/bin/sh\nexit 31\n")

    said = refused(openvz.clone, "web01", xml=clone_document())

    assert "ended with code 31 (" in said
    assert list(openvz.info()) == ["web01"]


@ONLY_SEVEN
def test_a_clone_that_failed_halfway_stays_disabled_with_its_changes_told(openvz, node, source):
    node.fault("--command", "set", "--match=--ip", "--rc", "34")

    with pytest.raises(CommandExecutionError) as caught:
        openvz.clone("web01", xml=clone_document())

    assert caught.value.info["changes"]["web02"]["container"] == {"old": None, "new": "cloned from web01"}
    (name,) = set(openvz.info()) - {"web01"}
    assert openvz.info(name)[name]["disabled"] is True
    assert "disabled" in refused(openvz.start, name)


@pytest.mark.parametrize("family", [FOUR])
def test_vzctl_4_does_not_clone_and_the_way_is_told(openvz, web01):
    said = refused(openvz.clone, "web01", xml=clone_document())

    assert said.startswith("vzctl 4.x does not clone containers (Virtuozzo 7 to 9 does); openvz.snapshot_mount shows")


@ONLY_SEVEN
def test_whenever_a_run_is_killed_the_clone_never_runs_with_what_is_its_sources(
    openvz, node, source, minion_opts, tmp_path
):
    """Whoever starts it next: it is refused, or has its own addresses."""
    notes = Path(minion_opts["cachedir"]) / "openvz"
    SimNode(tmp_path / "before").restore(node.directory)
    shutil.copytree(notes, tmp_path / "notes")
    number, ended, disabled = 0, False, 0

    while not ended:
        number += 1
        node.restore(tmp_path / "before")
        shutil.rmtree(notes)
        shutil.copytree(tmp_path / "notes", notes)
        ended = interrupting.kill_at(
            number, (node.directory, notes), lambda: openvz.clone("web01", xml=clone_document())
        )
        with contextlib.suppress(CommandExecutionError):
            openvz.start(NEW)
        found = {one["ctid"]: one for one in openvz.info().values()}.get(NEW)
        if found and found["status"] == "running":
            assert found["addresses"] == ["198.51.100.20"], f"operation {number}"
        disabled += bool(found and found["disabled"])

    assert number > 5
    assert disabled > 1
