"""What a wheel has, and what works when only the wheel is there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
KINDS = ["beacons", "grains", "modules", "output", "resources", "runners", "states"]
LOADER = """\
import saltext.openvz, salt.config, salt.loader, pathlib
dirs = saltext.openvz.loader_dirs()
assert sorted(dirs) == {kinds!r}, dirs
assert all(str(pathlib.Path(path)).startswith({target!r}) for paths in dirs.values() for path in paths), dirs
opts = salt.config.DEFAULT_MINION_OPTS.copy()
opts.update(id="x", grains={{}}, pillar={{}}, extension_modules="", cachedir={cache!r})
modules = salt.loader.minion_mods(opts, whitelist=["openvz"])
assert "openvz.define" in modules
assert modules["openvz.version"].__module__.endswith("openvz")
assert modules["openvz.doctor"].__outputter__ == "openvz"
assert "openvz.beacon" in salt.loader.beacons(opts, modules)
assert "openvz" in salt.loader.outputters(opts)
assert salt.loader.grain_funcs(opts)["openvz.openvz"]() == {{}}
master = dict(salt.config.DEFAULT_MASTER_OPTS, extension_modules="", cachedir={cache!r})
assert "openvz.lint" in salt.loader.runner(master, utils=salt.loader.utils(master))
assert "openvz" in salt.loader.outputters(master)
if hasattr(salt.loader, "resource_modules"):  # Salt 3008 and newer
    resources = salt.loader.resource(opts, functions=modules)
    assert "openvz.discover" in resources
    inside = salt.loader.resource_modules(opts, "openvz", resource_funcs=resources)
    assert "cmd.run" in inside and "state.apply" in inside and "openvz.list" not in inside
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--wheel-dir", str(out), str(REPO))
    return next(out.glob("*.whl"))


def pip(*argv):
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *argv]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def test_the_wheel_has_the_extension_the_library_and_the_simulator(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    for directory, package in [*((f"_{kind}", kind) for kind in KINDS), ("_utils/vzdomain", "utils/vzdomain")]:
        for path in (REPO / directory).glob("*.py"):
            assert f"saltext/openvz/{package}/{path.name}" in names
    for path in (REPO / "vzsim").rglob("*"):
        if path.suffix in (".py", ".conf", ".conf-sample"):
            assert str(path.relative_to(REPO)) in names
    assert not [name for name in names if name.startswith(("tests/", "saltext/__init__")) or name.endswith("/vzctl")]
    assert "saltext/openvz/__init__.py" in names


def test_simulator_and_loader_work_from_the_wheel_alone(wheel, tmp_path):
    target = tmp_path / "site"
    pip("install", "--no-deps", "--target", str(target), str(wheel))
    environ = {**os.environ, "PYTHONPATH": str(target)}

    subprocess.run(
        [sys.executable, "-m", "vzsim.cli", "init", str(tmp_path / "n")], env=environ, cwd=tmp_path, check=True
    )
    created = [str(tmp_path / "n/bin/vzctl"), "create", "101", "--ostemplate", "debian-12-x86_64"]
    subprocess.run(created, cwd=tmp_path, check=True)
    script = LOADER.format(target=str(target), cache=str(tmp_path), kinds=KINDS)
    subprocess.run([sys.executable, "-c", script], env=environ, cwd=tmp_path, check=True)

    assert str(target) in (tmp_path / "n/bin/vzctl").read_text()
    assert (tmp_path / "n/etc/vz/conf/101.conf").exists()
