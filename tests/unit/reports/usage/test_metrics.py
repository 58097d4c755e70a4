"""The text for Prometheus, read back by a strict reader of its text format."""

import os
import re
import stat

import pytest
from vzdomain import errors
from vzdomain.reports.usage import metrics

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SERIES = re.compile(rf'({NAME})(?:\{{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\}})? (-?[0-9.e+-]+)')
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"')
ESCAPED, PLAIN = re.compile(r"\\(.)"), {"\\": "\\", '"': '"', "n": "\n"}
RUNS = {
    "ctid": 101,
    "name": "web01",
    "status": "running",
    "memory_used_bytes": 4096,
    "cpu_seconds": 1.5,
    "load_5": 0.25,
    "beancounters": {
        "numproc": {"held": 4, "maxheld": 5, "barrier": 2**63 - 1, "limit": 2**63 - 1, "failcnt": 2},
    },
}
STOPPED = {"ctid": 102, "name": "web02", "status": "stopped"}
DISK = {"path": "/vz/private", "total_bytes": 100, "free_bytes": 40, "promised_bytes": 300}
NODE = {
    "memory": {"total_bytes": 1000, "promised_bytes": 2000, "promised_running_bytes": 1500},
    "swap": {},
    "cpus": {"total": 2, "promised": 4},
    "disk": [DISK],
}


def read(text):
    """(name, labels) -> value; the format's rules are asserted."""
    assert text.endswith("\n") and "\r" not in text
    found, types, helps, order = {}, {}, {}, []
    for line in text[:-1].split("\n"):
        if line.startswith("# "):
            _, word, name, said = line.split(" ", 3)
            kept = {"HELP": helps, "TYPE": types}[word]
            assert name not in kept and name not in order
            kept[name] = said
            continue
        name, labels, value = SERIES.fullmatch(line).groups()
        assert name in types and name in helps
        assert types[name] in ("gauge", "counter") and (types[name] == "counter") == name.endswith("_total")
        if not order or order[-1] != name:
            assert name not in order, f"{name} is in two places"
            order.append(name)
        pairs = [(key, ESCAPED.sub(lambda one: PLAIN[one[1]], said)) for key, said in LABEL.findall(labels or "")]
        key = (name, tuple(pairs))
        assert key not in found and len(dict(pairs)) == len(pairs)
        found[key] = float(value)
    return found


def of(*rows, node=NODE):
    return read(metrics.exposition({str(number): row for number, row in enumerate(rows)}, node))


def test_each_value_is_a_series_of_its_container():
    found = of(RUNS, STOPPED)

    web = (("ctid", "101"), ("name", "web01"))
    assert found["openvz_container_memory_used_bytes", web] == 4096
    assert found["openvz_container_cpu_seconds_total", web] == 1.5
    assert found["openvz_container_load5", web] == 0.25
    assert found["openvz_container_beancounter_failures_total", (*web, ("resource", "numproc"))] == 2
    assert found["openvz_container_up", web] == 1
    assert found["openvz_container_up", (("ctid", "102"), ("name", "web02"))] == 0
    assert found["openvz_node_memory_promised_bytes", ()] == 2000
    assert found["openvz_node_disk_free_bytes", (("path", "/vz/private"),)] == 40


def test_what_is_not_known_and_what_has_no_limit_has_no_line():
    names = {(name, labels[0][1]) for name, labels in of(RUNS, STOPPED) if labels}

    assert {name for name, ctid in names if ctid == "102"} == {"openvz_container_up"}
    assert ("openvz_container_beancounter_limit", "101") not in names
    assert not any(name == "openvz_node_swap_bytes" for name, _ in of(RUNS))


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "a\\n", '\\"', "käse", "x\udcff", "a,b}", "", " "])
def test_any_name_is_a_label(name):
    found = of({**STOPPED, "name": name})

    expected = name.encode("utf-8", "replace").decode()
    assert found["openvz_container_up", (("ctid", "102"), ("name", expected))] == 0


def test_one_container_is_never_two_series():
    assert len(of(STOPPED, {**STOPPED, "status": "running"})) == len(of(STOPPED))


def test_a_node_without_containers_is_a_text_all_the_same():
    assert ("openvz_node_cpus", ()) in of()


# the file


def test_the_file_is_for_everybody_to_read_and_nothing_lies_beside_it(tmp_path):
    path = tmp_path / "openvz.prom"

    assert metrics.put(str(path), "a 1\n") == str(path)
    assert metrics.put(str(path), "a 2\n") == str(path)

    assert path.read_text() == "a 2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(tmp_path) == ["openvz.prom"]


def test_who_reads_the_old_file_reads_all_of_it(tmp_path):
    path = tmp_path / "openvz.prom"
    metrics.put(str(path), "a 1\n")

    with path.open(encoding="utf-8") as before:
        metrics.put(str(path), "b 22\n")

        assert before.read() == "a 1\n"
    assert path.read_text() == "b 22\n"


def test_another_kind_of_file_is_not_touched(tmp_path):
    (tmp_path / "passwd").write_text("root\n")
    (tmp_path / "openvz.prom").symlink_to(tmp_path / "passwd")

    with pytest.raises(errors.RefusedError, match=r"does not end in \.prom"):
        metrics.put(str(tmp_path / "passwd"), "a 1\n")
    with pytest.raises(errors.RefusedError, match="is not a plain file"):
        metrics.put(str(tmp_path / "openvz.prom"), "a 1\n")
    with pytest.raises(errors.RefusedError, match="the metrics cannot be written"):
        metrics.put(str(tmp_path / "missing/openvz.prom"), "a 1\n")
    assert (tmp_path / "passwd").read_text() == "root\n"
