"""Where a container would fit, and why not elsewhere."""

import pytest
from vzdomain import errors
from vzdomain.fleet import placing

GIB = 2**30


def node(total=64, promised=32, free=100, cpus=8, **more):
    said = {
        "family": "4.x",
        "containers": 3,
        "memory": {"total_bytes": total * GIB, "promised_bytes": promised * GIB, "unlimited": []},
        "cpus": {"total": cpus, "promised": 6},
        "disk": [{"new": False, "free_bytes": 0}, {"new": True, "free_bytes": free * GIB}],
        "templates": ["debian-12-x86_64"],
    }
    return {**said, **more}


def test_the_node_with_the_most_memory_left_is_the_best():
    nodes = {"hn1": node(promised=60), "hn2": node(promised=10), "hn3": node(promised=30)}
    rows, reasons = placing.placed(nodes, memory=2 * GIB)

    assert [row["node"] for row in rows] == ["hn2", "hn3", "hn1"]
    assert (rows[0]["memory_left_bytes"], reasons) == (54 * GIB, {})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (node(promised=63), "memory: 1 GiB of 64 GiB is not promised yet, 2 GiB is needed"),
        (node(promised=99), "memory: nothing of 64 GiB is not promised yet, 2 GiB is needed"),
        (node(free=1), "disk: 1 GiB is free, 20 GiB is needed"),
        (node(cpus=1), "processors: it has 1, 2 are needed"),
        (node(templates=[]), "it has no template debian-12-x86_64"),
        (node(family="7"), "its vzctl is 7"),
        (node(memory={}), "does not say what it has of memory"),
        (node(disk=[]), "does not say what it has of disk"),
        (node(cpus=None), "does not say what it has of processors"),
    ],
)
def test_each_other_node_has_its_reason(said, reason):
    asked = {"memory": 2 * GIB, "disk": 20 * GIB, "cpus": 2, "template": "debian-12-x86_64", "family": "4.x"}
    rows, reasons = placing.placed({"hn1": said, "hn2": node()}, **asked)

    assert ([row["node"] for row in rows], reasons) == (["hn2"], {"hn1": reason})


def test_what_fits_to_the_byte_fits():
    assert placing.placed({"hn1": node(promised=62)}, memory=2 * GIB)[1] == {}
    assert placing.placed({"hn1": node(promised=62)}, memory=2 * GIB + 1)[1] != {}


@pytest.mark.parametrize("said", [None, [], "x", {}, {"memory": 5, "cpus": [], "disk": [7], "templates": [None]}])
def test_a_node_may_say_anything(said):
    rows, reasons = placing.placed({"hn1": said}, memory=GIB)

    assert (rows, reasons) == ([], {"hn1": "does not say what it has of memory"})
    assert [row["node"] for row in placing.placed({"hn1": said})[0]] == ["hn1"]


@pytest.mark.parametrize(("text", "size"), [("2G", 2 * GIB), ("512M", GIB // 2), ("2GiB", 2 * GIB)])
def test_sizes_have_a_unit(text, size):
    assert placing.size("memory", text) == size


@pytest.mark.parametrize("text", ["512", 512, "", "G", "2 G", "-1G", "0G", "2X", "lots"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(errors.ArgumentError, match="write it with its unit, such as memory=2G"):
        placing.size("memory", text)


def test_containers_without_a_limit_are_told_of():
    said = node(memory={"total_bytes": GIB, "promised_bytes": 0, "unlimited": ["a", "b"]})
    told = placing.told(*placing.placed({"hn1": said}, memory=1), {}, True)

    assert told["sentences"] == ["hn1: 2 containers there have no limit of memory"]
