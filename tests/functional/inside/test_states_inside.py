"""States inside containers: compiled on the node for the container, run there, and told as Salt tells them."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import salt.fileclient
import salt.pillar
from families import BOTH
from salt.exceptions import CommandExecutionError, SaltInvocationError

pytestmark = pytest.mark.salt_api
SECRET = "correct horse battery staple"
MOTD = """
/etc/motd:
  file.managed:
    - contents: "{{ pillar['word'] }} {{ salt['pillar.get']('word') }} {{ grains['id'] }}"
"""


def only(returns):
    assert isinstance(returns, dict), returns
    (one,) = returns.values()
    return one


@pytest.mark.inside_api
@BOTH
def test_a_state_inside_is_tried_applied_and_then_has_nothing_to_do(openvz, inside, sls):
    sls("web", MOTD)
    how = {"pillar": {"word": SECRET}}

    tried = only(openvz.sls("web01", "web", **how, test=True))
    assert (tried["result"], bool(tried["changes"])) == (None, True)
    assert not inside.has("etc/motd")

    done = only(openvz.sls("web01", "web", **how))
    assert (done["result"], bool(done["changes"])) == (True, True)
    assert inside.text("etc/motd") == f"{SECRET} {SECRET} web01\n"
    assert SECRET not in inside.words

    assert inside.calls
    again = only(openvz.sls("web01", "web", **how))
    assert (again["result"], again["changes"]) == (True, {})
    assert inside.calls == 1


def test_a_state_that_fails_is_told_with_code_2(openvz, inside, sls, loaders):
    sls("web", "a:\n  cmd.run:\n    - name: exit 3\nb:\n  test.nop:\n    - require: [cmd: a]\n")
    returns = openvz.sls("web01", "web")
    assert isinstance(returns, dict), returns
    assert [one["result"] for one in returns.values()] == [False, False]
    assert loaders.modules.pack["__context__"]["retcode"] == 2


def test_an_sls_that_cannot_be_rendered_is_a_list_of_sentences(openvz, inside, sls, loaders):
    sls("web", "{{ nothing.there }}")
    (sentence,) = openvz.sls("web01", "web")
    assert "'nothing' is undefined" in sentence
    assert openvz.sls("web01", "missing") == ["No matching sls found for 'missing' in env 'base'"]
    assert loaders.modules.pack["__context__"]["retcode"] == 1
    assert inside.calls == 2  # Salt was sent, and the grains were asked for


@pytest.mark.inside_api
def test_files_maps_and_custom_modules_go_inside(openvz, inside, sls):
    sls("map.jinja", "{% set port = 8080 %}")
    sls("lib/text.jinja", "{% set word = 'imported' %}")
    sls("files/web.conf", "{% from 'lib/text.jinja' import word %}{{ port }} {{ word }} {{ salt['mine_own.say']() }}")
    sls("tree/a/b.txt", "deep")
    sls("_modules/mine_own.py", "def say():\n    return 'said'\n")
    sls(
        "_states/mine_own.py",
        "def there(name):\n"
        "    return {'name': name, 'result': True, 'changes': {}, 'comment': __salt__['mine_own.say']()}\n",
    )
    sls("other", "other:\n  test.nop: []\n")
    sls(
        "web",
        """
{% from "map.jinja" import port %}
include: [other]
/etc/web.conf:
  file.managed: [{source: "salt://files/web.conf"}, {template: jinja}, {context: {port: {{ port }}}}]
/srv/tree:
  file.recurse: [{source: "salt://tree"}, {onchanges: [{file: /etc/web.conf}]}]
mine:
  mine_own.there: []
""",
    )
    returns = openvz.sls("web01", "web")
    assert [one["result"] for one in returns.values()] == [True] * 4, returns
    assert inside.text("etc/web.conf") == "8080 imported said"
    assert inside.text("srv/tree/a/b.txt") == "deep"


def test_what_a_template_calls_runs_inside(openvz, inside, sls):
    openvz.exec("web01", "/bin/sh", "-c", "echo inside > /etc/where")
    sls("web", "/etc/told:\n  file.managed:\n    - contents: {{ salt['cmd.run']('cat /etc/where') }}\n")
    openvz.sls("web01", "web")
    assert inside.text("etc/told") == "inside\n"


@pytest.mark.inside_api
def test_nothing_of_the_nodes_pillar_gets_inside(openvz, inside, sls, password_hash):
    sls(
        "web",
        "/etc/told:\n  file.managed:\n    - contents: |\n"
        "        {{ pillar | json }} {{ salt['pillar.items']() | json }} {{ salt['config.get']('openvz') | json }}\n"
        "        {{ opts | string | length > 0 }} {{ salt['pillar.get']('openvz:passwords:web01', 'none') }}\n",
    )
    openvz.sls("web01", "web")
    assert password_hash not in inside.text("etc/told")
    assert "none" in inside.text("etc/told")
    assert openvz.call("web01", "pillar.items") == {}


def test_a_template_cannot_write_on_the_node_or_read_its_files(openvz, inside, sls):
    for call in ("salt['cp.get_file']('salt://web.sls', '/tmp/x')", "salt['cp.get_file_str']('/etc/hostname')"):
        sls("web", f"a:\n  test.nop:\n    - name: {{{{ {call} }}}}\n")
        (sentence,) = openvz.sls("web01", "web")
        assert "in a template for a container" in sentence


@pytest.mark.inside_api
def test_the_top_file_has_what_the_highstate_applies(openvz, inside, sls):
    sls("a", "a:\n  test.nop: []\n")
    sls("b", "b:\n  test.nop: []\n")
    sls("top", {"base": {"web*": ["a"], "hn1": ["b"], "role:front": [{"match": "grain"}, "b"]}})
    assert [one["__id__"] for one in openvz.highstate("web01").values()] == ["a"]
    assert len(openvz.highstate("web01", grains={"role": "front"})) == 2
    assert len(openvz.apply_states("web01", id="hn1")) == 1
    assert only(openvz.highstate("web01", id="db1"))["result"] is False


def test_states_can_be_left_out(openvz, inside, sls):
    sls("web", "a:\n  test.nop: []\nb:\n  test.nop: []\n")
    assert only(openvz.apply_states("web01", "web", exclude=[{"id": "a"}]))["__id__"] == "b"


def test_states_are_compiled_again_when_the_grains_have_changed(openvz, inside, sls):
    sls("web", "/etc/told:\n  file.managed:\n    - contents: {{ grains.get('role', 'none') }}\n")
    openvz.sls("web01", "web")
    openvz.exec("web01", "/bin/sh", "-c", "mkdir -p /etc/salt; echo 'role: front' > /etc/salt/grains")
    assert inside.calls
    openvz.sls("web01", "web")
    assert inside.text("etc/told") == "front\n"
    assert inside.calls == 2


@pytest.mark.inside_api
def test_a_function_inside_gets_arguments_that_nobody_else_sees(openvz, inside, loaders):
    found = openvz.call("web01", "test.arg", SECRET, 7, word=SECRET, more=[1, {"a": None}])
    assert found == {"args": [SECRET, 7], "kwargs": {"word": SECRET, "more": [1, {"a": None}]}}
    assert SECRET not in inside.words
    assert openvz.call("web01", "cmd.run", "exit 5") == ""
    assert loaders.modules.pack["__context__"]["retcode"] == 5
    assert openvz.inside_grains("web01")["id"] == "web01"


def test_a_function_that_is_not_there_or_fails_is_one_sentence(openvz, inside):
    with pytest.raises(CommandExecutionError, match=r"^container web01: 'no.such' is not available\.$"):
        openvz.call("web01", "no.such")
    with pytest.raises(CommandExecutionError, match=r"^container web01: user.info does not take these arguments: "):
        openvz.call("web01", "user.info")
    with pytest.raises(SaltInvocationError, match=r"use openvz\.sls"):
        openvz.call("web01", "state.apply", "web")


def test_what_the_entry_says_is_what_the_container_sees(openvz, inside, sls, domains, web01):
    sls("web", MOTD)
    domains["web01"] = {
        "xml": "<domain type='openvz'><name>web01</name></domain>",
        "inside": {"sls": ["web"], "id": "web01.example.com", "pillar": {"word": "entry"}},
    }
    openvz.sls("web01", "web")
    assert inside.text("etc/motd") == "entry entry web01.example.com\n"


def test_a_container_without_python_is_one_sentence(openvz, inside, node, loaders):
    openvz.exec("web01", "/bin/sh", "-c", "true")
    for name in ("usr/bin", "usr/lib", "bin"):
        node.inside("web01", name).mkdir(parents=True, exist_ok=True)
    for name in ("usr/bin/sh", "bin/sh"):
        shutil.copy("/bin/busybox", node.inside("web01", name))
    node.inside("web01", "bin/cat").write_text("#!/bin/sh\n")
    with pytest.raises(CommandExecutionError, match=r"^container web01 has no Python 3; install it inside"):
        openvz.call("web01", "test.ping")


def test_two_containers_at_once(openvz, inside, sls, loaders):
    inside.make("web02")
    sls("web", "/etc/me:\n  file.managed:\n    - contents: {{ grains['id'] }}\n")
    assert openvz.sls("web01", "web", test=True)
    with ThreadPoolExecutor(2) as pool:
        for name, returns in zip(
            ("web01", "web02"), pool.map(lambda name: openvz.sls(name, "web"), ("web01", "web02")), strict=True
        ):
            assert only(returns)["result"] is True
            assert inside.text("etc/me", name) == f"{name}\n"


def test_what_is_kept_is_for_nobody_else_to_read(openvz, inside, sls, salt_home):
    sls("web", MOTD)
    openvz.sls("web01", "web", pillar={"word": SECRET})
    for directory, _, files in os.walk(salt_home / "cache/openvz"):
        for name in files:
            path = os.path.join(directory, name)
            if "/thin/" not in path or name == "thin.tgz":
                assert os.stat(path).st_mode & 0o077 == 0, path
            with open(path, "rb") as stream:
                assert SECRET.encode() not in stream.read()
    kept = inside._node.inside("web01", "var/cache/salt-openvz")
    assert kept.stat().st_mode & 0o777 == 0o700
    assert not [name for name in os.listdir(kept) if name.startswith("run-")]


def test_no_client_and_no_pillar_is_ever_asked_for_by_the_containers_id(openvz, inside, sls, monkeypatch):
    """The master knows the node, and would take the container for a minion that is new."""
    asked, made = [], salt.fileclient.get_file_client

    def client(opts, pillar=False):
        asked.append(opts["id"])
        return made(opts, pillar)

    monkeypatch.setattr(salt.fileclient, "get_file_client", client)
    monkeypatch.setattr(salt.pillar, "get_pillar", lambda *args, **kwargs: pytest.fail("a pillar was compiled"))
    sls("map.jinja", "{% set word = salt['pillar.items']() %}")
    sls("web", "{% from 'map.jinja' import word with context %}\na:\n  test.nop:\n    - name: {{ word | json }}\n")
    assert only(openvz.sls("web01", "web"))["result"] is True
    assert set(asked) == {"hn1"}


def test_what_takes_too_long_is_ended_inside(openvz, inside, sls, node):
    sls("web", "a:\n  cmd.run:\n    - name: exec flock /tmp/held sleep 600\n")
    with pytest.raises(
        CommandExecutionError, match=r"^what ran inside container web01 did not finish within 4 seconds"
    ):
        openvz.sls("web01", "web", timeout=4)
    subprocess.run(["flock", "--timeout", "20", node.inside("web01", "tmp/held"), "true"], check=True)
    assert openvz.call("web01", "test.ping") is True


def test_a_place_that_is_not_roots_alone_is_refused(openvz, inside):
    openvz.exec("web01", "/bin/sh", "-c", "mkdir -p /var/cache /tmp/other; ln -s /tmp/other /var/cache/salt-openvz")
    with pytest.raises(CommandExecutionError, match=r"^/var/cache/salt-openvz in container web01 is not a directory"):
        openvz.call("web01", "test.ping")


def test_a_python_inside_that_says_anything_is_one_sentence(openvz, inside, node, pillar):
    liar = node.inside("web01", "opt/liar")
    liar.parent.mkdir(parents=True, exist_ok=True)
    liar.write_text("#!/bin/sh\nprintf '\\033[2J{\"value\": 1}'\n")
    liar.chmod(0o755)
    pillar.put_setting(inside_python="/opt/liar")
    with pytest.raises(CommandExecutionError, match=r"^container web01 gave no answer") as raised:
        openvz.call("web01", "test.ping")
    pillar.drop_setting("inside_python")
    assert "\x1b" not in str(raised.value)
