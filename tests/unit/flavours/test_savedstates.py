"""The list of a container's snapshots, whatever is in the file."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vzdomain.flavours import FLAVOURS, savedstates
from vzdomain.model.actions import DeleteSnapshot, SwitchSnapshot, TakeSnapshot
from vzdomain.model.snapshot import Snapshot, children, is_id, meant

from vzsim.ploop import savedstates as real

ONE, TWO, THREE = (f"{digit * 8}-2222-4333-8444-555555555555" for digit in "123")
HOSTILE = 'a\n{99999999-2222-4333-8444-555555555555} x <Name>& "]]> \\'


def text(*snapshots, root=real.SEVEN_ROOT):
    return real.document(list(snapshots), root)


def row(id, parent="", name="", desc="", current=False):
    guid, parent = f"{{{id}}}", f"{{{parent}}}" if parent else ""
    return {
        "guid": guid,
        "parent": parent,
        "name": name,
        "desc": desc,
        "current": current,
        "date": "2026-01-01 00:00:00",
    }


@pytest.mark.parametrize("root", [real.SEVEN_ROOT, real.LEGACY_ROOT])
def test_a_tree_is_read_with_parents_texts_and_the_current_one(root):
    rows = [row(ONE, name="a & b", desc="one\ntwo"), row(TWO, ONE, current=True), row(THREE, ONE)]

    one, two, three = savedstates.parse(text(*rows, root=root))

    assert one == Snapshot(ONE, None, "a & b", "one\ntwo", "2026-01-01 00:00:00")
    assert (two.parent, two.current, three.parent, three.current) == (ONE, True, ONE, False)
    assert children([one, two, three], one) == [two, three]


def test_a_hostile_name_is_one_name_of_one_snapshot():
    (one,) = savedstates.parse(text(row(ONE, name=HOSTILE, desc=HOSTILE)))

    assert (one.id, one.name, one.description) == (ONE, HOSTILE, HOSTILE)


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40),
)
def test_what_a_simulated_vzctl_writes_is_read_as_it_was(name, desc):
    (one,) = savedstates.parse(text(row(ONE, name=name, desc=desc)))

    assert (one.name, one.description) == (name, desc)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no element found"),
        ("<a><b></a>", "line 1: mismatched tag"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "it has a document type"),
        ("<SavedStateItem guid='{x}'>" * 2000, "elements are nested too deeply"),
    ],
)
def test_any_other_text_is_no_list(text, said):
    with pytest.raises(ValueError, match=said):
        savedstates.parse(text)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ValueError):
        assert isinstance(savedstates.parse(text), list)


def test_elements_that_belong_to_no_snapshot_and_an_empty_list_are_none():
    assert savedstates.parse(text()) == []
    assert savedstates.parse("<a><Name>x</Name><SavedStateItem guid=''><Name>y</Name></SavedStateItem></a>") == []


def test_a_word_means_an_id_in_any_spelling_before_a_name():
    shown = [Snapshot(ONE, name="a"), Snapshot(TWO, name="a"), Snapshot(THREE, name=ONE)]

    assert meant(shown, f"{{{ONE.upper()}}}") == meant(shown, ONE) == shown[:1]
    assert meant(shown, "a") == shown[:2]
    assert meant(shown, "b") == []
    assert [is_id(word) for word in (ONE, f"{{{ONE}}}", "a", "", ONE[:-1])] == [True, True, False, False, False]


def test_files_that_the_list_does_not_have_are_known_by_their_name_alone():
    names = [f"{{{TWO}}}.ve.conf", f"{{{ONE}}}.ve.conf", f"{{{ONE}}}", "Dump", "{x}.ve.conf", f"{ONE}.ve.conf"]

    assert savedstates.kept(names) == [ONE, TWO]


@pytest.mark.parametrize("its", FLAVOURS, ids=lambda its: its.family)
def test_the_words_of_a_call_are_those_that_the_family_has(its):
    """``--skip-config`` is unknown to vzctl 7, and ends with 21 there (recorded)."""
    take = its.spelling.calls([TakeSnapshot(ONE, "a", "b")], "209")[0]
    switch = its.spelling.calls([SwitchSnapshot(ONE, resume=False)], "209")[0]
    delete = its.spelling.calls([DeleteSnapshot(ONE)], "209")[0]

    assert take.argv == ("snapshot", "209", "--id", ONE, "--name", "a", "--description", "b", "--skip-suspend")
    assert switch.argv == ("snapshot-switch", "209", "--id", ONE, "--skip-resume")
    assert delete.argv == ("snapshot-delete", "209", "--id", ONE)


def test_the_answer_of_where_they_are_mounted_is_read_by_ids_that_are_known():
    said = f"{{{ONE}}}                  /mnt/one  \n{{{TWO}}} \nnonsense\n{{{THREE}}} /mnt/three\n"

    assert savedstates.targets(said, {ONE, TWO}) == {ONE: "/mnt/one"}
