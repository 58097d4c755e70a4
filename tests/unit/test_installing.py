"""How ``make`` installs: with words about it, and with pip's own where it fails; what a wheel has."""

import configparser
import os
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
INSTALL = REPO / ".ci/install"


def installed(tmp_path, code):
    """What is said when pip, which says two lines, ends with a code."""
    python = tmp_path / "venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho Collecting salt\necho the end of "$*"\nexit {code}\n')
    python.chmod(0o755)
    return subprocess.run([INSTALL, python, ".[tests]"], capture_output=True, text=True, check=False, env=os.environ)


def test_what_is_installed_where_is_said_first_and_how_it_ended_last(tmp_path):
    result = installed(tmp_path, 0)

    first, last = result.stdout.splitlines()
    assert result.returncode == 0
    assert first.startswith(f"Installing .[tests] into {tmp_path}/venv with pip")
    assert last.startswith("done: the end of -m pip install")


@pytest.mark.parametrize("code", [1, 2])
def test_where_pip_fails_all_that_it_said_is_shown(tmp_path, code):
    result = installed(tmp_path, code)

    assert result.returncode == 1
    assert result.stderr.startswith("Collecting salt\nthe end of")


def test_setup_cfg_names_every_package_so_that_a_wheel_has_it():
    setup = configparser.ConfigParser()
    setup.read(REPO / "setup.cfg")
    named = setup["options"]["packages"].split()
    places = dict(line.split(" = ") for line in setup["options"]["package_dir"].strip().splitlines())

    for root, package in (("vzsim", "vzsim"), ("_utils/vzdomain", "saltext.openvz.utils.vzdomain")):
        found = [path.parent.relative_to(REPO / root) for path in sorted((REPO / root).rglob("__init__.py"))]
        packages = {".".join((package, *path.parts)): f"{root}/{path}".removesuffix("/.") for path in found}
        assert {name for name in named if f"{name}.".startswith(f"{package}.")} == set(packages)
        if package != root:
            assert {name: places.get(name) for name in packages} == packages
