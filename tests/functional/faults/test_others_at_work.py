"""What others do to the same node: colleagues with vzctl, other programs, other runs of Salt, odd files."""

import json
import multiprocessing

import pytest
import salt.payload
from families import BOTH
from returns import fields
from salt.exceptions import CommandExecutionError
from vzdomain.execution.journal import Journal

UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"
RUNNING = """\
<domain type='openvz'>
  <name>310</name>
  <vcpu>{vcpu}</vcpu>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='route'><ip address='{address}'/></interface>
    {more}
  </devices>
</domain>
"""
BRIDGED = "<interface type='bridge'><source bridge='br0'/><target dev='{target}'/><guest dev='eth0'/></interface>"


def document(vcpu=1, address="198.51.100.1", more=""):
    return RUNNING.format(vcpu=vcpu, address=address, more=more)


@pytest.fixture
def many(loaders, state_files):
    """Run states that follow one another: ``many(("openvz.running", {...}), ...)``."""

    def run(*steps):
        (state_files / "many.sls").write_text(
            json.dumps({f"step {n}": {function: [arguments]} for n, (function, arguments) in enumerate(steps)})
        )
        return list(loaders.modules.state.sls("many"))

    return run


def test_a_run_that_changes_containers_lists_the_node_once_anyway(many, node):
    documents = [f"<domain type='openvz'><name>{n}</name></domain>" for n in range(310, 313)]

    made = many(*(("openvz.running", {"xml": xml}) for xml in documents))

    assert all(ret.result is True for ret in made)
    assert len(node.calls(program="vzlist")) == 1


@BOTH
@pytest.mark.parametrize(("verb", "function"), [("stop", "openvz.running"), ("start", "openvz.stopped")])
def test_a_status_that_somebody_changes_between_two_states_is_seen(many, openvz, node, verb, function):
    openvz.define(xml=document())
    first = {"openvz.running": "start", "openvz.stopped": "stop"}[function]
    if first == "start":
        openvz.start(310)
    by_hand = f"{node.options['vzctl']} {verb} 310" + (" --fast" if verb == "stop" else "")

    before, _, after = many((function, {"name": "310"}), ("cmd.run", {"name": by_hand}), (function, {"name": "310"}))

    assert before.changes == {}
    assert set(fields(after)["310"]) == {"status"}


def test_what_the_kernel_took_and_the_file_did_not_is_said(states, node):
    states.running("web", xml=document())
    node.fault("--command", "set", "--rc", "139", "--stderr", "cannot save", "--times", "1")

    ret = states.running("web", xml=document(vcpu=2, address="198.51.100.9"))

    assert "not saved" not in ret.comment  # nothing ran
    node.vzctl("set", "310", "--ipadd", "198.51.100.9", "--ipdel", "198.51.100.1")
    node.fault("--command", "set", "--rc", "139", "--stderr", "cannot save", "--times", "1")
    ret = states.running("web", xml=document(vcpu=2, address="198.51.100.9"))
    assert ret.comment.endswith("applied to the running container but not saved: addresses")


def test_a_set_that_was_saved_and_whose_answer_got_lost_is_not_called_unsaved(states, node):
    states.running("web", xml=document())
    node.fault("--command", "set", "--rc", "139", "--when", "after", "--stderr", "lost", "--times", "1")

    ret = states.running("web", xml=document(vcpu=2))

    assert ret.result is False
    assert "not saved" not in ret.comment


def test_a_running_container_keeps_its_only_interface_rather_than_losing_it(states, node):
    assert states.running("web", xml=document(more=BRIDGED.format(target="vA"))).result is True
    before = node.conf(310)["NETIF"]
    unbridged = document(more="<interface type='ethernet'><guest dev='eth0'/></interface>")

    for test in (True, False):
        ret = states.running("web", xml=unbridged, test=test)
        assert ret.result is False
        assert "stop it first" in ret.comment
    assert node.conf(310)["NETIF"] == before
    assert node.bridge("br0") == ["vA"]


def test_the_nodes_end_of_a_veth_is_renamed_only_while_the_container_is_stopped(states, node):
    states.running("web", xml=document(more=BRIDGED.format(target="vA")))

    for test in (True, False):
        assert (
            "only while it is stopped"
            in states.running("web", xml=document(more=BRIDGED.format(target="vB")), test=test).comment
        )
    assert node.bridge("br0") == ["vA"]
    states.stopped("310", fast=True)
    assert states.running("web", xml=document(more=BRIDGED.format(target="vB"))).result is True
    assert node.bridge("br0") == ["vB"]


@pytest.mark.parametrize(
    ("device", "why"), [("eth10", "eth10 is a bridge"), ("eth1", "the device name eth1 on the node")]
)
def test_a_device_that_the_node_has_is_not_taken_over(states, node, device, why):
    ret = states.defined("web", xml=document(more=BRIDGED.format(target=device)))

    assert ret.result is False
    assert why in ret.comment
    assert node.conf(310) is None


@BOTH
def test_bytes_that_are_not_utf8_go_through_salt(openvz, states, node):
    openvz.define(xml=document())
    path = node.conf_path(310)
    path.write_bytes(path.read_bytes() + b'DESCRIPTION="caf\xe9"\n')
    described = document().replace("<vcpu>", "<description>café</description><vcpu>")

    for answer in (openvz.info(310), openvz.diff(xml=described), openvz.set(310, description="plain")):
        assert salt.payload.dumps(answer)
    assert openvz.define(xml=described)["changes"]["description"] == {"old": "plain", "new": "café"}


@BOTH
@pytest.mark.parametrize("spelling", [UUID, UUID.upper(), UUID.replace("-", "")])
def test_a_uuid_is_known_in_every_spelling(openvz, states, web01, spelling):
    openvz.define(xml=web01)

    assert openvz.status(spelling) == "stopped"
    assert openvz.state(spelling) == {"web01": "stopped"}


@BOTH
@pytest.mark.parametrize("name", ["a\0b", "9" * 5000, "../101", "", "0"])
def test_a_name_that_can_be_none_is_absent_in_one_sentence(openvz, name):
    assert openvz.status(name) == "absent"
    with pytest.raises(CommandExecutionError, match="there is no container"):
        openvz.start(name)


def test_a_lost_name_link_makes_no_twin(openvz, states, node, web01):
    openvz.define(xml=web01.replace("<uuid>" + UUID + "</uuid>", ""))
    (node.directory / "etc/vz/names/web01").unlink()

    for ret in (states.defined("web", xml=web01), states.absent("web01")):
        assert ret.result is False
        assert "vzctl set 101 --name web01 --save fixes it" in ret.comment
    node.vzctl("set", "101", "--name", "web01", "--save")
    assert states.defined("web", xml=web01).result is True


def test_a_link_to_somebody_elses_container_is_an_error_in_the_dry_run_too(states, node, web01):
    node.vzctl("create", "150", "--ostemplate", "debian-12-x86_64")
    (node.directory / "etc/vz/names/web01").symlink_to(node.conf_path(150))

    for test in (True, False):
        assert "points to container 150" in states.defined("web", xml=web01, test=test).comment
    assert len(node.calls("create")) == 1


def test_a_creation_that_never_began_claims_nothing_that_somebody_else_makes(states, loaders, node, web01):
    """The note of a minion that was killed says web01 for 101; a colleague makes payroll there."""
    notes = loaders.opts["cachedir"] + "/openvz"
    states.defined("first", xml=web01)
    states.absent("web01")
    Journal(notes).begin("101", "web01")
    node.vzctl("create", "101", "--ostemplate", "debian-12-x86_64", "--name", "payroll")

    ret = states.defined("web", xml=web01)

    assert ret.result is False
    assert node.conf(101)["NAME"] == "payroll"
    assert "SALT" not in node.conf_path(101).read_text()


@BOTH
def test_processes_that_define_the_same_container_at_once_all_succeed(openvz, node, web01):
    fork = multiprocessing.get_context("fork")
    results = fork.SimpleQueue()
    processes = [fork.Process(target=_define, args=(openvz, web01, results)) for _ in range(4)]

    for process in processes:
        process.start()
    for process in processes:
        process.join()

    got = [results.get() for _ in processes if not results.empty()]
    assert [str(result["ctid"]) for result in got] == [node.ctid("web01")] * 4
    assert sum("container" in result["changes"] for result in got) == 1
    assert openvz.list_domains() == ["web01"]


def _define(openvz, xml, results):
    results.put(openvz.define(xml=xml))


@BOTH
def test_two_documents_for_one_container_are_warned_of(many, node):
    one, two = many(("openvz.defined", {"xml": document(vcpu=1)}), ("openvz.defined", {"xml": document(vcpu=2)}))

    assert "warnings" not in one.full_return
    assert "another document of this run" in two.full_return["warnings"][0]


TITLED = document().replace("<vcpu>", "<title>café</title><vcpu>")


@pytest.mark.parametrize("template", [None, "jinja"])
@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "windows-1252"])
def test_a_source_is_read_in_the_encoding_that_it_declares(states, state_files, openvz, encoding, template):
    text = f"\n<?xml version='1.0' encoding='{encoding}'?>\n{TITLED}"
    (state_files / "web.xml").write_bytes(text.encode(encoding))

    assert states.defined("web", source="salt://web.xml", template=template).result is True
    assert openvz.info(310)["310"]["title"] == "café"


@pytest.mark.parametrize("template", [None, "jinja"])
def test_a_source_that_is_not_in_its_encoding_is_one_sentence(states, state_files, template):
    (state_files / "web.xml").write_bytes(TITLED.encode("latin-1"))

    comment = states.defined("web", source="salt://web.xml", template=template).comment

    assert comment.startswith("salt://web.xml cannot be read: byte ") and "declare its encoding" in comment
    assert "Traceback" not in comment


def test_blanks_that_a_template_leaves_before_the_declaration_mean_nothing(states, state_files, openvz):
    declared = "<?xml version='1.0' encoding='utf-8'?>\n"
    (state_files / "web.xml").write_text("{% set n = 310 %}\n" + declared + document().replace("310", "{{ n }}"))

    assert states.defined("web", source="salt://web.xml", template="jinja").result is True
    assert openvz.plan(xml=f"\n \t{declared}{document()}")["changes"] == {}


def test_a_file_of_the_minion_is_read_in_its_encoding_too(openvz, tmp_path):
    path = tmp_path / "web.xml"
    path.write_bytes(f"<?xml version='1.0' encoding='iso-8859-1'?>{TITLED}".encode("iso-8859-1"))

    openvz.define_xml_path(str(path))

    assert openvz.info(310)["310"]["title"] == "café"


@BOTH
def test_set_refuses_what_vzctl_would_not_read_back(openvz, node):
    openvz.define(xml=document())

    for value in ("a\nb", 'say "hi"', "back\\slash"):
        with pytest.raises(CommandExecutionError, match="cannot be stored in vzctl's configuration file"):
            openvz.set(310, description=value)
    assert node.calls("set")[-1][2] != "--description"
