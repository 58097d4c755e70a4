"""A vzctl and a vzlist that misbehave as real processes do, through Salt; then a good one. See tests/unit for more."""

import os
import re
import signal

import pytest

DOCUMENT = """\
<domain type='openvz'>
  <name>310</name>
  <vcpu>2</vcpu>
  <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>
</domain>
"""
WAYS = {
    "kills itself": "kill -9 $$",
    "kills itself when it has done it": '"$real" "$@"; kill -9 $$',
    "hangs": "exec sleep 600",
    "ends with a code and says nothing": "exit 21",
    "ends with a code and speaks on standard output": "echo 'Unable to do: hunter2'; exit 130",
    "speaks in no known writing": r"printf 'Unable \377\376 \033[31m' >&2; exit 7",
    "lies": "exit 0",
}


@pytest.fixture
def hostile(node):
    """``hostile(program, verb, way)``: the program of this node behaves in that way where it is given the verb."""
    made = []

    def make(program, verb, way):
        path = node.directory / "bin" / program
        real = path.with_name(f"real-{program}")
        path.rename(real)
        path.write_text(f'#!/bin/sh\nreal={real}\n[ "$1" = {verb} ] || exec "$real" "$@"\n{way}\n')
        path.chmod(0o755)
        made.append(lambda: real.rename(path))

    yield make, lambda: [undo() for undo in made]


@pytest.mark.parametrize("verb", ["create", "start"])
@pytest.mark.parametrize("way", WAYS)
def test_whatever_a_vzctl_does_is_one_sentence_and_the_next_run_makes_it_good(
    hostile, domains, written, pillar, node, verb, way
):
    make, undo = hostile
    make("vzctl", verb, WAYS[way])
    domains["310"] = {"xml": DOCUMENT, "state": "running"}
    pillar.put_setting(command_timeout=2)

    failed = written.managed("all")
    undo()
    mended, again = written.managed("all"), written.managed("all")

    pillar.drop_setting("command_timeout")
    assert failed.result is False
    assert len(failed.comment.splitlines()) == 2, "one line sums up, one tells of the container"
    assert not re.search("Traceback|defect|\x1b", failed.comment)
    assert bool(failed.changes) == (verb == "start" or way == "kills itself when it has done it")
    assert (mended.result, again.result, again.changes) == (True, True, {}), (mended.comment, again.comment)
    assert "running" in node.status(310)


def test_a_vzctl_whose_child_keeps_its_output_open_has_done_its_work(hostile, domains, written, node):
    make, undo = hostile
    child = node.directory / "child"
    make("vzctl", "start", f'"$real" "$@"; code=$?; sleep 600 & echo $! > {child}; exit $code')
    domains["310"] = {"xml": DOCUMENT, "state": "running"}

    ret = written.managed("all")

    os.kill(int(child.read_text()), signal.SIGKILL)
    undo()
    assert (ret.result, "running" in node.status(310)) == (True, True), ret.comment


def test_a_vzlist_that_hangs_is_asked_once_and_fails_every_entry_with_one_sentence(
    hostile, domains, written, pillar, node
):
    make, _ = hostile
    asked = node.directory / "asked"
    make("vzlist", "-a", f"echo asked >> {asked}; exec sleep 600")
    domains.update({name: f"<domain type='openvz'><name>{name}</name></domain>" for name in ("310", "311", "312")})
    for ctid in (310, 311, 312):
        node.vzctl("create", ctid, "--ostemplate", "debian-12-x86_64")
    pillar.put_setting(command_timeout=1)

    ret = written.managed("all")

    pillar.drop_setting("command_timeout")
    assert (ret.result, ret.changes) == (False, {})
    assert ret.comment.count("did not finish within 1") == 3
    assert asked.read_text() == "asked\n"
