"""What a move leaves in the history of its two nodes."""

import pytest
from pairs import MOVE


def moved(pair):
    pair.begin()
    pair.hand_over()
    pair.b.step("own", power="running")
    pair.b.step("close", owner="destination")
    pair.a.step("close", owner="destination")


@pytest.mark.parametrize(
    ("driver", "words"),
    [({}, "moved from hn1 to hn2"), ({"why": "openvz.evacuate hn1"}, "moved from hn1 to hn2 (openvz.evacuate hn1)")],
)
def test_the_history_of_both_nodes_says_from_where_to_where_and_what_it_was_part_of(pair, monkeypatch, driver, words):
    monkeypatch.setitem(MOVE, "driver", {**MOVE["driver"], **driver})

    moved(pair)

    for side in (pair.a, pair.b):
        last = side.reconciler.journal.history()[0]
        assert (last["name"], last["did"], last["result"]) == ("web01", [words], "done")


def test_the_reason_of_a_move_is_one_line_that_no_terminal_obeys(pair, monkeypatch):
    monkeypatch.setitem(MOVE, "driver", {**MOVE["driver"], "why": "\x1b[2J" + "x" * 500})

    moved(pair)

    (did,) = pair.a.reconciler.journal.history()[0]["did"]
    assert did.isprintable() and len(did) < 140
