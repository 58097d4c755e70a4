"""
Every configuration file that vzctl 9.0.1 was recorded with, as a container that nobody manages: dumped, put into the
pillar, and nothing is to be done.

``confs.jsonl.gz`` has their texts. Each gets a CTID of its own, and no NAME and UUID, since many are of one container.
"""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest
from families import ONLY_SEVEN

pytestmark = ONLY_SEVEN
CONFS = Path(__file__).parent / "confs.jsonl.gz"
OWN = re.compile(r"(?m)^\s*(NAME|UUID|VEID|VE_PRIVATE|VE_ROOT)=.*\n?")


def texts():
    with gzip.open(CONFS, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture
def old(node):
    """A node with all of them; CTID -> the text of its file."""
    found = {}
    for number, text in enumerate(texts(), 1000):
        area = node.directory / f"vz/private/{number}"
        area.mkdir()
        (area / ".ve.layout").symlink_to("5")
        found[number] = OWN.sub("", text).rstrip("\n") + f'\nVEID="{number}"\n'
        (area / "ve.conf").write_text(found[number], errors="surrogateescape")
        node.conf_path(number).symlink_to(area / "ve.conf")
    return found


def listed(node):
    """The CTIDs that vzlist shows: those whose file vzctl can read."""
    shown = subprocess.run(
        [node.options["vzlist"], "-a", "-H", "-o", "ctid"],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return {int(word) for word in shown.stdout.split()}


def test_all_that_vzctl_reads_is_dumped_and_as_pillar_it_plans_nothing(openvz, node, old, pillar):
    dumped = openvz.dump(data=True)["openvz"]["domains"]
    pillar.put_setting(domains=dumped)

    plan, drift = openvz.plan(), openvz.drift()

    assert {int(label) for label in dumped} == listed(node)
    assert plan["counts"] == dict.fromkeys(plan["counts"], 0)
    assert {label: one for label, one in plan["containers"].items() if one.get("changes") or one.get("error")} == {}
    assert {label: one for label, one in drift.items() if label in dumped and one["status"] != "in sync"} == {}
    assert node.calls() == []


def test_adopting_writes_the_mark_into_the_file_and_nothing_else(openvz, node, old):
    for ctid in sorted(listed(node))[::20]:
        path = node.area(ctid) / "ve.conf"
        before = path.read_text()

        openvz.adopt(ctid)

        assert path.read_text() == f"{before}#SALT-OPENVZ: managed {ctid} hn1\n", ctid
        assert openvz.plan(xml=openvz.get_xml(ctid))["steps"] == [], ctid
    assert node.calls() == []


def test_what_vzctl_refuses_to_read_is_said_with_the_value_by_everything_that_looks(openvz, node, old, domains):
    refused = {str(ctid) for ctid in old} - {str(ctid) for ctid in listed(node)}
    drift, doctor, comments = openvz.drift(all=True), openvz.doctor(), openvz.dump()

    found = {ctid: one for one in doctor for ctid in one["containers"] if "which is not valid" in one["what"]}

    assert len(refused) > 30
    assert {str(ctid) for ctid in found} == refused
    for ctid in refused:
        assert "which is not valid: vzctl refuses" in drift[ctid]["error"], ctid
        assert f"# not here: container {ctid}: " in comments, ctid
