"""CTIDs as values: one form, an order, and what Salt returns for them."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vzdomain.model import names
from vzdomain.model.ctid import Ctid, ctid_of, in_order, is_ctid

UUID = "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"
NUMBERS = st.integers(1, 10**12) | st.integers(1, 2000)
CTIDS = NUMBERS.map(Ctid) | st.uuids().map(Ctid)


@pytest.mark.parametrize("text", ["1", "209", "2147483644", "9" * 200, UUID])
def test_a_ctid_is_the_text_that_it_is_made_of(text):
    assert (Ctid(text), f"{Ctid(text)}", str(Ctid(text)), is_ctid(text)) == (text, text, text, True)
    assert type(str(Ctid(text))) is str


def test_a_number_of_yaml_makes_the_same_ctid_as_its_text():
    assert Ctid(209) == Ctid("209") == "209"


@pytest.mark.parametrize(
    "said",
    ["", "0", "0209", "+209", "-1", "209 ", "209\n", "2_0_9", "\u0662\u0660\u0669", "web", None, True, 2.5]
    + ["9" * 256, UUID.upper(), UUID.replace("-", ""), f"{{{UUID}}}", f"{UUID}\n"],
)
def test_any_other_form_is_refused_with_a_sentence(said):
    with pytest.raises(ValueError, match="is not a valid CTID; use a number above 0, or a lower-case UUID"):
        Ctid(said)
    assert not is_ctid(str(said))


def test_it_is_found_by_the_same_text_in_sets_and_dictionaries():
    assert hash(Ctid("209")) == hash("209")
    assert {Ctid("209"): "web"}["209"] == "web"
    assert "209" in {Ctid("209")}
    assert Ctid("209") != "210"
    assert Ctid("209") != 209


@given(NUMBERS, NUMBERS)
def test_numbers_are_in_the_order_of_their_values(one, other):
    first, second = Ctid(one), Ctid(other)

    assert (first < second, first <= second) == (one < other, one <= other)
    assert (first > second, first >= second) == (one > other, one >= other)


@given(st.lists(CTIDS))
def test_uuids_come_after_all_numbers_in_the_order_of_their_text(ctids):
    numbers = sorted(one.number for one in ctids if one.number is not None)
    uuids = sorted(str(one) for one in ctids if one.number is None)

    assert sorted(ctids) == [*map(str, numbers), *uuids]


@pytest.mark.parametrize("other", ["209", 209, None])
def test_a_ctid_has_no_order_with_anything_else(other):
    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        with pytest.raises(TypeError, match="only be compared with another CTID"):
            getattr(Ctid("209"), compare)(other)
    with pytest.raises(TypeError):
        sorted([Ctid("209"), other])


@given(CTIDS)
def test_a_copy_of_any_kind_is_the_same_ctid(ctid):
    copies = [copy.copy(ctid), copy.deepcopy(ctid)]
    copies += [pickle.loads(pickle.dumps(ctid, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]

    assert {(type(one), one) for one in copies} == {(Ctid, ctid)}


def test_a_ctid_is_not_taken_for_a_record():
    assert not hasattr(Ctid("209"), "__dict__")


def test_json_has_it_as_text_also_as_a_key():
    assert json.dumps({Ctid("209"): Ctid(UUID)}) == f'{{"209": "{UUID}"}}'


@pytest.mark.parametrize(("ctid", "number", "data"), [("209", 209, 209), (UUID, None, UUID)])
def test_salt_gets_a_number_where_it_is_one_and_plain_text_else(ctid, number, data):
    found = Ctid(ctid)

    assert (found.number, found.data) == (number, data)
    assert type(found.data) is type(data)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0209", "209"),
        ("209", "209"),
        ("0", None),
        ("", None),
        ("web", None),
        (UUID, UUID),
        (f"0{UUID[1:]}", f"0{UUID[1:]}"),
    ],
)
def test_zeros_before_a_number_are_not_part_of_the_ctid(text, meant):
    assert ctid_of(text) == meant


@given(st.lists(NUMBERS))
def test_texts_of_numbers_become_ctids_in_order_and_each_once(numbers):
    found = in_order(map(str, numbers))

    assert found == sorted(set(map(Ctid, numbers)))
    assert all(type(one) is Ctid for one in found)


def test_names_returns_ctids_in_canonical_form():
    assert type(names.ctid("0209")) is type(names.new_ctid("0209")) is Ctid
    assert names.new_ctid("0209") == "209"
    with pytest.raises(ValueError, match="2147483644"):
        names.ctid(UUID)
