"""A minion that is killed in the middle of a snapshot or a switch, with vzctl or without it: the next run tells."""

import shutil

import interrupting
import pytest
from families import BOTH
from imaged import UUID, document, routed
from simnode import SimNode

pytestmark = BOTH
CTID = "<openvz:ctid>101</openvz:ctid>"


def now(node, address="198.51.100.11"):
    """Its document since the snapshot was taken."""
    metadata = CTID if node.family == "4" else ""
    return document("<vcpu>2</vcpu>", name="shop", devices=routed(address), metadata=metadata)


@pytest.fixture
def killing(openvz, node, minion_opts, tmp_path):
    """
    ``killing(do)``: a container that has been adopted and renamed since its snapshot ``old``, then as it was before.

    It gives the places in which every operation counts, and what makes the node what it was.
    """
    interrupting.install_vzctl(node)
    notes = tmp_path.__class__(minion_opts["cachedir"]) / "openvz"
    ctid = "101" if node.family == "4" else UUID
    openvz.create(ctid, ostemplate="debian-12-x86_64", layout="ploop", name="web01")
    openvz.snapshot("web01", "old")
    openvz.define(xml=now(node), adopt=True)
    openvz.snapshot("shop", "new")
    SimNode(tmp_path / "before").restore(node.directory)
    shutil.copytree(notes, tmp_path / "notes")

    def restore():
        node.restore(tmp_path / "before")
        shutil.rmtree(notes)
        shutil.copytree(tmp_path / "notes", notes)

    return (node.directory, notes), restore


def check(openvz, node, where):
    """The next run does what the document says, and tells once of the one that was killed."""
    first = openvz.define(xml=now(node))
    again = openvz.define(xml=now(node))

    told = first["warnings"]
    assert sum("an earlier run was interrupted" in one for one in told) <= 1, (where, told)
    assert (again["changes"], again["warnings"]) == ({}, []), where
    (known,) = openvz.info().values()
    assert (known["managed"], known["uuid"], known["vcpu"]) == (True, UUID, 2), where
    assert openvz.status("shop") == "stopped", where
    assert sorted(path.name for path in (node.directory / "etc/vz/names").iterdir()) == ["shop"], where
    return told


def test_whenever_the_minion_dies_during_a_switch_the_container_stays_ours_and_keeps_its_name(openvz, node, killing):
    (places, restore), number, ended, told = killing, 0, False, []

    while not ended:
        number += 1
        restore()
        ended = interrupting.kill_at(number, places, openvz.snapshot_switch, "shop", "old")
        told += check(openvz, node, f"operation {number}")

    assert number > 5
    assert "Salt's mark was put back into its file" in told


def test_whenever_vzctl_dies_too_during_a_switch_the_same_holds(openvz, node, killing):
    (_, restore), number, struck, told = killing, 0, True, []

    while struck:
        number += 1
        restore()
        struck = interrupting.kill_while_vzctl(
            node, "snapshot-switch", number, "both", openvz.snapshot_switch, "shop", "old"
        )
        told += check(openvz, node, f"operation {number}")

    assert number > 3
    assert any("the files may already be those of the snapshot" in one for one in told)


def test_a_vzctl_that_goes_on_alone_is_waited_for(openvz, node, killing):
    _, restore = killing
    restore()

    assert interrupting.kill_while_vzctl(node, "snapshot-switch", 4, "minion", openvz.snapshot_switch, "shop", "old")

    assert "the switch to snapshot old was done" in check(openvz, node, "alone")


def test_of_a_switch_to_where_it_stands_nobody_knows_whether_it_was_done(openvz, node, killing):
    _, restore = killing
    restore()

    assert interrupting.kill_while_vzctl(node, "snapshot-switch", 2, "both", openvz.snapshot_switch, "shop", "new")

    assert any(one.startswith("nothing tells whether the switch to snapshot new") for one in check(openvz, node, ""))


@pytest.mark.parametrize("verb", ["snapshot", "snapshot-delete"])
def test_a_snapshot_or_a_deletion_that_is_killed_is_told_by_the_next_run(openvz, node, killing, verb):
    (_, restore), number, struck, told = killing, 0, True, []
    do, name = {"snapshot": (openvz.snapshot, "newer"), "snapshot-delete": (openvz.snapshot_delete, "old")}[verb]

    while struck:
        number += 1
        restore()
        struck = interrupting.kill_while_vzctl(node, verb, number, "both", do, "shop", name)
        told += check(openvz, node, f"operation {number}")

    assert number > 3
    said = {"newer": ("was taken", "was not taken"), "old": ("was deleted", "is still there")}[name]
    interrupted = sum("an earlier run was interrupted" in one for one in told)
    assert interrupted == sum(one in [f"snapshot {name} {end}" for end in said] for one in told) > 3


def test_a_change_whose_snapshot_was_killed_is_done_by_the_next_run(openvz, node, killing):
    _, restore = killing
    restore()
    openvz.start("shop")
    xml = now(node, "198.51.100.12")

    assert interrupting.kill_while_vzctl(
        node, "snapshot", 4, "both", lambda: openvz.define(xml=xml, snapshot="before", keep=1)
    )
    done = openvz.define(xml=xml, snapshot="before", keep=1)

    assert done["changes"]["addresses"]["new"] == ["198.51.100.12"]
    assert [one["own"] for one in openvz.snapshots("shop")["snapshots"]] == [False, False, True]
    assert openvz.define(xml=xml, snapshot="before", keep=1)["warnings"] == []
