"""The state module: what it says, watch, absent, protection, pillar and files."""

import pytest
from families import BOTH, SEVEN
from returns import fields

pytestmark = [pytest.mark.salt_api, BOTH]

UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"


@pytest.fixture
def web(states, once, web01):
    """web01, running."""

    def make():
        ret = states.running("web", xml=web01)
        assert ret.result is True, ret.comment

    return once("web", make)


def test_comments_are_sentences_about_the_container(states, node, web01):
    dry, real, again = (states.running("web", xml=web01, test=test).comment for test in (True, False, False))
    smaller = states.defined("web", xml=web01.replace("512", "256")).comment
    web = f"Container web01 (CTID {node.ctid('web01')})"

    assert (dry, real) == (f"{web} would be created and started", f"{web} was created and started")
    assert (again, smaller) == (f"{web} is in the declared state", f"{web} was updated (memory)")


def test_changes_are_by_container_and_field_and_say_each_thing_once(states, web, web01):
    ret = states.defined("web", xml=web01.replace("512", "1024"))

    assert ret.changes == {"web01": "-memory: 512 MiB\n+memory: 1 GiB"}
    assert ret.full_return["containers"] == {"web01": {"changes": {"memory": {"old": "512 MiB", "new": "1 GiB"}}}}


def test_the_document_may_come_from_the_pillar_or_the_master(states, node, state_files, web01):
    (state_files / "web01.xml").write_text(web01)

    assert states.defined("web", pillar_key="openvz:containers:web01:xml").result is True
    again = states.defined("web", source="salt://web01.xml")

    assert (again.result, again.changes) == (True, {})


def test_running_warns_of_a_container_that_does_not_start_with_the_node(states, web, web01):
    assert "warnings" not in states.running("web01").full_return

    web.vzctl("set", "web01", "--onboot", "no", "--save")

    (warning,) = states.running("web01").full_return["warnings"]
    assert "does not start with the node" in warning and "openvz.set web01 onboot=yes" in warning
    assert web.conf("web01")["ONBOOT"] == "no"


def test_stopped_stops_and_fast_kills(states, web):
    assert fields(states.stopped("web01", fast=True))["web01"]["status"] == {"old": "running", "new": "stopped"}
    assert web.calls("stop") == [["stop", web.ctid("web01"), "--fast"]]


def test_stopped_says_how_a_container_is_that_does_not_run(states, web):
    web.vzctl("suspend", "web01")

    assert states.stopped("web01").comment == "Container web01 is suspended"


def test_running_goes_on_with_a_suspended_container(states, openvz, web):
    web.vzctl("suspend", "web01")
    assert web.dump("web01").exists()

    ret = states.running("web01")

    assert fields(ret)["web01"]["status"] == {"old": "suspended", "new": "running"}
    assert not web.dump("web01").exists()


def test_absent_refuses_what_runs_and_says_how(states, openvz, web):
    for test in (True, False):
        ret = states.absent("web01", test=test)
        assert ret.result is False
        assert "force: True" in ret.comment
    assert openvz.status("web01") == "running"


def test_absent_leaves_a_way_back(states, openvz, web):
    states.stopped("web01")

    ret = states.absent("web01")

    assert ret.result is True
    assert fields(ret)["web01"]["container"] == {"old": "stopped", "new": "destroyed"}
    xml = fields(ret)["web01"]["xml"]["old"]
    assert UUID in xml
    assert states.running("back", xml=xml).result is True


def test_absent_destroys_nothing_that_salt_did_not_make(states, node):
    node.vzctl("create", "310", "--ostemplate", "debian-12-x86_64")

    assert "not managed by Salt" in states.absent("310").comment
    assert node.conf(310) is not None
    assert states.absent("310", adopt=True).result is True
    assert node.conf(310) is None


def test_a_protected_container_is_destroyed_only_by_force(loaders, states, state_files, web):
    states.stopped("web01")
    (state_files / "gone.sls").write_text("web01: {openvz.absent: []}")

    ret = next(iter(loaders.modules.state.sls("gone", pillar={"openvz": {"protected": ["web01"]}})))

    assert ret.result is False
    assert "protected" in ret.comment


WATCH = """\
motd:
  test.succeed_with_changes: []
web01:
  openvz.running:
    - protected: {protected}
    - watch:
      - test: motd
"""


def test_a_watched_change_restarts_a_running_container(loaders, state_files, web):
    (state_files / "watch.sls").write_text(WATCH.format(protected=False))

    dry = list(loaders.modules.state.sls("watch", test=True))
    assert web.calls("restart") == []
    real = list(loaders.modules.state.sls("watch"))

    assert web.calls("restart") == [["restart", web.ctid("web01")]]
    assert fields(real[1])["web01"]["status"] == {"old": "running", "new": "restarted"}
    assert dry[1].result is not False


def test_a_watched_change_leaves_a_protected_container_running(loaders, state_files, web):
    (state_files / "watch.sls").write_text(WATCH.format(protected=True))

    real = list(loaders.modules.state.sls("watch"))

    assert web.calls("restart") == []
    assert any("protected" in warning for warning in real[1].full_return["warnings"])


def test_a_container_that_was_just_started_is_not_restarted_by_its_watch(loaders, state_files, web):
    web.vzctl("stop", "web01", "--fast")
    (state_files / "watch.sls").write_text(WATCH.format(protected=False))

    list(loaders.modules.state.sls("watch"))

    assert web.calls("start") == [["start", web.ctid("web01")]]
    assert web.calls("restart") == []


def test_exact_empties_the_lists_that_the_document_does_not_name(states, node):
    bare = "<domain type='openvz'><name>310</name></domain>"
    states.defined("a", xml=bare)
    node.vzctl("set", "310", "--ipadd", "198.51.100.1", "--save")
    node.vzctl("set", "310", "--netif_add", "eth0", "--save")

    assert states.defined("a", xml=bare).changes == {}
    ret = states.defined("a", xml=bare, exact=True)

    assert set(fields(ret)["310"]) == {"addresses", "interface eth0"}
    assert node.conf(310)["IP_ADDRESS"] == node.conf(310)["NETIF"] == ""


def test_a_new_container_that_would_be_numbered_is_refused_in_parallel(loaders, state_files, node, web01, family):
    (state_files / "parallel.sls").write_text(f"web: {{openvz.defined: [{{xml: {web01!r}}}, {{parallel: true}}]}}\n")

    ret = next(iter(loaders.modules.state.sls("parallel")))

    assert ret.result is (family == SEVEN)
    assert ("needs a CTID" in ret.comment) is (family != SEVEN)


def test_what_the_administrator_sets_and_the_document_does_not_say_stays(states, web, web01):
    web.vzctl("set", "web01", "--hostname", "www.example.org", "--cpus", "3", "--save")

    assert states.running("web", xml=web01).changes == {}
    assert web.conf("web01")["HOSTNAME"] == "www.example.org"


def test_stopped_and_absent_take_the_document_of_the_container(states, openvz, web):
    key = {"pillar_key": "openvz:containers:web01:xml"}

    assert fields(states.stopped("some label", **key))["web01"]["status"]["new"] == "stopped"
    assert fields(states.absent("some label", **key))["web01"]["container"]["new"] == "destroyed"
    assert states.absent("some label", **key).comment == "Container web01 is absent"


def test_a_document_means_its_container_under_any_name(states, openvz, web, web01):
    web.vzctl("set", "web01", "--name", "www", "--save")

    assert str(openvz.find(xml=web01)) == web.ctid("www")
    assert fields(states.stopped("label", xml=web01))["www"]["status"]["new"] == "stopped"
    assert set(states.absent("label", xml=web01).changes) == {"www"}
    assert openvz.find(xml=web01) is None


@pytest.mark.parametrize("function", ["stopped", "absent"])
def test_a_document_does_not_claim_a_container_with_another_uuid(states, openvz, web, web01, function):
    stranger = web01.replace(UUID, UUID[:-1] + "9").replace("<name>web01</name>", f"<name>{web.ctid('web01')}</name>")

    for test in (True, False):
        ret = getattr(states, function)("label", xml=stranger, test=test)
        assert ret.result is False
        assert "belongs to another domain" in ret.comment
    assert openvz.status("web01") == "running"


LIFE = """\
made: {{openvz.running: [{{xml: {xml!r}}}]}}
told again: {{openvz.running: [{{xml: {xml!r}}}]}}
stopped: {{openvz.stopped: [{{name: web01}}]}}
gone: {{openvz.absent: [{{name: web01}}]}}
gone again: {{openvz.absent: [{{name: web01}}]}}
"""


def test_a_dry_run_of_a_whole_life_tells_the_truth(loaders, state_files, openvz, web01):
    (state_files / "life.sls").write_text(LIFE.format(xml=web01))

    dry = list(loaders.modules.state.sls("life", test=True))
    assert openvz.status("web01") == "absent"
    real = list(loaders.modules.state.sls("life"))

    for imagined, happened in zip(dry, real, strict=True):
        assert imagined.changes == happened.changes
        assert happened.result is True, happened.comment
        assert imagined.result is (None if happened.changes else True)
    assert [bool(ret.changes) for ret in real] == [True, False, True, True, False]


PROTECTED = "web01: {{openvz.absent: [{{name: {name!r}}}]}}"


@pytest.mark.parametrize("protected", ["web01", [UUID.upper()], [UUID.replace("-", "")]])
def test_protection_is_by_name_or_uuid_one_or_many(loaders, states, state_files, web, protected):
    states.stopped("web01")
    (state_files / "gone.sls").write_text(PROTECTED.format(name="web01"))

    ret = next(iter(loaders.modules.state.sls("gone", pillar={"openvz": {"protected": protected}})))

    assert ret.result is False
    assert "protected" in ret.comment


@pytest.mark.parametrize("protected", [310, ["310"], "0310"])
def test_protection_is_by_ctid_one_or_many(loaders, states, state_files, node, protected):
    states.defined("a", xml="<domain type='openvz'><name>310</name></domain>")
    (state_files / "gone.sls").write_text(PROTECTED.format(name="310"))

    ret = next(iter(loaders.modules.state.sls("gone", pillar={"openvz": {"protected": protected}})))

    assert ret.result is False
    assert "protected" in ret.comment


@pytest.mark.parametrize("force", ["no", "False", False])
def test_a_no_in_quotes_is_a_no(states, openvz, web, force):
    assert states.absent("web01", force=force).result is False
    assert openvz.status("web01") == "running"


def test_a_container_made_by_hand_in_place_of_one_that_salt_destroyed_is_not_taken_over(states, openvz, node, web01):
    openvz.create(310, ostemplate="debian-12-x86_64")
    document = "<domain type='openvz'><name>310</name><vcpu>3</vcpu></domain>"

    assert "not managed by Salt" in states.defined("a", xml=document).comment
    openvz.destroy(310, force=True)
    states.defined("a", xml=document)
    openvz.destroy(310)
    node.vzctl("create", "310", "--ostemplate", "debian-12-x86_64")

    assert "not managed by Salt" in states.defined("a", xml=document).comment
    assert "CPUS" not in node.conf(310)
