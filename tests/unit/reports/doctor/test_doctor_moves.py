"""What the doctor says of moves to other nodes, and of what they leave."""

import time

import pytest
from vzdomain.execution.moving import closing
from vzdomain.execution.moving.mover import Mover
from vzdomain.execution.reconcile import Reconciler

MOVE = {"id": "move-0123456789abcdef", "ctid": "101", "uuid": None, "name": "web01", "source": "node"}
MOVE |= {"destination": "hn2", "driver": {"master": "salt", "run": "run1"}}


@pytest.fixture
def mover(patient, journal):
    """Of a node where nothing is wrong, and container 101 is down."""
    patient.directory.vzctl.statuses["101"] = "stopped"
    patient.directory.lock("101").unlink()
    made = Mover(Reconciler(patient.directory.node(), None, journal, lock_timeout=0), ("vzmigrate",), "node")
    made.patient = patient
    return made


def findings(mover):
    return mover.patient.findings(moves=lambda: closing.moves(mover))


def silent(mover, seconds):
    """Let nobody have been heard of for so long."""
    intent = mover.intents.get("101")
    driver = {**intent.data["driver"], "seen": time.time() - seconds}
    intent.data["driver"] = driver
    mover.intents.write(intent)


def test_a_move_that_nobody_drives_any_more_is_told_with_what_goes_on(mover):
    mover.step("intend", MOVE)
    assert findings(mover) == []

    silent(mover, 3600)
    (found,) = findings(mover)

    assert found.what.startswith("container 101 is being moved from node to hn2, noted, nothing was sent, and nobody")
    assert found.remedy == "salt-run openvz.move web01 hn2 goes on"


def test_the_lock_of_a_killed_vzmigrate_is_not_just_to_be_removed(mover, directory):
    mover.step("intend", MOVE)
    directory.lock("101").write_text("4194303\n")

    (found,) = findings(mover)

    assert found.remedy == "salt-run openvz.move web01 hn2 goes on"


def test_an_old_copy_is_no_half_container(mover, directory):
    mover.step("intend", MOVE)
    directory.conf("101").rename(f"{directory.conf('101')}.migrated")
    (directory.private("101") / "etc/passwd").touch()
    del directory.vzctl.statuses["101"]
    mover.step("close", MOVE, owner="destination", keep_for=3)

    found = findings(mover)

    assert [one.check for one in found] == ["old_copy"]
    assert found[0].what.startswith("the old copy of web01 is kept since its move to hn2 on ")
    assert found[0].remedy == "salt-run openvz.remove_copies name=web01 removes it"
