"""
The fleet, from the first sync to a highstate that changes nothing.

These tests tell one story and run in the order they are written.
"""

import pytest

pytestmark = pytest.mark.integration


def states(returns):
    """``[(minion, return of its one openvz state), ...]``"""
    return [(minion, one) for minion, ret in sorted(returns.items()) for key, one in ret.items() if "openvz" in key]


def test_one_sync_brings_modules_states_and_library(salt):
    synced = salt("saltutil.sync_all")

    for minion in ("hn1", "hn2", "hn3"):
        assert "modules.openvz" in synced[minion]["modules"]
        assert "states.openvz" in synced[minion]["states"]
        assert any(name.startswith("utils.vzdomain") for name in synced[minion]["utils"])
    assert salt("openvz.version") == {"hn1": "4.11.1-3.ga3f732ef", "hn2": "4.11.1-3.ga3f732ef", "hn3": "9.0.1"}


def test_define_from_each_minions_own_pillar_dry_and_real(salt, nodes):
    dry = salt("openvz.define", "pillar_key=openvz:containers:web:xml", "test=True")
    assert nodes["hn1"].conf(201) is None
    real = salt("openvz.define", "pillar_key=openvz:containers:web:xml")

    assert all(ret["test"] is True and "would be created" in ret["comment"] for ret in dry.values())
    assert real == {minion: {key: ret[key] for key in real[minion]} for minion, ret in dry.items()}
    assert {minion: ret["ctid"] for minion, ret in real.items()} == {"hn1": 201, "hn2": 202, "hn3": 203}
    assert nodes["hn1"].conf(201)["IP_ADDRESS"] == "198.51.100.201"
    assert nodes["hn2"].conf(202)["IP_ADDRESS"] == "198.51.100.202"
    assert nodes["hn1"].conf(202) is None


def test_no_job_asks_vzctl_for_its_version_since_the_grain_has(salt, nodes):
    assert set(salt("saltutil.refresh_pillar", "wait=True").values()) == {True}  # and grains, before it
    before = [(node.calls("--version"), len(node.calls(program="vzlist"))) for node in nodes.values()]

    salt("openvz.list")

    after = [(node.calls("--version"), len(node.calls(program="vzlist"))) for node in nodes.values()]
    assert [asked for asked, _ in after] == [asked for asked, _ in before]
    assert all(late <= early + 1 for (_, late), (_, early) in zip(after, before, strict=True))


def test_a_dry_highstate_announces_what_the_real_one_does(salt, nodes):
    dry = states(salt("state.highstate", "test=True"))
    assert nodes["hn1"].status(201) == ["exist", "unmounted", "down"]
    real = states(salt("state.highstate"))

    assert [one["result"] for _, one in dry] == [None, None, None]
    assert [one["result"] for _, one in real] == [True, True, True]
    assert [one["changes"] for _, one in dry] == [one["changes"] for _, one in real]
    for host, ctid in (("hn1", 201), ("hn2", 202), ("hn3", 203)):
        assert nodes[host].status(ctid) == ["exist", "mounted", "running"]


def test_a_second_highstate_changes_nothing(salt):
    again = states(salt("state.highstate"))

    assert [(one["result"], one["changes"]) for _, one in again] == [(True, {})] * 3


def test_drift_on_one_node_is_shown_and_repaired_there_alone(salt, nodes):
    nodes["hn2"].vzctl("set", "202", "--ram", "1G", "--save")

    dry = dict(states(salt("state.highstate", "test=True")))
    real = dict(states(salt("state.highstate")))

    assert (dry["hn1"]["changes"], real["hn1"]["changes"]) == ({}, {})
    assert dry["hn2"]["changes"] == real["hn2"]["changes"]
    assert real["hn2"]["changes"] == {"202": "-memory: 1 GiB\n+memory: 512 MiB"}


def test_a_container_that_stopped_itself_is_started_again(salt, nodes):
    nodes["hn1"].vzctl("stop", "201", "--fast")

    real = dict(states(salt("state.highstate")))

    assert real["hn1"]["changes"] == {"201": "-status: stopped\n+status: running"}


def test_a_failure_on_one_minion_leaves_the_other_alone(salt, nodes):
    nodes["hn1"].vzctl("stop", "201", "--fast")
    nodes["hn1"].fault("--command", "start", "--rc", "5", "--stderr", "No kernel support")

    real = dict(states(salt("state.highstate")))
    nodes["hn1"].fault("--clear")

    assert real["hn1"]["result"] is False
    assert real["hn1"]["changes"] == {}
    assert "No kernel support" in real["hn1"]["comment"]
    assert real["hn2"]["result"] is True
    assert dict(states(salt("state.highstate")))["hn1"]["result"] is True
