"""
New files in the file roots, one sync, and the next job runs them: no minion is started again.

A plain import would keep the library of the first sync in the minion's own process, where grain and beacon have loaded
it, and with multiprocessing off in every job.
"""

import json
import time

import pytest
from simnode import SimNode

pytestmark = pytest.mark.integration

LIBRARY = '\nEDITION = "second, and longer than the first"\n'
ADDITIONS = {
    "_modules": "\n\ndef edition():\n    return [vzdomain.model.names.EDITION, vzdomain.planning.plan.__name__]\n",
    "_grains": '\n\ndef edition():\n    return {"openvz_edition": vzdomain.model.names.EDITION}\n',
    "_beacons": (
        "\n\n_beacon = beacon\n\n\n"
        "def beacon(config):\n    edition = vzdomain.model.names.EDITION\n"
        '    return [*_beacon(config), {"tag": "edition", "edition": edition}]\n'
    ),
    "_states": (
        "\n\ndef edition(name):\n"
        '    return {"name": name, "result": True, "changes": {}, "comment": __salt__["openvz.edition"]()[0]}\n'
    ),
}
MINIONS = {"up1": True, "up2": False}  # multiprocessing
EDITION = "second, and longer than the first"


@pytest.fixture(scope="module")
def upgraded(master, salt, file_root, tmp_path_factory):
    """Two minions of their own, with grain and beacon, which have synced the first edition and then the second."""
    started, kept = [], {path: path.read_text() for path in file_root.glob("_*/**/*.py")}
    try:
        for name, multiprocessing in MINIONS.items():
            node = SimNode.make(tmp_path_factory.mktemp(name) / "node")
            overrides = {
                "openvz": node.options,
                "fips_mode": False,
                "multiprocessing": multiprocessing,
                "beacons": {"openvz": [{"interval": 1}]},
            }
            started.append(master.salt_minion_daemon(name, overrides=overrides))
            started[-1].start(start_timeout=120)
        salt("saltutil.sync_all", target="up*")
        first = salt("openvz.version", target="up*"), salt("grains.get", "openvz:flavour", target="up*")
        replace(file_root)
        salt("saltutil.sync_all", target="up*")
        yield first
    finally:
        for path, text in kept.items():
            path.write_text(text)
        for factory in reversed(started):
            factory.terminate()


def replace(file_root):
    """The second edition: each part uses what only the new library has."""
    with (file_root / "_utils/vzdomain/model/names.py").open("a") as stream:
        stream.write(LIBRARY)
    for part, text in ADDITIONS.items():
        with (file_root / part / "openvz.py").open("a") as stream:
            stream.write(text)


def test_the_first_edition_worked_with_grain_and_library(upgraded):
    versions, flavours = upgraded

    assert sorted(versions) == sorted(MINIONS)
    assert set(flavours.values()) == {"OpenVZ legacy"}


def test_the_next_job_runs_new_module_and_new_library_together(salt, upgraded):
    assert salt("openvz.edition", target="up*") == dict.fromkeys(MINIONS, [EDITION, "vzdomain.planning.plan"])


def test_the_next_state_runs_them_too(salt, upgraded):
    for ret in salt("state.single", "openvz.edition", "x", target="up*").values():
        (one,) = ret.values()
        assert (one["result"], one["comment"]) == (True, EDITION)


def test_the_grain_is_the_new_one(salt, upgraded):
    salt("saltutil.refresh_grains", target="up*")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        told = salt("grains.get", "openvz_edition", target="up*")
        if set(told.values()) == {EDITION}:
            break

    assert told == dict.fromkeys(MINIONS, EDITION)


def test_the_beacon_is_the_new_one(upgraded, events):
    until = time.monotonic() + 120
    wanted, seen = {f"salt/beacon/{name}/openvz/edition" for name in MINIONS}, {}
    while time.monotonic() < until and set(seen) != wanted:
        told = [json.loads(line) for line in events.read_text().splitlines() if "openvz/edition" in line]
        seen = {one["tag"]: one["data"].get("edition") for one in told}
        time.sleep(0.5)

    assert seen == dict.fromkeys(wanted, EDITION)
