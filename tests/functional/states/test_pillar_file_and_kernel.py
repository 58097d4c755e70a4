"""Pillar, configuration file and running container, compared through Salt on a simulated node."""

import json
import subprocess

import pytest
import salt.payload
from families import BOTH
from salt.exceptions import CommandExecutionError
from vzdomain.host.kernel import addresses

DOCUMENT = """\
<domain type='openvz'>
  <name>web01</name>
  <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:ctid>310</openvz:ctid></metadata>
  <memory unit='MiB'>512</memory>
  <cputune><shares>1500</shares><period>100000</period><quota>30000</quota></cputune>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='route'><ip address='198.51.100.1'/><ip address='2001:db8::1'/></interface>
  </devices>
</domain>
"""
IN_SYNC = {"ctid": 310, "status": "in sync", "fields": {}}


@pytest.fixture
def pillar(loaders, monkeypatch):
    """Say what the pillar has under ``openvz:domains``."""
    ours = loaders.modules.pack["__pillar__"]["openvz"]
    return lambda **entries: monkeypatch.setitem(ours, "domains", entries)


@pytest.fixture
def web01(openvz, pillar, once):
    """A container of ours that runs and follows its document."""
    pillar(web01={"xml": DOCUMENT, "state": "running"})
    return once("three truths", lambda: (openvz.define(xml=DOCUMENT), openvz.start(310)))


@BOTH
def test_a_container_that_follows_its_document_is_in_sync(openvz, web01):
    assert openvz.drift() == {"web01": IN_SYNC}


def test_a_comparison_runs_one_vzlist_and_nothing_that_changes(openvz, web01):
    web01.vzctl("set", "310", "--numproc", "10:20")
    web01.vzctl("set", "310", "--onboot", "yes", "--save")
    web01.forget_calls()

    openvz.drift()

    assert len(web01.calls(program="vzlist")) == 1
    assert web01.calls() == []


@BOTH
def test_what_is_set_and_saved_by_hand_has_drifted(openvz, web01):
    web01.vzctl("set", "310", "--ram", "1G", "--save")

    found = openvz.drift()["web01"]

    field = {"status": "drifted", "pillar": "512 MiB", "file": "1 GiB", "running": "1 GiB"}
    assert found == {"ctid": 310, "status": "drifted", "fields": {"memory": field}}


@pytest.mark.parametrize(
    ("argv", "field", "file", "running"),
    [
        (["--ram", "1G"], "memory", "512 MiB", "1 GiB"),
        (["--swap", "2G"], "swap", "512 MiB", "2 GiB"),
        (["--cpuunits", "2000"], "cpuunits", 1500, 2000),
        (["--cpulimit", "50"], "cpulimit", "30 %", "50 %"),
        (["--ipadd", "198.51.100.2"], "addresses", ["198.51.100.1", "2001:db8::1"], None),
        (["--ipdel", "2001:db8::1"], "addresses", ["198.51.100.1", "2001:db8::1"], ["198.51.100.1"]),
    ],
)
def test_what_is_set_and_not_saved_is_unsaved_and_gone_after_a_restart(openvz, web01, argv, field, file, running):
    web01.vzctl("set", "310", *argv)

    found, _ = openvz.drift()["web01"], web01.vzctl("restart", "310")

    assert (found["status"], list(found["fields"])) == ("unsaved", [field])
    assert found["fields"][field]["status"] == "unsaved"
    assert found["fields"][field]["file"] == file
    assert running is None or found["fields"][field]["running"] == running
    assert openvz.drift() == {"web01": IN_SYNC}


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::7"])
def test_an_address_that_was_set_and_not_saved_is_saved_when_a_document_adds_it(openvz, states, web01, address):
    """vzctl alone would end with 78: the kernel has the address already."""
    web01.vzctl("set", "310", "--ipadd", address)
    wanted = DOCUMENT.replace("</interface>", f"<ip address='{address}'/></interface>")
    web01.forget_calls()

    planned = [step["argv"] for step in openvz.plan(xml=wanted)["steps"]]
    first, second = (states.running("web01", xml=wanted) for _ in range(2))

    argv = ["set", "310", "--ipdel", address, "--ipadd", address, "--save"]
    assert planned == web01.calls() == [argv]
    assert (first.result, second.result, second.changes) == (True, True, {})
    assert address in web01.conf(310)["IP_ADDRESS"]
    assert f"  {address}" in (web01.directory / "proc/vz/veinfo").read_text()


def test_what_the_kernel_has_of_addresses_is_read_only_where_some_are_added(openvz, web01, monkeypatch):
    read = []
    monkeypatch.setattr(addresses, "running", lambda proc_dir: read.append(proc_dir))
    wanted = DOCUMENT.replace("</interface>", "<ip address='198.51.100.7'/></interface>")

    assert [openvz.define(xml=xml)["changes"] and len(read) for xml in (DOCUMENT, wanted, wanted)] == [{}, 2, {}]
    assert len(read) == 2  # for the plan, and once more directly before it is done


@pytest.mark.parametrize("source", ["veinfo", "routes"])
def test_addresses_that_only_the_file_has_are_unsaved_though_vzlist_shows_them(openvz, web01, source):
    web01.vzctl("set", "310", "--ipdel", "all")
    if source == "routes":
        (web01.directory / "proc/vz/veinfo").unlink()

    found = openvz.drift()["web01"]

    assert (found["status"], list(found["fields"])) == ("unsaved", ["addresses"])
    assert found["fields"]["addresses"]["file"] == ["198.51.100.1", "2001:db8::1"]
    assert found["fields"]["addresses"]["running"] == []


def test_where_nothing_tells_of_the_addresses_they_are_not_known(openvz, web01):
    web01.vzctl("set", "310", "--ipdel", "all")
    (web01.directory / "proc/vz/veinfo").unlink()
    (web01.directory / "proc/net/route").unlink()

    found = openvz.drift()["web01"]

    assert (found["status"], found["fields"]["addresses"]["status"]) == ("not known", "not known")
    assert found["fields"]["addresses"]["running"] is None
    assert "vzlist shows those of the file where it has none" in found["notes"][-1]
    assert "not known" in openvz.drift(status="not_known")["web01"]["status"]


def test_an_address_that_the_kernel_took_although_nothing_was_saved_is_reported(openvz, web01):
    wanted = DOCUMENT.replace("</interface>", "<ip address='198.51.100.7'/></interface>")
    (web01.directory / "etc/vz/conf/310.conf.tmp").mkdir()  # where vzctl writes

    with pytest.raises(CommandExecutionError, match="applied to the running container but not saved: addresses"):
        openvz.define(xml=wanted)


BRIDGED = DOCUMENT.replace("<devices>", "<devices><interface type='bridge'><source bridge='br0'/></interface>")


@pytest.mark.parametrize("bridge", ["eth10", None])
@pytest.mark.parametrize(("document", "status"), [(BRIDGED, "drifted"), (DOCUMENT, "unsaved")])
def test_a_running_pair_that_is_not_in_its_bridge_is_not_in_sync(openvz, node, pillar, bridge, document, status):
    openvz.define(xml=BRIDGED)
    openvz.start(310)
    pillar(web01={"xml": document, "state": "running"})
    assert openvz.drift()["web01"] == IN_SYNC
    argv = [node.options["ip"], "link", "set", "dev", "veth310.0", *(["master", bridge] if bridge else ["nomaster"])]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)

    found = openvz.drift()["web01"]

    pillar_ = "br0" if status == "drifted" else None
    field = {"status": status, "pillar": pillar_, "file": "br0", "running": bridge}
    assert (found["status"], found["fields"]) == (status, {"bridge eth0": field})


def test_a_limit_that_only_the_running_container_lacks_is_unsaved(openvz, web01):
    web01.vzctl("set", "310", "--numproc", "100:200", "--save")
    web01.vzctl("set", "310", "--numproc", "300")

    found = openvz.drift()["web01"]

    field = {"status": "unsaved", "pillar": None, "file": "100:200", "running": "300"}
    assert found["fields"] == {"numproc": field}


def test_what_waits_for_a_restart_is_pending_until_then(openvz, web01, pillar):
    said = "<features><capabilities><net_admin state='on'/></capabilities></features>"
    wanted = DOCUMENT.replace("<devices>", said + "<devices>")
    pillar(web01=wanted)
    openvz.define(xml=wanted)

    found, _ = openvz.drift()["web01"], openvz.restart(310)

    assert (found["status"], list(found["fields"])) == ("pending restart", ["capabilities"])
    assert found["fields"]["capabilities"]["file"] == {"net_admin": "on"}
    assert openvz.drift() == {"web01": IN_SYNC}


@BOTH
def test_the_worst_field_is_the_containers_status(openvz, web01):
    web01.vzctl("set", "310", "--cpuunits", "2000")
    web01.vzctl("set", "310", "--ram", "1G", "--save")

    found = openvz.drift()["web01"]

    assert found["status"] == "drifted"
    assert {name: one["status"] for name, one in found["fields"].items()} == {
        "memory": "drifted",
        "cpuunits": "unsaved",
    }


@BOTH
def test_what_has_drifted_is_what_define_would_change(openvz, web01):
    web01.vzctl("set", "310", "--ram", "1G", "--cpulimit", "0", "--ipadd", "198.51.100.9", "--save")

    found, plan = openvz.drift()["web01"]["fields"], openvz.plan(xml=DOCUMENT)["changes"]

    assert {name: {"old": one["file"], "new": one["pillar"]} for name, one in found.items()} == plan


def test_a_container_that_salt_did_not_make_has_drifted_where_it_differs_and_a_note_says_whose_it_is(
    openvz, node, pillar
):
    pillar(web01=DOCUMENT, other="<domain type='openvz'><name>311</name><vcpu>2</vcpu></domain>")
    node.vzctl("create", "310", "--name", "web01", "--ostemplate", "debian-12-x86_64")
    node.vzctl("create", "311", "--ostemplate", "debian-12-x86_64")
    node.vzctl("set", "311", "--cpus", "2", "--save")

    found = openvz.drift()

    assert found["web01"]["status"] == "drifted"
    assert "managed" not in found["web01"]["fields"]
    assert found["web01"]["fields"]["memory"]["file"] == "256 MiB"
    assert "adopt: True" in found["web01"]["notes"][-1]
    assert found["other"] == {"ctid": 311, "status": "in sync", "fields": {}}


def test_a_container_that_the_pillar_would_adopt_is_not_yet_managed(openvz, node, pillar):
    pillar(web01={"xml": "<domain type='openvz'><name>310</name></domain>", "adopt": True})
    node.vzctl("create", "310", "--ostemplate", "debian-12-x86_64")

    found = openvz.drift()["web01"]

    assert found["fields"] == {"managed": {"status": "drifted", "pillar": True, "file": False, "running": None}}


def test_a_document_without_container_has_drifted(openvz, node, pillar):
    pillar(web01={"xml": DOCUMENT, "state": "running"}, db01="<domain type='openvz'><name>db01</name></domain>")

    found = openvz.drift()

    field = {"status": "drifted", "pillar": "defined", "file": None, "running": None}
    absent = {"ctid": None, "status": "drifted", "fields": {"container": field}}
    assert found == {"web01": absent, "db01": absent}


def test_a_container_that_could_not_be_made_is_an_error(openvz, web01, pillar):
    pillar(web01=DOCUMENT, twin=DOCUMENT.replace("web01", "web02").replace("310", "311"))

    found = openvz.drift()

    assert (found["web01"]["status"], found["twin"]["status"]) == ("in sync", "error")
    assert "198.51.100.1 belongs to container 310" in found["twin"]["error"]


@pytest.mark.parametrize(
    ("wanted", "verb", "status"),
    [
        ("running", "stop", "stopped"),
        ("running", "suspend", "suspended"),
        ("stopped", None, "running"),
        ("suspended", None, "running"),
    ],
)
def test_a_status_that_the_pillar_does_not_want_has_drifted(openvz, web01, pillar, wanted, verb, status):
    pillar(web01={"xml": DOCUMENT, "state": wanted})
    if verb:
        web01.vzctl(verb, "310")

    found = openvz.drift()["web01"]

    field = {"status": "drifted", "pillar": wanted, "file": None, "running": status}
    assert (found["status"], found["fields"]) == ("drifted", {"state": field})


@pytest.mark.parametrize("verb", ["stop", "suspend", "mount"])
def test_whatever_does_not_run_is_stopped_and_a_pillar_that_says_no_state_wants_none(openvz, web01, pillar, verb):
    web01.vzctl("suspend" if verb == "suspend" else "stop", "310")
    if verb == "mount":
        web01.vzctl("mount", "310")

    for wanted in ({"xml": DOCUMENT, "state": "stopped"}, {"state": "stopped", "name": "310"}, DOCUMENT):
        pillar(web01=wanted)
        assert openvz.drift() == {"web01": IN_SYNC}


def test_a_container_that_should_be_gone_has_drifted_while_it_is_there(openvz, web01, pillar):
    pillar(web01={"state": "absent"}, old={"state": "absent", "name": "666"})

    found = openvz.drift()

    field = {"status": "drifted", "pillar": "absent", "file": "defined", "running": "running"}
    refused = ["container 310 is running; it is destroyed only with force: True"]
    assert found["web01"] == {"ctid": 310, "status": "drifted", "fields": {"container": field}, "notes": refused}
    assert found["old"] == {"ctid": None, "status": "in sync", "fields": {}}


def test_a_container_that_no_entry_means_is_unmanaged_by_its_name(openvz, web01, pillar):
    web01.vzctl("create", "311", "--ostemplate", "debian-12-x86_64")
    web01.vzctl("set", "310", "--cpuunits", "2000")
    pillar(db01={"state": "running", "name": "311"})
    web01.vzctl("start", "311")

    found = openvz.drift()

    assert found["db01"]["status"] == "in sync"
    assert found["web01"]["status"] == "unmanaged"
    assert found["web01"]["fields"]["cpuunits"]["status"] == "unsaved"


def test_a_container_with_the_name_of_another_ones_label_is_listed_beside_it(openvz, web01, pillar):
    web01.vzctl("create", "311", "--ostemplate", "debian-12-x86_64")
    pillar(web01={"name": "311", "state": "stopped"})

    found = openvz.drift()

    assert {label: (one["ctid"], one["status"]) for label, one in found.items()} == {
        "web01": (311, "in sync"),
        "web01 (310)": (310, "unmanaged"),
    }


def test_an_entry_that_cannot_be_followed_is_an_error_and_hides_no_other(openvz, web01, pillar):
    pillar(web01=DOCUMENT, bad="<domain type='openvz'>", odd={"state": "asleep"}, gone={"state": "running"})

    found = openvz.drift()

    assert {label: one["status"] for label, one in found.items()} == {
        "web01": "in sync", "bad": "error", "odd": "error", "gone": "error",
    }  # fmt: skip
    assert "pillar openvz:domains:bad: " in found["bad"]["error"]
    assert "state must be one of" in found["odd"]["error"]
    assert "no container gone" in found["gone"]["error"]


def test_a_document_that_cannot_be_read_does_not_make_its_container_unmanaged(openvz, web01, pillar):
    pillar(web01=DOCUMENT + "<")

    found = openvz.drift()

    assert {label: (one["ctid"], one["status"]) for label, one in found.items()} == {"web01": (310, "error")}


@pytest.mark.parametrize("entries", [{}, {"web01": DOCUMENT}, {"web01": {"name": "310", "state": "stopped"}}])
def test_half_a_container_is_an_error(openvz, web01, pillar, entries):
    web01.vzctl("stop", "310")
    pillar(**entries)
    (web01.directory / "vz/private/310").rename(web01.directory / "elsewhere")

    found = openvz.drift()

    assert (found["web01"]["status"], found["web01"]["ctid"], len(found)) == ("error", 310, 1)
    assert "only in part" in found["web01"]["error"]


def test_a_change_that_would_be_refused_is_an_error(openvz, web01, pillar):
    pillar(web01=DOCUMENT, db01="<domain type='openvz'><name>310</name><uuid>{}</uuid></domain>".format("1" * 32))
    openvz.define(xml=DOCUMENT.replace("<memory", "<uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001</uuid><memory"))

    found = openvz.drift()

    assert (found["db01"]["status"], found["web01"]["status"]) == ("error", "in sync")
    assert "belongs to another domain" in found["db01"]["error"]


def test_a_node_that_cannot_be_asked_is_an_error_of_the_call(openvz, web01):
    web01.fault("--program", "vzlist", "--rc", "1", "--stderr", "cannot open /dev/vzctl")

    with pytest.raises(CommandExecutionError, match="vzlist ended with code 1"):
        openvz.drift()


def test_a_pillar_without_containers_is_an_error_of_the_call(openvz, web01):
    with pytest.raises(CommandExecutionError, match="the pillar has openvz, but not the rest of the given path"):
        openvz.drift("openvz:elsewhere")


def test_what_is_said_goes_through_json_and_msgpack(openvz, web01):
    web01.vzctl("set", "310", "--ram", "1G", "--features", "nfs:on", "--save")
    web01.vzctl("set", "310", "--ipadd", "198.51.100.2")

    said = openvz.drift()

    assert said["web01"]["fields"]["addresses"]["file"]
    assert json.loads(json.dumps(said)) == said
    assert salt.payload.loads(salt.payload.dumps(said)) == said


def test_a_value_that_vzctl_could_not_be_given_is_an_error_where_it_would_be_set(openvz, web01, pillar):
    pillar(web01=DOCUMENT.replace("<memory", '<description>say "hi"</description><memory'))

    found = openvz.drift()["web01"]

    assert found["status"] == "error"
    assert "description" in found["error"]


def test_lists_that_an_exact_entry_does_not_name_have_drifted(openvz, web01, pillar):
    document = "<domain type='openvz'><name>310</name></domain>"
    pillar(loose=document)
    loose = openvz.drift()
    pillar(exact={"xml": document, "exact": True})

    found = openvz.drift()

    assert loose["loose"] == IN_SYNC
    assert list(found["exact"]["fields"]) == ["addresses"]
    assert found["exact"]["fields"]["addresses"]["pillar"] == []


def test_an_unmanaged_container_with_another_uuid_is_an_error_though_it_could_be_adopted(openvz, node, pillar):
    pillar(web01="<domain type='openvz'><name>310</name><uuid>{}</uuid></domain>".format("1" * 32))
    node.vzctl("create", "310", "--ostemplate", "debian-12-x86_64")
    with node.conf_path(310).open("a") as stream:
        stream.write("#UUID: 5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001\n")

    found = openvz.drift()["web01"]

    assert (found["ctid"], found["status"]) == (310, "error")
    assert "belongs to another domain" in found["error"]


def test_of_a_bad_document_its_own_error_is_told_whatever_the_node_says_of_its_label(openvz, node, pillar):
    pillar(web01="<domain type='openvz'>")
    node.vzctl("create", "310", "--ostemplate", "debian-12-x86_64")
    with node.conf_path(310).open("a") as stream:
        stream.write('NAME="web01"\n')  # and no link

    found = openvz.drift()

    assert found["web01"]["error"].startswith("pillar openvz:domains:web01: ")
    assert (found["web01 (310)"]["ctid"], found["web01 (310)"]["status"]) == (310, "unmanaged")


def test_what_is_asked_for_is_shown_and_nothing_else(openvz, web01, pillar):
    pillar(web01={"xml": DOCUMENT, "state": "running"}, gone={"state": "absent"})
    web01.vzctl("create", "209", "--ostemplate", "debian-12-x86_64")

    assert list(openvz.drift(only="unmanaged,drifted")) == ["209"]
    assert list(openvz.drift(status="in_sync")) == ["web01", "gone"]
    assert list(openvz.drift(name="3*")) == ["web01"]
    assert openvz.drift(name="web*", all=True) == {"web01": {**IN_SYNC, "asked": True}}
    with pytest.raises(CommandExecutionError, match="only: clean is not a valid status; use one of: error, drifted"):
        openvz.drift(only="clean")
