"""A move as its driver does it, step by step, on two nodes."""

import json
import os
import signal

import pytest
from library import OTHER_UUID, listed
from pairs import CONF, MOVE
from vzdomain.errors import ArgumentError, MovedError, MovingError, RefusedError
from vzdomain.host.kernel.processes import wait_while
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain
from vzdomain.planning import protection
from vzdomain.reports import drift


def test_a_move_that_succeeds_leaves_one_container_and_an_old_copy(pair):
    source = pair.a.step("check_source")
    destination = pair.b.step("check_destination", facts=source["facts"])
    assert (source["problems"], destination["problems"]) == ([], [])
    assert pair.a.step("check_program", to=destination["facts"]["ssh_host"])["problems"] == []
    pair.begin()
    pair.a.says('echo "Starting container"; exit 0')

    pair.a.step("send", to="hn2.example.org")
    seen = pair.wait()
    assert (seen["rc"], seen["start_sent"]) == (0, True)
    pair.hand_over()
    there = pair.b.step("own", power="running")
    pair.b.step("close", owner="destination")
    gone = pair.a.step("close", owner="destination")

    assert (there["whole"], there["status"], there["marked_by"], there["onboot"]) == (True, "running", "hn2", True)
    assert (gone["handed_over"], gone["whole"], gone["status"]) == (True, False, "none")
    assert not (pair.a.files.etc / "names/web01").is_symlink()
    assert pair.a.called.read_text().splitlines() == [
        "--dry-run -r no hn2.example.org 101",
        "-r no hn2.example.org 101",
    ]


def test_onboot_is_no_on_the_source_from_the_intent_on_and_comes_back_where_nothing_was_moved(pair):
    pair.begin()
    down = pair.a.step("look")["onboot"]
    pair.b.step("close", owner="source")

    seen = pair.a.step("own")
    pair.a.step("close", owner="source")

    assert (down, seen["onboot"], seen["marked_by"], seen["status"]) == (False, True, "hn1", "running")
    assert pair.a.mover.intents.all() == pair.b.mover.intents.all() == []


def test_vzmigrate_goes_on_when_whoever_started_it_is_gone_and_is_started_once(pair):
    pair.begin()
    pair.a.says(f"read line < {pair.a.place}/pipe; echo $line")
    os.mkfifo(pair.a.place / "pipe")

    first = pair.a.step("send", to="hn2")
    second = pair.a.step("send", to="hn2")
    with open(pair.a.place / "pipe", "w") as pipe:
        pipe.write("Starting container\n")
    seen = pair.wait()

    assert first["at_work"]
    assert second["at_work"]
    assert (seen["rc"], seen["start_sent"], len(pair.a.called.read_text().splitlines())) == (0, True, 1)


def test_what_a_killed_vzmigrate_has_started_is_still_at_work(pair):
    pair.begin()
    os.mkfifo(pair.a.place / "pipe")
    pair.a.says(f'sh -c "read line < {pair.a.place}/pipe; :"; exit 0')
    pair.a.step("send", to="hn2")
    pid = pair.a.mover.intents.get("101").process["pid"]
    assert not wait_while(lambda: len(pair.a.step("look")["at_work"]) < 3, 30)
    script = next(int(line.split()[1]) for line in pair.a.step("look")["at_work"] if f"process {pid} " not in line)
    for one in (pid, script):  # the shell that notes the code, and vzmigrate
        os.kill(one, signal.SIGKILL)
        assert not wait_while(lambda gone=one: f"process {gone} " in str(pair.a.step("look")["at_work"]), 30)

    left = pair.a.step("look")
    with open(pair.a.place / "pipe", "w") as pipe:
        pipe.write("\n")
    seen = pair.wait()

    assert (len(left["at_work"]), left["rc"], seen["rc"]) == (1, None, None)


def test_nothing_else_is_done_to_a_container_that_is_being_moved(pair):
    pair.begin()

    with pytest.raises(MovingError) as said:
        pair.a.reconciler.wait_for("web01")

    assert "container 101 is being moved to hn2 since" in str(said.value)
    assert str(said.value).endswith("salt-run openvz.move web01 hn2 goes on")


def test_another_driver_is_refused_while_the_first_is_alive(pair):
    pair.begin()
    other = {"driver": {"master": "salt", "run": "run2"}}

    with pytest.raises(RefusedError, match="is driven by run1 on salt"):
        pair.a.step("intend", other)
    with pytest.raises(RefusedError, match="is driven by run1 on salt"):
        pair.a.step("own", other)
    taken = pair.a.step("intend", other, take_over=True)

    assert taken["intent"]["driver"]["run"] == "run2"
    with pytest.raises(RefusedError, match="is driven by run2"):
        pair.a.step("own")


def test_another_move_of_the_same_container_is_refused(pair):
    pair.begin()

    with pytest.raises(MovingError, match="salt-run openvz.move web01 hn2 goes on"):
        pair.a.step("intend", {"id": "move-ffffffffffffffff", "destination": "hn3"})


def test_the_destination_begins_with_nothing_of_the_container(pair):
    pair.b.files.private("101").mkdir()
    (pair.b.files.private("101") / "data").touch()

    with pytest.raises(RefusedError, match="is on hn2 already: container 101 is not moved there"):
        pair.b.step("intend")


def test_a_failed_move_is_cleared_and_the_source_has_its_container_as_before(pair):
    pair.begin()
    pair.copy()

    left = pair.b.step("clear", proof=pair.a.step("look"))
    seen = pair.a.step("own", power="running")

    assert (left["registered"], left["area"], left["kept"]) == (False, False, [])
    assert not (pair.b.files.etc / "names/web01").is_symlink()
    assert (seen["whole"], seen["status"], seen["onboot"]) == (True, "running", True)


def test_nothing_is_cleared_without_the_container_seen_whole_on_the_source(pair):
    pair.begin()
    pair.copy()
    lost = {**pair.a.step("look"), "whole": False}

    for proof, error in ((lost, RefusedError), (pair.b.step("look"), ArgumentError), (None, ArgumentError)):
        with pytest.raises(error):
            pair.b.step("clear", proof=proof)

    assert pair.b.step("look")["whole"]


def test_a_container_that_runs_is_not_cleared(pair):
    pair.begin()
    pair.copy()
    pair.b.vzctl.statuses["101"] = "running"

    with pytest.raises(RefusedError, match="container 101 is running on hn2: nothing of it is removed"):
        pair.b.step("clear", proof=pair.a.step("look"))


def test_the_destination_gives_way_where_both_run_and_keeps_its_area(pair):
    pair.begin()
    pair.copy()
    pair.a.vzctl.statuses["101"] = pair.b.vzctl.statuses["101"] = "running"

    seen = pair.b.step("give_way", proof=pair.a.step("look"))

    assert (seen["status"], seen["whole"], seen["intent"]["gave_way"]["run"]) == ("stopped", True, "run1")


def test_the_destination_goes_on_where_the_source_does_not_run(pair):
    pair.begin()
    pair.copy()
    pair.b.vzctl.statuses["101"] = "running"

    with pytest.raises(RefusedError, match="does not run on hn1: it is not stopped here"):
        pair.b.step("give_way", proof=pair.a.step("look"))

    assert pair.b.step("look")["intent"]["gave_way"] is None


def moved(pair, **how):
    pair.begin()
    pair.hand_over()
    pair.b.step("own", power="running")
    pair.b.step("close", owner="destination", **how)
    return pair.a.step("close", owner="destination", **how)


def test_an_old_copy_is_removed_when_the_container_is_at_home_elsewhere(pair):
    moved(pair)

    seen = pair.a.step("clean", proof=pair.b.step("look"))

    assert (seen["area"], seen["handed_over"], seen["kept"]) == (False, False, [])
    assert not pair.a.files.private("101").exists()


def test_an_old_copy_stays_while_the_move_is_not_over_on_the_destination(pair):
    pair.begin()
    pair.hand_over()

    with pytest.raises(RefusedError, match="its old copy stays"):
        pair.a.step("clean", proof=pair.b.step("look"))

    assert pair.a.files.private("101").exists()


def test_an_area_that_took_the_place_of_an_old_copy_is_left_alone(pair):
    moved(pair)
    pair.a.files.private("101").rename(pair.a.files.root / "elsewhere")
    pair.a.files.private("101").mkdir()
    (pair.a.files.private("101") / "precious").touch()

    pair.a.step("clean", proof=pair.b.step("look"))

    assert (pair.a.files.private("101") / "precious").exists()


def test_a_document_that_is_left_in_the_old_pillar_is_refused_by_name(pair):
    moved(pair)

    with pytest.raises(MovedError) as said:
        pair.a.reconciler.dry.plan(Domain("web01", uuid=MOVE["uuid"]))

    assert "container 101 (web01) was moved to hn2 on" in str(said.value)
    assert "take the entry out of this node's pillar" in str(said.value)


def test_another_container_of_a_name_or_ctid_that_was_moved_away_can_be_made(pair):
    moved(pair)
    assert pair.a.reconciler.dry.plan(Domain("web01", uuid=OTHER_UUID, template="x")).ctid == "102"
    with pytest.raises(MovedError):
        pair.a.reconciler.dry.plan(Domain("db", ctid=Ctid("101"), template="x"))

    pair.a.step("clean", proof=pair.b.step("look"))

    assert pair.a.reconciler.dry.plan(Domain("db", ctid=Ctid("101"), template="x")).creates
    with pytest.raises(MovedError):
        pair.a.reconciler.dry.plan(Domain("web01", template="x"))


def test_a_document_without_uuid_is_refused_though_another_container_has_the_ctid_by_now(pair):
    moved(pair)
    pair.a.step("clean", proof=pair.b.step("look"))
    pair.a.files.add("101", CONF.replace(MOVE["uuid"], OTHER_UUID), name="db")

    with pytest.raises(MovedError):
        pair.a.reconciler.dry.plan(Domain("web01", template="x"))


def test_what_is_kept_and_has_arrived_is_listed(pair):
    moved(pair, keep_for=7)

    (copy,), (arrived,) = pair.a.mover_moves()["copies"], pair.b.mover_moves()["arrivals"]

    assert (copy["name"], copy["to"], copy["keep_for"], len(copy["paths"])) == ("web01", "hn2", 7.0, 2)
    assert (arrived["name"], arrived["source"]) == ("web01", "hn1")


def test_a_step_that_comes_after_somebody_has_looked_again_is_not_done(pair):
    pair.begin()
    turn = pair.a.step("look")["turn"]
    pair.a.step("look")

    with pytest.raises(MovingError, match="this step is out of date"):
        pair.a.step("send", to="hn2", turn=turn)

    assert not pair.a.called.exists()


def test_a_look_by_name_finds_the_move_that_is_under_way_and_nothing_is_no_error(pair):
    before = pair.b.mover.step("look", {"name": "web01"})
    pair.begin()
    here, there = (side.mover.step("look", {"name": "web01"}) for side in (pair.a, pair.b))

    assert (before["intent"], before["status"], before["registered"]) == (None, "none", False)
    assert (here["intent"]["id"], there["intent"]["id"], there["status"]) == (MOVE["id"], MOVE["id"], "none")


def test_a_source_that_vzmigrate_left_in_place_is_made_an_old_copy_when_the_move_is_closed(pair):
    pair.begin()
    pair.copy()
    pair.b.vzctl.statuses["101"] = "running"
    proof = pair.b.step("own", power="running")

    with pytest.raises(ArgumentError, match="proof must be what look returns on hn2"):
        pair.a.step("close", owner="destination")
    seen = pair.a.step("close", owner="destination", proof=proof)

    assert (seen["handed_over"], seen["registered"]) == (True, False)
    assert not (pair.a.files.etc / "names/web01").is_symlink()


def test_an_old_copy_is_the_container_again_where_the_destination_is_lost(pair):
    pair.begin()
    pair.hand_over()

    seen = pair.a.step("own", power="running")

    assert (seen["whole"], seen["status"], seen["onboot"], seen["kept"]) == (True, "running", True, [])
    assert (pair.a.files.etc / "names/web01").is_symlink()


def test_a_container_that_is_being_moved_is_neither_drifted_nor_an_error(pair):
    pair.begin()
    pair.copy()
    for side in (pair.a, pair.b):
        side.vzctl.listed = json.dumps([listed("101", "stopped")], indent=2)

    (here,) = drift.examine(pair.a.reconciler, []).values()
    (there,) = drift.examine(pair.b.reconciler, []).values()

    assert (here["status"], there["status"]) == ("moving", "moving")
    assert "container 101 is being moved to hn2" in here["notes"][0]
    assert "container 101 is being moved here from hn1" in there["notes"][0]


def test_a_document_for_a_container_that_is_on_its_way_makes_no_second_one(pair):
    pair.begin()

    with pytest.raises(MovingError, match="container 101 is being moved here from hn1"):
        pair.b.reconciler.dry.plan(Domain("web01"))


def test_an_arrival_is_no_orphan_until_an_entry_has_followed_it(pair):
    moved(pair)
    before = protection.orphans(pair.b.reconciler, [])

    pair.b.reconciler.journal.follow({"101": {"label": "openvz:domains:web01", "uuid": MOVE["uuid"]}})
    after = protection.orphans(pair.b.reconciler, [])

    assert (before, [one.ctid for one in after]) == ([], ["101"])


def test_other_containers_with_a_uuid_can_be_made_beside_an_old_copy(pair):
    moved(pair)

    made = pair.a.reconciler.dry.plan(Domain("web02", uuid="52cbd4bf-1ecf-4ee8-aa31-7f3a20f4d7f9", template="x"))

    assert made.creates
    assert made.ctid == "102"


def test_an_old_copy_is_no_container_and_says_where_it_is(pair):
    moved(pair)

    assert pair.a.reconciler.look_up("101") is None
    with pytest.raises(MovedError, match=r"container 101 \(web01\) was moved to hn2 on"):
        pair.a.reconciler.resolve("web01")


def test_a_container_comes_back_where_its_old_copy_was_removed(pair):
    moved(pair)
    pair.a.step("clean", proof=pair.b.step("look"))
    back = {"id": "move-fedcba9876543210", "source": "hn2", "destination": "hn1"}
    facts = pair.b.step("check_source", back)
    there = pair.a.step("check_destination", back, facts=facts["facts"])

    assert (facts["problems"], there["problems"]) == ([], [])


def test_a_container_does_not_come_back_onto_its_old_copy(pair):
    moved(pair)
    facts = pair.b.step("check_source", {"source": "hn2", "destination": "hn1"})["facts"]

    problems = pair.a.step("check_destination", {"source": "hn2", "destination": "hn1"}, facts=facts)["problems"]

    assert ["copy", "salt-run openvz.remove_copies name=web01 removes it"] in [[row[0], row[2]] for row in problems]


def test_one_that_runs_without_its_files_is_left_to_a_person_with_what_to_type(pair):
    pair.begin()
    pair.b.vzctl.statuses["101"] = "running"

    with pytest.raises(RefusedError) as said:
        pair.b.step("give_way", proof=pair.a.step("look"))

    assert "vzmigrate has removed its files, so vzctl cannot stop it: on hn2 type scp root@hn1:" in str(said.value)


def test_a_container_that_a_live_move_has_frozen_goes_on(pair):
    pair.begin()
    pair.a.says('echo "Live migrating container..."')
    pair.a.step("send", to="hn2")
    pair.wait()
    pair.a.vzctl._chkpnt = lambda *_: ""

    pair.a.step("own", power="running")

    assert ("chkpnt", "101", "--resume") in pair.a.vzctl.runs


def test_the_lock_of_a_killed_vzmigrate_goes_when_the_container_has_its_owner(pair):
    pair.begin()
    pair.a.files.lock("101").write_text("4194303\n")

    seen = pair.a.step("own", power="running")

    assert (seen["stale_lock"], seen["status"]) == (False, "running")


def test_one_that_was_handed_over_while_it_runs_is_the_sources_again(pair):
    """vzmigrate takes it for one that is down where vzctl does not say its status."""
    pair.begin()
    pair.hand_over()
    pair.a.vzctl.statuses["101"], pair.b.vzctl.statuses["101"] = "running", "stopped"

    seen = pair.a.step("own", power="running")

    assert (seen["whole"], seen["status"], seen["handed_over"]) == (True, "running", False)
