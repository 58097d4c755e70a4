"""
The ways in, each from nothing: a Python environment that has Salt and neither lxml nor this extension.

The environment is a venv of its own that borrows the packages of the one that runs the tests, but for those two.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from simnode import SimNode

REPO = Path(__file__).parents[2]
PARTS = ("_modules", "_states", "_utils", "_grains", "_beacons", "_output", "_runners", "openvz")
NOT_BORROWED = ("lxml", "saltext", "__editable__", "_distutils_hack", "distutils-precedence")
VERSION = "4.11.1-3.ga3f732ef"
WHERE = """
import sys


def files():
    __salt__["openvz.define"]
    loaded = [one for name, one in sys.modules.items() if name.startswith("salt.") and hasattr(one, "define_xml_str")]
    library = loaded[0].vzdomain
    return [loaded[0].__file__, library.__file__, library.plan.__file__, library.__name__]
"""

pytestmark = pytest.mark.integration


class Place:
    """An environment, a masterless minion with its own configuration, and a simulated node."""

    def __init__(self, directory):
        self.directory, self.venv = directory, directory / "venv"
        self.states = directory / "states"
        self.node = SimNode.make(directory / "node")
        self.states.mkdir()
        subprocess.run([sys.executable, "-m", "venv", str(self.venv)], check=True)
        self._borrow()
        self.configure(file_roots={"base": [str(self.states)]})

    def _borrow(self):
        borrowed = self.directory / "borrowed"
        borrowed.mkdir()
        for path in Path(sysconfig.get_path("purelib")).iterdir():
            if not path.name.startswith(NOT_BORROWED) and path.suffix != ".pth":
                (borrowed / path.name).symlink_to(path)
        (site,) = (self.venv / "lib").glob("python*/site-packages")
        (site / "borrowed.pth").write_text(f"{borrowed}\n")
        scripts = Path(sys.executable).parent
        text = (scripts / "salt-call").read_text().partition("\n")[2]
        (self.venv / "bin/salt-call").write_text(f"#!{self.venv}/bin/python\n{text}")
        (self.venv / "bin/salt-call").chmod(0o755)

    def configure(self, **options):
        root = str(self.directory)
        said = {
            "id": "hn1",
            "root_dir": root,
            "file_client": "local",
            "log_file": "salt.log",
            "openvz": self.node.options,
        }
        (self.directory / "minion").write_text(json.dumps({**said, **options}))

    def run(self, *argv, **environ):
        said = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.directory), "PYTHONWARNINGS": "ignore"}
        said |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "http", "HTTP"))}
        return subprocess.run(argv, capture_output=True, text=True, check=False, env={**said, **environ}, timeout=300)

    def pip(self, *argv):
        result = self.run(
            str(self.venv / "bin/pip"), "install", "--disable-pip-version-check", "--quiet", *map(str, argv)
        )
        assert result.returncode == 0, result.stderr

    def call(self, *argv):
        """What ``salt-call --local`` returns."""
        result = self.salt_call(*argv)
        assert result.returncode == 0, result
        return json.loads(result.stdout)["local"]

    def salt_call(self, *argv):
        options = ("--local", "--config-dir", str(self.directory), "--out=json", "--log-level=error")
        return self.run(str(self.venv / "bin/salt-call"), *options, *argv)

    def where(self):
        """The files of the execution module and of the library that it uses, and the library's name."""
        helper = self.directory / "helper/_modules/where.py"
        helper.parent.mkdir(parents=True, exist_ok=True)
        helper.write_text(WHERE)
        return self.call("--module-dirs", str(helper.parents[1]), "where.files")

    def offer(self, root=None):
        """Put the extension where the file server finds it."""
        for name in PARTS:
            shutil.copytree(REPO / name, (root or self.states) / name, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy: a build leaves traces in its tree."""
    copy, out = tmp_path_factory.mktemp("source") / "tree", tmp_path_factory.mktemp("wheel")
    shutil.copytree(REPO, copy, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__"))
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(copy)], check=True)
    (built,) = out.iterdir()
    return built


def test_synced_without_lxml_it_says_what_to_do_and_the_shipped_state_does_it(place):
    place.offer()
    synced = place.call("saltutil.sync_all")
    without = place.salt_call("openvz.version")
    listed = place.call("sys.list_functions", "openvz")

    applied = place.call("state.apply", "openvz.deps")

    assert {"modules.openvz", "modules.__init__"} >= set(synced["modules"]) and "states.openvz" in synced["states"]
    assert listed == []
    assert "The openvz execution module needs lxml: salt-pip install lxml" in without.stdout + without.stderr
    assert [one["result"] for one in applied.values()] == [True]
    assert place.call("openvz.version") == VERSION


def test_the_wheel_brings_everything_with_one_command(place, wheel):
    place.pip(wheel)

    module, library, plan, name = place.where()

    assert place.call("openvz.version") == VERSION
    assert place.call("grains.get", "openvz:flavour") == "OpenVZ legacy"
    assert name == "saltext.openvz.utils.vzdomain"
    assert {Path(path).is_relative_to(place.venv) for path in (module, library, plan)} == {True}


def test_an_editable_install_works_from_the_work_tree(place, tmp_path):
    tree = tmp_path / "tree"
    shutil.copytree(REPO, tree, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__"))
    place.pip("--editable", tree)

    module, library, plan, _ = place.where()

    assert place.call("openvz.version") == VERSION
    assert {Path(path).is_relative_to(tree) for path in (module, library, plan)} == {True}


def test_with_both_there_the_synced_copy_is_used_whole(place, wheel):
    place.pip(wheel)
    place.offer()
    place.call("saltutil.sync_all")

    module, library, plan, name = place.where()

    extension = place.directory / "var/cache/salt/minion/extmods"
    assert {Path(path).is_relative_to(extension) for path in (module, library, plan)} == {True}, (module, library)
    assert name == "vzdomain"


def test_when_the_synced_copy_goes_the_installed_one_takes_over(place, wheel):
    place.pip(wheel)
    place.offer()
    place.call("saltutil.sync_all")

    shutil.rmtree(place.states)
    place.states.mkdir()
    place.call("saltutil.sync_all")

    assert place.where()[3] == "saltext.openvz.utils.vzdomain"
    assert place.call("openvz.version") == VERSION


def test_a_git_remote_serves_it_as_it_is(place, tmp_path):
    tree = tmp_path / "remote"
    tree.mkdir()
    place.offer(tree)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(tree)]
    for argv in (["init", "--quiet", "--initial-branch=main"], ["add", "."], ["commit", "--quiet", "-m", "x"]):
        subprocess.run([*git, *argv], check=True)
    remote = {"fileserver_backend": ["gitfs"], "gitfs_remotes": [f"file://{tree}"], "gitfs_base": "main"}
    place.configure(**remote, gitfs_provider="gitpython")
    place.pip("lxml")

    place.call("saltutil.sync_all")

    assert place.call("openvz.version") == VERSION
