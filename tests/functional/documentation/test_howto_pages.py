"""What the page about fleets says beside its commands: the reactor, the history, the words of an entry."""

import fnmatch
import re

import interrupting
import pages
import pytest
import salt.loader
import yaml
from vzdomain.document import entries, insides

FLEET = (pages.HOWTO / "fleet.md").read_text()


def test_what_is_shown_of_an_interrupted_run_is_what_the_next_one_says(
    states, openvz, node, web01, loaders, monkeypatch
):
    (shown,) = re.findall(r"^an earlier run was interrupted .*$", FLEET, flags=re.MULTILINE)
    monkeypatch.setitem(loaders.modules.pack["__pillar__"]["openvz"], "domains", {"web": web01})
    interrupting.install_vzctl(node)

    assert interrupting.kill_while_vzctl(node, "set", 3, "both", openvz.apply)
    (dry,), (real,) = (openvz.apply(test=test)["containers"]["web"]["warnings"] for test in (True, False))

    assert dry == real.partition(";")[0]
    assert pages.agrees(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "…", shown), real)
    assert openvz.apply()["containers"]["web"]["warnings"] == []


# the three files of the reactor


@pytest.fixture
def files():
    """What the page has to be written, by file name."""
    return {what.rpartition("/")[2]: text for kind, what, text in pages.parts("docs/how-to/fleet.md") if kind == "file"}


@pytest.mark.parametrize("status", ["error", "drifted", "unsaved", "pending restart", "unmanaged", "in sync"])
def test_the_reactor_applies_the_state_on_the_node_that_has_drifted_alone(loaders, files, tmp_path, status):
    (tmp_path / "drift.sls").write_text(files["openvz_drift.sls"])

    said = loaders.modules.slsutil.renderer(str(tmp_path / "drift.sls"), data={"id": "hn1", "status": status})

    call = {key: value for one in said.values() for part in one["local.state.apply"] for key, value in part.items()}
    args = {"tgt": "hn1", "tgt_type": "list", "args": [{"mods": "containers"}, {"queue": True}]}
    assert call == (args if status == "drifted" else {})


def test_a_minion_can_claim_no_name_that_means_more_than_its_own(loaders, files, tmp_path):
    (tmp_path / "drift.sls").write_text(files["openvz_drift.sls"])
    claimed = "*\n    - args: [other]"

    said = loaders.modules.slsutil.renderer(str(tmp_path / "drift.sls"), data={"id": claimed, "status": "drifted"})

    assert said["apply containers again"]["local.state.apply"][:2] == [{"tgt": claimed}, {"tgt_type": "list"}]


def test_the_reactor_of_the_page_hears_what_the_beacon_of_the_page_says(loaders, files, tmp_path):
    beacons = salt.loader.beacons({**loaders.opts, "grains": {}}, loaders.modules)
    config = yaml.safe_load(files["openvz.conf"])["beacons"]["openvz"]
    ((pattern, run),) = yaml.safe_load(files["reactor.conf"])["reactor"][0].items()

    assert beacons["openvz.validate"](config) == (True, "Valid beacon configuration")
    assert fnmatch.fnmatch("salt/beacon/hn1/openvz/drift", pattern)
    assert run == ["/srv/reactor/openvz_drift.sls"]


def test_the_history_keeps_what_is_reported_of_runs_and_of_drift(files):
    config = yaml.safe_load(files["history.conf"])

    for tag in ("openvz/hn1/progress", "salt/beacon/hn1/openvz/drift"):
        assert any(fnmatch.fnmatch(tag, pattern) for pattern in config["event_return_whitelist"])


@pytest.mark.parametrize(
    ("heading", "keys"),
    [("key", entries._KEYS), ("key of `inside`", insides._INSIDE), ("key of `wait_for`", insides._WAITING)],
)
def test_the_tables_have_every_key_of_an_entry(heading, keys):
    (table,) = re.findall(rf"^\| {heading} \| meaning \|$\n(.*?)\n\n", FLEET, flags=re.MULTILINE | re.DOTALL)
    first = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)

    assert {word for cell in first for word in re.findall(r"`(\w+)`", cell)} == {*keys}
