"""Which containers of a report are asked for."""

import pytest
from vzdomain import errors
from vzdomain.reports import drift, selection
from vzdomain.reports.selection import DRIFT, LIST, Selection


@pytest.mark.parametrize("said", ["in sync", "in_sync", "in-sync", "In Sync", ["in sync"], "drifted, in_sync"])
def test_a_status_is_asked_for_in_any_spelling(said):
    assert Selection(DRIFT, only=said).has({"in sync"}, "web01")
    assert not Selection(DRIFT, only=said).has({"unsaved"}, "web01")


@pytest.mark.parametrize("argument", ["only", "status"])
def test_a_status_that_there_is_not_is_refused_with_those_that_there_are(argument):
    with pytest.raises(
        errors.RefusedError, match=f"{argument}: drfted is not a valid status; use one of: error, drifted"
    ):
        Selection(DRIFT, **{argument: "drfted"})


def test_where_both_are_said_a_container_must_have_a_word_of_each():
    asked = Selection(LIST, only="unmanaged", status=["running", "mounted"])

    assert asked.has({"running", "unmanaged"}, "a")
    assert not asked.has({"running", "managed"}, "a")
    assert not asked.has({"stopped", "unmanaged"}, "a")


@pytest.mark.parametrize(
    ("globs", "found"), [("web*", True), ("db1,101", True), (["w?b01"], True), (101, True), ("WEB*", False)]
)
def test_names_are_globs_of_all_that_a_container_is_called(globs, found):
    assert Selection(LIST, name=globs).has({"running"}, "web01", 101, None) is found


def test_nothing_said_is_everything():
    assert Selection(LIST).has({"running"}, "web01")
    assert Selection(LIST, only="", name=[]).has({"running"}, "web01")


def test_drift_ranks_its_words_as_they_are_listed():
    assert drift.STATUSES[::-1] == selection.DRIFT
