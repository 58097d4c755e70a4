"""A running container on a simulated node, and the thin that is made once for all tests of a worker."""

import json
import os
import shutil

import pytest

CONTAINER = """\
<domain type='openvz'>
  <name>{name}</name>
  <memory unit='MiB'>512</memory>
  <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>
</domain>
"""


@pytest.fixture(scope="session")
def thin(tmp_path_factory):
    """Where the thin of this Salt is kept after the first test that needs one."""
    return tmp_path_factory.mktemp("thin") / "thin"


@pytest.fixture
def openvz(openvz, salt_home, thin):
    """The execution module; a minion that has a thin already keeps it."""
    place = salt_home / "cache/openvz/thin"
    if thin.exists():
        shutil.copytree(thin, place, copy_function=os.link)
    yield openvz
    if place.exists() and not thin.exists():
        shutil.copytree(place, thin, copy_function=os.link)


class Inside:
    """Containers that run, and what is in them."""

    def __init__(self, openvz, node):
        self._openvz, self._node = openvz, node

    def make(self, name):
        self._openvz.define(xml=CONTAINER.format(name=name))
        self._openvz.start(name)
        self._node.forget_calls()

    def text(self, path, name="web01"):
        return self._node.inside(name, path).read_text()

    def has(self, path, name="web01"):
        return self._node.inside(name, path).exists()

    @property
    def calls(self):
        """How often something was run inside since the last question."""
        found = len(self._node.calls("exec3"))
        self._node.forget_calls()
        return found

    @property
    def words(self):
        """Everything that any program was called with."""
        path = self._node.directory / "calls.jsonl"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def inside(openvz, node):
    found = Inside(openvz, node)
    found.make("web01")
    return found


@pytest.fixture
def sls(state_files, salt_home):
    """``sls("web", "/etc/motd:\\n  ...")`` writes an SLS file, ``sls("map.jinja", ...)`` any other."""

    def write(name, text):
        path = state_files / (name if "." in name else f"{name}.sls")
        shutil.rmtree(salt_home / "cache/file_lists", ignore_errors=True)  # what is true for some seconds only
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else "#!json\n" + json.dumps(text))

    return write
