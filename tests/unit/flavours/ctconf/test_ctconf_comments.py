"""Names, UUIDs and marks in container configuration files, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library import OTHER_UUID, UUID
from vzdomain.flavours.legacy import ctconf


@pytest.mark.parametrize(("name", "expected"), [("web", ("web", 203)), ("", ("203", None)), ("7", ("203", None))])
def test_a_numeric_name_is_none_to_vzctl(name, expected):
    live = ctconf.domain(ctconf.parse(f'NAME="{name}"\n'), 203)

    assert (live.name, live.ctid) == expected


@pytest.mark.parametrize(
    ("line", "uuid"),
    [
        (f"#UUID: {UUID}", UUID),
        (f"  #  UUID :{UUID}  \r", UUID),
        (f"#UUID: {UUID.upper()}", UUID),
        (f"#UUID: {UUID.replace('-', '')}", UUID),
        ("#UUID: nonsense", None),
        (f'UUID="{UUID}"', None),
        (f"#uuid: {UUID}", None),
        (f"#UUID {UUID}", None),
    ],
)
def test_a_uuid_is_read_from_a_comment_in_any_spelling(line, uuid):
    assert ctconf.domain(ctconf.parse(line + "\n"), 501).uuid == uuid


@pytest.mark.parametrize(
    ("text", "managed", "foreign"),
    [
        ("#SALT-OPENVZ: managed 209 hn1\n", True, None),
        ("#SALT-OPENVZ: managed 209 hn1", True, None),
        ("#SALT-OPENVZ: managed 209 hn1\n # SALT-OPENVZ :managed 209 hn1\n", True, None),
        ("#SALT-OPENVZ: managed 101 hn1\n", False, "101 on hn1"),
        ("#SALT-OPENVZ: managed 209 hn2\n", False, "209 on hn2"),
        ("#SALT-OPENVZ: managed 209 HN1\n", False, "209 on HN1"),
        ("#SALT-OPENVZ: managed 209 hn1 x\n", False, "209 on hn1 x"),
        ("#SALT-OPENVZ: managed 209 hn1\n#SALT-OPENVZ: managed 101 hn1\n", False, "209 on hn1 and 101 on hn1"),
        ("#SALT-OPENVZ: managed 101 hn1\n#SALT-OPENVZ: managed 209 hn1\n", False, "101 on hn1 and 209 on hn1"),
        ("#SALT-OPENVZ: managed\n", False, "nobody"),
        ("#SALT-OPENVZ: managed 209\n", False, "nobody"),
        ("#SALT-OPENVZ: managed 101 hn1\n#SALT-OPENVZ: managed\n", False, "101 on hn1 and nobody"),
        ("#SALT-OPENVZ: no\n", False, None),
        ('SALT-OPENVZ="managed 209 hn1"\n', False, None),
        ("", False, None),
    ],
)
def test_the_mark_is_that_of_one_container_on_one_node(text, managed, foreign):
    conf = ctconf.parse(text)

    assert conf.is_marked("209", "hn1") is managed
    assert conf.foreign_mark("209", "hn1") == foreign


def test_a_comment_takes_the_place_of_all_of_its_kind():
    text = f'#UUID: {OTHER_UUID}\nCPUS="2"\n  # UUID: again\n#UUIDs: not this one\n'

    assert ctconf.with_comments(text, UUID=UUID) == f'CPUS="2"\n#UUIDs: not this one\n#UUID: {UUID}\n'


def test_a_comment_is_removed_and_a_missing_newline_supplied():
    assert ctconf.with_comments("#TITLE: x\nA=1", TITLE=None) == "A=1"
    assert ctconf.with_comments("A=1", TITLE="x: y") == "A=1\n#TITLE: x: y\n"
    assert ctconf.with_comments("", TITLE="x") == "#TITLE: x\n"


lines = st.text(st.characters(exclude_characters="\n"), max_size=30).filter(lambda line: "#" not in line)
texts = st.lists(lines | st.sampled_from(['CPUS="2"', "# a note", "\r", "\x0c", "\u2028#UUID: no line of its own"]))


@given(texts.map("\n".join), st.uuids().map(str))
def test_all_other_lines_survive_byte_for_byte(text, uuid):
    after = ctconf.with_comments(text, UUID=uuid)

    complete = text if text.endswith("\n") or not text else text + "\n"
    assert after == complete + f"#UUID: {uuid}\n"
    assert ctconf.parse(after).uuid == uuid
    assert ctconf.parse(after).values == ctconf.parse(text).values
    assert ctconf.with_comments(after, UUID=None) == complete


@given(texts.map("\n".join), st.uuids().map(str), st.sampled_from(["a title", "a: b", "grüße #1"]))
def test_writing_comments_twice_is_writing_them_once(text, uuid, title):
    once = ctconf.with_comments(text, UUID=uuid, TITLE=title)

    assert ctconf.with_comments(once, UUID=uuid, TITLE=title) == once
    assert ctconf.parse(once).comments == {"UUID": uuid, "TITLE": title}
