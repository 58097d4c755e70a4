"""`openvz.history`: what Salt did to a container, when, how it ended, in which job, by whom."""

import os

import interrupting
import pytest
import salt.output
import salt.payload
from salt.exceptions import CommandExecutionError, SaltInvocationError

DOCUMENT = """\
<domain type='openvz'>
  <name>web01</name>
  <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001</uuid>
  <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:ctid>310</openvz:ctid></metadata>
  <memory unit='MiB'>{memory}</memory>
  <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>
</domain>
"""


@pytest.fixture
def web01(openvz, node):
    """A container of ours that runs."""
    openvz.define(xml=DOCUMENT.format(memory=512))
    openvz.start(310)
    return node


@pytest.fixture
def job(minion_opts):
    """Salt's note of the job that this process is."""
    place = f"{minion_opts['cachedir']}/proc"
    os.makedirs(place, exist_ok=True)

    def begin(**said):
        with open(f"{place}/20261127214000123456", "wb") as stream:
            stream.write(salt.payload.dumps({"pid": os.getpid(), "jid": "20261127214000123456", **said}))

    yield begin
    os.unlink(f"{place}/20261127214000123456")


def told(openvz, *names, **how):
    return [(one["name"], *one["did"], one["result"]) for one in openvz.history(*names, **how)["history"]]


def test_whatever_salt_does_to_a_container_is_in_its_history_until_after_its_end(openvz, web01, loaders, password_hash):
    openvz.set(310, cpus=2)
    openvz.define(xml=DOCUMENT.format(memory=768))
    openvz.set_password(310, "root", "openvz:passwords:web01")
    openvz.exec(310, "true")
    openvz.destroy("web01", force=True)

    told_by = [told(openvz, name) for name in (310, "310", "web01")]

    assert told_by[0] == told_by[1] == told_by[2] == told(openvz)
    assert told_by[0] == [
        ("web01", "destroyed", "done"),
        ("web01", "stopped", "done"),
        ("web01", "updated (password of root)", "done"),
        ("web01", "updated (memory)", "done"),
        ("web01", "updated (CPUS)", "done"),
        ("web01", "started", "done"),
        ("web01", "updated (memory)", "done"),
        ("web01", "updated (uuid)", "done"),
        ("web01", "created", "done"),
    ]


def test_a_dry_run_and_a_run_without_changes_are_not_in_it(openvz, web01):
    before = openvz.history()

    openvz.define(xml=DOCUMENT.format(memory=1024), test=True)
    openvz.define(xml=DOCUMENT.format(memory=512))
    openvz.start(310)

    assert openvz.history() == before


def test_a_row_has_the_command_the_changes_and_the_error_as_data(openvz, web01, job):
    job(fun="state.apply", user="sudo_alice")
    web01.fault("--command", "set", "--rc", "46", "--stderr", "No disk space left", "--times", "1")
    with pytest.raises(CommandExecutionError, match="No disk space left"):
        openvz.define(xml=DOCUMENT.format(memory=768))

    (row,) = openvz.history(310, limit=1)["history"]

    assert row.pop("time").endswith("Z")
    assert "No disk space left" in row.pop("error")
    assert row == {
        "ctid": 310,
        "name": "web01",
        "did": ["updated (memory)"],
        "changes": {"memory": {"old": "512 MiB", "new": "768 MiB"}},
        "command": ["vzctl", "set", "310", "--ram", "786432K", "--swap", "524288K", "--save"],
        "result": "failed",
        "jid": "20261127214000123456",
        "fun": "state.apply",
        "user": "sudo_alice",
    }


@pytest.mark.parametrize(
    ("said", "user"),
    [({"user": "root"}, "root"), ({"schedule": "nightly"}, "schedule nightly"), ({"tgt": "salt-call"}, "sudo_bob")],
)
def test_who_it_was_is_the_publisher_the_schedule_or_who_called_salt_call(openvz, web01, job, monkeypatch, said, user):
    monkeypatch.setenv("SUDO_USER", "bob")
    job(fun="openvz.stop", **said)
    openvz.stop(310)

    assert openvz.history(limit=1)["history"][0]["user"] == user


def test_a_run_that_was_killed_is_cut_off_and_the_next_one_stands_above_it(openvz, web01):
    interrupting.install_vzctl(web01)
    assert interrupting.kill_while_vzctl(web01, "set", 3, "both", openvz.define, DOCUMENT.format(memory=768))
    at_once = told(openvz, limit=1)

    openvz.define(xml=DOCUMENT.format(memory=768))

    assert at_once == [("web01", "updated (memory)", "cut off")]
    done, (_, cleaned, _), cut_off = told(openvz, limit=3)
    assert (done, cut_off) == (("web01", "updated (memory)", "done"), *at_once)
    assert cleaned.startswith("removed the lock of dead process ")


def test_what_a_killed_deletion_left_is_removed_in_the_history_too(openvz, web01):
    openvz.stop(310)
    interrupting.install_vzctl(web01)
    number, found = 0, []
    while not found:
        number += 1
        assert interrupting.kill_while_vzctl(web01, "destroy", number, "both", openvz.destroy, "web01"), "never half"
        openvz.destroy("web01", missing=True)
        found = [one for one in told(openvz, "web01") if one[1] == "removed what was left of it"]
        if not found:
            openvz.define(xml=DOCUMENT.format(memory=512))

    assert told(openvz, "web01", limit=3)[-1] == ("web01", "destroyed", "cut off")


def test_a_container_that_nobody_knows_is_an_error_and_one_without_a_history_is_not(openvz, web01):
    web01.vzctl("create", "209", "--ostemplate", "debian-12-x86_64")

    assert openvz.history(209)["history"] == []
    with pytest.raises(
        CommandExecutionError, match="there is no container web9 on this node, and the history has none"
    ):
        openvz.history("web9")


def test_nothing_since_then_is_an_answer(openvz, web01):
    assert openvz.history(since="2100-01-01")["history"] == []
    assert openvz.history("310", since="2100-01-01")["history"] == []
    openvz.destroy(310, force=True)
    assert openvz.history("web01", since="2100-01-01")["history"] == []


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": "many"}, {"since": "yesterday"}, {"since": 20260301}])
def test_a_limit_or_a_time_that_is_none_is_an_error_of_the_call(openvz, wrong):
    with pytest.raises(SaltInvocationError, match=f"{next(iter(wrong))} must be"):
        openvz.history(**wrong)


def test_it_is_kept_for_as_long_as_the_setting_says(openvz, node, pillar):
    pillar.put_setting(history_days=0)
    openvz.define(xml=DOCUMENT.format(memory=512))

    assert openvz.history() == {"history": [], "begins": None}


def test_it_is_shown_in_eighty_columns(openvz, web01, minion_opts):
    openvz.define(xml=DOCUMENT.format(memory=768))

    shown = salt.output.out_format({"hn1": openvz.history(310)}, "openvz", {**minion_opts, "color": False})

    assert max(map(len, shown.splitlines())) <= 80
    assert (
        " UTC web01 (CTID 310): updated (memory)\n        vzctl set 310 --ram 786432K --swap 524288K --save\n" in shown
    )
    assert "        -memory: 512 MiB\n        +memory: 768 MiB\n" in shown
