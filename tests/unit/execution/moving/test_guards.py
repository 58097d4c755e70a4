"""What a step of a move refuses to do, however it is asked: to what somebody else may have made meanwhile."""

import os
import subprocess

import pytest
from library import OTHER_UUID, UUID
from pairs import CONF, MOVE
from vzdomain.errors import ArgumentError, LockedError, RefusedError
from vzdomain.execution.moving import intents, work


def sent(pair):
    """All of it is on both nodes, and nobody is at work; what the source has."""
    pair.begin()
    pair.copy()
    return pair.a.step("look")


def gone(pair):
    """The move is over on both nodes; what the destination has."""
    pair.begin()
    pair.hand_over()
    pair.b.step("own", power="running")
    pair.a.step("close", owner="destination")
    pair.b.step("close", owner="destination")
    return pair.b.step("look")


def becomes_another(side):
    conf = side.files.conf("101")
    conf.write_text(conf.read_text().replace(UUID, OTHER_UUID))


def step(side, name, proof):
    """A step, by the arguments that it takes."""
    arguments = {"own": {"power": "running"}, "close": {"owner": "source", "proof": proof}}
    return side.step(name, **arguments.get(name, {"proof": proof}))


@pytest.mark.parametrize(("where", "name"), [("a", "own"), ("b", "clear"), ("a", "close"), ("b", "close")])
def test_nothing_is_done_while_somebody_is_at_work(pair, monkeypatch, where, name):
    proof = sent(pair)
    monkeypatch.setattr(work, "look", lambda *words: ["process 7: rsync"])

    with pytest.raises(RefusedError, match="still being worked on: process 7: rsync"):
        step(getattr(pair, where), name, proof)


@pytest.mark.parametrize(("where", "name"), [("a", "own"), ("b", "clear")])
def test_what_has_the_ctid_and_another_uuid_is_left_alone(pair, where, name):
    proof, side = sent(pair), getattr(pair, where)
    becomes_another(side)

    with pytest.raises(RefusedError, match=f"has the UUID {OTHER_UUID}, and the move is of {UUID}: left alone"):
        step(side, name, proof)

    assert side.files.private("101").exists()


def test_a_move_is_not_noted_for_another_container_with_that_ctid(pair):
    becomes_another(pair.a)

    with pytest.raises(RefusedError, match="left alone"):
        pair.a.step("intend")


def test_no_part_of_a_container_is_started(pair):
    sent(pair)
    pair.a.files.private("101").rename(pair.a.files.root / "away")

    with pytest.raises(RefusedError, match="not whole on hn1: nothing is started"):
        pair.a.step("own", power="running")


def test_a_move_that_was_noted_and_not_sent_is_checked_anew_and_is_not_in_its_own_way(pair):
    """Its driver was killed between the two: the next one goes on."""
    pair.begin()

    facts = pair.a.step("check_source")

    assert (facts["problems"], pair.b.step("check_destination", facts=facts["facts"])["problems"]) == ([], [])
    other = pair.a.step("check_source", {"id": "move-fedcba9876543210"})["problems"]
    assert [row[0] for row in other] == ["intent"]


def test_what_was_started_by_a_node_that_died_before_it_could_note_it_is_at_work(pair):
    """It is killed too, but for what it has started itself: that is known by its environment alone."""
    pair.begin()
    pair.a.mover.intents.note("101", sent=1)
    with subprocess.Popen(["sleep", "60"], env={**os.environ, work.MARK: MOVE["id"]}) as left:
        try:
            seen = pair.a.step("look")
        finally:
            left.kill()

    assert f"process {left.pid} " in str(seen["at_work"])


def test_what_has_the_ctid_of_one_that_was_moved_away_is_not_that_one(pair):
    gone(pair)
    name = {"ctid": None, "id": None, "uuid": None}
    assert pair.a.step("look", name)["handed_over"]

    pair.a.files.add("101", CONF.replace(UUID, OTHER_UUID), "stopped", "db01")

    assert pair.a.step("look", name)["registered"] is False
    assert pair.b.step("look", name)["registered"]


def test_no_part_of_a_container_is_sent(pair):
    pair.begin()
    pair.a.files.private("101").rename(pair.a.files.root / "away")

    with pytest.raises(RefusedError, match="not whole on hn1: nothing is sent"):
        pair.a.step("send", to="hn2")

    assert not pair.a.called.exists()


def test_a_driver_that_was_not_heard_of_for_a_minute_is_dead(pair, monkeypatch):
    pair.begin()
    other = {"driver": {"master": "other", "run": "run2"}}
    with pytest.raises(RefusedError, match="is driven by run1 on salt"):
        pair.a.step("intend", other)
    monkeypatch.setattr(intents, "LEASE", -1)

    assert pair.a.step("intend", other)["intent"]["driver"]["run"] == "run2"


def test_a_name_that_is_another_containers_by_now_keeps_its_link(pair):
    pair.begin()
    pair.hand_over()
    pair.b.step("own", power="running")
    (pair.a.files.etc / "names/web01").unlink()
    pair.a.files.add("102", pair.a.files.conf("101").with_name("101.conf.migrated").read_text(), "stopped", "web01")

    pair.a.step("close", owner="destination")

    assert (pair.a.files.etc / "names/web01").resolve().name == "102.conf"


def test_a_source_does_not_overwrite_an_old_copy_that_is_there(pair):
    sent(pair)
    kept = pair.a.files.conf("101").with_name("101.conf.migrated")
    kept.write_text("of an earlier move")

    with pytest.raises(RefusedError, match="is there already: move that old copy away"):
        pair.a.step("close", owner="destination", proof=pair.b.step("look"))

    assert kept.read_text() == "of an earlier move"


def test_a_disabled_container_is_whose_it_is_and_is_not_started(pair):
    pair.a.files.add("101", pair.a.conf() + 'DISABLED="yes"\n', "stopped")
    pair.begin()

    assert pair.a.step("own", power="running")["status"] == "stopped"


@pytest.mark.parametrize("name", ["give_way", "clear"])
def test_the_source_neither_gives_way_nor_is_cleared(pair, name):
    proof = sent(pair)

    with pytest.raises(RefusedError, match="hn1 is the source"):
        pair.a.step(name, proof=proof)


BROKEN = {
    "a part": ({"whole": False}, RefusedError),
    "another container": ({"uuid": OTHER_UUID}, RefusedError),
    "another CTID": ({"ctid": "102"}, ArgumentError),
    "this very node": ({"node": "hn2"}, ArgumentError),
}


@pytest.mark.parametrize("name", ["give_way", "clear"])
@pytest.mark.parametrize(("wrong", "error"), BROKEN.values(), ids=BROKEN)
def test_nothing_is_stopped_or_removed_by_the_proof_of(pair, name, wrong, error):
    proof = {**sent(pair), **wrong}

    with pytest.raises(error):
        pair.b.step(name, proof=proof)

    assert pair.b.step("look")["whole"]


def test_a_destination_waits_for_whoever_chooses_a_ctid_there(pair):
    with pair.b.reconciler.journal.allocation(), pytest.raises(LockedError):
        pair.b.step("intend", noted={})


def test_nothing_comes_where_a_container_is_being_created(pair):
    pair.b.reconciler.journal.begin("101", "db01")

    with pytest.raises(RefusedError, match="container 101 is being created on hn2"):
        pair.b.step("intend", noted={})


def test_a_destination_that_has_lost_its_notes_notes_what_was_handed_over_once_more(pair):
    pair.begin()
    pair.hand_over()
    pair.b.mover.intents.end("101")
    handed_over = pair.a.step("look")

    for wrong in ({"handed_over": False}, {"node": "hn2"}, {"ctid": "102"}):
        with pytest.raises(RefusedError, match="is on hn2 already"):
            pair.b.step("intend", proof={**handed_over, **wrong})
    noted = {"status": "running", "onboot": True, "managed": True}

    assert pair.b.step("intend", noted=noted, proof=handed_over)["intent"]["role"] == "destination"
    assert pair.b.step("own", power="running")["marked_by"] == "hn2"


def test_another_container_there_is_not_taken_for_what_was_handed_over(pair):
    pair.begin()
    pair.hand_over()
    pair.b.mover.intents.end("101")
    becomes_another(pair.b)

    with pytest.raises(RefusedError, match="is on hn2 already"):
        pair.b.step("intend", proof=pair.a.step("look"))


def test_an_area_that_is_a_link_is_not_removed(pair):
    proof = sent(pair)
    area, away = pair.b.files.private("101"), pair.b.files.root / "away"
    area.rename(away)
    area.symlink_to(away)

    with pytest.raises(RefusedError, match="is a link to"):
        pair.b.step("clear", proof=proof)

    assert (away / "etc/marker").exists()


@pytest.mark.parametrize("name", ["clear", "clean"])
def test_what_is_mounted_in_an_area_is_not_removed(pair, name):
    """A bind mount of a disk that others have too, which its container has left there."""
    proof, side = (sent(pair), pair.b) if name == "clear" else (gone(pair), pair.a)
    proc = side.files.root / "proc"
    proc.mkdir(exist_ok=True)
    (proc / "mounts").write_text(f"/dev/sdb {side.files.private('101')}/data ext4 rw 0 0\n")

    with pytest.raises(RefusedError, match="unmount it first"):
        side.step(name, proof=proof)

    assert (side.files.private("101") / "etc/marker").exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"marked_by": "hn3"}, "its old copy stays"), ({"intent": {"id": MOVE["id"]}}, "its old copy stays")],
    ids=["whose it is not", "where the move goes on"],
)
def test_an_old_copy_stays_by_the_proof_of_a_node(pair, wrong, why):
    proof = {**gone(pair), **wrong}

    with pytest.raises(RefusedError, match=why):
        pair.a.step("clean", proof=proof)

    assert pair.a.files.private("101").exists()


def test_a_container_that_is_here_again_is_no_old_copy(pair):
    proof = gone(pair)
    conf = pair.a.files.conf("101")
    conf.with_name("101.conf.migrated").rename(conf)

    with pytest.raises(RefusedError, match="is on hn1, and not only an old copy"):
        pair.a.step("clean", proof=proof)
    assert pair.a.mover_moves()["copies"] == []


def test_vzmigrate_is_started_once_though_it_has_ended_before_anybody_has_looked(pair):
    pair.begin()
    pair.a.step("send", to="hn2")
    pair.wait()

    pair.a.step("send", to="hn2")

    assert (pair.wait()["rc"], len(pair.a.called.read_text().splitlines())) == (0, 1)


def test_an_old_copy_of_another_container_is_not_removed(pair):
    proof = gone(pair)

    with pytest.raises(RefusedError, match="no move of container 101 away from hn1 is noted"):
        pair.a.step("clean", {"uuid": OTHER_UUID}, proof={**proof, "uuid": OTHER_UUID})

    assert pair.a.files.private("101").exists()


def test_a_move_ends_for_nobody_who_has_only_a_part(pair):
    proof = sent(pair)
    pair.a.files.private("101").rename(pair.a.files.root / "away")

    with pytest.raises(RefusedError, match="is not whole on hn1, and cannot be its own"):
        pair.a.step("close", owner="source", proof=proof)


def test_a_move_does_not_end_on_a_node_where_the_others_container_runs(pair):
    proof = sent(pair)
    pair.b.vzctl.statuses["101"] = "running"

    with pytest.raises(RefusedError, match="runs on hn2, and is not to be its own"):
        pair.b.step("close", owner="source", proof=proof)


def test_a_source_is_made_an_old_copy_only_where_the_container_was_seen_whole(pair):
    sent(pair)
    seen = {**pair.b.step("look"), "whole": False}

    with pytest.raises(RefusedError, match="was not seen whole on hn2"):
        pair.a.step("close", owner="destination", proof=seen)

    assert pair.a.files.conf("101").exists()
