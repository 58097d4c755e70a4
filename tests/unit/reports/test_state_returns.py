"""What a state says of one container and of many, without Salt."""

import pytest
from vzdomain.reports import states

MEMORY = {"memory": {"old": "256 MiB", "new": "512 MiB"}}
CREATED = {"container": {"old": None, "new": "created"}}
UPDATED = {"name": "web01", "ctid": 101, "changes": MEMORY, "did": ["updated (memory)"], "warnings": ["hot"]}
CALM = {"name": "db01", "ctid": 102, "changes": {}, "did": [], "warnings": []}
WAITING = {**CALM, "pending": ["features"]}


def report(*told, test=False):
    made = states.Report("state", test)
    for one in told:
        made.take(one["name"], one)
    return made


@pytest.mark.parametrize(
    ("told", "test", "result", "comment"),
    [
        ([UPDATED], False, True, "Container web01 (CTID 101) was updated (memory)"),
        ([UPDATED], True, None, "Container web01 (CTID 101) would be updated (memory)"),
        ([CALM], True, True, "Container db01 (CTID 102) is in the declared state"),
        (
            [WAITING],
            False,
            True,
            "Container db01 (CTID 102) is in the declared state; waiting for a restart: features",
        ),
        (
            [UPDATED, {**UPDATED, "changes": CREATED, "did": ["started"]}],
            False,
            True,
            "Container web01 (CTID 101) was updated (memory) and started",
        ),
    ],
)
def test_the_comment_says_in_words_what_was_done_or_would_be(told, test, result, comment):
    ret = report(*told, test=test).finished()

    assert (ret["result"], ret["comment"]) == (result, comment)


def test_changes_are_for_people_and_the_same_as_data_is_beside_them():
    ret = report(UPDATED).finished()

    assert ret["changes"] == {"web01": "-memory: 256 MiB\n+memory: 512 MiB"}
    assert ret["containers"] == {"web01": {"changes": MEMORY}}
    assert ret["warnings"] == ["hot."]


def test_what_is_called_by_its_ctid_is_not_called_twice():
    assert report({**CALM, "name": "102"}).finished()["comment"] == "Container 102 is in the declared state"


def test_words_come_from_did_alone_and_not_from_what_changes_show():
    """Whoever names the changes otherwise breaks no sentence."""
    ret = report({**UPDATED, "changes": {"container": {"old": None, "new": "?"}}, "did": ["cloned"]}).finished()

    assert ret["comment"] == "Container web01 (CTID 101) was cloned"


def test_a_failure_keeps_what_was_done_before_it_and_is_not_replaced_by_a_watch():
    ret = states.Report("state").failed("no space", {"web01": MEMORY})

    assert (ret["result"], ret["comment"], ret["skip_watch"]) == (False, "no space", True)
    assert ret["containers"] == {"web01": {"changes": MEMORY}}


def many(*told, test=False, **more):
    containers = {one["name"]: one for one in told}
    return states.of_many("all", {"containers": containers, "summary": "a sum", **more}, "nothing there", test)


def test_of_many_there_is_a_line_for_each_of_which_something_is_to_be_said():
    ret = many(UPDATED, CALM, warnings=["odd?"])

    assert ret["result"] is True
    assert ret["comment"] == "a sum\nContainer web01 (CTID 101) was updated (memory)"
    assert ret["warnings"] == ["odd?", "hot."]


def test_one_of_many_that_fails_makes_the_state_fail_and_hides_no_other():
    ret = many(UPDATED, {**CALM, "error": "no space"})

    assert ret["result"] is False
    assert ret["comment"].splitlines()[1:] == [
        "Container web01 (CTID 101) was updated (memory)",
        "db01 failed: no space",
    ]


def test_of_none_it_says_so_and_a_dry_run_of_many_has_no_result_yet():
    assert (many()["comment"], many()["result"]) == ("nothing there", True)
    assert many(UPDATED, test=True)["result"] is None


def test_a_document_among_the_changes_is_reported_by_where_to_find_it():
    assert states.difference({"xml": {"old": "<domain/>", "new": None}}) == "its document: --out=json, containers"
