"""
A place to install into, from nothing: a Python environment that has Salt and neither lxml nor this extension.

The environment is a venv of its own that borrows the packages of the one that runs the tests, but for those two.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from simnode import SimNode

REPO = Path(__file__).parents[1]
PARTS = ("_modules", "_states", "_utils", "_grains", "_beacons", "_output", "_runners", "openvz")
NOT_BORROWED = ("lxml", "saltext", "__editable__", "_distutils_hack", "distutils-precedence")
WHERE = """
import sys


def files():
    __salt__["openvz.define"]
    loaded = [one for name, one in sys.modules.items() if name.startswith("salt.") and hasattr(one, "define_xml_str")]
    library = loaded[0].vzdomain
    return [loaded[0].__file__, library.__file__, library.planning.plan.__file__, library.__name__]
"""


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
        for name in ("salt-call", "salt-minion", "salt-ssh"):
            text = (Path(sys.executable).parent / name).read_text().partition("\n")[2]
            (self.venv / "bin" / name).write_text(f"#!{self.venv}/bin/python\n{text}")
            (self.venv / "bin" / name).chmod(0o755)

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

    @property
    def environ(self):
        said = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.directory), "PYTHONWARNINGS": "ignore"}
        passed = ("PIP_", "SSL_", "http", "HTTP")
        return said | {name: value for name, value in os.environ.items() if name.startswith(passed)}

    def run(self, *argv, **environ):
        env = {**self.environ, **environ}
        return subprocess.run(argv, capture_output=True, text=True, check=False, env=env, timeout=300)

    @contextlib.contextmanager
    def minion(self, name, master, **options):
        """
        A minion of a master of salt-factories, on this place's Python and its node, running; gives its log file.

        Its home is short, since the paths of sockets have a limit.
        """
        home = Path(tempfile.mkdtemp(prefix="sf"))
        said = {
            "id": name,
            "root_dir": str(home),
            "pki_dir": str(home / "pki"),
            "log_file": str(home / "log"),
            "log_level_logfile": "warning",
            "master": "127.0.0.1",
            "master_port": master.config["ret_port"],
            "publish_port": master.config["publish_port"],
            "loop_interval": 1,
            "openvz": self.node.options,
        }
        (home / "minion").write_text(json.dumps({**said, **options}))
        command = [str(self.venv / "bin/salt-minion"), f"--config-dir={home}", "--log-level=quiet"]
        running = subprocess.Popen(command, env=self.environ, start_new_session=True)
        try:
            yield home / "log"
        finally:
            running.terminate()
            try:
                running.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
            shutil.rmtree(home, ignore_errors=True)

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


def copy_tree(target):
    """A copy of the work tree: a build leaves traces where it is done."""
    shutil.copytree(REPO, target, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__"))
    return target


def build_wheel(directory):
    """Build the wheel in a directory; returns its path."""
    tree = copy_tree(directory / "tree")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(directory / "out"), str(tree)], check=True
    )
    (built,) = (directory / "out").iterdir()
    return built
