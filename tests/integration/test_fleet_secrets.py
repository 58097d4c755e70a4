"""A password is nowhere but in the pillar and in the container."""

import pathlib

import pytest

pytestmark = pytest.mark.integration


def test_a_password_is_in_no_log_return_or_event(salt, minions, master, nodes, events, password_hash):
    salt("saltutil.sync_all")
    salt("state.highstate")

    returned = salt("openvz.set_password", "201", "root", "openvz:passwords:root", target="hn1")
    printed = salt.last.stdout + salt.last.stderr

    assert returned["changes"] == {"password of root": {"old": "(hidden)", "new": "(hidden)"}}
    shadow = nodes["hn1"].directory / "vz/private/201/etc/shadow"
    assert password_hash in shadow.read_text()
    again = salt("openvz.set_password", "201", "root", "openvz:passwords:root", target="hn1")
    assert again["changes"] == {}
    seen = {
        "the terminal": (printed, "password of root"),
        "the minion's log": (log_of(minions["hn1"]), "'exec3'"),
        "its trace": (log_of(minions["hn1"]), "[TRACE   ]"),
        "the events": (events.read_text(), "openvz.set_password"),
        "the calls of vzctl": ((nodes["hn1"].directory / "calls.jsonl").read_text(), "chpasswd"),
        "the master's log": (log_of(master), "openvz.set_password"),
        "its own trace": (log_of(master), "[TRACE   ]"),
    }
    for place, (text, witness) in seen.items():
        assert witness in text, f"{place} should tell of the change"
        assert password_hash not in text, place


def log_of(factory):
    return pathlib.Path(factory.config["log_file"]).read_text()
