"""The execution module through Salt's loader, function by function."""

import json

import pytest
from returns import fields
from salt.exceptions import CommandExecutionError
from simnode import announced

pytestmark = pytest.mark.salt_api

UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"


@pytest.fixture
def web(openvz, node, web01):
    """web01, defined and stopped."""
    return openvz.define(xml=web01)


def test_version_is_that_of_vzctl(openvz):
    assert openvz.version() == "4.11.1-3.ga3f732ef"


def test_a_named_container_gets_the_lowest_free_ctid(openvz, node, web01):
    node.vzctl("create", "101", "--ostemplate", "debian-12-x86_64")
    (node.directory / "etc/vz/conf/102.conf").write_text('CPUS="1"\n')  # half a container takes its CTID too

    result = openvz.define(xml=web01)

    assert (result["name"], result["ctid"]) == ("web01", 103)
    assert node.conf(103)["NAME"] == "web01"


def test_a_dry_run_of_two_new_names_promises_two_ctids(states, openvz, loaders, state_files, web01):
    other = web01.replace("web01", "web02").replace(UUID[-4:], "f009").replace("100.10", "100.11")
    (state_files / "two.sls").write_text(
        f"a: {{openvz.running: [{{xml: {web01!r}}}]}}\nb: {{openvz.running: [{{xml: {other!r}}}]}}\n"
    )

    dry = loaders.modules.state.sls("two", test=True)
    real = loaders.modules.state.sls("two")

    assert [ret.changes for ret in dry] == [ret.changes for ret in real]
    assert openvz.list_active_vms() == ["web01", "web02"]


def test_lists_and_states_by_status(openvz, node, web):
    node.vzctl("create", "209", "--ostemplate", "debian-12-x86_64")
    node.vzctl("start", "209")

    assert openvz.list_domains() == ["web01", "209"]
    assert openvz.list_active_vms() == ["209"]
    assert openvz.list_inactive_vms() == ["web01"]
    assert openvz.state() == {"web01": "stopped", "209": "running"}
    assert openvz.state("web01") == openvz.state(UUID) == {"web01": "stopped"}
    assert openvz.status("nosuch") == "absent"


def test_info_shows_domain_and_node_together(openvz, web):
    info = openvz.info("web01")["web01"]

    assert info["ctid"] == 101
    assert info["uuid"] == UUID
    assert info["memory"] == 524288
    assert info["managed"] is True
    assert info["onboot"] is None
    assert info["interfaces"][0]["bridge"] == "virbr0"
    assert info["addresses"] == ["198.51.100.10"]


def test_a_container_that_is_not_there_is_an_error_not_an_empty_answer(openvz):
    for function in (openvz.info, openvz.state, openvz.get_xml, openvz.start, openvz.destroy):
        with pytest.raises(CommandExecutionError, match="there is no container 999"):
            function("999")


def test_diff_and_plan_show_the_same_and_change_nothing(openvz, node, web, web01):
    wanted = web01.replace("512", "256")
    node.forget_calls()

    plan = openvz.plan(xml=wanted)

    assert plan["changes"] == openvz.diff(xml=wanted) == {"memory": {"old": "512 MiB", "new": "256 MiB"}}
    assert [step["argv"] for step in plan["steps"]] == [
        ["set", "101", "--ram", "262144K", "--swap", "524288K", "--save"]
    ]
    assert plan["disruption"] == "none"
    assert node.calls() == []


def test_define_in_a_dry_run_says_what_it_would_do(openvz, node, web01):
    dry = openvz.define(xml=web01, test=True)

    assert node.calls() == []
    assert announced(dry) == openvz.define(xml=web01)


def test_a_document_from_a_template_on_the_master(openvz, state_files, web01):
    (state_files / "web.xml.j2").write_text(web01.replace("512", "{{ 256 * 2 }}"))

    result = openvz.define(source="salt://web.xml.j2", template="jinja")

    assert result["changes"]["memory"]["new"] == "512 MiB"


def test_an_error_in_a_document_names_where_it_came_from(openvz, state_files):
    (state_files / "bad.xml").write_text("<domain type='openvz'>\n<nome/></domain>")

    with pytest.raises(CommandExecutionError, match=r"salt://bad.xml: line 2, column \d+ domain/nome"):
        openvz.define(source="salt://bad.xml")


def test_strict_false_turns_an_unknown_element_into_a_warning(openvz, web01):
    odd = web01.replace("<devices>", "<frobnicate/><devices>")

    with pytest.raises(CommandExecutionError, match="frobnicate"):
        openvz.define(xml=odd)
    assert any("frobnicate" in warning for warning in openvz.define(xml=odd, strict=False)["warnings"])


def test_a_container_of_somebody_else_is_compared_and_not_touched(openvz, node):
    node.vzctl("create", "310", "--ostemplate", "debian-12-x86_64", "--ipadd", "198.51.100.1")
    before = node.conf_path(310).stat().st_ino
    route = "<interface type='route'><ip address='198.51.100.1'/></interface>"
    same = f"<domain type='openvz'><name>310</name><devices>{route}</devices></domain>"
    other = same.replace("100.1", "100.2")

    assert openvz.define(xml=same)["changes"] == {}
    with pytest.raises(CommandExecutionError, match="not managed by Salt and differs from the document in: addresses"):
        openvz.define(xml=other)
    assert node.conf_path(310).stat().st_ino == before
    assert set(openvz.define(xml=other, adopt=True)["changes"]) == {"managed", "addresses"}


def test_adopt_marks_and_changes_nothing_else(openvz, node):
    node.vzctl("create", "310", "--ostemplate", "debian-12-x86_64")
    before = node.conf_path(310).read_text()

    dry = openvz.adopt(310, test=True)
    assert node.conf_path(310).read_text() == before
    assert openvz.adopt(310) == announced(dry)

    assert node.conf_path(310).read_text() == before + "#SALT-OPENVZ: managed 310 hn1\n"
    assert openvz.adopt(310)["changes"] == {}


def test_another_uuid_is_another_container(openvz, web, web01):
    stranger = web01.replace("<name>web01</name>", "<name>101</name>").replace("f001", "f002")

    with pytest.raises(CommandExecutionError, match="belongs to another domain"):
        openvz.define(xml=stranger)


def test_a_new_name_is_set_alone_and_last(openvz, node, web, web01):
    node.forget_calls()
    renamed = web01.replace("web01", "www").replace("512", "256")

    result = openvz.define(xml=renamed)

    assert result["changes"]["name"] == {"old": "web01", "new": "www"}
    assert [argv[1:3] for argv in node.calls("set")] == [["101", "--ram"], ["101", "--name"]]
    assert openvz.state("www") == {"www": "stopped"}


def test_create_and_set_work_without_a_document(openvz, node):
    dry = openvz.create(310, ostemplate="debian-12-x86_64", hostname="h.example.org", test=True)
    assert node.conf(310) is None
    assert openvz.create("0310", ostemplate="debian-12-x86_64", hostname="h.example.org") == announced(dry)

    changes = openvz.set(310, cpus=2, onboot=True, nameserver=["192.0.2.1", "192.0.2.2"])["changes"]

    assert changes["CPUS"] == {"old": "", "new": "2"}
    assert changes["ONBOOT"]["new"] == "yes"
    assert changes["NAMESERVER"]["new"] == "192.0.2.1 192.0.2.2"
    assert node.conf(310)["HOSTNAME"] == "h.example.org"


def test_set_knows_vzctls_options_in_full_and_keeps_passwords_out_of_argv(openvz, node, web):
    for option in ("cpu", "frobnicate", "userpasswd"):
        with pytest.raises(CommandExecutionError, match=f"{option} is not an option here"):
            openvz.set(101, **{option: "x"})
    done = openvz.set(101, stop_timeout=10)
    assert (done["name"], done["changes"]["STOP_TIMEOUT"]["new"]) == ("web01", "10")


@pytest.mark.parametrize("ctid", [50, "xyz9", 2147483645])
def test_create_takes_a_ctid_of_a_new_container_only(openvz, node, ctid):
    with pytest.raises(CommandExecutionError, match="not a valid CTID|101"):
        openvz.create(ctid, ostemplate="debian-12-x86_64")
    assert node.calls("create") == []


def test_set_on_a_container_that_is_not_there_makes_no_stub(openvz, node):
    with pytest.raises(CommandExecutionError, match="there is no container 310"):
        openvz.set(310, cpus=2)
    assert node.conf(310) is None


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("start", "stopped", "running"),
        ("stop", "running", "stopped"),
        ("suspend", "running", "suspended"),
        ("resume", "suspended", "running"),
    ],
)
def test_power_goes_from_one_status_to_the_next_and_once_only(openvz, node, web, verb, before, after):
    for step in {"stopped": [], "running": ["start"], "suspended": ["start", "suspend"]}[before]:
        node.vzctl(step, 101)
    function = getattr(openvz, verb)

    dry = function("web01", test=True)
    assert openvz.status("web01") == before
    real = function("web01")

    assert real == announced(dry)
    assert real["changes"] == {"status": {"old": before, "new": after}}
    assert openvz.status("web01") == after
    assert function("web01")["changes"] == {}


def test_restart_restarts_and_starts_what_does_not_run(openvz, node, web):
    started, restarted = openvz.restart("web01"), openvz.restart("web01")

    assert started["changes"] == {"status": {"old": "stopped", "new": "running"}}
    assert restarted["changes"] == {"status": {"old": "running", "new": "restarted"}}
    assert (started["did"], restarted["did"]) == (["started"], ["restarted"])
    assert node.calls("restart") == [["restart", "101"]]


def test_a_disabled_container_is_never_forced(openvz, node, web):
    openvz.set("web01", disabled="yes")

    for test in (True, False):
        with pytest.raises(CommandExecutionError, match="disabled"):
            openvz.start("web01", test=test)


def test_only_what_runs_can_be_suspended_and_what_is_suspended_resumed(openvz, web):
    with pytest.raises(CommandExecutionError, match="only a running one"):
        openvz.suspend("web01")
    with pytest.raises(CommandExecutionError, match="only a suspended one"):
        openvz.resume("web01")


def test_destroy_deletes_and_returns_the_document(openvz, node, web):
    dry = openvz.destroy("web01", test=True)
    assert openvz.status("web01") == "stopped"
    real = openvz.destroy("web01")

    assert real == announced(dry)
    assert "<name>web01</name>" in real["xml"]
    assert openvz.status("web01") == "absent"
    assert (node.directory / "etc/vz/conf/101.conf.destroyed").exists()
    assert openvz.define(xml=real["xml"])["changes"]["container"] == {"old": None, "new": "created"}


@pytest.mark.parametrize("verbs", [["start"], ["start", "suspend"]])
def test_destroy_takes_a_running_or_suspended_container_only_by_force(openvz, node, web, verbs):
    for verb in verbs:
        node.vzctl(verb, 101)

    with pytest.raises(CommandExecutionError, match="only with force"):
        openvz.destroy("web01")
    openvz.destroy("web01", force=True)

    assert openvz.status("web01") == "absent"
    assert not (node.directory / "vz/dump/Dump.101").exists()


def test_exec_passes_the_argument_vector_as_it_is(openvz, node, web):
    with pytest.raises(CommandExecutionError, match="not running"):
        openvz.exec("web01", "true")
    node.vzctl("start", 101)

    said = openvz.exec("web01", "echo", "a  b", "$HOME", 7)

    assert said == {"retcode": 0, "stdout": "a  b $HOME 7\n", "stderr": ""}
    assert openvz.exec("web01", "cat", stdin="x")["stdout"] == "x"
    assert openvz.exec("web01", "/bin/sh", "-c", "exit 3")["retcode"] == 3
    assert [openvz.exec("web01", word)["retcode"] for word in (True, False, "false")] == [0, 1, 1]  # as YAML has them
    assert openvz.exec("web01", "rm", "/etc/passwd", test=True)["retcode"] is None
    assert openvz.exec("web01", "cat", "/etc/passwd")["retcode"] == 0


def test_a_run_over_many_containers_lists_the_node_once(loaders, node, state_files):
    documents = {n: f"<domain type='openvz'><name>{n}</name></domain>" for n in range(310, 315)}
    states = {f"c{n}": {"openvz.running": [{"xml": xml}]} for n, xml in documents.items()}
    (state_files / "many.sls").write_text(json.dumps(states))
    assert not [ret.comment for ret in loaders.modules.state.sls("many") if ret.result is not True]
    node.forget_calls()

    again = loaders.modules.state.sls("many")

    assert all(ret.result is True and not ret.changes for ret in again)
    assert len(node.calls(program="vzlist")) == 1
    assert node.calls() == node.calls("status") == []


def test_what_somebody_changes_between_two_states_of_a_run_is_seen(loaders, node, state_files, web01, openvz):
    openvz.define(xml=web01)
    by_hand = f"{node.options['vzctl']} set 101 --ram 1G --swap 1G --save"
    steps = {
        "first": {"openvz.defined": [{"xml": web01}]},
        by_hand: {"cmd.run": []},
        "second": {"openvz.defined": [{"xml": web01}]},
    }
    (state_files / "between.sls").write_text(json.dumps(steps))

    first, _, second = loaders.modules.state.sls("between")

    assert first.changes == {}
    assert fields(second)["web01"]["memory"] == {"old": "1 GiB", "new": "512 MiB"}
