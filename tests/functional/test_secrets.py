"""Passwords: hashes alone, over standard input, and hidden everywhere."""

import logging

import pytest
from salt.exceptions import CommandExecutionError, SaltInvocationError
from simnode import announced

pytestmark = pytest.mark.salt_api

KEY = "openvz:passwords:web01"


@pytest.fixture
def web(openvz, node, web01):
    openvz.define(xml=web01)
    openvz.start("web01")
    return node


def shadow(node):
    return (node.directory / "vz/private/101/etc/shadow").read_text()


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
    assert ["exec3", "101", "chpasswd", "-e"] in web.calls("exec3")
    assert "chpasswd" in caplog.text
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


@pytest.mark.parametrize("key", ["openvz:containers:web01:xml", "openvz:passwords:nobody"])
def test_what_is_no_hash_is_refused_before_anything_runs(openvz, web, key):
    web.forget_calls()

    with pytest.raises((CommandExecutionError, SaltInvocationError)):
        openvz.set_password("web01", "root", key)
    assert web.calls("exec3") == []


def test_a_user_that_the_container_lacks_is_named(openvz, web):
    with pytest.raises(CommandExecutionError, match="has no user nobody2"):
        openvz.set_password("web01", "nobody2", KEY)


def test_a_container_that_does_not_run_cannot_get_a_password(openvz, web):
    web.vzctl("stop", "101", "--fast")

    with pytest.raises(CommandExecutionError, match="not running"):
        openvz.set_password("web01", "root", KEY)
