"""
Every configuration file that vzctl 9.0.1 was recorded with, as a container that nobody manages: dumped, put into the
pillar, and nothing is to be done.

``confs.jsonl.gz`` has their texts. Each gets a CTID of its own, and no NAME and UUID, since many are of one container.
"""

import gzip
import json
import re
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


def test_all_that_can_be_read_is_dumped_and_as_pillar_it_plans_nothing(openvz, node, old, pillar):
    dumped = openvz.dump(data=True)["openvz"]["domains"]
    pillar.put_setting(domains=dumped)

    plan = openvz.plan()
    drift = openvz.drift()

    assert plan["counts"] == dict.fromkeys(plan["counts"], 0)
    odd = {label: one for label, one in plan["containers"].items() if one.get("changes") or one.get("error")}
    assert odd == {}
    assert {one["status"] for one in drift.values()} == {"in sync"}
    assert node.calls() == []
