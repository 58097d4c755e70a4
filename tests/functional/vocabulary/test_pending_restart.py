"""What a running container gets at its next start only: it is said until then, and a restart is made on request."""

import json
import time

import pytest
from returns import fields
from rows import RUNNING, document
from salt.exceptions import CommandExecutionError

NFS = document(name=RUNNING, metadata="<openvz:features name='nfs' state='on'/>")


def test_the_state_says_what_waits_in_every_run_until_the_container_is_restarted(states, openvz, containers):
    dry = states.running("web", xml=NFS, test=True)
    first = states.running("web", xml=NFS)
    second = states.running("web", xml=NFS)
    planned = states.running("web", xml=NFS, test=True)

    assert dry.comment == f"Container {RUNNING} would be updated (features); waiting for a restart: features"
    assert first.comment == f"Container {RUNNING} was updated (features); waiting for a restart: features"
    for again in (second, planned):
        assert (again.result, again.changes) == (True, {})
        assert again.comment == (f"Container {RUNNING} is in the declared state; waiting for a restart: features")
        assert any("restart: True restarts it" in warning for warning in again.full_return["warnings"])
    assert [argv[0] for argv in containers.calls()] == ["set"]


@pytest.mark.parametrize("how", ["restart", "stop and start", "by hand"])
def test_once_restarted_nothing_waits(states, openvz, containers, how):
    states.running("web", xml=NFS)

    if how == "restart":
        openvz.restart(RUNNING)
    elif how == "by hand":
        time.sleep(1)  # when it was started is known no better than vzlist is fast, and what is doubtful waits
        containers.vzctl("restart", RUNNING)
    else:
        openvz.stop(RUNNING)
        assert "pending" not in openvz.define(xml=NFS)
        openvz.start(RUNNING)

    assert states.running("web", xml=NFS).comment == f"Container {RUNNING} is in the declared state"
    assert "pending" not in openvz.define(xml=NFS)


def test_a_restart_that_never_reached_the_container_ends_nothing(openvz, containers):
    openvz.define(xml=NFS)
    containers.fault("--command", "restart", "--rc", "7", "--stderr", "no", "--times", "1")

    with pytest.raises(CommandExecutionError):
        openvz.restart(RUNNING)

    assert openvz.define(xml=NFS)["pending"] == ["features"]


def test_a_plan_says_what_would_wait_and_what_a_restart_costs(openvz, containers):
    waiting, restarting = (openvz.plan(xml=NFS, restart=restart) for restart in (False, True))

    assert (waiting["pending"], waiting["disruption"]) == (["features"], "none")
    assert (restarting["pending"], restarting["disruption"]) == ([], "restart")
    assert [step["argv"] for step in restarting["steps"]] == [
        ["set", str(RUNNING), "--features", "nfs:on", "--save"],
        ["restart", str(RUNNING)],
    ]


def test_restart_true_restarts_once(states, containers):
    dry = states.running("web", xml=NFS, restart=True, test=True)
    assert containers.calls() == []
    first = states.running("web", xml=NFS, restart=True)
    second = states.running("web", xml=NFS, restart=True)

    assert dry.comment == f"Container {RUNNING} would be updated (features) and restarted"
    assert first.comment == f"Container {RUNNING} was updated (features) and restarted"
    assert dry.changes == first.changes
    assert fields(first)[str(RUNNING)]["status"] == {"old": "running", "new": "restarted"}
    assert (second.comment, second.changes) == (f"Container {RUNNING} is in the declared state", {})
    assert [argv[0] for argv in containers.calls()] == ["set", "restart"]


def test_restart_true_makes_up_for_an_earlier_run(states, containers):
    states.running("web", xml=NFS)

    ret = states.running("web", xml=NFS, restart=True)

    assert set(fields(ret)[str(RUNNING)]) == {"status"}
    assert ret.comment == f"Container {RUNNING} was restarted"


def test_a_change_that_is_live_restarts_nothing(states, containers):
    states.running("web", xml=document("<vcpu>2</vcpu>", RUNNING), restart=True)

    assert [argv[0] for argv in containers.calls()] == ["set"]


@pytest.mark.parametrize("how", ["the state", "the pillar"])
def test_a_protected_container_is_not_restarted(loaders, state_files, containers, how):
    arguments = {"xml": NFS, "restart": True, **({"protected": True} if how == "the state" else {})}
    pillar = {"openvz": {"protected": [RUNNING]}} if how == "the pillar" else {}
    (state_files / "web.sls").write_text(json.dumps({"web": {"openvz.running": [arguments]}}))

    (ret,) = loaders.modules.state.sls("web", pillar=pillar)

    assert ret.result is True
    assert ret.comment.endswith("was updated (features); waiting for a restart: features")
    assert ret.full_return["warnings"]
    assert [argv[0] for argv in containers.calls()] == ["set"]


def test_a_disabled_container_is_not_stopped_by_a_restart(states, containers):
    xml = NFS.replace("<openvz:features", "<openvz:disabled>yes</openvz:disabled><openvz:features")

    ret = states.defined("web", xml=xml, restart=True)

    assert containers.status(RUNNING)[-1] == "running"
    assert any("disabled and would not start again" in warning for warning in ret.full_return["warnings"])


def test_a_dry_run_of_several_states_reports_the_restart_as_it_comes(loaders, state_files, containers):
    steps = [{"xml": NFS}, {"xml": NFS, "restart": True}, {"xml": NFS, "restart": True}]
    sls = {f"step {number}": {"openvz.running": [arguments]} for number, arguments in enumerate(steps)}
    (state_files / "several.sls").write_text(json.dumps(sls))

    dry = list(loaders.modules.state.sls("several", test=True))
    real = list(loaders.modules.state.sls("several"))

    assert [ret.changes for ret in dry] == [ret.changes for ret in real]
    assert [bool(ret.changes) for ret in real] == [True, True, False]
    assert [argv[0] for argv in containers.calls()] == ["set", "restart"]
