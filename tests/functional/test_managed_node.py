"""All containers of a pillar as one state: through Salt's loader, on a simulated node."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
from returns import fields
from salt.exceptions import CommandExecutionError, SaltInvocationError
from vzdomain.document.entries import Entry
from vzdomain.flavours.calls import Call
from vzdomain.planning.plan import Plan
from vzdomain.planning.planner import Job

pytestmark = pytest.mark.salt_api

REPO = Path(__file__).parents[2]
DOCUMENT = """\
<domain type='openvz'>
  <name>{name}</name>
  {inner}
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='ethernet'><ip address='198.51.100.{number}' family='ipv4'/></interface>
  </devices>
</domain>
"""


NFS = """\
<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:features name='nfs' state='on'/></metadata>
"""


def document(number, inner="<memory unit='MiB'>512</memory>", name=None):
    return DOCUMENT.format(name=name or f"web{number}", inner=inner, number=number)


def running(number, *inner, **said):
    return {"xml": document(number, *inner), "state": "running", **said}


@pytest.fixture
def states(written):
    return written


@pytest.fixture
def fleet(domains, states, once):
    """Three containers that run as the pillar says."""
    domains.update({f"web{number}": running(number) for number in (1, 2, 3)})
    once("fleet", lambda: succeeded(states.managed("containers")))
    return domains


def succeeded(ret):
    assert ret.result is True, ret.comment


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
    assert all(node.status(ctid)[-1] == "running" for ctid in (101, 102, 103))


def test_the_comment_has_a_line_for_each_that_is_not_as_it_was(fleet, states, node):
    fleet["web2"] = running(2, "<memory unit='MiB'>256</memory>")
    node.vzctl("stop", "103")

    dry, real = states.managed("containers", test=True), states.managed("containers")

    assert dry.comment.splitlines() == [
        "3 containers: 1 unchanged, 1 would be changed, 1 would be started",
        "Container web2 (CTID 102) would be updated (memory)",
        "Container web3 (CTID 103) would be started",
    ]
    assert real.comment.splitlines() == [
        "3 containers: 1 unchanged, 1 changed, 1 started",
        "Container web2 (CTID 102) was updated (memory)",
        "Container web3 (CTID 103) was started",
    ]


def test_a_run_of_any_size_asks_vzlist_once(fleet, states, node):
    fleet["web2"] = running(2, "<memory unit='MiB'>256</memory>")
    fleet["web4"] = running(4)

    states.managed("containers", max_workers=3)

    assert len(node.calls(program="vzlist")) == 1


def test_a_run_that_changes_nothing_starts_one_process(fleet, states, node):
    states.managed("containers")

    assert node.calls(program="vzlist") == [["-a", "-j", "-o", "ctid,status,uptime"]]
    assert node.calls() == []


def test_one_that_fails_is_told_apart_and_stops_no_other(fleet, states, node):
    node.fault("--command", "set", "--match", "set 102", "--rc", "46", "--stderr", "No disk space")
    for number in (1, 2, 3):
        fleet[f"web{number}"] = running(number, "<memory unit='MiB'>256</memory>")

    ret = states.managed("containers")

    assert ret.result is False
    assert sorted(ret.changes) == ["web1", "web3"]
    assert ret.comment.splitlines()[0] == "3 containers: 2 changed, 1 failed"
    assert re.search(r"^web2 failed: vzctl set 102 ended with code 46: No disk space", ret.comment, re.MULTILINE)


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
    assert node.conf(102)["PHYSPAGES"] == "0:65536"
    assert fields(ret)["web7"]["memory"]["new"] == "512 MiB"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "the pillar has no openvz:domains"),
        ({"domains": ["web1"]}, "pillar openvz:domains is a list, and must be a mapping of containers"),
        ({"domains": "**********"}, "the pillar gives only a mask for openvz:domains"),
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


# budgets


GONE = {f"web{number}": running(number, state="absent", force=True) for number in (1, 2)}


@pytest.mark.parametrize(
    ("budget", "wanted", "message"),
    [
        ({"max_creates": 1}, {"a": running(4), "b": running(5)}, "would create 2 containers (web4, web5)"),
        ({"max_restarts": 0}, {"web1": running(1, state="stopped")}, "would restart or stop 1 container (web1)"),
        ({}, GONE, "would destroy 2 containers (web1, web2), and max_destroys is 1"),
        (
            {"max_network_changes": 0},
            {"web1": {"xml": document(77, name="web1")}},
            "would break connections of 1 container (web1), and max_network_changes is 0",
        ),
    ],
)
def test_over_budget_nothing_is_done_and_the_comment_says_what_would_have_been(
    fleet, states, node, budget, wanted, message
):
    fleet.update(wanted)
    fleet["web3"] = running(3, "<memory unit='MiB'>256</memory>")

    dry, real = states.managed("containers", test=True, **budget), states.managed("containers", **budget)

    for ret in (dry, real):
        assert (ret.result, ret.changes) == (False, {})
        assert message in ret.comment
        assert "nothing is done" in ret.comment
    assert node.calls() == []


@pytest.mark.parametrize(
    "budget", [{"max_creates": "many"}, {"max_restarts": -1}, {"max_workers": 0}, {"max_destroys": 1.5}]
)
def test_a_budget_that_is_no_number_is_refused(fleet, states, openvz, node, budget):
    ret = states.managed("containers", **budget)

    assert ret.result is False
    assert f"{next(iter(budget))} must be a whole number" in ret.comment
    with pytest.raises(SaltInvocationError):
        openvz.apply(**budget)


def test_protected_containers_stay_whatever_the_pillar_says(fleet, states, node):
    fleet["web1"] = running(1) | {"state": "absent", "force": True, "protected": True}
    fleet["web2"] = running(2) | {"state": "stopped", "protected": True}

    ret = states.managed("containers")

    assert (ret.result, ret.changes) == (False, {})
    assert "container 101 is protected (by the entry web1 of the pillar): it is not destroyed" in ret.comment
    assert "container 102 is protected (by the entry web2 of the pillar) and running: it is not" in ret.comment


def test_a_container_goes_when_the_pillar_says_absent_and_its_document_is_kept(fleet, states, openvz, node):
    fleet["web1"] = {"state": "absent", "force": True}

    dry, real = states.managed("containers", test=True), states.managed("containers")

    assert dry.changes == real.changes
    assert fields(real)["web1"]["container"] == {"old": "running", "new": "destroyed"}
    assert "<name>web1</name>" in fields(real)["web1"]["xml"]["old"]
    assert openvz.list_domains() == ["web2", "web3"]


def test_what_salt_did_not_make_is_compared_and_changed_only_when_adopted(domains, states, node):
    node.vzctl("create", "301", "--ostemplate", "debian-12-x86_64")
    domains["old"] = {"xml": "<domain type='openvz'><name>301</name><vcpu>2</vcpu></domain>"}

    foreign = states.managed("containers")
    domains["old"]["adopt"] = True
    adopted = states.managed("containers")

    assert "container 301 is not managed by Salt and differs from the document in: vcpu" in foreign.comment
    assert (adopted.result, set(fields(adopted)["301"])) == (True, {"managed", "vcpu"})


def test_pending_fields_are_named_and_a_restart_counts_against_its_budget(fleet, states, node):
    fleet["web1"] = running(1, NFS)

    waiting = states.managed("containers")
    later = states.managed("containers")
    fleet["web1"]["restart"] = True
    refused = states.managed("containers", max_restarts=0)
    restarted = states.managed("containers", max_restarts=1)

    assert "Container web1 (CTID 101) was updated (features); features pending until it is restarted" in waiting.comment
    assert (later.result, later.changes) == (True, {})
    assert "features pending until it is restarted" in later.comment
    assert "would restart or stop 1 container (web1)" in refused.comment
    assert fields(restarted)["web1"]["status"] == {"old": "running", "new": "restarted"}


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
    assert "container 103 is not in the pillar, and is protected" in found["rest"].full_return["warnings"][0]
    assert node.calls() == []


def test_a_dry_run_tells_of_a_container_that_would_come_and_go(domains, loaders, state_files, node):
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


# plan and apply


def test_a_plan_is_done_as_it_was_shown(fleet, openvz, node):
    fleet["web2"] = running(2, "<memory unit='MiB'>256</memory>")
    shown = openvz.plan()
    node.forget_calls()

    report = openvz.apply(plan_id=shown["plan_id"])

    assert shown["counts"] == {"creates": 0, "restarts": 0, "destroys": 0, "network_changes": 0}
    assert node.calls() == [step["argv"] for step in shown["containers"]["web2"]["steps"]]
    assert report["containers"]["web2"]["changes"] == shown["containers"]["web2"]["changes"]


def test_a_plan_says_of_each_what_it_comes_to_and_shows_what_is_asked_for(fleet, openvz, node):
    fleet.update(web2={"xml": "<domain/>"}, web3=running(3, state="stopped"), web4=running(4))

    shown = openvz.plan()

    assert {label: one["status"] for label, one in shown["containers"].items()} == {
        "web1": "unchanged",
        "web2": "error",
        "web3": "restart",
        "web4": "create",
    }
    assert shown["summary"] == {"error": 1, "create": 1, "restart": 1, "unchanged": 1}
    for asked, labels in (({"only": "error,create"}, ["web2", "web4"]), ({"name": "web3"}, ["web3"])):
        some = openvz.plan(**asked)
        assert list(some["containers"]) == labels
        assert {**some, "containers": shown["containers"]} == shown, "id and counts are those of the whole plan"
    assert openvz.plan(only="unchanged")["containers"]["web1"]["asked"] is True
    with pytest.raises(CommandExecutionError, match="only: created is not a status here; there are: error, destroy"):
        openvz.plan(only="created")


@pytest.mark.parametrize("moved", ["document", "node", "power"])
def test_a_plan_is_refused_when_either_side_has_moved(fleet, openvz, node, moved):
    fleet["web2"] = running(2, "<memory unit='MiB'>256</memory>")
    shown = openvz.plan()

    if moved == "document":
        fleet["web3"] = running(3, "<memory unit='MiB'>256</memory>")
    if moved == "node":
        node.vzctl("set", "102", "--onboot", "yes", "--save")
    if moved == "power":
        node.vzctl("stop", "101")
    node.forget_calls()

    with pytest.raises(CommandExecutionError, match="the documents or the node have moved since; nothing is done"):
        openvz.apply(plan_id=shown["plan_id"])
    assert node.calls() == []


def test_one_document_is_planned_and_applied_by_its_name(fleet, openvz, node):
    changed = document(2, "<memory unit='MiB'>256</memory>")
    shown = openvz.plan(xml=changed)

    report = openvz.apply(plan_id=shown["plan_id"], xml=changed)

    assert shown["ctid"] == 102
    assert report["containers"]["web2"]["changes"] == shown["changes"]
    with pytest.raises(CommandExecutionError, match="nothing is done"):
        openvz.apply(plan_id=shown["plan_id"], xml=changed)


def test_a_failed_container_is_an_error_of_the_function_with_what_was_done(fleet, openvz, node):
    node.fault("--command", "set", "--match", "set 102", "--rc", "46", "--stderr", "No disk space")
    for number in (1, 2):
        fleet[f"web{number}"] = running(number, "<memory unit='MiB'>256</memory>")

    with pytest.raises(CommandExecutionError, match="1 of 3 containers failed: web2: vzctl set 102") as caught:
        openvz.apply()

    assert sorted(caught.value.info["changes"]) == ["web1"]
    assert caught.value.info["containers"]["web3"]["changes"] == {}


# purged


def test_purged_deletes_what_the_pillar_has_no_more_and_nothing_else(fleet, states, openvz, node):
    node.vzctl("create", "301", "--ostemplate", "debian-12-x86_64")
    node.vzctl("stop", "103")
    del fleet["web3"]

    kept = states.managed("containers")
    dry, real = states.purged("rest", test=True), states.purged("rest")

    assert (kept.result, kept.changes) == (True, {})
    assert (dry.result, real.result) == (None, True)
    assert dry.changes == real.changes
    assert fields(real)["web3"]["container"] == {"old": "stopped", "new": "destroyed"}
    assert "<name>web3</name>" in fields(real)["web3"]["xml"]["old"]
    assert openvz.list_domains() == ["web1", "web2", "301"]


def test_purged_takes_a_running_container_only_with_force(fleet, states, node):
    del fleet["web3"]

    refused, forced = states.purged("rest"), states.purged("rest", force=True)

    assert "web3 failed: container 103 is running; it is destroyed only with force: True" in refused.comment
    assert fields(forced)["web3"]["container"] == {"old": "running", "new": "destroyed"}


def test_purged_has_a_budget_of_its_own(fleet, states, node):
    del fleet["web2"], fleet["web3"]

    over, within = states.purged("rest", force=True), states.purged("rest", force=True, max_destroys=2)

    assert (over.result, over.changes) == (False, {})
    assert "would destroy 2 containers (web2, web3), and max_destroys is 1; nothing is done" in over.comment
    assert sorted(within.changes) == ["web2", "web3"]


def test_purged_leaves_a_protected_container_with_a_warning(fleet, pillar, states, node):
    del fleet["web3"]
    pillar.put_setting(protected=["web3"])

    ret = states.purged("rest", force=True)

    assert (ret.result, ret.changes) == (True, {})
    assert ret.full_return["warnings"] == [
        "container 103 is not in the pillar, and is protected (openvz:protected names it): it is left alone."
    ]


def test_purged_does_nothing_while_a_document_cannot_be_read(fleet, states, node):
    del fleet["web3"]
    fleet["web2"] = "<domain"

    ret = states.purged("rest", force=True)

    assert (ret.result, ret.changes) == (False, {})
    assert "what the pillar means is not known: pillar openvz:domains:web2: line 1" in ret.comment


def test_a_container_that_was_renamed_in_the_pillar_is_no_stranger(fleet, states, openvz, node):
    uuid = "<uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f009</uuid>"
    fleet["web3"] = running(3, uuid)
    states.managed("containers")
    fleet["web3"] = {"xml": document(3, uuid, "shop"), "state": "running"}

    ret = states.purged("rest", force=True)

    assert (ret.result, ret.changes) == (True, {})


# progress: what a master hears is in tests/integration


@pytest.fixture
def bus(tmp_path):
    """The execution module alone, with a bus that says whether somebody heard."""
    spec = importlib.util.spec_from_file_location("openvz_with_bus", REPO / "_modules/openvz.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.sent, module.heard = [], True
    module.__opts__ = {"id": "hn1", "file_client": "remote", "master_type": "str", "sock_dir": str(tmp_path)}
    module.__salt__ = {"event.send": lambda tag, data: module.sent.append((tag, data)) or module.heard}
    return module


def job_of(name, ctid):
    return Job(Entry(name), Plan(name, ctid))


def test_progress_has_number_total_name_and_step(bus):
    tell = bus._Progress()

    tell(1, 2, job_of("web1", 101), Call(("set", "101", "--cpus", "2")))
    tell(1, 2, job_of("web1", 101), Call(comments={"SALT-OPENVZ": "managed"}))
    tell(1, 2, job_of("web1", 101), "done")

    assert {tag for tag, _ in bus.sent} == {"openvz/hn1/progress"}
    assert [data["step"] for _, data in bus.sent] == ["vzctl set 101 --cpus 2", "mark", "done"]
    assert bus.sent[0][1] == {"n": 1, "of": 2, "name": "web1", "ctid": 101, "step": "vzctl set 101 --cpus 2"}


def test_once_nobody_has_heard_no_more_is_told(bus):
    tell, bus.heard = bus._Progress(), False

    for _ in range(3):
        tell(1, 2, job_of("web1", 101), "done")

    assert len(bus.sent) == 1


def test_without_a_master_there_is_a_bus_only_where_a_minion_has_one(bus, tmp_path):
    bus.__opts__["file_client"] = "local"

    bus._Progress()(1, 1, job_of("web1", 101), "done")
    (tmp_path / "minion_event_0123456789_pull.ipc").touch()
    bus._Progress()(1, 1, job_of("web2", 102), "done")

    assert [data["name"] for _, data in bus.sent] == ["web2"]
