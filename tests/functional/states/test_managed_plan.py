"""The plan of a pillar, its application, and the progress that is told meanwhile."""

import importlib.util
from pathlib import Path

import pytest
from pillars import document, running
from salt.exceptions import CommandExecutionError
from vzdomain.document.entries import Entry
from vzdomain.flavours.calls import Call
from vzdomain.model.ctid import Ctid
from vzdomain.planning.plan import Plan
from vzdomain.planning.planner import Job

REPO = Path(__file__).parents[3]


def test_a_plan_is_done_as_it_was_shown(fleet, openvz, node):
    fleet["web2"] = running(2, "<memory unit='MiB'>256</memory>")
    shown = openvz.plan()
    node.forget_calls()

    report = openvz.apply(plan_id=shown["plan_id"])

    assert shown["counts"] == {"creates": 0, "restarts": 0, "destroys": 0, "network_changes": 0, "disk_deletes": 0}
    assert node.calls() == [step["argv"] for step in shown["containers"]["web2"]["steps"]]
    assert report["containers"]["web2"]["changes"] == shown["containers"]["web2"]["changes"]


def test_a_plan_sums_up_each_container_and_shows_the_steps_that_are_asked_for(fleet, openvz, node):
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
    with pytest.raises(CommandExecutionError, match="only: created is not a valid status; use one of: error, destroy"):
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

    with pytest.raises(CommandExecutionError, match="the documents or the node have changed since; nothing was done"):
        openvz.apply(plan_id=shown["plan_id"])
    assert node.calls() == []


def test_one_document_is_planned_and_applied_by_its_name(fleet, openvz, node):
    changed = document(2, "<memory unit='MiB'>256</memory>")
    shown = openvz.plan(xml=changed)

    report = openvz.apply(plan_id=shown["plan_id"], xml=changed)

    assert shown["ctid"] == 102
    assert report["containers"]["web2"]["changes"] == shown["changes"]
    with pytest.raises(CommandExecutionError, match="nothing was done"):
        openvz.apply(plan_id=shown["plan_id"], xml=changed)


@pytest.mark.salt_api
def test_a_failed_container_is_an_error_of_the_function_with_what_was_done(fleet, openvz, node):
    node.fault("--command", "set", "--match", "set 102", "--rc", "46", "--stderr", "No disk space")
    for number in (1, 2):
        fleet[f"web{number}"] = running(number, "<memory unit='MiB'>256</memory>")

    with pytest.raises(CommandExecutionError, match="1 of 3 containers failed: web2: vzctl set 102") as caught:
        openvz.apply()

    assert sorted(caught.value.info["changes"]) == ["web1"]
    assert caught.value.info["containers"]["web3"]["changes"] == {}


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
    return Job(Entry(name), Plan(name, Ctid(ctid)))


@pytest.mark.salt_api
def test_progress_has_number_total_name_and_step(bus):
    tell = bus._Progress()

    tell(1, 2, job_of("web1", 101), Call(("set", "101", "--cpus", "2")))
    tell(1, 2, job_of("web1", 101), Call(comments={"SALT-OPENVZ": "managed"}))
    tell(1, 2, job_of("web1", 101), "done")

    assert {tag for tag, _ in bus.sent} == {"openvz/hn1/progress"}
    assert [data["step"] for _, data in bus.sent] == ["vzctl set 101 --cpus 2", "mark", "done"]
    assert bus.sent[0][1] == {"n": 1, "of": 2, "name": "web1", "ctid": 101, "step": "vzctl set 101 --cpus 2"}


@pytest.mark.salt_api
def test_progress_stops_once_an_event_could_not_be_sent(bus):
    tell, bus.heard = bus._Progress(), False

    for _ in range(3):
        tell(1, 2, job_of("web1", 101), "done")

    assert len(bus.sent) == 1


@pytest.mark.salt_api
def test_without_a_master_there_is_a_bus_only_where_a_minion_has_one(bus, tmp_path):
    bus.__opts__["file_client"] = "local"

    bus._Progress()(1, 1, job_of("web1", 101), "done")
    (tmp_path / "minion_event_0123456789_pull.ipc").touch()
    bus._Progress()(1, 1, job_of("web2", 102), "done")

    assert [data["name"] for _, data in bus.sent] == ["web2"]
