"""The beacon, run by Salt's own beacon machinery; drift and list are passed in, vzlist is that of a simulated node."""

import json
import os
import pathlib
import sys

import pytest
import salt.beacons
from salt.exceptions import CommandExecutionError
from salt.utils.data import traverse_dict_and_list

pytestmark = pytest.mark.salt_api

FIELDS = {"memory": {"status": "drifted", "pillar": "1 GiB", "file": "512 MiB", "running": "512 MiB"}}
DRIFTED = {"ctid": 101, "status": "drifted", "fields": FIELDS}
CALM = {"ctid": 101, "status": "in sync", "fields": {}}


class Minion:
    """A minion's beacons, and what its execution functions answer."""

    def __init__(self, opts, node, cache):
        self.opts = {**opts, "beacons": {}, "cachedir": str(cache)}
        self.node, self.drift, self.listed, self.domains = node, {}, {}, {}
        self.settings = {**node.options, "domains": self.domains}
        self.pillar = {"openvz": self.settings}
        self.functions = {
            "openvz.drift": lambda **kwargs: self.answer(self.drift),
            "openvz.list": lambda: self.answer(self.listed),
            "config.get": lambda key, default=None, **_: traverse_dict_and_list(self.pillar, key, default),
        }
        self.refresh()

    def refresh(self):
        """What a refresh of pillar, grains or modules, and a start, make of the beacons of a minion."""
        self.beacons = salt.beacons.Beacon(self.opts, self.functions)

    @property
    def file(self):
        """What the beacon has kept."""
        return pathlib.Path(self.opts["cachedir"]) / "openvz/beacons.json"

    def answer(self, said):
        if isinstance(said, Exception):
            raise said
        return said

    def look(self, *config):
        """The events of one look, without tag prefix and minion id."""
        events = self.beacons.process({"openvz": list(config)}, {})
        assert all("error" not in event for event in events), events
        prefix = "salt/beacon/hn1/openvz/"
        rows = [(event["tag"].removeprefix(prefix), event["data"]) for event in events]
        return [(tag, {key: value for key, value in data.items() if key != "id"}) for tag, data in rows]


@pytest.fixture
def minion(minion_opts, node, tmp_path):
    return Minion(minion_opts, node, tmp_path)


def test_drift_that_appears_and_goes_is_one_event_each(minion):
    minion.drift = {"web": CALM}
    assert minion.look() == []

    minion.drift = {"web": DRIFTED}
    appeared, still = minion.look(), minion.look()
    minion.drift = {"web": CALM}
    gone, quiet = minion.look(), minion.look()

    event = {"label": "web", "ctid": 101, "status": "drifted", "was": "in sync", "fields": FIELDS}
    assert (appeared, still) == ([("drift", event)], [])
    assert (gone, quiet) == ([("drift", {**event, "status": "in sync", "was": "drifted", "fields": {}})], [])


def test_other_fields_are_news(minion):
    minion.drift = {"web": DRIFTED}
    minion.look()

    minion.drift = {"web": {**DRIFTED, "fields": {**FIELDS, "vcpu": FIELDS["memory"]}}}

    ((tag, event),) = minion.look()
    assert (tag, sorted(event["fields"])) == ("drift", ["memory", "vcpu"])


@pytest.mark.parametrize("before", [CALM, DRIFTED])
def test_a_container_that_changes_during_a_look_waits_for_the_next(minion, before):
    minion.drift = {"web": before}
    minion.look()

    fields = {"memory": {**FIELDS["memory"], "running": None}}
    minion.drift = {"web": {**DRIFTED, "fields": fields, "moving": True}}
    during = minion.look()
    minion.drift = {"web": {**DRIFTED, "fields": {"vcpu": FIELDS["memory"]}}}

    assert during == []
    assert [(event["was"], sorted(event["fields"])) for _, event in minion.look()] == [(before["status"], ["vcpu"])]


def test_what_is_drifted_at_the_first_look_is_news_and_what_nobody_manages_is_not(minion):
    minion.drift = {"web": DRIFTED, "own": {"ctid": 300, "status": "unmanaged", "fields": {}}}

    assert [event["label"] for _, event in minion.look()] == ["web"]


def test_a_container_that_should_run_and_stops_is_one_event(minion):
    minion.domains.update({"web": {"xml": "<domain/>", "state": "running"}, "free": "<domain/>"})
    minion.drift = {"web": CALM, "free": {**CALM, "ctid": 102}}
    minion.listed = {"web01": {"ctid": 101, "status": "running"}, "free": {"ctid": 102, "status": "stopped"}}
    assert minion.look() == []

    minion.listed["web01"]["status"] = "stopped"
    stopped, still = minion.look(), minion.look()
    minion.listed["web01"]["status"] = "running"
    assert minion.look() == []
    minion.listed["web01"]["status"] = "stopped"

    event = ("stopped", {"label": "web", "ctid": 101, "status": "stopped"})
    assert (stopped, still, minion.look()) == ([event], [], [event])


def test_a_container_that_should_run_and_is_not_there_is_reported(minion):
    minion.domains["web"] = {"state": "running"}
    minion.drift = {"web": {**CALM, "ctid": None}}

    assert minion.look({"drift": False}) == [("stopped", {"label": "web", "ctid": None, "status": "absent"})]


def test_an_error_to_ask_is_reported_once_and_nothing_is_forgotten_meanwhile(minion):
    minion.drift = {"web": DRIFTED}
    minion.look()

    minion.drift = CommandExecutionError("vzctl cannot be run")
    first, second = minion.look(), minion.look()
    minion.drift = {"web": DRIFTED}
    well = minion.look()
    minion.drift = CommandExecutionError("vzctl cannot be run")

    event = ("error", {"asked": "openvz.drift", "error": "vzctl cannot be run"})
    assert (first, second, well, minion.look()) == ([event], [], [], [event])


def counters(node, **failcnt):
    """What the kernel counts for container 101."""
    path = node.directory / "proc/vz/kernel.json"
    kernel = json.loads(path.read_text()) if path.exists() else {}
    ubc = {name: [1, 2, 100, 100, count] for name, count in failcnt.items()}
    kernel["kernel"] = {"101": {"ip": [], "ubc": ubc, "uptime_jiffies": 100, "nproc": 1}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kernel))


@pytest.fixture
def running(node):
    """Container 101 runs."""
    node.vzctl("create", 101, "--ostemplate", "debian-12-x86_64")
    node.vzctl("start", 101)
    return node


def test_a_counter_that_grew_is_one_event_with_how_much(minion, running):
    counters(running, numproc=3, kmemsize=1)
    assert minion.look() == []

    counters(running, numproc=7, kmemsize=1)
    grown, still = minion.look(), minion.look()

    assert grown == [("failcnt", {"ctid": 101, "resources": {"numproc": {"failcnt": 7, "by": 4}}})]
    assert still == []


def test_counters_that_start_over_are_not_an_event(minion, running):
    counters(running, numproc=7)
    minion.look()
    counters(running, numproc=1)
    assert minion.look() == []

    counters(running, numproc=2)

    assert minion.look()[0][1]["resources"] == {"numproc": {"failcnt": 2, "by": 1}}


def test_a_look_at_the_counters_is_one_process(minion, running):
    minion.look()
    running.forget_calls()

    minion.look()

    assert len(running.calls("-j", program="vzlist")) == 1
    assert running.calls("--version") == running.calls() == []


def test_a_vzlist_that_fails_is_reported_once(minion):
    minion.settings["vzlist"] = "/nowhere/vzlist"

    ((tag, event),) = minion.look()

    assert (tag, event["asked"]) == ("error", "vzlist") and "/nowhere/vzlist" in event["error"]
    assert minion.look() == []


def test_what_is_switched_off_asks_nothing(minion):
    minion.drift = minion.listed = CommandExecutionError("asked")

    assert minion.look({"drift": False}, {"stopped": False}) == []
    minion.settings["vzlist"] = "/nowhere/vzlist"
    assert [one["asked"] for _, one in minion.look({"failcnt": False})] == ["openvz.drift", "openvz.list"]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "must be a list"),
        (["drift"], "must be a list of dictionaries"),
        ([{"drift": "yes"}], "drift must be true or false"),
        ([{"key": 7}], "key must be a path"),
        ([{"drfit": True}], "no option drfit"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(minion, config, sentence):
    valid, comment = minion.beacons.beacons["openvz.validate"](config)

    assert not valid and sentence in comment


def test_salts_own_options_are_accepted(minion):
    config = [{"interval": 300}, {"enabled": True}, {"disable_during_state_run": True}, {"drift": True}]

    assert minion.beacons.beacons["openvz.validate"](config) == (True, "Valid beacon configuration")


def test_where_lxml_has_come_the_modules_are_loaded_again_once(minion, monkeypatch):
    """Salt remembers that the module refused to load; with multiprocessing off nothing else makes it look again."""
    refreshed, functions = [], minion.functions
    functions["saltutil.refresh_modules"] = lambda: refreshed.append(True)
    asked = {name: functions.pop(name) for name in ("openvz.drift", "openvz.list")}
    monkeypatch.setitem(sys.modules, "lxml", None)
    without = minion.look()
    monkeypatch.undo()

    came, again = minion.look(), minion.look()
    functions.update(asked)

    said = "lxml is not installed: salt-pip install lxml"
    assert [(tag, event["error"]) for tag, event in without] == [("error", said), ("error", said)]
    assert (came, again, refreshed, minion.look()) == ([], [], [True], [])


def drift_and_stop(minion):
    """One thing of each kind that a beacon tells, told."""
    minion.domains["web"] = {"state": "running"}
    minion.drift = {"web": DRIFTED}
    minion.listed = {"web": {"ctid": 101, "status": "stopped"}}
    minion.settings["vzlist"] = "/nowhere/vzlist"
    assert [tag for tag, _ in minion.look()] == ["drift", "stopped", "error"]


def test_a_refresh_or_a_restart_reports_nothing_again(minion):
    drift_and_stop(minion)

    for _ in range(3):
        minion.refresh()
        assert minion.look() == []

    minion.drift = {"web": CALM}
    minion.refresh()
    assert [(tag, event["was"]) for tag, event in minion.look()] == [("drift", "drifted")]


def test_counters_keep_their_baseline_over_a_refresh(minion, running):
    counters(running, numproc=3)
    minion.look()

    counters(running, numproc=5, kmemsize=1)
    minion.refresh()

    resources = {"numproc": {"failcnt": 5, "by": 2}, "kmemsize": {"failcnt": 1, "by": 1}}
    assert minion.look() == [("failcnt", {"ctid": 101, "resources": resources})]


def test_two_beacons_keep_their_memories_apart(minion):
    minion.drift = {"web": DRIFTED}
    minion.look()

    events = minion.beacons.process({"other": [{"beacon_module": "openvz"}]}, {})

    assert [event["tag"] for event in events] == ["salt/beacon/hn1/other/drift"]
    assert sorted(json.loads(minion.file.read_text())) == ["openvz", "other"]


def test_what_is_kept_is_for_root_alone_and_has_no_value_of_a_container(minion):
    drift_and_stop(minion)

    assert (minion.file.stat().st_mode & 0o777, minion.file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "GiB" not in minion.file.read_text() and "memory" not in minion.file.read_text()


def test_what_is_gone_is_forgotten(minion):
    minion.drift = {f"ct{number}": {**DRIFTED, "ctid": number} for number in range(101, 151)}
    minion.look()
    size = minion.file.stat().st_size

    minion.drift = {"ct101": DRIFTED}
    minion.look()

    assert minion.file.stat().st_size < size / 10


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\xff\x00",
        b"[]",
        b'{"openvz": 5}',
        b'{"openvz": {"drift": {"web": 5}, "stopped": [], "failcnt": {"101": {"numproc": "x"}}, "errors": 1}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_memory_is_started_over(minion, damage):
    drift_and_stop(minion)
    minion.file.write_bytes(damage)
    minion.refresh()

    again = [tag for tag, _ in minion.look()]
    minion.refresh()

    assert again == ["drift", "stopped", "error"]
    assert minion.look() == []


def test_a_memory_that_cannot_be_written_lasts_as_long_as_the_beacon(minion, monkeypatch):
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    drift_and_stop(minion)

    assert minion.look() == []


def test_a_look_that_finds_nothing_new_writes_nothing(minion):
    drift_and_stop(minion)
    before = minion.file.stat()

    minion.look()

    assert minion.file.stat().st_ino == before.st_ino


def test_a_label_that_is_a_number_in_yaml_is_found(minion):
    minion.domains[101] = {"state": "running"}
    minion.drift = {"101": CALM}
    minion.listed = {"101": {"ctid": 101, "status": "running"}}

    assert minion.look() == []
