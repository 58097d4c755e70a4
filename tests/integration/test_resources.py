"""Containers as targets of a real master: the resource type, by sync, on the first Salt that has such types."""

import json
import time

import pytest
import salt.version
from simnode import SimNode

pytestmark = pytest.mark.integration

MINION = "res1"
ALL = "-C", "T@openvz"
DOCUMENT = """\
<domain type='openvz'>
  <name>{name}</name>
  <memory unit='MiB'>512</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='ethernet'><ip address='198.51.100.{last}'/></interface>
  </devices>
</domain>
"""
PILLAR = {
    "resources": {"openvz": {"running": True, "only": ["web*"]}},
    "openvz": {
        "domains": {
            "web-a": {
                "xml": DOCUMENT.format(name="shop", last=71),
                "state": "running",
                "inside": {"sls": ["page"], "pillar": {"title": "from the pillar"}},
            },
            "web-b": {"xml": DOCUMENT.format(name="blog", last=72), "state": "running"},
            "web-c": {"xml": DOCUMENT.format(name="down", last=73)},
            "db": {"xml": DOCUMENT.format(name="db", last=74), "state": "running"},
        }
    },
}
PAGE = "/etc/page:\n  file.managed:\n    - contents: {{ pillar.get('title', 'nothing') }}, {{ grains['id'] }}\n"


def test_this_salt_has_resources():
    assert salt.version.__saltstack_version__.major >= 3008


@pytest.fixture(scope="module")
def ask(master, terminal, file_root, pillar_root, tmp_path_factory):
    """A minion with four containers, two of which are targets; runs ``salt`` and returns what it printed as data."""
    (file_root / "page.sls").write_text(PAGE)
    top = pillar_root / "top.sls"
    kept = top.read_text()
    top.write_text(json.dumps({"base": {**json.loads(kept)["base"], MINION: [MINION]}}))
    (pillar_root / f"{MINION}.sls").write_text(json.dumps(PILLAR))
    node = SimNode.make(tmp_path_factory.mktemp(MINION) / "node")
    factory = master.salt_minion_daemon(MINION, overrides={"openvz": node.options, "fips_mode": False})

    def ask(*argv):
        ran = terminal("salt", "--static", "--timeout=60", "--out=json", *argv)
        return json.loads(ran.stdout[ran.stdout.index("{") :])

    try:
        factory.start(start_timeout=120)
        for function in ("saltutil.sync_all", "openvz.apply", "saltutil.refresh_pillar"):
            terminal("salt", "--timeout=120", MINION, function)
        end = time.monotonic() + 300  # the master hears of the targets some time after that
        while not ask(*ALL, "test.ping") and time.monotonic() < end:
            time.sleep(1)
        yield ask
    finally:
        factory.terminate()
        top.write_text(kept)


def test_the_containers_that_the_pillar_wants_answer_by_their_labels(ask):
    assert ask(*ALL, "test.ping") == {"web-a": True, "web-b": True}


def test_the_node_is_still_itself(ask):
    assert ask(MINION, "test.ping") == {MINION: True}


def test_functions_run_inside(ask):
    assert ask("-C", "T@openvz:web-a", "cmd.run", "echo $((6 * 7)) > /var/answer; id -un") == {"web-a": "root"}
    assert ask("web-a", "file.file_exists", "/var/answer") == {"web-a": True}
    assert ask("web-b", "file.file_exists", "/var/answer") == {"web-b": False}
    assert ask("web-b", "user.info", "root")["web-b"]["uid"] == 0
    assert ask("web-b", "service.available", "nothing") == {"web-b": False}
    assert isinstance(ask("web-b", "pkg.list_pkgs")["web-b"], dict)


def test_states_are_applied_inside_with_the_pillar_of_the_entry(ask):
    ((state,),) = (ret.values() for ret in ask("-C", "T@openvz:web-b", "state.apply", "page").values())
    assert state["result"] is True
    assert state["changes"]["diff"] == "New file"
    assert ask("web-b", "cmd.run", "cat /etc/page") == {"web-b": "nothing, blog"}
    assert ask("web-a", "cmd.run", "cat /etc/page") == {"web-a": "from the pillar, shop"}

    ((again,),) = (ret.values() for ret in ask("-C", "T@openvz:web-b", "state.sls", "page", "test=True").values())
    assert (again["result"], again["changes"]) == (True, {})


def test_grains_are_those_inside_and_what_the_node_knows(ask):
    found = ask("-C", "T@openvz:web-a", "grains.items")["web-a"]

    assert found["openvz_node"] == MINION
    assert found["openvz_template"] == "debian-12-x86_64"
    assert found["ipv4"] == ["198.51.100.71"]
    assert found["kernel"] == "Linux"
    assert ask("-G", "openvz_name:blog", "test.ping") == {"web-b": True}


def test_what_is_not_offered_is_refused(ask):
    assert "not supported for resource type 'openvz'" in ask("web-b", "openvz.list")["web-b"]
