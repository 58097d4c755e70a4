"""Files of family 7 that vzctl refuses, loses or replaces: evidence of a container, never its absence."""

import os
import shutil

import pytest
from documents import UUID, document
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN


@pytest.fixture
def web(openvz, node, once):
    """web01, stopped."""
    return once("stopped", lambda: openvz.define(xml=document()))


def invalid(node):
    path = node.area(UUID) / "ve.conf"
    path.write_text(path.read_text() + 'CPUUNITS="x"\n')


def a_file(node):
    path = node.conf_path(UUID)
    text = path.read_text()
    path.unlink()
    path.write_text(text.replace("131072:131072", "65536:65536"))


def dangling(node):
    (node.area(UUID) / "ve.conf").unlink()


def without_area(node):
    shutil.rmtree(node.area(UUID))


def foreign(node):
    (node.area(UUID) / ".owner").write_text("node2.example.test")
    (node.directory / "proc/mounts").write_text(f"srv:/vz {node.directory}/vz nfs4 rw 0 0\n")
    kernel = node.directory / "proc/vz/kernel.json"
    kernel.write_text(kernel.read_text().rstrip().removesuffix("}") + ', "shared_fs": true}')


def without_link(node):
    node.conf_path(UUID).unlink()


BROKEN = {one.__name__: one for one in (invalid, a_file, dangling, without_area, foreign, without_link)}
WORDS = {
    "invalid": "CPUUNITS='x'",
    "a_file": "is a file and not a link",
    "dangling": "ve.conf",
    "without_area": "ve.conf",
    "foreign": "node2.example.test",
    "without_link": "is not registered on this node",
}


@pytest.mark.parametrize("broken", BROKEN)
def test_nobody_takes_it_for_absent_or_makes_another_one(openvz, states, web, broken):
    BROKEN[broken](web)
    before = tree(web)
    web.forget_calls()

    for test in (True, False):
        for state, arguments in (("absent", {}), ("defined", {"xml": document()}), ("running", {"xml": document()})):
            ret = getattr(states, state)("web01", **arguments, test=test)
            assert (ret.result, ret.changes) == (False, {}), (state, ret.comment)
            assert "\n" not in ret.comment and "Traceback" not in ret.comment
    for verb in (openvz.start, openvz.destroy, openvz.set):
        with pytest.raises(CommandExecutionError):
            verb("web01", **({"cpus": 2} if verb == openvz.set else {}))
    assert web.calls() == []
    assert tree(web) == before


@pytest.mark.parametrize("broken", BROKEN)
def test_the_doctor_finds_it_and_says_what_to_do(openvz, web, broken):
    BROKEN[broken](web)

    found = [one for one in openvz.doctor() if UUID in str(one)]

    assert found and all(one["remedy"] for one in found)
    assert any(WORDS[broken] in one["what"] + one["where"] for one in found), found


@pytest.mark.parametrize("broken", ["invalid", "a_file", "foreign"])
def test_it_is_listed_although_vzlist_leaves_it_out_or_shows_something_else(openvz, web, broken):
    BROKEN[broken](web)

    assert [one["ctid"] for one in openvz.list().values()] == [UUID]


def test_the_mark_is_written_through_the_link_and_mode_and_owner_of_the_file_stay(openvz, node):
    node.vzctl("create", UUID, "--ostemplate", "debian-12-x86_64", "--name", "web01")
    path = node.area(UUID) / "ve.conf"
    path.chmod(0o640)

    openvz.adopt("web01")

    assert "#SALT-OPENVZ: managed" in path.read_text()
    assert node.conf_path(UUID).is_symlink() and os.readlink(node.conf_path(UUID)) == str(path)
    assert path.stat().st_mode & 0o777 == 0o640
    node.vzctl("set", "web01", "--cpus", "2", "--save")
    assert openvz.info("web01")["web01"]["managed"] is True


def test_once_mended_by_hand_it_is_as_before(openvz, web):
    path = web.area(UUID) / "ve.conf"
    before = path.read_text()
    invalid(web)
    with pytest.raises(CommandExecutionError, match="CPUUNITS"):
        openvz.define(xml=document())

    path.write_text(before)

    assert openvz.define(xml=document())["changes"] == {}
    assert openvz.start("web01")["changes"]["status"]["new"] == "running"


def tree(node):
    """Every file of configurations and areas with its text, and every link."""
    found = {}
    for place in ("etc/vz", "vz/private"):
        for path in (node.directory / place).rglob("*"):
            found[str(path)] = os.readlink(path) if path.is_symlink() else path.is_dir() or path.read_bytes()
    return found
