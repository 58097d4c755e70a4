"""Which container goes where, how many at a time, and what is said of those that cannot go."""

import threading

import pytest
from vzdomain.fleet.moving import drive, evacuate

GIB = 1024**2  # KiB


def container(ctid, memory=GIB, **more):
    return {"ctid": ctid, "uuid": None, "name": f"web{ctid}", "status": "running", "memory_kib": memory, **more}


def survey(*containers, memory=8 * GIB, family=4, moves=(), free=100 * GIB):
    said = {"containers": list(containers), "memory_kib": memory, "family": family, "moves": list(moves)}
    return {**said, "free_kib": free, "plan": {}}


def ways(surveys, *to):
    return [(way.name, way.destination) for way in evacuate.ways("hn1", surveys, to or sorted(surveys))]


def test_the_largest_goes_first_and_each_to_the_node_with_the_most_memory_left():
    surveys = {
        "hn1": survey(container(101, GIB), container(102, 4 * GIB), container(103, 2 * GIB)),
        "hn2": survey(container(201, 2 * GIB)),
        "hn3": survey(container(301, 3 * GIB)),
    }

    assert ways(surveys) == [("web102", "hn2"), ("web103", "hn3"), ("web101", "hn3")]


def test_only_the_named_nodes_take_any():
    surveys = {"hn1": survey(container(101)), "hn2": survey(), "hn3": survey(memory=2 * GIB)}

    assert ways(surveys, "hn3") == [("web101", "hn3")]
    assert ways(surveys, "hn1") == [("web101", None)]


def test_those_that_are_on_their_way_come_first_and_count_once():
    intent = {"name": "web103", "ctid": "103", "uuid": None, "source": "hn1", "destination": "hn3"}
    surveys = {
        "hn1": survey(container(101, 4 * GIB), container(103), moves=[intent]),
        "hn2": survey(memory=4 * GIB),
        "hn3": survey(moves=[{**intent, "role": "destination"}], memory=3 * GIB),
    }

    assert ways(surveys) == [("web103", "hn3"), ("web101", "hn2")]


def test_one_that_is_half_moved_is_no_container_that_is_incomplete():
    """The source lists it no more, or as incomplete; its intent says what it is."""
    intent = {"name": "web103", "ctid": "103", "uuid": None, "source": "hn1", "destination": "hn2"}
    surveys = {"hn1": survey({"ctid": 103, "status": "incomplete"}, moves=[intent]), "hn2": survey()}

    assert ways(surveys) == [("web103", "hn2")]


REASONS = {
    "memory": (
        {"hn1": survey(container(101, 9 * GIB)), "hn2": survey(container(201))},
        "it is promised 9 GiB of memory, and there is left: hn2 7 GiB",
    ),
    "none left": (
        {"hn1": survey(container(101)), "hn2": survey(container(201, 9 * GIB))},
        "it is promised 1 GiB of memory, and there is left: hn2 nothing",
    ),
    "family": ({"hn1": survey(container(101)), "hn2": survey(family=7)}, "hn2 has another family of vzctl"),
    "nobody": ({"hn1": survey(container(101))}, "no node may take it"),
    "incomplete": (
        {"hn1": survey({"ctid": 101, "status": "incomplete"}), "hn2": survey()},
        "it is incomplete; openvz.doctor on that node says more",
    ),
    "unusable": (
        {"hn1": survey(container(101) | {"status": "unusable", "error": "its link leads nowhere"}), "hn2": survey()},
        "it is unusable: its link leads nowhere; openvz.doctor on that node says more",
    ),
}


@pytest.mark.parametrize(("surveys", "reason"), REASONS.values(), ids=REASONS)
def test_one_that_can_go_nowhere_is_named_with_the_reason(surveys, reason):
    (way,) = evacuate.ways("hn1", surveys, sorted(surveys))

    assert (way.destination, way.reason) == (None, reason)


def test_memory_that_a_node_does_not_know_keeps_none_away():
    surveys = {"hn1": survey(container(101, 9 * GIB), container(102, None)), "hn2": survey(memory=None)}

    assert ways(surveys) == [("web101", "hn2"), ("web102", "hn2")]


# carrying it out


def some(number):
    surveys = {"hn1": survey(*(container(101 + index) for index in range(number))), "hn2": survey(memory=None)}
    return evacuate.ways("hn1", surveys, ["hn2"])


def ended(way, result="moved", reason=""):
    return drive.Outcome(result, reason, "", {"hn1": "keeps it", "hn2": "runs it"}, "", way.move("hn1").data)


def test_no_more_move_at_a_time_than_was_said():
    both, counts, lock = threading.Barrier(2, timeout=30), [], threading.Lock()
    active = set()

    def run(way):
        with lock:
            active.add(way.name)
            counts.append(len(active))
        both.wait()
        with lock:
            active.discard(way.name)
        both.wait()
        return ended(way)

    results = evacuate.carry_out(some(6), run, most=2)

    assert max(counts) == 2
    assert [outcome.result for _, outcome in results] == ["moved"] * 6


def test_the_others_go_on_after_a_failure_unless_failhard():
    def run(way):
        return ended(way, "failed" if way.name == "web102" else "moved", "vzmigrate ended with 6")

    on = evacuate.carry_out(some(4), run)
    hard = evacuate.carry_out(some(4), run, failhard=True)

    assert [outcome.result for _, outcome in on] == ["moved", "failed", "moved", "moved"]
    assert [outcome and outcome.result for _, outcome in hard] == ["moved", "failed", None, None]


def test_what_is_told_has_a_sentence_for_each_that_is_left():
    results = evacuate.carry_out(some(3), lambda way: ended(way, "failed" if way.name == "web102" else "moved", "no"))

    data = evacuate.told("hn1", results)

    assert data["summary"] == "2 of 3 containers were moved off hn1"
    assert data["sentences"] == ["web102: no; hn1: keeps it; hn2: runs it"]
    assert data["left"] == 1
    assert data["tables"][""][1] == {"container": "web102", "to": "hn2", "result": "failed"}
    assert evacuate.told("hn1", [])["summary"] == "hn1 has no containers"
