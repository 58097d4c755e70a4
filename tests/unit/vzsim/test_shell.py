"""The shell inside a container: what it answers, and that nothing leads out of it."""

import os

import pytest

from vzsim import shell, shell_commands


@pytest.fixture
def root(tmp_path):
    """A private area with a few files; it has no tools of its own, so it has them all."""
    private = tmp_path / "private"
    for name in ("bin", "etc", "tmp"):
        (private / name).mkdir(parents=True)
    (private / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (private / "etc/shadow").write_text("root:*:15000:0:99999:7:::\n")
    (tmp_path / "secret").write_text("of the host\n")
    return str(private)


def run(root, line, stdin=b""):
    return shell.run_line(root, line, stdin, "web1")


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("echo hello", "hello\n"),
        ("printf '%s|' a 'b c' $HOME", "a|b c|/|"),
        ("echo a b  $((1+1))", "a b 2\n"),
        ("echo a\necho b", "a\nb\n"),
        ("echo grüße; uname -n; hostname", "grüße\nweb1\nweb1\n"),
        ("cat /proc/1/comm", "init\n"),
        ("ls -d /tmp", "/tmp\n"),
        ("false || echo or; true && echo and", "or\nand\n"),
        ("if [ -f /etc/passwd ]; then echo yes; else echo no; fi", "yes\n"),
        ("i=3; while [ $i -gt 0 ]; do i=$((i-1)); echo $i; done", "2\n1\n0\n"),
        ("for x in a 'b c'; do echo [$x]; done", "[a]\n[b c]\n"),
        ("case web1 in db*) echo db;; web?) echo web;; esac", "web\n"),
        ("f() { echo $1-$#; }; f a b", "a-2\n"),
        ("echo $(echo a; echo b) `echo c`", "a b c\n"),
        ('x="a  b"; echo $x "$x"', "a b a  b\n"),
        ("echo ${nope:-default} ${#HOME}", "default 1\n"),
        ("x=archive.tar.gz; echo ${x%.gz} ${x%%.*} ${x#*.}", "archive.tar archive tar.gz\n"),
        ("cat <<E\n$HOME\nE\necho z", "/\nz\n"),
        ("echo b >/tmp/f; echo a >>/tmp/f; sort </tmp/f", "a\nb\n"),
        ("echo a:b:c | cut -d: -f2- | tr b-c B-C", "B:C\n"),
        ("cd /tmp; touch q1 q2; echo q* 'q*'", "q1 q2 q*\n"),
        ("printf 'a1\\nb2\\n' | sed 's/[0-9]/<&>/'; printf 'a\\nb\\n' | sed -n 2p", "a<1>\nb<2>\nb\n"),
        ("printf 'a\\nb\\n' | sed /a/d; find /etc -name 'pass*'; expr 3 \\* 4", "b\n/etc/passwd\n12\n"),
        ("echo a b | xargs printf '%s-'; ps | wc -l", "a-b-2\n"),
        ("(cd /tmp; pwd); pwd", "/tmp\n/\n"),
        ("echo $((7/2)) $((-7/2)) $((7%4)) $(((1+2)*3)) $((2>1&&0))", "3 -3 3 9 0\n"),
    ],
)
def test_a_line_prints_what_a_shell_prints(root, line, out):
    result = run(root, line)

    assert result == (0, out.encode(), b"", None)


@pytest.mark.parametrize(
    ("line", "rc", "err"),
    [
        ("exit 3", 3, ""),
        ("nosuchcmd", 127, "/bin/sh: nosuchcmd: not found\n"),
        ("/etc/passwd", 126, "/bin/sh: /etc/passwd: Permission denied\n"),
        ("cd /nosuch", 2, "/bin/sh: cd: line 0: can't cd to /nosuch: No such file or directory\n"),
        ("cat /nosuch", 1, "cat: can't open '/nosuch': No such file or directory\n"),
        ("echo x > /nosuch/y", 1, "/bin/sh: can't create /nosuch/y: nonexistent directory\n"),
        ("fi", 2, '/bin/sh: syntax error: unexpected "fi"\n'),
        ('echo "a', 2, "/bin/sh: syntax error: unterminated quoted string\n"),
        ("if true", 2, '/bin/sh: syntax error: unexpected end of file (expecting "then")\n'),
        ("echo $((1/0))", 2, "/bin/sh: divide by zero\n"),
        ("set -e; false; echo no", 1, ""),
        ("tr", 1, "tr: invalid argument\n"),
        ("grep '['", 1, "grep: invalid argument\n"),
        ("echo a | sed 's/a/\\9/'", 1, "sed: invalid argument\n"),
        ("exec </nosuch", 1, "/bin/sh: can't open /nosuch: no such file\n"),
        ("echo lost >&0", 0, ""),
    ],
)
def test_a_line_fails_as_it_does_in_busybox(root, line, rc, err):
    result = run(root, line)

    assert (result.rc, result.out, result.err) == (rc, b"", err.encode())


def test_the_environment_is_clean(root, monkeypatch):
    monkeypatch.setenv("SECRET", "x")

    result = run(root, "env | sort")

    assert result.out.decode().splitlines() == [
        "HOME=/",
        f"PATH={shell_commands.PATH}",
        "PWD=/",
        "SHLVL=1",
        "TERM=linux",
    ]


def test_a_signal_is_told_apart_from_a_status(root):
    assert run(root, "kill -9 $$") == (137, b"", b"", 9)


def test_a_loop_without_end_ends(root, monkeypatch):
    monkeypatch.setattr(shell, "COMMANDS_AT_MOST", 50)

    assert run(root, "while true; do :; done").signal == 9


def test_what_stands_before_a_syntax_error_has_been_done(root):
    result = run(root, "echo first\nfi")

    assert (result.rc, result.out) == (2, b"first\n")


def test_input_goes_to_the_command_that_asks_for_it(root):
    assert run(root, "read a b; echo $b; cat", b"x y\nrest\n").out == b"y\nrest\n"


def test_input_may_be_an_open_file(root, tmp_path):
    (tmp_path / "input").write_bytes(b"some data\n")

    with open(tmp_path / "input", "rb") as file:
        assert run(root, "cat", file).out == b"some data\n"


def test_an_argument_vector_meets_no_shell(root):
    result = shell.run_argv(root, ["/bin/echo", "a b", "$HOME"], b"", "web1")

    assert result.out == b"a b $HOME\n"


def test_a_vector_that_names_a_builtin_is_not_found(root):
    assert shell.run_argv(root, ["cd", "/tmp"], b"", "web1") == (4, b"", b"", None)


@pytest.mark.parametrize(
    "path", ["../secret", "/../../secret", "/tmp/up/secret", "/tmp/link", "/etc/../../secret", "/tmp/up/../secret"]
)
def test_no_path_leads_out_of_the_container(root, path):
    os.symlink("../..", f"{root}/tmp/up")
    os.symlink(os.path.dirname(root) + "/secret", f"{root}/tmp/link")

    read = run(root, f"cat {path}")
    run(root, f"echo broken > {path}; rm -rf {path}")

    assert read.rc == 1
    with open(os.path.dirname(root) + "/secret", encoding="ascii") as file:
        assert file.read() == "of the host\n"


def test_an_absolute_link_begins_at_the_top_of_the_container(root):
    os.symlink("/etc/passwd", f"{root}/tmp/users")

    assert run(root, "cut -d: -f1 /tmp/users").out == b"root\n"


def test_a_copy_into_a_directory_does_not_follow_a_link_in_it(root):
    os.symlink(os.path.dirname(root) + "/secret", f"{root}/tmp/passwd")

    run(root, "cp /etc/passwd /tmp; cp /etc/passwd /tmp/passwd")

    with open(os.path.dirname(root) + "/secret", encoding="ascii") as file:
        assert file.read() == "of the host\n"


def test_a_link_loop_is_an_error_of_the_command(root):
    os.symlink("loop", f"{root}/tmp/loop")

    result = run(root, "cat /tmp/loop; echo x > /tmp/loop; cd /tmp/loop; /tmp/loop; . /tmp/loop; echo on")

    assert result.out == b"on\n"
    assert result.err.count(b"Too many levels of symbolic links") == 4


def test_no_program_of_the_host_runs(root):
    result = run(root, "python3 -c 'print(1)'; /usr/bin/python3 -V; /bin/true")

    assert b"python3: not found" in result.err
    assert result.out == b""


def executable(path, text=""):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, 0o755)


def test_a_container_with_tools_of_its_own_has_only_these(root):
    executable(f"{root}/bin/cat")

    assert run(root, "cat /etc/passwd").rc == 0
    assert run(root, "wc -l /etc/passwd").rc == 127


def test_busybox_brings_its_tools_but_none_for_accounts(root):
    executable(f"{root}/bin/busybox")

    assert run(root, "wc -l /etc/passwd").rc == 0
    assert run(root, "chpasswd") == (127, b"", b"/bin/sh: chpasswd: not found\n", None)


def test_a_tool_that_may_not_be_executed_is_refused(root):
    executable(f"{root}/bin/chpasswd")
    os.chmod(f"{root}/bin/chpasswd", 0o644)

    assert run(root, "chpasswd") == (126, b"", b"/bin/sh: chpasswd: Permission denied\n", None)


def test_a_script_of_the_container_is_interpreted(root):
    executable(f"{root}/bin/hello", "#!/bin/sh\necho hello $1\nexit 5\n")

    assert run(root, "hello you; echo $?").out == b"hello you\n5\n"


def test_chpasswd_takes_a_hash_as_it_is(root):
    result = run(root, "chpasswd -e; cut -d: -f1,2 /etc/shadow", b"root:$6$salt$hash\n")

    assert result.out == b"root:$6$salt$hash\n"


def test_chpasswd_never_writes_a_plain_password(root):
    run(root, "chpasswd", b"root:opensesame\n")

    with open(f"{root}/etc/shadow", encoding="ascii") as file:
        shadow = file.read()
    assert shadow.startswith("root:$6$")
    assert "opensesame" not in shadow


def test_chpasswd_changes_nothing_if_one_user_is_unknown(root):
    result = run(root, "chpasswd -e; cut -d: -f2 /etc/shadow", b"root:x\nnobody:y\n")

    assert result.out == b"*\n"
    assert b"user 'nobody' does not exist" in result.err
