"""Entries with states for the inside of their containers, by Salt's loader; the way inside is a stand-in."""

import json

import pytest
from pillars import NFS, document, running
from salt.exceptions import CommandExecutionError
from vzdomain.errors import OpenVZError
from vzdomain.execution.reconcile import Reconciler
from vzdomain.model.inside import StatesDone

SECRET = "hunter2-hunter2"
MOTD, USER = "file.managed /etc/motd", "user.present deploy"


class Way:
    """Containers whose states are done once they have been applied, until their pillar is another."""

    def __init__(self):
        self.has, self.failing, self.runs = {}, {}, []

    def states(self, container, how, test):
        name, done = container.domain.name, self.has.get(container.ctid, {})
        self.runs.append((name, test))
        wanted = {MOTD: how.pillar.get("motd"), USER: "deploy"}
        changed = {state: {"diff": value} for state, value in wanted.items() if done.get(state) != value}
        failed = {USER: f"cannot set {SECRET}"} if name in self.failing else {}
        if not test:
            self.has[container.ctid] = wanted
        return StatesDone(dict.fromkeys(wanted), changed, failed)

    def wait(self, container, waiting):
        if container.domain.name in self.failing:
            raise OpenVZError(f"container {container.domain.name} is not up after {waiting.limit:g} s")


@pytest.fixture
def way(monkeypatch):
    way = Way()
    stands_in = property(lambda reconciler: way, lambda reconciler, real: None)
    monkeypatch.setattr(Reconciler, "inside", stands_in)
    return way


def inside(number, motd=SECRET, **said):
    return running(number, inside={"sls": ["motd", "users"], "pillar": {"motd": motd}}, **said)


def test_one_run_creates_starts_and_applies_and_the_next_one_does_nothing(domains, states, openvz, way):
    domains["web1"] = inside(1, wait_for=True)

    dry = states.managed("containers", test=True)
    first = states.managed("containers")
    second, dry_after = states.managed("containers"), states.managed("containers", test=True)

    assert (dry.result, first.result, second.result, dry_after.result) == (None, True, True, True)
    assert "+inside: motd, users, after it has started" in dry.changes["web1"]
    assert "was created and started and updated (2 of 2 states inside)" in first.comment
    assert (second.changes, dry_after.changes) == ({}, {})
    assert way.runs == [("web1", False), ("web1", False), ("web1", True)]
    assert SECRET not in json.dumps([one.filtered if hasattr(one, "filtered") else one.raw for one in (dry, first)])


def test_another_value_in_the_pillar_of_the_inside_is_exactly_one_state_of_the_dry_run(domains, openvz, way):
    domains["web1"] = inside(1)
    openvz.apply()
    domains["web1"] = inside(1, "another-secret")

    shown = openvz.plan()
    dry = openvz.apply(test=True)

    assert shown["containers"]["web1"]["inside"] == {"what": "motd, users", "states": 2, "changed": [MOTD]}
    assert (shown["summary"], shown["containers"]["web1"]["steps"]) == ({"change": 1}, [])
    assert dry["containers"]["web1"]["did"] == ["updated (1 of 2 states inside)"]
    assert dry["plan_id"] == shown["plan_id"]
    assert openvz.apply(plan_id=shown["plan_id"])["containers"]["web1"]["inside"]["changed"] == [MOTD]
    with pytest.raises(CommandExecutionError, match="the plan is now"):
        openvz.apply(plan_id=shown["plan_id"])
    assert "another-secret" not in json.dumps([shown, dry, openvz.history()])


def test_one_that_fails_inside_is_one_row_and_the_others_are_done(domains, states, openvz, way):
    way.failing = {"web2"}
    domains.update({f"web{number}": inside(number) for number in (1, 2, 3)})

    ret = states.managed("containers", max_workers=2)

    assert ret.result is False
    summary, *rows = ret.comment.splitlines()
    assert summary == "3 containers: 2 created and started, 1 failed"
    assert [row for row in rows if "failed" in row] == [
        "web2 failed: states inside (motd, users): 1 of 2 failed: user.present deploy: cannot set (hidden)"
    ]
    assert set(ret.changes) == {"web1", "web2", "web3"}


def test_one_that_does_not_come_up_gets_no_states(domains, openvz, way):
    way.failing = {"web1"}
    domains.update({"web1": inside(1, wait_for={"limit": 5}), "web2": inside(2)})

    with pytest.raises(CommandExecutionError, match="1 of 2 containers failed: web1: container web1 is not up after 5"):
        openvz.apply()

    assert way.runs == [("web2", False)]


def test_the_fleets_way_carries_out_states_inside_by_the_ids_of_the_survey(domains, openvz, way):
    domains["web1"] = inside(1)
    openvz.apply()
    domains["web1"] = inside(1, "another-secret")
    wanted = openvz.survey()["plan"]["web1"]

    report = openvz.apply(entries={"web1": wanted["id"]}, seen="*")

    assert (wanted["status"], wanted["did"]) == ("change", ["updated (1 of 2 states inside)"])
    assert report["containers"]["web1"]["inside"]["changed"] == [MOTD]


def test_other_functions_do_not_mind_the_keys(domains, openvz, way):
    domains["web1"] = inside(1, wait_for={"address": "198.51.100.1", "port": 22})
    openvz.apply()
    runs = list(way.runs)

    assert openvz.drift(all=True)["web1"]["status"] == "in sync"
    assert openvz.dump()
    assert openvz.adopt("web1")["changes"] == {}
    assert openvz.node_info()
    assert openvz.purge(test=True)["containers"] == {}
    assert way.runs == runs


def test_a_document_alone_has_no_states_and_an_entry_without_a_document_may(domains, openvz, way):
    domains["web1"] = running(1)
    openvz.apply()
    domains["web1"] = {"inside": {"sls": "motd", "pillar": {"motd": "hello"}}}

    report = openvz.apply()

    assert report["containers"]["web1"]["did"] == ["updated (2 of 2 states inside)"]
    assert "inside" not in openvz.plan(xml=document(1))


def test_a_container_that_is_restarted_first_is_waited_for_and_its_dry_run_tries_nothing(domains, openvz, way):
    domains["web1"] = inside(1)
    openvz.apply()
    changed = running(1, NFS, restart=True, wait_for=True)
    domains["web1"] = {**changed, "inside": domains["web1"]["inside"]}
    way.runs.clear()

    shown = openvz.plan()["containers"]["web1"]

    assert (shown["disruption"], shown["inside"]["later"]) == ("restart", "after it has restarted")
    assert way.runs == []
    way.failing = {"web1"}
    with pytest.raises(CommandExecutionError, match="web1: container web1 is not up after 120 s; its states inside"):
        openvz.apply()
