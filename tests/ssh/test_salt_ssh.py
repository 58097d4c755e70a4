"""
The third way in: nothing on the node but Python and lxml, the extension beside the master, salt-ssh in between.

``make test-ssh``, with the newest Salt and with the oldest: it wants sshd, and a user who may log in to this machine.
"""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest
import salt.version
from places import Place, build_wheel
from saltfactories.daemons.sshd import Sshd

DOCUMENT = """\
<domain type='openvz'>
  <name>web01</name>
  <memory unit='MiB'>512</memory>
  <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>
</domain>
"""


SALT = int(salt.version.__version__.split(".")[0])
# The files alone go with every Salt; 3006 carries no more than single files of what pip has installed.
WAYS = ["files", "pip"] if SALT >= 3007 else ["files"]


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    config = {"Subsystem": "sftp internal-sftp", "StrictModes": "no", "UsePAM": "no"}
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # what the service makes at its start, and sshd asks for
    daemon = Sshd(
        script_name="/usr/sbin/sshd",
        config_dir=tmp_path_factory.mktemp("sshd"),
        sshd_config_dict=config,
        start_timeout=60,
    )
    with daemon.started():
        yield daemon


@pytest.fixture(scope="module")
def far(tmp_path_factory):
    """The node's side is another Python, with lxml and nothing else."""
    directory = tmp_path_factory.mktemp("far")
    subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
    subprocess.run([str(directory / "bin/pip"), "install", "--quiet", "lxml"], check=True)
    return directory


@pytest.fixture(scope="module", params=WAYS)
def place(request, tmp_path_factory, sshd, far):
    """The master's side has the wheel, or the files as install.md has it."""
    directory = tmp_path_factory.mktemp("ssh")
    made = Place(directory)
    made.words, said = {}, {}
    if request.param == "pip":
        made.pip(build_wheel(tmp_path_factory.mktemp("wheel")))
    else:
        made.offer()
        said, made.words = {"thin_extra_mods": "vzdomain"}, {"PYTHONPATH": str(made.states / "_utils")}
    roster = {
        "host": "127.0.0.1",
        "port": sshd.listen_port,
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "priv": str(sshd.client_key),
        "set_path": f"{far}/bin:/usr/local/bin:/usr/bin:/bin",
        "ssh_options": ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"],
        "thin_dir": str(directory / "thin"),
        "minion_opts": {"openvz": {**made.node.options, "networks": {"default": "virbr0"}}},
    }
    (directory / "roster").write_text(json.dumps({"hn1": roster}))
    said |= {
        "root_dir": str(directory),
        "file_roots": {"base": [str(made.states)]},
        "pillar_roots": {"base": [str(directory / "pillar")]},
        "ssh_log_file": "ssh.log",
    }
    (directory / "master").write_text(json.dumps(said))
    (directory / "pillar").mkdir()
    (directory / "pillar/top.sls").write_text("base: {'*': [domains]}")
    domains = {"web01": {"xml": DOCUMENT, "state": "running"}}
    (directory / "pillar/domains.sls").write_text(json.dumps({"openvz": {"domains": domains}}))
    (made.states / "containers.sls").write_text("containers: {openvz.managed: []}")
    return made


def ssh(place, *argv):
    """What ``salt-ssh hn1`` returns."""
    options = (f"--config-dir={place.directory}", "-i", "--out=json", "hn1")
    result = place.run(str(place.venv / "bin/salt-ssh"), *options, *argv, **place.words)
    assert result.returncode == 0, result
    return json.loads(result.stdout)["hn1"]


def test_functions_work_on_a_node_that_has_no_salt(place):
    assert ssh(place, "openvz.version") == "4.11.1-3.ga3f732ef"
    assert ssh(place, "openvz.list_domains") == []


def test_a_dry_run_a_real_one_and_one_that_changes_nothing(place):
    (dry,) = ssh(place, "state.apply", "containers", "test=True").values()
    (real,) = ssh(place, "state.apply", "containers").values()
    (again,) = ssh(place, "state.apply", "containers").values()

    assert (dry["result"], real["result"], again["result"]) == (None, True, True)
    assert dry["changes"] == real["changes"] and "web01" in real["changes"]
    assert again["changes"] == {}
    assert place.node.status(101)[-1] == "running"
