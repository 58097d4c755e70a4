"""What containers use, on simulated nodes of both families, by Salt's own loader."""

import json

import pytest
from families import BOTH, SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = BOTH

DOCUMENT = """\
<domain type='openvz'>
  <name>web0{number}</name>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
  </devices>
</domain>
"""


@pytest.fixture
def two(openvz, domains):
    """One that runs, and one that does not."""
    domains["web01"] = {"xml": DOCUMENT.format(number=1), "state": "running"}
    domains["web02"] = {"xml": DOCUMENT.format(number=2), "state": "stopped"}
    openvz.apply()


def test_one_vzlist_says_what_all_containers_use(openvz, node, family, two):
    node.forget_calls()

    found = openvz.stats()

    assert len(node.calls(program="vzlist")) == 1
    assert node.calls() == []
    runs, stopped = found["web01"], found["web02"]
    assert (runs["status"], runs["memory_limit_bytes"], runs["failcnt"]) == ("running", 512 * 1024**2, 0)
    assert runs["processes_used"] > 0 and runs["memory_used_bytes"] > 0
    assert set(runs["beancounters"]["numproc"]) == {"held", "maxheld", "barrier", "limit", "failcnt"}
    assert stopped["unknown"]["memory"] == "it is stopped"
    assert not {"memory_used_bytes", "failcnt", "uptime_seconds", "load_1"} & set(stopped)
    assert ("disk_used_bytes" in runs) == (family == SEVEN)
    assert ("disk" in runs["unknown"]) == (family != SEVEN)
    assert json.loads(json.dumps(found)) == found


def test_one_container_is_asked_for_alone(openvz, node, two):
    node.forget_calls()

    assert list(openvz.stats("web01")) == ["web01"]
    assert node.calls(program="vzlist")[-1][-1] == node.ctid("web01")


def test_a_node_says_what_it_has_and_what_it_has_promised(openvz, family, two):
    found = openvz.capacity()

    assert (found["containers"], found["running"]) == (2, 1)
    assert (found["memory"]["promised_bytes"], found["memory"]["promised_running_bytes"]) == (2**30, 2**29)
    assert (found["cpus"]["promised"], found["cpus"]["promised_running"]) == (4, 2)
    assert [disk["new"] for disk in found["disk"]] == [True]
    assert "debian-12-x86_64" in found["templates"]


def test_metrics_are_text_or_a_file_for_the_textfile_collector(openvz, node, tmp_path, two):
    path = tmp_path / "openvz.prom"
    node.forget_calls()
    said = openvz.metrics()
    assert len(node.calls(program="vzlist")) == 1

    assert openvz.metrics(path=str(path)) == {"path": str(path), "containers": 2}
    assert f'openvz_container_up{{ctid="{node.ctid("web01")}",name="web01"}} 1' in said
    assert [line for line in path.read_text().splitlines() if line.startswith("#")] == [
        line for line in said.splitlines() if line.startswith("#")
    ]
    with pytest.raises(CommandExecutionError, match=r"does not end in \.prom"):
        openvz.metrics(path=str(tmp_path / "openvz.txt"))
