"""Passwords: hashes alone, over standard input, and hidden everywhere."""

import itertools
import logging
from pathlib import Path

import pytest
from families import BOTH
from salt.exceptions import CommandExecutionError, SaltInvocationError
from simnode import announced

pytestmark = [pytest.mark.salt_api, BOTH]

KEY = "openvz:passwords:web01"


@pytest.fixture
def web(openvz, node, web01):
    openvz.define(xml=web01)
    openvz.start("web01")
    return node


def shadow(node):
    return node.inside("web01", "etc/shadow").read_text()


def test_a_password_is_set_once_and_is_seen_nowhere(openvz, web, password_hash, caplog):
    caplog.set_level(1)
    web.forget_calls()

    dry = openvz.set_password("web01", "root", KEY, test=True)
    assert password_hash not in shadow(web)
    real = openvz.set_password("web01", "root", KEY)
    again = openvz.set_password("web01", "root", KEY)

    assert f"root:{password_hash}:" in shadow(web)
    assert real == announced(dry)
    assert again["changes"] == {}
    assert ["exec3", web.ctid("web01"), "chpasswd", "-e"] in web.calls("exec3")
    assert "exec3" in caplog.text
    for text in (str(real), caplog.text, str(web.calls())):
        assert password_hash not in text


def test_a_failing_chpasswd_does_not_give_the_password_away(openvz, web, password_hash, caplog):
    caplog.set_level(logging.DEBUG)
    web.fault(
        "--command", "exec3", "--match", "chpasswd", "--rc", "1", "--stderr", f"chpasswd: bad line root:{password_hash}"
    )

    with pytest.raises(CommandExecutionError) as failure:
        openvz.set_password("web01", "root", KEY)

    assert "code 1" in str(failure.value)
    assert password_hash not in str(failure.value) + repr(failure.value) + caplog.text


SHADOW = "root:{0}:19000:0:99999:7:::\nwww:{0}x:19000::::::\n"
SHAPES = {"whole": "{0}", "two lines": "{1}\n{2}", "shadow": SHADOW}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("program", ["chpasswd", "shadow"])
def test_a_vzctl_that_fails_and_prints_hashes_gives_none_away(
    openvz, web, loaders, password_hash, caplog, monkeypatch, shape, program
):
    caplog.set_level(1)
    events, failures = [], []
    monkeypatch.setitem(loaders.modules, "event.send", lambda *said, **data: events.append((said, data)))
    text = SHAPES[shape].format(password_hash, password_hash[:20], password_hash[20:])

    for rc, stream in itertools.product(["1", "14", "255"], ["--stdout", "--stderr"]):
        web.fault("--command", "exec3", "--match", program, "--rc", rc, stream, text)
        with pytest.raises(CommandExecutionError, match=f"code {rc}; its output is not shown") as failure:
            openvz.set_password("web01", "root", KEY)
        failures += [repr(failure.value), str(vars(failure.value)), str(failure.value.__cause__)]

    notes = [path.read_text(errors="replace") for path in Path(loaders.opts["cachedir"]).rglob("*") if is_note(path)]
    for part in (password_hash[:20], password_hash[20:]):
        assert not [one for one in (*failures, *notes, str(events), caplog.text) if part in one]


def is_note(path):
    """Whether we, or Salt, may have written it in a run; the pillar itself is not meant."""
    return path.is_file() and "extmods" not in path.parts and path.suffix not in (".sls", ".pyc")


FUNCTIONS = ["validate", "explain", "define", "plan", "diff", "find"]
NO_PATHS = ["hunter2", "openvz:hunter2", "$6$hunter2$x", "<hunter2", "hunter2:root", "a:b:hunter2"]
NO_DOCUMENTS = ["<hunter2", "<hunter2/>", "<a>&hunter2;</a>", "hunter2", "<domain></hunter2>"]


@pytest.mark.parametrize("function", ["set_password", "apply", *FUNCTIONS])
def test_a_password_in_the_place_of_a_path_is_not_repeated(openvz, node, function, caplog):
    caplog.set_level(1)
    arguments = {"set_password": {"name": "web01", "user": "root"}}.get(function, {})
    name = "key" if function == "apply" else "pillar_key"

    for key in NO_PATHS:
        with pytest.raises(CommandExecutionError, match="the pillar has") as failure:
            getattr(openvz, function)(**arguments, **{name: key})

        assert "hunter2" not in repr(failure.value) + str(vars(failure.value)) + caplog.text


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_password_in_the_place_of_a_document_is_not_repeated(openvz, node, loaders, function, monkeypatch, caplog):
    caplog.set_level(1)

    for text in NO_DOCUMENTS:
        monkeypatch.setitem(loaders.opts["pillar"]["openvz"]["passwords"], "web01", text)
        for named in ({"pillar_key": KEY}, {"xml": text}):
            with pytest.raises(CommandExecutionError) as failure:
                getattr(openvz, function)(**named)

            assert "hunter2" not in repr(failure.value) + str(vars(failure.value)) + caplog.text
            assert (KEY in str(failure.value)) == ("pillar_key" in named)


@pytest.mark.parametrize("source", ["hunter2", "https://root:hunter2@192.0.2.1:1/x", "file:///nowhere?token=hunter2"])
def test_a_secret_in_a_source_is_not_repeated(openvz, node, source):
    with pytest.raises((CommandExecutionError, SaltInvocationError)) as failure:
        openvz.validate(source=source)

    assert "hunter2" not in repr(failure.value) + str(vars(failure.value))


@pytest.mark.parametrize("key", ["openvz:containers:web01:xml", "openvz:passwords:nobody"])
def test_a_password_that_is_not_a_hash_is_refused_before_anything_runs(openvz, web, key):
    web.forget_calls()

    with pytest.raises((CommandExecutionError, SaltInvocationError)):
        openvz.set_password("web01", "root", key)
    assert web.calls("exec3") == []


def test_a_user_that_the_container_lacks_is_named(openvz, web):
    with pytest.raises(CommandExecutionError, match="has no user nobody2"):
        openvz.set_password("web01", "nobody2", KEY)


def test_a_container_that_does_not_run_cannot_get_a_password(openvz, web):
    web.vzctl("stop", "web01", "--fast")

    with pytest.raises(CommandExecutionError, match="not running"):
        openvz.set_password("web01", "root", KEY)
