"""A container is found by whatever is known of it, in whatever spelling."""

import pytest
from salt.utils.args import yamlify_arg
from vzdomain.fleet import searching
from vzdomain.reports import mine

UUID = "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"
WEB = {
    "ctid": 101,
    "uuid": UUID,
    "status": "running",
    "hostname": "Web01.example.org",
    "addresses": ["10.20.0.7/24", "2001:db8::a"],
    "macs": ["52:54:00:12:34:56", "00:18:51:0a:bb:cc"],
}
DB = {"ctid": 102, "uuid": None, "status": "stopped", "hostname": None, "addresses": ["10.20.1.7"], "macs": []}
LISTS = {"hn1": {"web01": WEB}, "hn2": {"db01": DB, "101x": {"ctid": 7}}}


def names(said):
    return [row["name"] for row in searching.found(searching.Query(said), LISTS)]


@pytest.mark.parametrize(
    "said",
    [
        "10.20.0.7", "10.20.0.7/24", "10.20.0.0/24", "::ffff:10.20.0.7", "2001:db8::a", "2001:DB8:0:0:0:0:0:A",
        "2001:0db8::000a/64", "[2001:db8::a]", "2001:db8::/32", "52:54:00:12:34:56", "52-54-00-12-34-56",
        "5254.0012.3456", "525400123456", "00:18:51:0A:BB:CC", "00-18-51-0a-bb-cc", UUID, UUID.upper(),
        UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}", "web01", "web*", "web01.example.org",
        "WEB01.EXAMPLE.ORG", "*.example.org", "101", " 101 ",
    ],
)  # fmt: skip
def test_it_is_found_by_any_spelling_on_a_command_line(said):
    assert names(said) == names(yamlify_arg(said)) == ["web01"]


@pytest.mark.parametrize("said", ["10.20.0.70", "10.20.0", "10.20", "", " ", "WEB01", "web", "::", "1", "00:00"])
def test_nothing_else_is_found(said):
    assert names(said) == []


def test_a_network_finds_all_in_it_and_none_of_the_other_kind():
    assert names("10.20.0.0/16") == ["web01", "db01"]
    assert names("0.0.0.0/0") == ["web01", "db01"]
    assert names("::/0") == ["web01"]


def test_a_row_says_where_it_is_and_what_was_meant():
    (row,) = searching.found(searching.Query("10.20.0.7"), LISTS)

    assert row == {
        "node": "hn1", "ctid": 101, "name": "web01", "status": "running", "matches": "address 10.20.0.7/24"
    }  # fmt: skip


@pytest.mark.parametrize(
    "said", [None, [], {"a": None}, {"a": {"addresses": "10.20.0.7", "macs": 5}}, {"a": {"addresses": [None, "x"]}}]
)
def test_a_node_may_say_anything(said):
    assert searching.found(searching.Query("10.20.0.7"), {"hn1": said}) == []


def test_of_a_node_that_does_not_answer_its_mine_is_looked_through():
    told = {
        "time": "2026-03-01T04:05:06Z",
        "containers": {"web01": {"ctid": 101, "name": "web01", "addresses": ["10.20.0.7"]}},
    }
    rows = searching.remembered(searching.Query("10.20.0.7"), {"hn1": mine.believed(told), "hn2": None})

    assert [(row["node"], row["ctid"], row["status"]) for row in rows] == [
        ("hn1", 101, "not known: its mine of 2026-03-01 04:05 UTC")
    ]


def test_what_is_not_found_and_who_was_not_reached_is_said():
    query = searching.Query("10.9.9.9")

    assert searching.told(query, [], {})["summary"] == "no container is known for 10.9.9.9"
    assert searching.told(query, [], {"hn3": "did not answer"})["summary"].endswith("; 1 node was not reached")
