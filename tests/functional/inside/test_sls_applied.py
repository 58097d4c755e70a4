"""The state that applies states inside a container, and waiting for it."""

import pytest
from salt.exceptions import CommandExecutionError

pytestmark = pytest.mark.salt_api


@pytest.fixture
def states(states, inside):
    return states


@pytest.mark.inside_api
def test_the_state_is_tried_applied_and_then_has_nothing_to_do(states, inside, sls):
    sls("web", "/etc/motd:\n  file.managed:\n    - contents: {{ pillar['word'] }}\n")
    how = {"mods": ["web"], "pillar": {"word": "hello"}}

    tried = states.sls_applied("web01", **how, test=True)
    assert (tried.result, list(tried.changes["web01"])) == (None, ["file.managed /etc/motd"])
    done = states.sls_applied("web01", **how)
    assert (done.result, done.comment) == (True, "1 of 1 state inside container web01 changed something")
    again = states.sls_applied("web01", **how)
    assert (again.result, again.changes, again.comment) == (True, {}, "1 state inside container web01: nothing to do")
    assert inside.text("etc/motd") == "hello\n"


def test_a_state_inside_that_fails_is_named_in_the_comment(states, inside, sls):
    sls("web", "a:\n  test.fail_without_changes: []\n")
    ret = states.sls_applied("web01", mods="web")
    assert ret.result is False
    assert ret.comment == "1 of 1 state inside container web01 failed: test.fail_without_changes a: Failure!"
    assert states.sls_applied("web01", mods="none").comment == (
        "States inside container web01 not compiled: No matching sls found for 'none' in env 'base'"
    )


def test_in_a_dry_run_of_its_start_they_come_later(states, openvz, inside, sls, loaders):
    openvz.stop("web01", fast=True)
    sls("web", "a:\n  test.nop: []\n")
    sls("all", "web01:\n  openvz.running: []\nin it:\n  openvz.sls_applied:\n    - name: web01\n    - mods: web\n")
    first, second = loaders.modules.state.sls("all", test=True)
    assert (first.result, second.result) == (None, None)
    assert second.comment == "States inside container web01 come after it has started"


def test_a_start_waits_for_what_it_is_told(states, openvz, inside):
    openvz.stop("web01", fast=True)
    assert states.running("web01", wait_for=True).result is True
    openvz.stop("web01", fast=True)
    late = states.running("web01", wait_for={"command": ["/bin/false"], "limit": 0.2})
    assert late.result is False
    assert late.comment == "container web01 is not up after 0.2 seconds: /bin/false ends with code 1"
    assert late.changes["web01"]
    with pytest.raises(CommandExecutionError, match="is not up after"):
        openvz.wait_for("web01", address="127.0.0.1", port=1, limit=0.2)
