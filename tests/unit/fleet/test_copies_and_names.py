"""Which node has a container, which copies may go, and what the pillars still have to learn."""

import datetime

import pytest
from vzdomain.errors import RefusedError
from vzdomain.fleet import progress
from vzdomain.fleet.moving import copies, finding, words

UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"
NOW = datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)
NONE = {"registered": False, "intent": None, "status": "none"}
HERE = {"registered": True, "whole": True, "intent": None, "status": "running", "ctid": "101", "uuid": UUID}
HERE |= {"name": "web01"}
INTENT = {"id": "move-1", "ctid": "101", "uuid": UUID, "name": "web01", "source": "hn1", "destination": "hn2"}


def asked(answers, silent=(), destination="hn2", source=None):
    move = finding.request("web01", destination, answers, silent, source)
    return move.source, move.ctid, move.uuid, move.name


def test_the_source_is_the_node_that_has_it():
    assert asked({"hn1": HERE, "hn2": NONE}) == ("hn1", "101", UUID, "web01")
    assert asked({"hn1": NONE, "hn2": HERE})[0] == "hn2"


def test_a_move_that_is_under_way_knows_its_source():
    gone = {**NONE, "intent": INTENT, "handed_over": True}

    assert asked({"hn1": gone, "hn2": {**HERE, "intent": INTENT}})[0] == "hn1"


def test_of_two_moves_of_one_ctid_the_one_to_that_node_goes_on():
    other = {**INTENT, "id": "move-2", "uuid": None, "source": "hn5", "destination": "hn6"}
    answers = {"hn5": {**HERE, "intent": other}, "hn1": {**HERE, "intent": INTENT}, "hn2": NONE}

    assert finding.request("101", "hn2", answers).source == "hn1"
    assert finding.request("101", "hn6", answers).source == "hn5"


def test_an_old_copy_on_the_destination_is_called_one():
    kept = {**NONE, "area": True, "handed_over": True, "kept": ["/x/101.conf.migrated"]}
    move = finding.request("web01", "hn2", {"hn1": HERE, "hn2": NONE})

    assert words.sentences(move, HERE, kept)["hn2"] == (
        "keeps an old copy of web01 (CTID 101) from an earlier move: /x/101.conf.migrated"
    )


def test_another_container_of_that_ctid_is_not_called_the_one_that_moves():
    other = {**HERE, "uuid": None, "name": "db01", "area": True}
    move = finding.request("web01", "hn2", {"hn1": HERE, "hn2": NONE})

    assert words.sentences(move, HERE, other)["hn2"] == "has another container 101, db01"
    assert words.sentences(move, {**HERE, "name": "new", "area": True}, None)["hn1"] == "web01 (CTID 101) runs here"


@pytest.mark.parametrize(
    ("answers", "silent", "said"),
    [
        ({"hn1": NONE, "hn2": NONE}, (), "no node has web01"),
        ({"hn2": NONE}, ("hn9", "hn1"), "no node has web01; hn1, hn9 did not answer"),
        ({"hn1": HERE, "hn3": HERE}, (), "web01 is on hn1, hn3: say which one, with source=hn1"),
    ],
)
def test_a_container_that_is_nowhere_or_twice_is_refused(answers, silent, said):
    with pytest.raises(RefusedError, match=said):
        asked(answers, silent)


def test_the_pillars_are_told_of_as_long_as_the_entry_has_not_moved():
    move = finding.request("web01", "hn2", {"hn1": HERE, "hn2": NONE})
    has = {"containers": [{**HERE, "entry": "web"}], "plan": {}}
    wants = {"containers": [], "plan": {"web": {"uuid": UUID, "name": "other"}}}

    assert list(finding.of_pillars([move], {"hn1": has, "hn2": {"containers": [], "plan": {}}})) == [
        "the pillar of hn1 still has web01: move that entry to hn2",
        "the pillar of hn2 has no entry for web01 yet",
    ]
    assert list(finding.of_pillars([move, move], {"hn1": has, "hn2": wants})) == [
        "the pillar of hn1 still has web01, web01: move these entries to hn2"
    ]
    assert list(finding.of_pillars([move], {"hn1": {"containers": []}, "hn2": wants})) == []
    assert list(finding.of_pillars([move], {})) == []


def note(to, until=None, **more):
    return {
        "ctid": "101",
        "uuid": UUID,
        "name": "web01",
        "to": to,
        "until": until,
        "id": "move-0123456789abcdef",
        **more,
    }


def chosen(notes, **more):
    return [(one.node, one.owners) for one in copies.chosen(notes, now=NOW, **more)]


def test_copies_go_when_their_time_is_over_or_somebody_asks():
    notes = {
        "hn1": {"copies": [note("hn2", "2026-03-01T00:00:00Z"), note("hn2", None, uuid="u2", name="db", ctid="102")]},
        "hn3": {"copies": [note("hn4", "2026-03-03T00:00:00Z", uuid="u3", name="mx", ctid="103")]},
    }

    assert chosen(notes) == [("hn1", ("hn2",))]
    assert chosen(notes, name="db") == [("hn1", ("hn2",))]
    assert chosen(notes, name="103") == [("hn3", ("hn4",))]
    assert chosen(notes, node="hn3") == []
    assert chosen(notes, node="hn3", all_=True) == [("hn3", ("hn4",))]


def test_a_container_that_moved_on_is_looked_for_where_it_went():
    notes = {"hn1": {"copies": [note("hn2")]}, "hn2": {"copies": [note("hn3")]}}

    assert chosen(notes, node="hn1", all_=True) == [("hn1", ("hn3", "hn2"))]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (HERE, ""),
        (None, "hn2 does not answer"),
        (NONE, "hn2 does not have web01 whole"),
        ({**HERE, "whole": False}, "hn2 does not have web01 whole"),
        ({**HERE, "uuid": "another"}, "what hn2 has as 101 is another container"),
        ({**HERE, "intent": INTENT}, "web01 is being moved: salt-run openvz.move web01 hn2"),
    ],
)
def test_a_copy_stays_without_proof(answer, why):
    (copy,) = copies.chosen({"hn1": {"copies": [note("hn2")]}}, all_=True)

    assert copies.proof(copy, answer, "hn2") == why


def test_a_move_that_nobody_drives_has_the_command_that_goes_on():
    intent = {**INTENT, "since": 0, "driver": {"seen": 100}}
    notes = {
        "hn1": {"moves": [intent]},
        "hn2": {"moves": [intent], "arrivals": [{**note("x"), "source": "hn1", "when": "w"}]},
    }

    left, driven = (copies.overview(notes, now)["moves"] for now in (1000, 101))

    assert [(one["state"], one["command"]) for one in left] == [("nobody drives it", "salt-run openvz.move web01 hn2")]
    assert [(one["state"], one["command"]) for one in driven] == [("is driven", "")]
    assert copies.overview(notes, 0)["arrivals"] == [{"container": "web01", "on": "hn2", "from": "hn1", "since": "w"}]


def test_a_bar_is_no_longer_than_the_line():
    assert progress.line(0.5, "web01: starts vzmigrate") == f"[{'#' * 12}{' ' * 12}]  50% web01: starts vzmigrate"
    assert len(progress.line(2, "x" * 200)) == 79
    assert progress.of_move("send") < progress.of_move("own") < progress.of_move("close")
