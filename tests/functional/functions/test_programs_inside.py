"""Programs inside containers, as Salt runs them: what a minion gives up on leaves nothing running."""

import subprocess

import pytest
from salt.exceptions import CommandExecutionError


@pytest.fixture
def web(openvz, node, web01):
    openvz.define(xml=web01)
    openvz.start("web01")
    return node.directory / "vz/private/101"


def test_a_command_that_takes_too_long_ends_with_all_it_has_started(openvz, web):
    with pytest.raises(CommandExecutionError):
        openvz.exec("web01", "/bin/sh", "-c", "setsid flock /tmp/held sleep 600 & sleep 600", timeout=3)

    assert (web / "tmp/held").exists()
    subprocess.run(["flock", "--timeout", "20", web / "tmp/held", "true"], check=True)


def test_python_runs_inside_and_leaves_files(openvz, web):
    line = "import pathlib, platform; pathlib.Path('/root/x').write_text(platform.node())"

    assert openvz.exec("web01", "python3", "-c", line)["retcode"] == 0
    assert (web / "root/x").read_text() == openvz.exec("web01", "hostname")["stdout"].strip()
