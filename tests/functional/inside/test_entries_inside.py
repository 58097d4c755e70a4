"""Entries with `inside`: one run creates, starts, waits and applies states; real programs in simulated containers."""

import json

import pytest
from families import BOTH
from salt.exceptions import CommandExecutionError

pytestmark = pytest.mark.salt_api
SECRET = "correct horse battery staple"
DOCUMENT = """\
<domain type='openvz'>
  <name>{}</name>
  <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>
</domain>
"""
MOTD = """
/etc/motd:
  file.managed:
    - contents_pillar: word
/etc/role:
  file.managed:
    - contents: "{{ grains['role'] }} {{ grains['id'] }}"
"""
WAITING = {"command": "test -d /etc", "limit": 60}


def entry(name, word=SECRET, **said):
    inside = {"sls": ["web"], "pillar": {"word": word}, "grains": {"role": "web"}}
    return {"xml": DOCUMENT.format(name), "state": "running", "wait_for": WAITING, "inside": inside, **said}


@BOTH
def test_one_run_creates_starts_waits_and_applies_and_the_next_has_nothing_to_do(
    domains, states, openvz, node, salt_home, sls
):
    sls("web", MOTD)
    domains["web01"] = entry("web01", protected=True)

    dry = states.managed("containers", test=True)
    first = states.managed("containers")
    after = states.managed("containers", test=True)
    second = states.managed("containers")

    assert (dry.result, first.result, after.result, second.result) == (None, True, True, True), first.comment
    assert "+inside: web, after it has started" in dry.changes["web01"]
    assert "created and started and updated (2 of 2 states inside)" in first.comment
    assert (after.changes, second.changes) == ({}, {})
    assert node.inside("web01", "etc/motd").read_text() == f"{SECRET}\n"
    assert node.inside("web01", "etc/role").read_text() == "web web01\n"
    kept = [
        path for path in (salt_home / "cache").rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ]
    assert kept == []
    calls = node.directory / "calls.jsonl"
    assert SECRET not in calls.read_text() + json.dumps([ret.raw for ret in (dry, first)]) + json.dumps(
        openvz.history()
    )


def test_another_value_in_the_pillar_of_the_entry_is_exactly_one_state_of_the_dry_run(domains, openvz, node, sls):
    sls("web", MOTD)
    domains["web01"] = entry("web01")
    openvz.apply()
    domains["web01"] = entry("web01", "another secret")

    shown = openvz.plan()

    told = shown["containers"]["web01"]["inside"]
    assert told == {"what": "web", "states": 2, "changed": ["file.managed /etc/motd"]}
    assert node.inside("web01", "etc/motd").read_text() == f"{SECRET}\n"
    openvz.apply(plan_id=shown["plan_id"])
    assert node.inside("web01", "etc/motd").read_text() == "another secret\n"
    assert "another secret" not in json.dumps(shown)


def test_what_cannot_come_up_or_be_rendered_is_one_sentence_of_its_container(domains, openvz, node, sls):
    sls("web", MOTD)
    domains["web01"] = entry("web01", wait_for={"command": "exit 7", "limit": 1})
    domains["web02"] = entry("web02", inside={"sls": "web", "pillar": {"word": SECRET}})
    domains["web03"] = entry("web03")

    with pytest.raises(CommandExecutionError) as raised:
        openvz.apply()

    rows = raised.value.info["containers"]
    assert rows["web01"]["error"] == (
        "container web01 is not up after 1 seconds: /bin/sh ends with code 7; its states inside (web) were not applied"
    )
    assert "has no attribute 'role'" in rows["web02"]["error"]
    assert SECRET not in str(raised.value)
    assert "error" not in rows["web03"]
    assert node.inside("web03", "etc/motd").exists()
