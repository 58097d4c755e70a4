"""What one state over a pillar may destroy, restart, create and purge; what it leaves alone."""

import pytest
from pillars import NFS, document, running
from returns import fields
from salt.exceptions import SaltInvocationError


@pytest.fixture
def states(written):
    return written


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
        assert "nothing was done" in ret.comment
    assert node.calls() == []


@pytest.mark.parametrize(
    "budget", [{"max_creates": "many"}, {"max_restarts": -1}, {"max_workers": 0}, {"max_destroys": 1.5}]
)
def test_a_budget_that_is_not_a_number_is_refused(fleet, states, openvz, node, budget):
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

    assert "Container web1 (CTID 101) was updated (features); waiting for a restart: features" in waiting.comment
    assert (later.result, later.changes) == (True, {})
    assert "waiting for a restart: features" in later.comment
    assert "would restart or stop 1 container (web1)" in refused.comment
    assert fields(restarted)["web1"]["status"] == {"old": "running", "new": "restarted"}


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
    assert "would destroy 2 containers (web2, web3), and max_destroys is 1; nothing was done" in over.comment
    assert sorted(within.changes) == ["web2", "web3"]


def test_purged_leaves_a_protected_container_with_a_warning(fleet, pillar, states, node):
    del fleet["web3"]
    pillar.put_setting(protected=["web3"])

    ret = states.purged("rest", force=True)

    assert (ret.result, ret.changes) == (True, {})
    assert ret.full_return["warnings"] == [
        "container 103 is not in the pillar, but is protected (openvz:protected names it): it is left alone."
    ]


def test_purged_does_nothing_while_a_document_cannot_be_read(fleet, states, node):
    del fleet["web3"]
    fleet["web2"] = "<domain"

    ret = states.purged("rest", force=True)

    assert (ret.result, ret.changes) == (False, {})
    assert "the pillar cannot be evaluated: pillar openvz:domains:web2: line 1" in ret.comment


def test_a_container_that_was_renamed_in_the_pillar_is_not_an_orphan(fleet, states, openvz, node):
    uuid = "<uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f009</uuid>"
    fleet["web3"] = running(3, uuid)
    states.managed("containers")
    fleet["web3"] = {"xml": document(3, uuid, "shop"), "state": "running"}

    ret = states.purged("rest", force=True)

    assert (ret.result, ret.changes) == (True, {})
