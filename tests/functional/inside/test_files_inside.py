"""Files and commands in containers of both families, as Salt is asked for them."""

import pytest
from families import BOTH
from salt.exceptions import CommandExecutionError, SaltInvocationError

pytestmark = pytest.mark.salt_api


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
