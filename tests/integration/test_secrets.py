"""A password is nowhere but in the pillar and in the container."""

import pathlib

import pytest
from conftest import PASSWORD_HASH

pytestmark = pytest.mark.integration


def test_a_password_is_in_no_log_return_or_event(salt, minions, master, nodes, events):
    salt("saltutil.sync_all")
    salt("state.highstate")

    returned = salt("openvz.set_password", "201", "root", "openvz:passwords:root", target="hn1")
    printed = salt.last.stdout + salt.last.stderr

    assert returned["changes"] == {"password of root": {"old": "(hidden)", "new": "(hidden)"}}
    shadow = nodes["hn1"].directory / "vz/private/201/etc/shadow"
    assert PASSWORD_HASH in shadow.read_text()
    again = salt("openvz.set_password", "201", "root", "openvz:passwords:root", target="hn1")
    assert again["changes"] == {}
    for name, text in {
        "the terminal": printed,
        "the minion's log": log_of(minions["hn1"]),
        "the events": events.read_text(),
        "the calls of vzctl": (nodes["hn1"].directory / "calls.jsonl").read_text(),
        "vzctl's own log": "".join(path.read_text() for path in nodes["hn1"].directory.rglob("vzctl.log")),
    }.items():
        assert "openvz" in text or name == "vzctl's own log", name
        assert PASSWORD_HASH not in text, name


def log_of(factory):
    return pathlib.Path(factory.config["log_file"]).read_text()
