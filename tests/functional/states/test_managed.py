"""All containers of a pillar as one state: through Salt's loader, on a simulated node."""

import json
import re

import pytest
from families import BOTH, FOUR, SEVEN
from pillars import document, running
from returns import fields
from salt.exceptions import CommandExecutionError

pytestmark = [pytest.mark.salt_api, BOTH]


@pytest.fixture
def states(written):
    return written


def test_one_state_creates_and_starts_them_all_and_then_changes_nothing(domains, states, node):
    domains.update({f"web{number}": running(number) for number in (1, 2, 3)})

    dry = states.managed("containers", test=True)
    assert node.calls() == []
    real = states.managed("containers")
    calls = node.calls()
    again = states.managed("containers")

    assert (dry.result, real.result, again.result) == (None, True, True)
    assert dry.changes == real.changes
    assert sorted(real.changes) == ["web1", "web2", "web3"]
    assert fields(real)["web1"]["memory"] == {"old": None, "new": "512 MiB"}
    assert again.changes == {}
    assert dry.comment.splitlines()[0] == "3 containers would be created and started"
    assert real.comment.splitlines()[0] == "3 containers created and started"
    assert again.comment == "3 containers unchanged"
    assert node.calls() == calls
    assert all(node.status(name)[-1] == "running" for name in real.changes)


def test_the_comment_has_a_line_for_each_that_is_not_as_it_was(fleet, states, node):
    fleet["web2"] = running(2, "<memory unit='MiB'>256</memory>")
    node.vzctl("stop", "web3")

    dry, real = states.managed("containers", test=True), states.managed("containers")

    assert dry.comment.splitlines() == [
        "3 containers: 1 unchanged, 1 would be changed, 1 would be started",
        f"Container web2 (CTID {node.ctid('web2')}) would be updated (memory)",
        f"Container web3 (CTID {node.ctid('web3')}) would be started",
    ]
    assert real.comment.splitlines() == [
        "3 containers: 1 unchanged, 1 changed, 1 started",
        f"Container web2 (CTID {node.ctid('web2')}) was updated (memory)",
        f"Container web3 (CTID {node.ctid('web3')}) was started",
    ]


def test_a_run_of_any_size_asks_vzlist_once(fleet, states, node):
    fleet["web2"] = running(2, "<memory unit='MiB'>256</memory>")
    fleet["web4"] = running(4)

    states.managed("containers", max_workers=3)

    assert len(node.calls(program="vzlist")) <= 1


def test_a_run_that_changes_nothing_starts_one_vzlist_and_none_where_the_kernel_tells_what_runs(
    fleet, states, node, family
):
    states.managed("containers")

    asked = [["-a", "-j", "-o", "ctid,status,uptime"]]
    assert node.calls(program="vzlist") == {FOUR: asked, SEVEN: []}[family]
    assert node.calls() == []


def test_one_that_fails_is_told_apart_and_stops_no_other(fleet, states, node):
    node.fault("--command", "set", "--match", f"set {node.ctid('web2')}", "--rc", "46", "--stderr", "No disk space")
    for number in (1, 2, 3):
        fleet[f"web{number}"] = running(number, "<memory unit='MiB'>256</memory>")

    ret = states.managed("containers")

    assert ret.result is False
    assert sorted(ret.changes) == ["web1", "web3"]
    assert ret.comment.splitlines()[0] == "3 containers: 2 changed, 1 failed"
    assert re.search(
        rf"^web2 failed: vzctl set {node.ctid('web2')} ended with code 46: No disk space", ret.comment, re.MULTILINE
    )


def test_failhard_of_the_state_begins_no_other(fleet, loaders, state_files, node):
    node.fault("--command", "set", "--rc", "46", "--stderr", "No disk space")
    for number in (1, 2, 3):
        fleet[f"web{number}"] = running(number, "<memory unit='MiB'>256</memory>")
    said = {"containers": {"openvz.managed": [{"max_workers": 1}, {"failhard": True}]}}
    (state_files / "all.sls").write_text(json.dumps(said))

    (ret,) = loaders.modules.state.sls("all", pillar={"openvz": {"domains": dict(fleet)}})

    assert ret.result is False
    assert len(node.calls("set")) == 1
    assert ret.comment.count("left alone, since web1 failed") == 2


def test_a_document_that_cannot_be_read_fails_alone_and_names_its_place(fleet, states, node):
    fleet["web2"] = {"xml": document(2, "<memory unit='stones'>5</memory>"), "state": "running"}
    fleet["web3"] = running(3, "<memory unit='MiB'>256</memory>")

    ret = states.managed("containers")

    assert ret.result is False
    assert "web2 failed: pillar openvz:domains:web2: line 3" in ret.comment
    assert sorted(ret.changes) == ["web3"]


def test_documents_come_from_the_master_too(domains, states, node, state_files):
    (state_files / "web.xml").write_text(document(7))
    (state_files / "any.xml").write_text(document(8, "<memory unit='MiB'>{{ 64 * 4 }}</memory>"))
    domains["web7"] = {"source": "salt://web.xml"}
    domains["web8"] = {"source": "salt://any.xml", "template": "jinja"}
    domains["web9"] = {"source": "salt://none.xml"}

    ret = states.managed("containers")

    assert "web9 failed: salt://none.xml is not on the master" in ret.comment
    assert node.memory("web8") == 256
    assert fields(ret)["web7"]["memory"]["new"] == "512 MiB"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "the pillar has no openvz:domains"),
        ({"domains": ["web1"]}, "pillar openvz:domains must be a mapping of containers, not a list"),
        ({"domains": "**********"}, "the pillar has only a masked value for openvz:domains"),
    ],
)
def test_without_a_pillar_nothing_is_done(fleet, pillar, states, node, said, message):
    pillar.drop_setting("domains")
    pillar.put_setting(**said)

    managed, purged = states.managed("containers"), states.purged("rest", max_destroys=None)

    assert (managed.result, purged.result) == (False, False)
    assert message in managed.comment
    assert message in purged.comment
    assert node.calls() == []


def test_a_pillar_with_errors_is_not_used(fleet, pillar, openvz, node):
    pillar.put(_errors=["Rendering SLS 'web' failed"])

    for function in (openvz.apply, openvz.purge):
        with pytest.raises(CommandExecutionError, match="the pillar of this minion has errors"):
            function()
    assert node.calls() == []


def test_an_empty_pillar_is_no_reason_to_manage_and_none_to_purge(domains, states, node):
    managed, purged = states.managed("containers"), states.purged("rest")

    assert (managed.result, managed.comment) == (True, "The pillar has no containers")
    assert (purged.result, purged.changes) == (False, {})
    assert "is empty: that would delete every container that Salt made" in purged.comment


def test_a_failed_run_says_nothing_of_the_containers_that_are_as_they_were(fleet, openvz, node):
    fleet["web2"] = {"xml": "<nonsense/>"}

    with pytest.raises(CommandExecutionError) as failed:
        openvz.apply()

    assert list(failed.value.info["containers"]) == ["web1", "web2", "web3"]
    assert failed.value.info["summary"] == "3 containers: 2 unchanged, 1 failed"
    assert "web1" not in str(failed.value)


@pytest.mark.parametrize("said", [running(1), {"xml": "<nonsense/>"}])
def test_a_setting_that_is_misspelled_is_a_warning_of_a_good_run_and_of_a_bad_one(domains, pillar, states, said):
    domains["web1"] = said
    pillar.put_setting(network={"default": "br0"})
    try:
        ret = states.managed("containers", test=True)
    finally:
        pillar.drop_setting("network")

    assert ret.result is (None if "state" in said else False)
    warning = "pillar openvz:network is not a setting; did you mean openvz:networks?"
    assert ret.full_return["warnings"] == [warning]


# in a dry run of several states


def test_a_dry_run_of_states_counts_on_what_the_one_before_would_do(domains, loaders, state_files, node):
    said = {"all": {"openvz.managed": []}, "web1": {"openvz.stopped": [{"require": [{"openvz": "all"}]}]}}
    (state_files / "two.sls").write_text(json.dumps(said))
    pillar = {"openvz": {"domains": {"web1": running(1)}}}

    dry = {one.name: one for one in loaders.modules.state.sls("two", pillar=pillar, test=True)}

    assert fields(dry["web1"])["web1"]["status"] == {"old": "running", "new": "stopped"}
    assert node.calls() == []


# beside other states


def test_a_watch_hides_no_failure_and_no_warning(fleet, pillar, loaders, state_files, node):
    watch = {"watch": [{"test": "something"}]}
    said = {
        "something": {"test.succeed_with_changes": []},
        "over": {"openvz.managed": [{"max_restarts": 0}, watch]},
        "rest": {"openvz.purged": [watch]},
        "none": {"openvz.running": [{"pillar_key": "openvz:nowhere"}, watch]},
    }
    (state_files / "watch.sls").write_text(json.dumps(said))
    del fleet["web3"]
    fleet["web1"]["state"] = "stopped"

    pillar.write()
    over = {"openvz": {"domains": dict(fleet), "protected": ["web3"]}}
    found = {one.name: one for one in loaders.modules.state.sls("watch", pillar=over)}

    assert [found[name].result for name in ("over", "rest", "none")] == [False, True, False]
    assert "would restart or stop 1 container (web1)" in found["over"].comment
    assert (
        f"container {node.ctid('web3')} is not in the pillar, but is protected"
        in found["rest"].full_return["warnings"][0]
    )
    assert node.calls() == []


def test_a_dry_run_reports_a_container_that_would_come_and_go(domains, loaders, state_files, node):
    said = {
        "web4": {"openvz.defined": [{"xml": document(4)}]},
        "all": {"openvz.managed": [{"require": [{"openvz": "web4"}]}]},
    }
    (state_files / "both.sls").write_text(json.dumps(said))
    pillar = {"openvz": {"domains": {"web4": {"state": "absent"}}}}

    dry, real = (
        {one.name: one for one in loaders.modules.state.sls("both", pillar=pillar, test=test)} for test in (True, False)
    )

    assert fields(dry["all"])["web4"]["container"] == fields(real["all"])["web4"]["container"]
