"""The ways in, each from nothing: no lxml, no extension."""

import shutil
import subprocess
from pathlib import Path

import pytest
from places import Place, build_wheel, copy_tree

VERSION = "4.11.1-3.ga3f732ef"

pytestmark = pytest.mark.integration


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


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
    tree = copy_tree(tmp_path / "tree")
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
