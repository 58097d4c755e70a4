"""What the outputter does with anything that a minion may send: lines fit, nothing is a command to the terminal."""

import re

import pytest
from columns import columns
from hypothesis import example, given
from hypothesis import strategies as st
from samples import (
    CAPACITY,
    DOCTOR,
    DRIFT,
    FLEET,
    FLEET_PLAN,
    LINT,
    LIST,
    MOVES,
    PLAN,
    SEED,
    SNAPSHOTS,
    STATS,
    SURVEY,
    TOLD,
    WRITTEN,
)
from vzdomain.flavours import LEGACY
from vzdomain.reports import explain

SHOWN = {
    "explain": {"hn1": explain.as_data(explain.explain(SEED, LEGACY))},
    "doctor": {"hn1": DOCTOR},
    "list": {"hn1": LIST, "hn2": {}},
    "drift": {"hn1": DRIFT},
    "plan of one": {"hn1": PLAN},
    "plan of all": {"hn1": {"plan_id": "77", "counts": {"creates": 1}, "containers": {"web01": PLAN}}},
    "lint": LINT,
    "fleet": FLEET,
    "told": TOLD,
    "report": WRITTEN,
    "snapshots": {"hn1": SNAPSHOTS},
    "moves": {"hn1": MOVES},
    "survey": {"hn1": SURVEY},
    "plan of the fleet": FLEET_PLAN,
    "told by a node": {"hn1": TOLD},
    "stats": {"hn1": STATS},
    "capacity": {"hn1": CAPACITY},
}


def is_narrow(line):
    """Within 80 columns, or a word that cannot be cut beside what it is told by."""
    return columns(line) <= 80 or len(line.split()) <= 2 + line.endswith("\\")


@pytest.mark.parametrize("data", SHOWN.values(), ids=SHOWN)
def test_no_line_is_longer_than_80_columns(outputter, data):
    text = outputter.output(data)

    assert not text.startswith("nested")
    assert [line for line in text.splitlines() if not is_narrow(line)] == []
    assert text.endswith("\n") and "None" not in text


def with_text(value, text):
    """The data with a text in place of each of its strings that is no word of ours."""
    ours = {"status", "severity", "disruption", "effect", "in sync", "drifted", "error", "live", "nested"}
    if isinstance(value, dict):
        return {key: with_text(one, text) for key, one in value.items()}
    if isinstance(value, list):
        return [with_text(one, text) for one in value]
    return f"{text}{value}{text}" if isinstance(value, str) and value not in ours else value


@pytest.mark.parametrize("data", SHOWN.values(), ids=SHOWN)
def test_no_value_reaches_the_terminal_as_a_command(outputter, data):
    text = outputter.output(with_text(data, "a\x1b[2J\r\x07\x9b31m\u202eb\nc"))

    assert not text.startswith("nested")
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text) == []
    assert "\ufffd" in text


@given(text=st.text(max_size=300))
@example(text="e\u0301 " * 120)  # more characters than columns
@example(text="漢字 " * 60)  # and fewer
def test_any_text_in_an_error_fits(outputter, text):
    shown = outputter.output({"hn1": {"web01": {"ctid": 1, "status": "error", "fields": {}, "error": text}}})

    assert [line for line in shown.split("\n") if columns(line) > 80 and " " in line.strip(" ")] == []
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown) == []


def test_letters_that_take_two_columns_count_for_two(outputter):
    shown = outputter.output({"hn1": {"a": {"ctid": 1, "status": "error", "fields": {}, "error": "漢字 " * 60}}})

    assert max(map(columns, shown.splitlines())) <= 80


def test_what_is_not_known_is_shown_by_nested(outputter):
    for data in ("an error", {"hn1": "an error"}, {"hn1": {"a": 1}}, {"hn1": [1]}, {"hn1": True}, [], {}):
        assert outputter.output(data, retcode=1) == f"nested {data}"


def test_nested_gets_no_control_characters_either(outputter):
    assert outputter.output({"hn1": ["a\x1b[2J\nb"]}) == "nested {'hn1': ['a\ufffd[2J\\nb']}"


LIES = [
    {"hn1": {"steps": [5]}},
    {"hn1": {"plan_id": "x", "containers": {"a": 5}}},
    {"hn1": {"a": {"status": "drifted", "fields": {"memory": 5}}}},
    {"hn1": {"a": {"status": "running", "managed": True, "addresses": 5}}},
    {"hn1": [{"line": None, "element": "a\x1b", "note": {}}]},
    {"nodes": {"hn1": {"steps": [5]}}, "errors": {}},
    {"findings": [{"severity": "error"}], "retcode": 1},
]


@pytest.mark.parametrize("data", LIES, ids=str)
def test_what_only_looks_like_ours_is_shown_by_nested(outputter, data):
    shown = outputter.output(data)

    assert shown.startswith("nested") and "\x1b" not in shown


WORDS = st.sampled_from(
    "nodes errors findings retcode plan_id containers counts summary steps argv changes status managed fields error "
    "name ctid warnings old new check where what remedy line element note severity labels asked addresses test xml "
    "openvz_|-a_|-a_|-managed comment summary sentences problems tables command path page snapshots id parent "
    " moves copies arrivals now since source plan version labels after".split()
)
TEXTS = st.text(max_size=30) | st.sampled_from(["drifted", "in sync", "error", "\u202e\x1b[2J\x9b", "x" * 9000])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | WORDS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | TEXTS, inner, max_size=6), max_leaves=30
)


@given(data=JSON)
def test_nothing_that_a_minion_can_say_stops_the_outputter(outputter, data):
    outputter.__salt__["highstate"] = outputter.__salt__["nested"]
    for said in (data, {"hn1": data}, {"nodes": {"hn1": data, "hn2": DRIFT}, "errors": {"hn3": data}}):
        text = outputter.output(said)

        if not text.startswith("nested"):
            assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text) == []
            assert all(len(line) < 2200 for line in text.splitlines())


def nest(levels, said=None):
    for _ in range(levels):
        said = [said] if levels % 2 else {"a": said}
    return said


BAD = [nest(500), nest(501), 5, "x" * 5_242_880, {"a": 5}, [None], b"\xff", 10**5000, None]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_one_bad_minion_is_one_bad_row_of_the_fleets_table(outputter, bad):
    lines = outputter.output({"nodes": {"hn1": bad, "hn2": LIST}, "errors": {"hn3": "did not answer"}}).splitlines()

    assert [line for line in lines if not line.startswith(" ")] == ["hn3:", "hn1:", "hn2:"]
    assert "web01  198.51.100.10 +1" in lines[-2]
    assert lines[3].startswith("    an answer that cannot be read") or lines[3].startswith("    xxx")
    assert max(map(len, lines)) < 2200


def test_of_an_error_of_megabytes_the_beginning_is_shown(outputter):
    for said in ({"hn1": "x" * 5_242_880}, {"nodes": {}, "errors": {"hn1": "x" * 5_242_880}}):
        text = outputter.output(said)

        assert "xxx … 5,242,880 characters, cut" in " ".join(text.split()) and len(text) < 2200


def test_what_is_too_deep_for_nested_is_cut(outputter):
    assert "more than 40 levels, cut" in outputter.output({"hn1": nest(500)})
