"""Each failure ends in one clear sentence, result False, and nothing reported that did not happen."""

import json

import pytest
from families import BOTH, FOUR, SEVEN
from returns import fields
from salt.exceptions import CommandExecutionError, SaltInvocationError

DOCUMENT = """\
<domain type='openvz'>
  <name>310</name>
  <memory unit='MiB'>512</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='route'><ip address='198.51.100.1'/></interface>
  </devices>
</domain>
"""


@pytest.fixture
def changed(states, once):
    """A running container, and a document that asks for more."""

    def make():
        assert states.running("web", xml=DOCUMENT).result is True

    once("to be changed", make)
    return DOCUMENT.replace("512", "768")


def failed(ret, *words):
    """Assert that a return is one sentence of failure without changes."""
    assert ret.result is False
    assert ret.changes == {}
    assert "\n" not in ret.comment and "Traceback" not in ret.comment
    for word in words:
        assert word in ret.comment, ret.comment


@pytest.fixture
def with_options(loaders, state_files):
    """Apply a state with other ``openvz`` options, which come by pillar."""

    def apply(function, xml, **options):
        (state_files / "one.sls").write_text(json.dumps({"web": {function: [{"xml": xml}]}}))
        return next(iter(loaders.modules.state.sls("one", pillar={"openvz": options})))

    return apply


@BOTH
def test_a_locked_container(states, node, changed):
    lock = node.directory / "vz/lock/310.lck"
    lock.write_text("1\nsetting\n")  # process 1 lives

    ret = states.defined("web", xml=changed)

    failed(ret, "310.lck is held by process 1", "locked")
    assert node.memory(310) == 512
    lock.unlink()
    assert states.defined("web", xml=changed).result is True


@BOTH
def test_a_missing_template_is_warned_of_in_the_dry_run_and_leaves_nothing(states, node, family):
    document = DOCUMENT.replace("debian-12-x86_64", "slackware-3")

    dry = states.defined("web", xml=document, test=True)
    real = states.defined("web", xml=document)

    assert dry.result is None
    assert any("slackware-3 is not in the cache" in warning for warning in dry.full_return["warnings"])
    code = {FOUR: 91, SEVEN: 48}[family]
    failed(real, f"ended with code {code}", "slackware-3")
    assert node.conf(310) is None
    assert states.defined("web", xml=DOCUMENT).result is True


def test_an_unknown_network(states, node, loaders):
    interface = "<interface type='network'><source network='nosuch'/></interface>"
    document = DOCUMENT.replace("</devices>", interface + "</devices>")

    for test in (True, False):
        failed(states.defined("web", xml=document, test=test), "nosuch")
    assert node.calls("create") == []


@BOTH
def test_a_bridge_that_is_not_on_the_node(states, node):
    interface = "<interface type='bridge'><source bridge='br77'/></interface>"

    for test in (True, False):
        ret = states.defined("web", xml=DOCUMENT.replace("</devices>", interface + "</devices>"), test=test)
        failed(ret, "br77", "not on this node")
    assert node.calls("create") == []


@BOTH
def test_a_device_that_is_not_on_the_node(states, node):
    interface = "<interface type='network'><host class='network' dev='eth77'/></interface>"

    failed(states.defined("web", xml=DOCUMENT.replace("</devices>", interface + "</devices>")), "eth77")
    assert node.calls("create") == []


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (DOCUMENT.replace("</name>", ""), ["line"]),
        (DOCUMENT.replace("<memory unit='MiB'>", "<memory unit='MiB'>x"), ["line 3", "domain/memory"]),
        (DOCUMENT.replace("<devices>", "<devices><frobnicate/>"), ["line 4", "domain/devices/frobnicate"]),
        ("<!DOCTYPE domain [<!ENTITY a 'b'>]>" + DOCUMENT, ["DOCTYPE"]),
    ],
)
def test_a_bad_document_is_refused_with_its_place(states, node, document, words):
    for test in (True, False):
        failed(states.running("web", xml=document, test=test), *words)
    assert node.calls() == []


@BOTH
def test_a_full_disk_while_creating(states, node):
    node.fault("--command", "create", "--rc", "46", "--stderr", "No disk space left")

    ret = states.running("web", xml=DOCUMENT)

    failed(ret, "ended with code 46", "No disk space left")
    node.fault("--clear")
    assert states.running("web", xml=DOCUMENT).result is True


@BOTH
def test_a_failure_after_creation_reports_the_creation_and_no_more(states, node):
    larger = DOCUMENT.replace("512", "768")
    node.fault("--command", "set", "--rc", "46", "--stderr", "No disk space left")

    ret = states.running("web", xml=larger)

    assert ret.result is False
    assert set(fields(ret)["310"]) - {"uuid"} == {"container", "template", "addresses"}
    node.fault("--clear")
    again = states.running("web", xml=larger)
    assert again.result is True
    assert set(fields(again)["310"]) == {"memory", "status"}


@BOTH
def test_a_vzctl_that_hangs_is_killed_and_the_next_run_goes_on_from_there(states, node, changed, with_options):
    node.fault("--command", "set", "--hang", "3600", "--times", "1")

    ret = with_options("openvz.defined", changed, command_timeout=1)

    failed(ret, "did not finish within 1", "killed")
    assert fields(states.defined("web", xml=changed))["310"]["memory"]["new"] == "768 MiB"


@BOTH
def test_a_vzctl_that_is_not_there(with_options):
    ret = with_options("openvz.defined", DOCUMENT, vzctl="/nowhere/vzctl")

    failed(ret, "/nowhere/vzctl cannot be run", "openvz:vzctl")


def test_a_running_container_without_interface_must_be_stopped_for_its_first(states, node, changed):
    interface = "<interface type='bridge'><source bridge='br0'/></interface>"
    document = DOCUMENT.replace("</devices>", interface + "</devices>")

    failed(states.defined("web", xml=document), "310 is running", "no interface other than eth0")
    assert "NETIF" not in node.conf(310)
    states.stopped("310", fast=True)
    assert states.running("web", xml=document).result is True
    assert node.bridge("br0") == ["veth310.0"]


@BOTH
def test_a_create_whose_answer_got_lost_is_gone_on_with(states, node):
    node.fault("--command", "create", "--when", "after", "--rc", "139", "--stderr", "lost", "--times", "1")

    first = states.running("web", xml=DOCUMENT)
    second = states.running("web", xml=DOCUMENT)

    assert first.result is False
    assert fields(first)["310"]["container"] == {"old": None, "new": "created"}
    assert second.result is True, second.comment
    assert "#SALT-OPENVZ: managed 310 hn1" in node.conf_path(310).read_text()


@BOTH
def test_what_is_made_by_hand_where_a_creation_was_killed_is_not_taken_over(states, node, with_options):
    node.fault("--command", "create", "--hang", "3600", "--times", "1")
    with_options("openvz.defined", DOCUMENT, command_timeout=1)
    node.vzctl("create", "310", "--ostemplate", "debian-12-x86_64")

    failed(states.defined("web", xml=DOCUMENT), "not managed by Salt")


@BOTH
@pytest.mark.parametrize("state", ["absent", "stopped", "running", "defined"])
@pytest.mark.parametrize("name", ["web01", "310"])
def test_a_wrong_config_dir_does_not_prove_absence(loaders, state_files, node, changed, tmp_path, state, name):
    arguments = [{"name": name}] + ([{"xml": DOCUMENT}] if state == "defined" else [])
    (state_files / "one.sls").write_text(json.dumps({"label": {f"openvz.{state}": arguments}}))

    (tmp_path / "vz.conf").write_text((node.directory / "etc/vz/vz.conf").read_text())
    for place, word in ((tmp_path / "nowhere", "config_dir"), (tmp_path, "")):
        ret = next(iter(loaders.modules.state.sls("one", pillar={"openvz": {"config_dir": str(place)}})))
        failed(ret, word)
    assert node.calls() == []


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"first_ctid": "abc"}, "openvz:first_ctid must be a number from 101 to 2147483644, not text"),
        ({"first_ctid": 50}, "openvz:first_ctid must be a number from 101 to 2147483644"),
        ({"lock_timeout": "abc"}, "openvz:lock_timeout must be a number"),
        ({"protected": {"web01": True}}, "openvz:protected must be a list"),
        ({"protected": True}, "openvz:protected must be a list"),
        ({"networks": ["default"]}, "openvz:networks"),
        ({"lock_timeout": "nan"}, "openvz:lock_timeout must be a number"),
        ({"vzctl": 5}, "openvz:vzctl must be one line of text"),
        ({"vzlist": ["vzlist"]}, "openvz:vzlist must be one line of text"),
        ({"config_dir": "a\0b"}, "openvz:config_dir must be one line of text"),
        ({"sys_class_net": 5}, "openvz:sys_class_net must be one line of text"),
        ({"libvirt_uri": ["qemu:///system"]}, "openvz:libvirt_uri must be one line of text"),
    ],
)
def test_a_setting_of_the_wrong_kind_is_named(with_options, options, word):
    failed(with_options("openvz.defined", DOCUMENT, **options), word)


def test_a_template_that_cannot_be_rendered_is_one_sentence(states, state_files):
    (state_files / "bad.xml").write_text("{{ nope.foo.bar }}")

    failed(
        states.defined("web", source="salt://bad.xml", template="jinja"), "salt://bad.xml cannot be rendered", "nope"
    )
    failed(states.defined("web", source="salt://bad.xml", template="jinj"), "template must be one of", "jinja")


def test_a_vzlist_that_fails_does_not_prove_absence(states, node, changed):
    node.fault("--program", "vzlist", "--rc", "1", "--stderr", "cannot open /dev/vzctl")

    for state in (states.absent, states.stopped):
        failed(state("310"), "vzlist ended with code 1")
    assert node.calls("destroy") == []


@pytest.mark.parametrize("version", ["10.0.1", "7.0.179", "3.0.30"])
def test_a_vzctl_of_no_known_family_is_refused_in_one_sentence(with_options, tmp_path, version):
    other = tmp_path / "vzctl"
    other.write_text(f"#!/bin/sh\necho 'vzctl v.{version}'\n")
    other.chmod(0o755)

    ret = with_options("openvz.running", DOCUMENT, vzctl=str(other))

    failed(ret, f"vzctl v.{version}", "4.x")


def test_a_value_that_vzctl_takes_and_does_not_keep_is_a_failure(states, node, changed):
    conf = node.conf_path(310)
    conf.write_text(' CPUS="1"\n' + conf.read_text())
    document = changed.replace("<devices>", "<vcpu>2</vcpu><devices>")

    ret = states.defined("web", xml=document)

    assert ret.result is False
    assert "still differs in: vcpu" in ret.comment
    assert set(fields(ret)["310"]) == {"memory"}


@BOTH
def test_half_a_container_is_named_and_left_alone(states, node):
    stub = node.conf_path(310)
    stub.write_text('CPUS="2"\n')

    for state, arguments in ((states.defined, {"xml": DOCUMENT}), (states.absent, {})):
        failed(state("310", **arguments), str(stub))
    assert node.calls() == []


def test_what_was_applied_to_the_kernel_and_not_saved_is_said(states, node, changed):
    (node.directory / "etc/vz/conf/310.conf.tmp").mkdir()  # what vzctl writes and then renames

    ret = states.defined("web", xml=changed.replace("198.51.100.1", "198.51.100.2"))

    failed(ret, "ended with code 139", "applied to the running container but not saved: memory, addresses")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({}, "exactly one"),
        ({"xml": DOCUMENT, "pillar_key": "a"}, "exactly one"),
        ({"xml": {"<domain type='openvz'> <name>310</name> <devices>": None}}, "pillar_key= or source="),
        ({"xml": "  "}, "empty"),
        ({"xml": "**********"}, "mask"),
        ({"pillar_key": "no:such"}, "the pillar has nothing at the given path"),
        ({"source": "salt://no/such.xml"}, "is not on the master"),
    ],
)
def test_a_document_that_cannot_be_had_is_refused_with_the_remedy(openvz, arguments, word):
    with pytest.raises((SaltInvocationError, CommandExecutionError), match=word):
        openvz.define(**arguments)
