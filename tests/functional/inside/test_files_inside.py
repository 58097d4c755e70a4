"""Files and commands in containers of both families, as Salt is asked for them."""

import json

import pytest
from families import BOTH
from salt.exceptions import CommandExecutionError, SaltInvocationError

pytestmark = pytest.mark.salt_api


@pytest.mark.inside_api
@BOTH
def test_a_file_goes_in_once_and_comes_out_again(openvz, inside, sls, tmp_path):
    sls("motd.txt", "hello\n")
    how = {"source": "salt://motd.txt", "target": "/etc/motd", "mode": "0644"}

    assert openvz.copy_to("web01", **how, test=True)["changes"] == {"/etc/motd": ["new"]}
    assert not inside.has("etc/motd")
    assert openvz.copy_to("web01", **how)["changes"] == {"/etc/motd": ["new"]}
    assert inside.text("etc/motd") == "hello\n"
    assert openvz.copy_to("web01", **how)["changes"] == {}
    assert openvz.copy_to("web01", target="/etc/motd", text="bye")["changes"] == {"/etc/motd": ["contents"]}

    got = tmp_path / "got"
    assert openvz.copy_from("web01", "/etc/motd", str(got))["changes"] == {str(got): ["contents"]}
    assert got.read_text() == "bye"
    assert openvz.copy_from("web01", "/etc/motd", str(got))["changes"] == {}


@pytest.mark.inside_api
@BOTH
def test_a_command_has_its_directory_and_environment_and_no_more_output_than_is_wanted(openvz, inside, loaders):
    command = ["/bin/sh", "-c", 'pwd; echo "$WORD"; cat; exit 5']
    done = openvz.exec("web01", *command, cwd="/tmp", env={"WORD": "a b"}, stdin="rest of it", max_output=15)
    assert done == {"retcode": 5, "stdout": "/tmp\na b\nrest of"[:15], "stderr": "", "truncated": ["stdout"]}
    assert loaders.modules.pack["__context__"]["retcode"] == 5


def test_a_link_inside_that_leads_out_by_name_leads_nowhere(openvz, inside, tmp_path):
    (tmp_path / "secret").write_text("of the node")
    openvz.exec("web01", "ln", "-s", str(tmp_path / "secret"), "/etc/out")
    with pytest.raises(CommandExecutionError, match="does not exist"):
        openvz.copy_from("web01", "/etc/out", str(tmp_path / "got"))
    openvz.copy_to("web01", target="/etc/out", text="x")
    assert (tmp_path / "secret").read_text() == "of the node"
    assert not (tmp_path / "got").exists()


def test_a_copy_without_source_or_with_two_is_refused(openvz, inside):
    for how in ({"target": "/x"}, {"source": "/x"}, {"source": "/x", "target": "/x", "text": "x"}):
        with pytest.raises(SaltInvocationError):
            openvz.copy_to("web01", **how)
    with pytest.raises(CommandExecutionError, match="not in the file roots"):
        openvz.copy_to("web01", "salt://none", "/x")


@BOTH
def test_a_full_disk_inside_is_named_and_after_it_has_room_all_goes_in(openvz, inside, node, sls):
    sls("web", "/srv/large:\n  file.managed:\n    - contents: {{ 'x' * 100000 }}\n")
    kernel = node.directory / "proc/vz/kernel.json"
    before = kernel.read_text()
    for path, call in (
        ("/srv", lambda: openvz.copy_to("web01", target="/srv/copied", text="x" * 100_000)),
        ("/var/cache", lambda: openvz.call("web01", "test.ping")),
    ):
        kernel.write_text(json.dumps({**json.loads(before), "small_disks": {path: 65536}}))
        with pytest.raises(CommandExecutionError, match="disk of container web01 is full"):
            call()
        kernel.write_text(before)
        call()

    kernel.write_text(json.dumps({**json.loads(before), "small_disks": {"/srv": 65536}}))
    (failed,) = openvz.sls("web01", "web").values()
    assert failed["result"] is False and "No space left on device" in str(failed["comment"])
    kernel.write_text(before)
    (done,) = openvz.sls("web01", "web").values()
    assert done["result"] is True
