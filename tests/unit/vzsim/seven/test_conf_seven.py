"""How vzctl 7 to 9 reads and rewrites configuration files."""

import os

import pytest

from vzsim.seven.grammar import conf


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("A='x'", ("A", "x")),
        ("A=\"x'", ("A", "x")),
        ('A="', ("A", "")),
        ('A="x" y', ("A", 'x" y')),
        ("A=a#b", ("A", "a#b")),
        ("A=a #b", ("A", "a")),
        ("A='a #b'", ("A", "a #b")),
        ("A=a\\#b", ("A", "a#b")),
        ("A=a\\\\b", ("A", "a\\b")),
        (" A=x\r", ("A", "x")),
        ("A =x", ("A ", "x")),
        ("=x", ("", "x")),
        ("# A=x", None),
        ("A", None),
        ("  ", None),
    ],
)
def test_a_line_is_split_as_libvzctl_splits_it(line, pair):
    assert conf.split_line(line) == pair


def test_the_last_of_equal_keys_counts_and_all_are_rewritten():
    text = 'A="1" # one\nB=2\n  A=3\n# A=4\n'

    assert conf.read_values(text)["A"] == "3"
    assert conf.rewrite(text, {"A": "5"}) == 'A="5"\nB=2\nA="5"\n# A=4\n'
    assert conf.rewrite(text, {"A": None, "C": "6", "D": None}) == 'B=2\n# A=4\nC="6"\n'


def test_a_new_key_is_glued_to_a_last_line_without_an_end():
    assert conf.rewrite('A="1"', {"B": "2"}) == 'A="1"B="2"\n'


def test_a_very_long_line_is_read_in_pieces():
    text = "A=" + "x" * conf.READ_LIMIT + "\nB=1\n"

    assert len(conf.read_values(text)["A"]) == conf.READ_LIMIT - len("A=")
    assert conf.read_values(text)["B"] == "1"
    assert conf.rewrite(text, {"B": "2"}) == text.replace("B=1", 'B="2"')


@pytest.mark.parametrize(
    ("text", "place"),
    [("/p/$VEID", "/p/101"), ("/p/${VEID}/", "/p/101"), ("/p/$VEID/$VEID", "/p/101/$VEID"), ("/p", "/p")],
)
def test_the_first_mention_of_the_ctid_is_filled_in(text, place):
    assert conf.expand(text, "101") == place


def test_what_a_link_leads_to_is_rewritten_and_a_link_to_nothing_becomes_a_file(tmp_path):
    target, link, dangling = tmp_path / "ve.conf", tmp_path / "101.conf", tmp_path / "102.conf"
    target.write_text("A=1\n")
    link.symlink_to(target)
    dangling.symlink_to(tmp_path / "none/ve.conf")

    conf.save(str(link), {"A": "2"})
    conf.save(str(dangling), {"A": "3"})

    assert link.is_symlink() and target.read_text() == 'A="2"\n'
    assert not dangling.is_symlink() and dangling.read_text() == 'A="3"\n'
    assert sorted(os.listdir(tmp_path)) == ["101.conf", "102.conf", "ve.conf"]


def test_values_of_the_node_stand_behind_those_of_the_container_but_for_its_own_ids():
    node = {"VE_ROOT": "/r", "RATE": "*:1:8", "UUID": "x"}

    assert conf.with_defaults(node, {"RATE": "eth0:1:9"}) == {"VE_ROOT": "/r", "RATE": "eth0:1:9"}
