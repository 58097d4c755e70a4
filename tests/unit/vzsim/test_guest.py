"""Programs inside a container: real ones, in namespaces of their own, that reach nothing of the node."""

import os
import shutil
import signal
import subprocess

import pytest

from vzsim import guest

LOOPBACK = """
import socket
server = socket.create_server(("127.0.0.1", 80))
with socket.create_connection(("127.0.0.1", 80)) as client:
    server.accept()[0].sendall(b"hi")
    print(client.recv(2).decode())
"""


@pytest.fixture
def running(bench):
    """A container without programs of its own: the node's are lent to it."""
    bench.container(201, "HOSTNAME=web1\n", running=True)
    for name in ("tmp", "root", "var"):
        bench.path(f"vz/private/201/{name}").mkdir()
    return bench


@pytest.fixture
def area(running):
    return running.path("vz/private/201")


@pytest.fixture
def own(running, area):
    """The same container with programs of its own: busybox, and sh by that name."""
    shutil.copy(shutil.which("busybox"), area / "sbin/busybox")
    (area / "bin").mkdir()
    (area / "bin/sh").symlink_to("/sbin/busybox")
    return running


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("printf '%s|' a 'b c' $HOME; pwd; id -u", "a|b c|/|/\n0\n"),
        ("cat /proc/1/comm; hostname; uname -n", "init\nweb1\nweb1\n"),
        ("nosuch; echo $?", "127\n"),
        ('python3 -c \'import os; print(6 * 7, os.urandom(1) != b"", os.path.exists("/dev/null"))\'', "42 True True\n"),
        (f"python3 -c '{LOOPBACK}'", "hi\n"),
        ("for f in /tmp /root /var; do echo $f > $f/x && cat $f/x; done", "/tmp\n/root\n/var\n"),
        ("sh -c 'echo $0 $1' a b; awk 'BEGIN { print 1 }'", "a b\n1\n"),
    ],
)
def test_a_line_runs_in_a_shell_of_the_container(running, line, out):
    assert running.vzctl("exec2", 201, line).out == out


def test_the_environment_is_that_of_vzctl_and_no_other(running, monkeypatch):
    monkeypatch.setenv("SECRET", "x")

    assert running.vzctl("exec2", 201, "env | sort").out.splitlines() == [
        "HOME=/",
        f"PATH={guest.PATH}",
        "PWD=/",
        "SHLVL=1",
        "TERM=linux",
    ]


@pytest.mark.parametrize(
    ("line", "rc", "err"),
    [
        ("exit 137", 137, ""),
        ("kill -9 $$", 3, "Got signal 9\n"),
        ("sh -c 'kill -9 $$'; exit $?", 137, "Killed\n"),
        ("nosuch", 127, "/bin/sh: nosuch: not found\n"),
        ("/etc/passwd", 126, "/bin/sh: /etc/passwd: Permission denied\n"),
        ("echo 'a", 2, "/bin/sh: syntax error: unterminated quoted string\n"),
    ],
)
def test_a_status_and_a_signal_are_told_apart(running, line, rc, err):
    assert running.vzctl("exec2", 201, line) == (rc, "", err)


@pytest.mark.parametrize(
    "line",
    [
        "touch /usr/x",
        "touch /bin/x",
        "echo 1 > /proc/sys/vm/drop_caches",
        "mount -o remount,rw /usr",
        "mount -t proc proc /proc",
        "mknod /tmp/disk b 8 0",
        "ls {node}",
        "kill {pid}",
        "cat /proc/{pid}/environ",
    ],
)
def test_nothing_of_the_node_is_within_reach(running, line):
    with subprocess.Popen(["sleep", "600"]) as process:
        answer = running.vzctl("exec2", 201, line.format(node=running.directory, pid=process.pid))
        alive = process.poll() is None
        process.kill()

    assert answer.rc not in (0, 127)
    assert alive


def test_no_link_leads_out_of_the_container(running, area):
    running.path("secret").write_text("of the host\n")
    (area / "tmp/link").symlink_to(running.path("secret"))
    (area / "tmp/up").symlink_to("../../../../secret")

    answer = running.vzctl("exec2", 201, "cat /tmp/link /tmp/up; echo broken > /tmp/up")

    assert answer.out == ""
    assert running.path("secret").read_text() == "of the host\n"


def test_only_the_standard_streams_reach_a_program(running):
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        answer = running.vzctl("exec2", 201, "readlink /proc/self/fd/* | grep -c pipe")
    finally:
        os.close(reading)
        os.close(writing)

    assert answer.out == "0\n"


def test_all_users_are_there_if_root_runs_vzctl_and_root_alone_otherwise(running, area):
    answer = running.vzctl("exec2", 201, "echo x > /tmp/x; chown 33:34 /tmp/x; stat -c %u:%g /tmp/x")
    owner = (area / "tmp/x").stat()

    if os.geteuid() == 0:
        assert answer == (0, "33:34\n", "")
        assert (owner.st_uid, owner.st_gid) == (33, 34)
    else:
        assert answer.out == "0:0\n"
        assert owner.st_uid == os.geteuid()


def test_a_program_can_give_up_root(running):
    line = (
        "import os; os.setgroups([]); os.setgid(33); os.setuid(33); print(os.getuid(), os.access('/root/x', os.W_OK))"
    )
    answer = running.vzctl("exec2", 201, f'python3 -c "{line}"')

    assert answer.out == ("33 False\n" if os.geteuid() == 0 else "")


# programs of the container


def test_a_container_with_programs_of_its_own_has_only_these(own):
    assert own.vzctl("exec2", 201, "python3") == (127, "", "/bin/sh: python3: not found\n")
    assert own.vzctl("exec2", 201, "ls /usr").rc == 1


def test_bash_of_the_container_comes_before_sh(own, area):
    executable(area / "bin/bash", "#!/bin/sh\necho bash $1\n")

    assert own.vzctl("exec2", 201, "true").out == "bash -c\n"


def test_without_a_shell_nothing_runs_and_nothing_is_said(running, area):
    executable(area / "bin/cat", "#!/bin/sh\n")

    assert running.vzctl("exec2", 201, "true") == (4, "", "")
    assert running.vzctl("exec", 201, "true") == (8, "", "")


def test_a_script_of_the_container_runs(running, area):
    executable(area / "usr/local/bin/hello", "#!/bin/sh\necho hello $1\nexit 5\n")

    assert running.vzctl("exec2", 201, "hello", "you") == (5, "hello you\n", "")
    assert running.vzctl("exec3", 201, "hello", "all of you") == (5, "hello all of you\n", "")


@pytest.mark.parametrize("target", ["usr/bin", "/usr/bin"])
def test_a_directory_of_programs_may_be_a_link(running, area, target):
    (area / "usr").mkdir()
    (area / "bin").symlink_to(target)

    assert running.vzctl("exec2", 201, "/bin/cat /proc/1/comm") == (0, "init\n", "")


def test_a_device_directory_that_is_a_link_keeps_programs_out(running, area):
    (area / "dev").symlink_to("../oldroot/tmp")

    assert running.vzctl("exec3", 201, "true") == (4, "", "")


def test_chpasswd_of_the_container_is_fed_the_password(own, area):
    executable(area / "sbin/chpasswd", "#!/bin/sh\ncat > /tmp/said\necho done\n")

    assert own.vzctl("set", 201, "--userpasswd", "root:geheim").out.startswith("done\n")
    assert (area / "tmp/said").read_text() == "root:geheim\n"


def test_a_password_of_a_container_without_programs_is_not_written_down(running, area):
    assert running.vzctl("set", 201, "--userpasswd", "root:geheim").rc == 0

    shadow = (area / "etc/shadow").read_text()
    assert shadow.startswith("root:$6$")
    assert "geheim" not in shadow


def test_no_password_changes_if_one_user_is_unknown(running, area):
    answer = running.vzctl("set", 201, "--userpasswd", "root:x", "--userpasswd", "nobody:y")

    assert answer.rc == 74
    assert "user 'nobody' does not exist" in answer.out
    assert (area / "etc/shadow").read_text() == "root:*:1:0:99999:7:::\n"


# the end


def started(bench, line, **options):
    """A vzctl whose command has said that it is there; whoever lives holds its standard output."""
    process = subprocess.Popen(
        [bench.path("bin/vzctl"), "exec2", "201", line], stdout=subprocess.PIPE, bufsize=0, **options
    )
    assert process.stdout.readline() == b"up\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_command_goes_on_when_its_vzctl_alone_is_killed_and_ends_with_the_container(running, area, number):
    with started(running, "echo up; while ! test -e /go; do sleep 0.05; done; echo on; sleep 600") as process:
        process.send_signal(number)
        process.wait()
        (area / "go").touch()

        assert process.stdout.readline() == b"on\n"
        assert running.vzctl("stop", 201, "--fast").rc == 0
        assert process.stdout.read() == b""


@pytest.mark.parametrize("line", ["echo up; sleep 600", "trap '' TERM; (sleep 600 &); echo up; sleep 600"])
def test_nothing_outlives_a_vzctl_that_is_killed_with_all_its_group(running, line):
    with started(running, line, start_new_session=True) as process:
        os.killpg(process.pid, signal.SIGKILL)

        assert process.stdout.read() == b""


def test_nothing_outlives_its_node(running):
    with started(running, "echo up; sleep 600") as process:
        process.kill()
        running.directory.rename(running.directory.with_name("gone"))

        assert process.stdout.read() == b""


def test_a_command_ends_with_its_container(running):
    with started(running, "echo up; sleep 600") as process:
        assert running.vzctl("stop", 201, "--fast").rc == 0

        assert process.stdout.read() == b""
        assert process.wait() == 3


def test_what_a_command_left_in_the_background_ends_with_it(running):
    with started(running, "sleep 600 & echo up") as process:
        assert process.stdout.read() == b""
        assert process.wait() == 0


# what this machine needs


@pytest.mark.parametrize(
    ("lacks", "package"), [("bwrap", "apt-get install bubblewrap"), ("busybox", "apt-get install busybox-static")]
)
@pytest.mark.parametrize(("command", "rc"), [("exec", 8), ("exec2", 3), ("exec3", 3)])
def test_a_missing_program_is_named_by_its_package(running, monkeypatch, tmp_path, lacks, package, command, rc):
    (tmp_path / "few").mkdir()
    for name in {"bwrap", "busybox"} - {lacks}:
        (tmp_path / "few" / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tmp_path / "few"))

    answer = running.vzctl(command, 201, "true")

    assert (answer.rc, answer.out) == (rc, "")
    assert answer.err.endswith(package + "\n")
    assert answer.err.count("\n") == 1


def test_a_machine_without_user_namespaces_says_so(running, monkeypatch, tmp_path):
    executable(tmp_path / "bin/bwrap", "#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")

    answer = running.vzctl("exec2", 201, "true")

    assert answer.rc == 3
    assert "bubblewrap" in answer.err.splitlines()[-1]


def test_a_start_script_that_cannot_run_keeps_the_container_down(bench, monkeypatch):
    bench.container(201)
    bench.path("etc/vz/conf/201.start").write_text("true\n")
    monkeypatch.setenv("PATH", "/nonexistent")

    assert bench.vzctl("start", 201).rc == 79
    assert bench.vzctl("status", 201).out == "CTID 201 exist unmounted down\n"
