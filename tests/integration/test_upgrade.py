"""
New files in the file roots, one sync, and the next job runs them: no minion is started again.

A plain import would keep the library of the first sync in the minion's own process, where grain and beacon have loaded
it, and with multiprocessing off in every job. Modules move between editions too: one becomes a package, a package a
module, some go.
"""

import json
import pathlib
import time

import pytest
from simnode import SimNode

pytestmark = pytest.mark.integration

LIBRARY = '\nEDITION = "second, and longer than the first"\n'
LAYOUT = """

def layout():
    import sys

    start = f"{vzdomain.__name__}."
    return {
        name.removeprefix(start): one.MADE_FROM
        for name, one in sys.modules.items()
        if name.startswith(start) and hasattr(one, "MADE_FROM")
    }
"""
# What each edition has beside the library's own files, by the name it is imported by.
FLAT = {
    "moved_plan": "moved_plan.py",
    "moved_reports": "moved_reports/__init__.py",
    "moved_reports.drift": "moved_reports/drift.py",
    "removed": "removed.py",
    "removed_host": "removed_host/__init__.py",
    "removed_host.kernel": "removed_host/kernel/__init__.py",
}
PACKAGES = {
    "moved_plan": "moved_plan/__init__.py",
    "moved_plan.veth": "moved_plan/veth/__init__.py",
    "moved_reports": "moved_reports.py",
}
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
LIBRARY_INIT = "_utils/vzdomain/__init__.py"


@pytest.fixture(scope="module")
def started(master, tmp_path_factory):
    """Two minions of their own, with grain and beacon."""
    started = {}
    try:
        for name, multiprocessing in MINIONS.items():
            node = SimNode.make(tmp_path_factory.mktemp(name) / "node")
            overrides = {
                "openvz": node.options,
                "fips_mode": False,
                "multiprocessing": multiprocessing,
                "beacons": {"openvz": [{"interval": 1}]},
            }
            started[name] = master.salt_minion_daemon(name, overrides=overrides)
            started[name].start(start_timeout=120)
        yield started
    finally:
        for factory in reversed(started.values()):
            factory.terminate()


@pytest.fixture(scope="module")
def upgraded(started, salt, file_root):
    """What they answered with the first edition; they have synced the second since."""
    kept = {path: path.read_text() for path in file_root.glob("_*/**/*.py")}
    try:
        with (file_root / "_modules/openvz.py").open("a") as stream:
            stream.write(LAYOUT)
        lay_out(file_root, FLAT)
        salt("saltutil.sync_all", target="up*")
        questions = ("openvz.version",), ("grains.get", "openvz:flavour"), ("openvz.layout",)
        first = [salt(*one, target="up*") for one in questions]
        for source in FLAT.values():
            (file_root / "_utils/vzdomain" / source).unlink()
        (file_root / LIBRARY_INIT).write_text(kept[file_root / LIBRARY_INIT])
        lay_out(file_root, PACKAGES)
        replace(file_root)
        salt("saltutil.sync_all", target="up*")
        yield first
    finally:
        for path in set(file_root.glob("_*/**/*.py")) - kept.keys():
            path.unlink()
        for path, text in kept.items():
            path.write_text(text)


def lay_out(file_root, modules):
    """Modules that the library imports when it is imported, as it does its own."""
    for source in modules.values():
        path = file_root / "_utils/vzdomain" / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"MADE_FROM = {source!r}\n")
    with (file_root / LIBRARY_INIT).open("a") as stream:
        stream.writelines(f"importlib.import_module({f'.{name}'!r}, __name__)\n" for name in modules)


def replace(file_root):
    """The second edition: each part uses what only the new library has."""
    with (file_root / "_utils/vzdomain/model/names.py").open("a") as stream:
        stream.write(LIBRARY)
    for part, text in ADDITIONS.items():
        with (file_root / part / "openvz.py").open("a") as stream:
            stream.write(text)


def test_the_first_edition_worked_with_grain_and_library(upgraded):
    versions, flavours, layouts = upgraded

    assert sorted(versions) == sorted(MINIONS)
    assert set(flavours.values()) == {"OpenVZ legacy"}
    assert layouts == dict.fromkeys(MINIONS, FLAT)


def test_the_next_job_runs_new_module_and_new_library_together(salt, upgraded):
    assert salt("openvz.edition", target="up*") == dict.fromkeys(MINIONS, [EDITION, "vzdomain.planning.plan"])


def test_modules_that_became_packages_and_packages_that_became_modules_are_the_new_ones(salt, upgraded):
    assert salt("openvz.layout", target="up*") == dict.fromkeys(MINIONS, PACKAGES)


def test_nothing_of_the_first_edition_is_left_on_the_minions(started, upgraded, file_root):
    offered = sources(file_root / "_utils")

    for factory in started.values():
        synced = pathlib.Path(factory.config["extension_modules"]) / "utils"
        assert sources(synced) == offered
        assert not list(synced.rglob("removed*"))


def sources(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*.py")}


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
