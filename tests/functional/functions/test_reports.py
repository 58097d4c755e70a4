"""What a run says it did, would do, and could not do: for people, for the caller's exit code, and of nobody else."""

import os
import socket
import threading
import time
from types import SimpleNamespace

import pytest
import salt.fileclient
from salt.exceptions import CommandExecutionError
from simnode import announced
from vzdomain.host.kernel import processes

NS = "xmlns:openvz='https://openvz.org/schemas/domain/salt/1'"
DOCUMENT = """\
<domain type='openvz'>
  <name>{name}</name>
  {inner}
  <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>
</domain>
"""


def document(name, inner="<memory unit='MiB'>256</memory>"):
    return DOCUMENT.format(name=name, inner=inner)


def disabled(word):
    return f"<metadata {NS}><openvz:disabled>{word}</openvz:disabled></metadata>"


@pytest.fixture
def web(openvz, node):
    """Container 310, stopped, ours."""
    openvz.define(xml=document(310))
    node.forget_calls()
    return node


# power over what the document makes of a container


def test_a_state_that_its_document_forbids_is_refused_before_anything_is_made(states, node):
    dry = states.running("web", xml=document(310, disabled("yes")), test=True)
    real = states.running("web", xml=document(310, disabled("yes")))

    assert (dry.result, real.result) == (False, False)
    assert dry.comment == real.comment
    assert "310 should be running, but its document disables it" in real.comment
    assert (real.changes, node.calls(), node.conf(310)) == ({}, [], None)


def test_a_disabled_container_runs_once_its_document_enables_it(openvz, states, web):
    openvz.set(310, disabled="yes")
    wanted = document(310, disabled("no"))

    dry, real = states.running("web", xml=wanted, test=True), states.running("web", xml=wanted)

    assert (dry.result, real.result, dry.changes == real.changes) == (None, True, True)
    assert openvz.status(310) == "running"


def test_what_the_document_leaves_disabled_is_not_changed_and_then_refused(openvz, states, web):
    openvz.set(310, disabled="yes")
    wanted = document(310, "<memory unit='MiB'>512</memory>")

    for test in (True, False):
        ret = states.running("web", xml=wanted, test=test)
        assert (ret.result, ret.changes) == (False, {})
        assert "container 310 is disabled" in ret.comment


# whose changes, and under which name


@pytest.mark.parametrize("entry", [{"xml": document(310), "state": "running"}, {"name": "310", "state": "running"}])
def test_changes_stand_under_the_name_that_the_pillar_has_in_both_runs(domains, written, web, entry):
    web.vzctl("set", 310, "--name", "x0", "--save")
    domains["web"] = entry

    dry, real = written.managed("all", test=True), written.managed("all")

    assert real.result is True, real.comment
    assert list(dry.changes) == list(real.changes) == ["310"]
    assert dry.changes == real.changes
    said = [ret.comment.splitlines()[-1] for ret in (dry, real)]
    assert said[1] == said[0].replace("would be", "was")


def test_a_failure_stands_under_the_name_that_the_state_has(states, web):
    web.vzctl("set", 310, "--name", "x0", "--save")
    web.fault("--command", "start", "--rc", "7")

    ret = states.running("310", xml=document(310, "<vcpu>2</vcpu>"))

    assert (ret.result, list(ret.changes)) == (False, ["310"])


def test_set_reports_its_own_keys_and_not_those_that_changed_while_it_waited(openvz, web, monkeypatch):
    lock = web.directory / "vz/lock/310.lck"
    lock.write_text(f"{os.getpid()}\n")

    def release(_):  # instead of waiting
        web.conf_path(310).write_text('NUMFILE="7:7"\nNUMPROC="9:9"\n' + web.conf_path(310).read_text())
        lock.unlink(missing_ok=True)

    clock = SimpleNamespace(sleep=release, monotonic=time.monotonic, time=time.time)
    monkeypatch.setattr(processes, "time", clock)
    result = openvz.set(310, numproc="100:100")

    assert result["changes"] == {"NUMPROC": {"old": "9:9", "new": "100"}}


# what a dry run of a function says of itself


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda openvz, **how: openvz.start(310, **how), "310 would be started"),
        (lambda openvz, **how: openvz.destroy(310, **how), "310 would be destroyed"),
        (lambda openvz, **how: openvz.set(310, cpus=2, **how), "would be run: vzctl set 310 --cpus 2 --save"),
        (lambda openvz, **how: openvz.create(311, hostname="h", **how), "311 would be created"),
        (lambda openvz, **how: openvz.define(xml=document(310, "<vcpu>2</vcpu>"), **how), "would be updated (vcpu)"),
        (lambda openvz, **how: openvz.stop(310, **how), "310 would be left as it is"),
    ],
)
def test_a_dry_run_says_that_it_is_none(openvz, web, call, words):
    before = web.conf_path(310).read_text()
    dry = call(openvz, test=True)

    assert words in dry["comment"]
    assert announced(dry)["ctid"] in (310, 311)
    assert (web.conf_path(310).read_text(), web.calls()) == (before, [])
    real = call(openvz)
    assert not real.keys() & {"test", "comment"}


def test_a_dry_run_over_all_says_so(openvz, domains, web):
    domains["310"] = document(310, "<vcpu>2</vcpu>")

    assert openvz.apply(test=True)["test"] is True
    assert openvz.purge(test=True)["test"] is True
    assert "test" not in openvz.apply()


# the job's return code


def test_the_code_of_a_command_is_that_of_the_job(openvz, loaders, web):
    web.vzctl("start", 310)
    context = loaders.context

    assert openvz.exec(310, "/bin/sh", "-c", "exit 3")["retcode"] == 3
    assert context.pop("retcode") == 3
    assert openvz.exec(310, "cat", "/etc/hostname")["retcode"] == 0
    assert context.get("retcode", 0) == 0


def test_a_report_with_an_error_in_it_is_a_failed_job(openvz, domains, loaders, web):
    context = loaders.context
    domains["310"] = document(310)
    context.pop("retcode", None)
    openvz.plan()
    openvz.drift()
    assert context.get("retcode", 0) == 0

    domains["bad"] = "<domain"
    for report in (lambda: openvz.plan()["containers"], openvz.drift):
        assert "error" in report()["bad"]
        assert context.pop("retcode") == 1


# a fault of one entry is that entry's


@pytest.fixture
def refusing():
    """A port that nobody listens to."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


def test_a_source_that_cannot_be_had_is_the_fault_of_its_entry(domains, written, refusing, web):
    domains["bad"] = {"source": f"http://ask:hunter2@127.0.0.1:{refusing}/web.xml"}
    domains["310"] = document(310, "<vcpu>2</vcpu>")

    ret = written.managed("all")

    assert ret.result is False
    assert "cannot be fetched" in ret.comment
    assert "hunter2" not in ret.comment
    assert list(ret.changes) == ["310"]
    assert written.purged("rest").result is False, "the pillar cannot be evaluated"


def test_whatever_a_fetch_raises_is_one_sentence(openvz, domains, web, monkeypatch, caplog):
    domains["bad"] = {"source": "salt://web.xml"}
    domains["310"] = document(310, "<vcpu>2</vcpu>")

    def fetch(*_, **__):
        raise KeyError("hunter2")

    monkeypatch.setattr(salt.fileclient.Client, "cache_file", fetch)
    with pytest.raises(CommandExecutionError) as caught:
        openvz.apply()

    assert "this is a bug in the openvz extension; see the traceback in the minion's log" in str(caught.value)
    assert not {"hunter2", "KeyError"} & set(str(caught.value).replace("'", " ").split())
    assert "Traceback" in caplog.text
    assert caught.value.info["containers"]["310"]["changes"].keys() == {"vcpu"}


def test_a_minion_that_can_start_no_thread_follows_anyway(domains, written, node, monkeypatch):
    def start(_):
        raise RuntimeError("can't start new thread")

    domains.update({str(ctid): document(ctid) for ctid in (310, 311)})
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        ret = written.managed("all")

    assert ret.result is True, ret.comment
    assert sorted(ret.changes) == ["310", "311"]


def test_a_label_that_is_there_as_number_and_as_text_is_refused(openvz, domains, node):
    domains.update({310: document(310), "310": document(310)})

    with pytest.raises(CommandExecutionError, match="has 310 twice, as a number and as text"):
        openvz.apply()
