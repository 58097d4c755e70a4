"""Files into containers and out of them, whatever that says; the scripts run with the shell of the node."""

import hashlib
import os
from types import SimpleNamespace

import pytest
from vzdomain.errors import ArgumentError, CannotAskError, InsideError, OpenVZError
from vzdomain.execution.inside import commands, files
from vzdomain.host.process import Program

CONTAINER = SimpleNamespace(ctid="101", domain=SimpleNamespace(name="web01"))


class Node:
    """A node whose container is the machine of the test; `programs` are in the place of its own."""

    def __init__(self, *programs):
        self.vzctl, self.programs, self.calls = self, programs, []

    def inside(self, ctid, *command, stdin=None, timeout=None, keep=None, most=None):
        self.calls.append((command, stdin))
        command = [*self.programs, *command[len(self.programs) :]] if self.programs else command
        return Program(command[0], "nothing").heard(command[1:], timeout or 20, stdin, None, "C", keep, most)


@pytest.fixture
def mine():
    return {"owner": os.getuid(), "group": os.getgid()}


def answering(tmp_path, script):
    """A node in whose container the shell is this script."""
    path = tmp_path / "sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return Node(str(path))


def test_a_file_is_written_once_with_owner_and_mode_and_then_left_alone(tmp_path, mine):
    node, target = Node(), tmp_path / "it's $HOME"

    assert files.copy_to(node, CONTAINER, b"one\0\n", str(target), **mine) == ("new",)
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"one\0\n", 0o600)
    assert files.copy_to(node, CONTAINER, b"one\0\n", str(target), **mine) == ()
    assert len(node.calls) == 3
    assert files.copy_to(node, CONTAINER, b"two", str(target), mode="0640", test=True) == ("contents", "mode")
    assert target.read_bytes() == b"one\0\n"
    assert files.copy_to(node, CONTAINER, b"two", str(target), mode="0640") == ("contents", "mode")
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"two", 0o640)
    assert os.listdir(tmp_path) == [target.name]


def test_a_disk_that_fills_up_under_a_copy_is_named_and_the_old_file_stays(tmp_path):
    full = answering(tmp_path, "trap '' XFSZ; ulimit -f 128; exec /bin/sh \"$@\"")  # 64 KiB at most
    (tmp_path / "web").mkdir()
    target = tmp_path / "web/index.html"
    target.write_text("old")
    with pytest.raises(InsideError, match="^the disk of container web01 is full, so .*/index.html cannot be written"):
        files.copy_to(full, CONTAINER, bytes(100_000), str(target))
    assert (os.listdir(target.parent), target.read_text()) == (["index.html"], "old")
    assert files.copy_to(Node(), CONTAINER, bytes(100_000), str(target)) == ("contents",)


def test_what_is_copied_is_in_no_argument(tmp_path, mine):
    node = Node()
    files.copy_to(node, CONTAINER, b"hunter2", str(tmp_path / "x"), **mine)
    said = str([command for command, _ in node.calls])
    assert "hunter2" not in said
    assert hashlib.sha256(b"hunter2").hexdigest() not in said


def test_a_link_at_the_target_is_replaced_and_what_it_leads_to_stays(tmp_path, mine):
    (tmp_path / "other").write_text("mine")
    (tmp_path / "x").symlink_to(tmp_path / "other")
    assert files.copy_to(Node(), CONTAINER, b"new", str(tmp_path / "x"), **mine) == ("new",)
    assert (tmp_path / "other").read_text() == "mine"
    assert (tmp_path / "x").read_text() == "new"


def test_what_is_no_place_for_a_file_is_said(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path, "is a directory"),
        (tmp_path / "none/x", "no directory"),
        (tmp_path / "pipe", "is not a regular file"),
    ):
        with pytest.raises(InsideError, match=words):
            files.copy_to(Node(), CONTAINER, b"x", str(path))
        if path != tmp_path / "none/x":
            with pytest.raises(InsideError, match="is not a regular file"):
                files.copy_from(Node(), CONTAINER, str(path), str(tmp_path / "got"))
    with pytest.raises(InsideError, match="does not exist"):
        files.copy_from(Node(), CONTAINER, str(tmp_path / "gone"), str(tmp_path / "got"))


@pytest.mark.parametrize("script", ["echo; echo SALT-OPENVZ ok /etc/shadow", "printf '\\033[2J'; exit 3", "exit 0"])
def test_a_shell_that_is_not_what_it_should_be_makes_one_error(tmp_path, script):
    node = answering(tmp_path, script)
    with pytest.raises(InsideError, match="makes sense"):
        files.copy_to(node, CONTAINER, b"x", "/x")
    with pytest.raises(InsideError, match="makes sense"):
        files.copy_from(node, CONTAINER, "/x", str(tmp_path / "got"))
    assert not (tmp_path / "got").exists()


def test_a_file_without_end_is_given_up_at_its_limit(tmp_path):
    node = answering(tmp_path, "echo SALT-OPENVZ file; yes")
    with pytest.raises(CannotAskError, match="printed more than"):
        files.copy_from(node, CONTAINER, "/x", str(tmp_path / "got"), max_size=100000)
    assert sorted(os.listdir(tmp_path)) == ["sh"]


def test_a_file_comes_out_for_root_alone_and_follows_no_link_of_the_node(tmp_path):
    (tmp_path / "inside").write_bytes(b"\xff\0")
    (tmp_path / "other").write_text("mine")
    (tmp_path / "got").symlink_to(tmp_path / "other")
    arguments = Node(), CONTAINER, str(tmp_path / "inside"), str(tmp_path / "got")

    assert files.copy_from(*arguments, test=True)
    assert (tmp_path / "got").is_symlink()
    assert files.copy_from(*arguments)
    assert ((tmp_path / "got").read_bytes(), (tmp_path / "other").read_text()) == (b"\xff\0", "mine")
    assert (tmp_path / "got").stat().st_mode & 0o777 == 0o600
    assert not files.copy_from(*arguments)


def test_a_source_that_is_too_large_or_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "x").write_bytes(b"x" * 11)
    with pytest.raises(OpenVZError, match="larger than max_size"):
        files.source(str(tmp_path / "x"), 10)
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(OpenVZError, match="regular file|irectory"):
            files.source(str(path))


@pytest.mark.parametrize(
    "wrong", [{"owner": "a b"}, {"group": "-R"}, {"mode": "u+s"}, {"mode": 420}, {"target": "etc/x"}, {"target": "/x/"}]
)
def test_arguments_that_could_mean_something_else_are_refused(wrong):
    node = Node()
    with pytest.raises(ArgumentError):
        files.copy_to(node, CONTAINER, b"", wrong.pop("target", "/x"), **wrong)
    assert node.calls == []


def test_output_is_cut_at_its_limit_and_the_command_ends_with_its_code():
    script = "yes | head -c 100000; echo short >&2; exit 7"
    done = commands.run(Node(), CONTAINER, ["/bin/sh", "-c", script], keep=10)
    assert (done.rc, done.stdout, done.stderr, done.truncated) == (7, "y\n" * 5, "short\n", ("stdout",))
    whole = commands.run(Node(), CONTAINER, ["printf", "y"], keep=1)
    assert (whole.stdout, whole.truncated) == ("y", ())


def test_directory_and_environment_are_the_commands_own_and_no_argument(tmp_path):
    node, value = Node(), "it's $HOME\n`id` \\ end"
    script = 'pwd; printf "%s|" "$WORD" "$@"; cat'
    command = ["/bin/sh", "-c", script, "sh", "a b", "$x"]
    done = commands.run(node, CONTAINER, command, cwd=str(tmp_path), env={"WORD": value}, stdin=b"the rest\n")
    assert done.stdout == f"{tmp_path}\n{value}|a b|$x|the rest\n"
    assert "`id`" not in str(node.calls[0][0])
    assert commands.run(node, CONTAINER, ["true"], cwd=str(tmp_path / "none")).rc == 126


def test_without_dd_inside_the_command_does_not_run_with_another_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = commands.run(Node(), CONTAINER, ["/bin/cat"], env={"WORD": "hunter2"}, stdin=b"")

    assert (done.rc, done.stdout) == (126, "")
    assert done.stderr.endswith("there is no dd inside\n")


def test_a_user_is_changed_to_by_su_which_takes_nothing_of_the_command_for_its_own(tmp_path, monkeypatch):
    su = tmp_path / "su"
    su.write_text(
        '#!/bin/sh\n[ "$1 $2 $3 $5 $6" = "-s /bin/sh -c -- www" ] || exit 99\ns=$4; shift 6\nexec sh -c "$s" "$@"\n'
    )
    su.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    done = commands.run(Node(), CONTAINER, ["printf", "%s", "-l"], user="www", env={"A": "1"})
    assert (done.rc, done.stdout) == (0, "-l")
    su.write_text("#!/bin/sh\nexit 1\n")
    assert commands.run(Node(), CONTAINER, ["printf", "%s", "-l"], user="root").stdout == "-l"


@pytest.mark.parametrize(
    "how", [{"user": "-c"}, {"user": ""}, {"cwd": "tmp"}, {"env": {"A B": "x"}}, {"env": "A=secret"}]
)
def test_a_user_directory_or_environment_that_cannot_be_is_refused(how):
    node = Node()
    with pytest.raises(ArgumentError) as caught:
        commands.run(node, CONTAINER, ["true"], **how)
    assert "secret" not in str(caught.value)
    assert node.calls == []
